"""The commands of a page as one script: run in a folder of its own, with the stack's variables, as a reader would."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.not_run import STAND_INS
from tests.docs.snippets import snippets
from tests.docs.treatments import is_run

# A command that fails ends the script. curl tells each status on stderr, so that a test can look at them. Version 1 of
# the AWS CLI, which is what PyPI has, finds a local SQS only when it is told.
_PRELUDE = """set -euo pipefail
curl() { command curl --write-out '%{stderr}status %{http_code}\\n' "$@"; }
aws() { command aws "$@" $([ "$1" = sqs ] && echo --endpoint-url "$AWS_ENDPOINT_URL"); }
"""
# The function by which requests.md signs a call; other pages use it.
_SIGNED = re.compile(r"^signed\(\) \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
_USES_IT = re.compile(r"^signed ", re.MULTILINE)
_REQUESTS = "docs/requests.md"


def script(page: str) -> str:
    """The commands of a page that are run, each block after a line on stderr that names it."""
    blocks = [
        snippet for snippet in snippets() if snippet.page == page and snippet.language == "sh" and is_run(snippet)
    ]
    text = "".join(f"echo 'running {block}' >&2\n{replaced(block.text)}" for block in blocks)
    return f"{_PRELUDE}{_the_function() if page != _REQUESTS and _USES_IT.search(text) else ''}{text}"


def replaced(text: str) -> str:
    """The text with what stands in for the commands that cannot be run in a test."""
    for stand_in in STAND_INS:
        text = re.sub(stand_in.pattern, stand_in.runs, text, flags=re.MULTILINE)
    return text


def write_programs(page: str, folder: Path) -> None:
    """Save the programs that a page has or names, as its reader would."""
    text = " ".join(snippet.text for snippet in snippets() if snippet.page == page and snippet.language == "sh")
    for snippet in snippets():
        if snippet.title and "/" not in snippet.title and re.search(rf"\b{re.escape(snippet.title)}", text):
            (folder / snippet.title).write_text(snippet.text)


def _the_function() -> str:
    for snippet in snippets():
        if snippet.page == _REQUESTS and (found := _SIGNED.search(snippet.text)):
            return found[0]
    raise LookupError(f"{_REQUESTS} has no function that signs")
