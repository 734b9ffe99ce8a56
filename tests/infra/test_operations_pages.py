"""What the pages of operations name is there: functions, resources, rows of the dashboard, queries, lines of logs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from greenroom_cdk.watching.queries import QUERIES
from tests.infra.synthesised import ROOT, Synthesised
from tests.infra.test_alarms import OPERATIONS
from tests.infra.test_dashboard import widgets
from tools.dashboard_picture import title

PAGES = sorted(OPERATIONS.glob("*.md"))
# As README.md defines the two functions of the shell.
LOG = re.compile(r"greenroom_log (\w+)")
ID = re.compile(r"greenroom_id (\w+) (\w+)")
# What a page says that a log or a picture shows: a text in quotes that begins with a letter.
SHOWN = re.compile(r'"([A-Za-z_][^"\n$\[=]* [^"\n$\[=]*)"')
# Quoted in the page of troubleshooting, as other programs say it.
OF_OTHERS = {"CloudWatch Logs Role ARN must be set in account settings".replace("Role", "role"), "1 hour ago"}


def names(pattern: re.Pattern[str]) -> Iterator[tuple[str, ...]]:
    for page in PAGES:
        for found in pattern.finditer(page.read_text()):
            yield page.name, *found.groups()


def test_a_log_that_a_page_asks_for_is_that_of_one_function(stack: Synthesised) -> None:
    groups = list(stack.all("AWS::Logs::LogGroup"))
    for page, name in names(LOG):
        assert len([group for group in groups if f"{name}Logs" in group]) == 1, (page, name)


def test_an_id_that_a_page_asks_for_is_that_of_one_resource(stack: Synthesised) -> None:
    loops = re.compile(r"for function in ([\w ]+); do")
    asked = [(page, name, kind) for page, name, kind in names(ID)]
    asked += [(page, name, "Function") for page, found in names(loops) for name in found.split()]
    assert len(asked) > 10
    for page, name, kind in asked:
        found = [
            logical_id
            for logical_id, resource in stack.everything().items()
            if resource["Type"].endswith(f"::{kind}") and name in logical_id
        ]
        assert len(found) == 1, (page, name, found)


def test_the_page_of_mappings_looks_at_every_mapping(stack: Synthesised) -> None:
    page = (OPERATIONS / "mapping-silent.md").read_text()
    (listed,) = re.findall(r"for function in ([\w ]+); do", page)
    for mapping in stack.properties("AWS::Lambda::EventSourceMapping").values():
        logical_id = mapping["FunctionName"]["Ref"]
        assert [name for name in listed.split() if name in logical_id], logical_id
        assert f"| `{re.sub('^(Delivery|EventRequests|Learning|Reconciliation)', '', logical_id[:-8])}` |" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_quotes_is_shown_somewhere(page: Path, stack: Synthesised) -> None:
    """A row or a graph of the dashboard, a saved query, or a line that the code writes."""
    shown = {title(widget) for widget in widgets(stack)} | QUERIES.keys() | OF_OTHERS
    code = "\n".join(path.read_text() for part in ("lambdas", "local", "infra") for path in (ROOT / part).rglob("*.py"))
    raised = {f"{name} raised an error" for name in re.findall(r"(?:def|errors_logged\(\")\s*(\w+)", code)}
    for text in SHOWN.findall(page.read_text()):
        assert text in shown | raised or text in code, text
