"""How each snippet is held to be true: it is run, or checked, or named with a reason in not_run.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tests.docs.not_run import NOT_RUN
from tests.docs.snippets import Snippet, snippets

RUN, VALIDATED, LEFT = "run", "validated", "not run"
_RECEIVERS, _PROGRAMS, _CONSTRUCT, _DEPLOYED = (
    "tests/docs/test_receivers.py",
    "tests/docs/test_programs.py",
    "tests/infra/test_construct_docs.py",
    "tests/e2e/test_documents.py",
)
# Programs by their page and their title or how they begin: the test that runs them.
RUN_BY = {
    ("docs/how-to/webhook-receiver.md", "receiver.py"): _RECEIVERS,
    ("docs/how-to/webhook-receiver.md", "receiver.mjs"): _RECEIVERS,
    ("docs/how-to/eventbridge-rule.md", "rule.py"): _PROGRAMS,
    ("docs/construct.md", "# app.py"): _CONSTRUCT,
    ("docs/construct.md", "from aws_cdk import CfnOutput"): _CONSTRUCT,
    ("docs/batches.md", "monday.jsonl"): _DEPLOYED,
    ("docs/providers.md", "c.JupyterHub.services"): _PROGRAMS,
    ("docs/how-to/claim-mode.md", "claim.py"): _DEPLOYED,
    ("docs/outcomes.md", "import json, os, boto3"): _DEPLOYED,
    ("docs/outcomes.md", "import os\nfrom standardwebhooks"): _DEPLOYED,
}


class Treatment(NamedTuple):
    kind: str
    how: str


def treatment(snippet: Snippet) -> Treatment | None:
    """None when nothing is known of the snippet: then a test fails, and says where it is."""
    if reason := next((left.reason for left in NOT_RUN if is_meant(snippet, left.page, left.begins)), None):
        return Treatment(LEFT, reason)
    for (page, begins), test in RUN_BY.items():
        if is_meant(snippet, page, begins):
            return Treatment(RUN, test)
    if snippet.title:
        return Treatment(VALIDATED, "tests/examples/test_guide.py") if "/" in snippet.title else None
    return {
        "sh": Treatment(RUN, _DEPLOYED),
        "json": Treatment(VALIDATED, "tests/docs/test_snippets.py"),
        "toml": Treatment(VALIDATED, "tests/docs/test_snippets.py"),
    }.get(snippet.language)


def is_meant(snippet: Snippet, page: str, begins: str) -> bool:
    """Whether a snippet is the one of this page with this title, or else with this beginning."""
    return snippet.page == page and (snippet.title == begins or snippet.text.startswith(begins))


def pages_with_commands() -> list[str]:
    """The pages that have shell commands to run."""
    return sorted({snippet.page for snippet in snippets() if snippet.language == "sh" and is_run(snippet)})


def is_run(snippet: Snippet) -> bool:
    found = treatment(snippet)
    return found is not None and found.kind == RUN


def summary(found: Iterable[Snippet]) -> list[str]:
    """A line for each snippet, and one that counts them."""
    treated = [(snippet, treatment(snippet) or Treatment("unknown", "")) for snippet in found]
    counts = Counter(how.kind for _, how in treated)
    lines = [f"{how.kind:9}  {snippet}  {snippet.language}  {how.how}" for snippet, how in treated]
    return [*lines, f"ran {counts[RUN]}, validated {counts[VALIDATED]}, not run {counts[LEFT]}"]
