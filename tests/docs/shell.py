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
# Functions that one page defines and others use.
_HOMES = {
    "signed": "docs/requests.md",
    "greenroom_id": "docs/operations/README.md",
    "greenroom_log": "docs/operations/README.md",
    "greenroom_peek": "docs/operations/README.md",
}


def script(page: str) -> str:
    """The commands of a page that are run, each block after a line on stderr that names it."""
    blocks = [
        snippet for snippet in snippets() if snippet.page == page and snippet.language == "sh" and is_run(snippet)
    ]
    text = "".join(f"echo 'running {block}' >&2\n{replaced(block.text)}" for block in blocks)
    return _PRELUDE + "".join(_function(name) for name in _HOMES if _is_used(name, page, text)) + text


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


def _is_used(function: str, page: str, text: str) -> bool:
    return page != _HOMES[function] and re.search(rf"(^|\$\(){function} ", text, re.MULTILINE) is not None


def _function(name: str) -> str:
    """The function as its page defines it."""
    definition = re.compile(rf"^{name}\(\) \{{\n.*?^\}}\n", re.MULTILINE | re.DOTALL)
    for snippet in snippets():
        if snippet.page == _HOMES[name] and (found := definition.search(snippet.text)):
            return replaced(found[0])
    raise LookupError(f"{_HOMES[name]} has no function {name}")
