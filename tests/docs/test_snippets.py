"""Each snippet of the documents is run, or checked, or named with a reason: none is only there."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from greenroom_cdk.settings import Settings
from tests.docs.json_kinds import holds, kind_of
from tests.docs.not_run import NOT_RUN, STAND_INS
from tests.docs.snippets import Snippet, snippets, snippets_of
from tests.docs.treatments import RUN_BY, VALIDATED, is_meant, is_run, summary, treatment
from tools.site.pages import ROOT

# `cdk deploy` with its settings, over continued lines.
DEPLOYS = re.compile(r"cdk deploy((?:[^\n\\]|\\\n)*)")
SETTING = re.compile(r"-c (\S+=\S+)")
IN_CDK_JSON = {
    name: value
    for name, value in json.loads((ROOT / "cdk.json").read_text())["context"].items()
    if not set(name) & set(":/")
}


def of(language: str) -> list[Snippet]:
    return [one for one in snippets() if one.language == language and (treatment(one) or ("",))[0] == VALIDATED]


def test_each_snippet_is_run_or_checked_or_has_a_reason() -> None:
    assert [str(snippet) for snippet in snippets() if treatment(snippet) is None] == []


def test_the_test_that_is_said_to_hold_it_is_there() -> None:
    named = {how.how for snippet in snippets() if (how := treatment(snippet)) and how.how.startswith("tests/")}
    assert [test for test in sorted(named) if not (ROOT / test).is_file()] == []


@pytest.mark.parametrize("left", NOT_RUN, ids=lambda left: f"{left.page} {left.begins[:20]}")
def test_what_is_not_run_is_still_there(left: tuple[str, str, str]) -> None:
    assert any(is_meant(snippet, left[0], left[1]) for snippet in snippets())


@pytest.mark.parametrize(("page", "begins"), RUN_BY, ids=lambda word: word)
def test_what_is_run_by_name_is_still_there(page: str, begins: str) -> None:
    assert any(is_meant(snippet, page, begins) for snippet in snippets())


@pytest.mark.parametrize("stand_in", STAND_INS, ids=lambda stand_in: stand_in.pattern)
def test_every_stand_in_stands_for_something(stand_in: tuple[str, str, str]) -> None:
    assert any(re.search(stand_in[0], snippet.text, re.MULTILINE) for snippet in snippets() if snippet.language == "sh")


def test_no_function_of_a_page_hides_a_command() -> None:
    functions = {name for one in snippets() for name in re.findall(r"^(\w+)\(\) \{", one.text, re.MULTILINE)}
    assert "signed" in functions
    assert not functions & {"greenroom", "aws", "cdk", "curl", "make", "python"}


@pytest.mark.parametrize("snippet", of("json"), ids=str)
def test_json_is_what_it_is_shown_as(snippet: Snippet) -> None:
    assert holds(json.loads(snippet.text)), kind_of(json.loads(snippet.text))


def test_toml_can_be_read() -> None:
    for snippet in of("toml"):
        assert tomllib.loads(snippet.text), snippet


@pytest.mark.parametrize("snippet", [one for one in snippets() if DEPLOYS.search(one.text) and is_run(one)], ids=str)
def test_a_deployment_has_settings_that_synth_takes(snippet: Snippet, monkeypatch: pytest.MonkeyPatch) -> None:
    """With those of cdk.json, and paths from where it is, as for a reader."""
    monkeypatch.chdir(ROOT)
    for command in DEPLOYS.findall(snippet.text):
        given = dict(word.split("=", 1) for word in SETTING.findall(command))
        assert Settings.from_values(IN_CDK_JSON | given), command


@pytest.mark.parametrize(
    "block",
    [
        {"provider": "nimble", "studioId": "studio-1"},
        {"provider": "nimble", "studioId": "studio-1", "sessionId": "s", "colour": "red"},
        {"type": "stream.ready", "timestamp": "2026-11-24T00:00:00Z", "data": {"id": "1"}},
        {"detail-type": ["Stream Started"]},
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "everything", "Resource": "*"}]},
    ],
    ids=str,
)
def test_json_that_is_not_what_it_looks_like_is_noticed(block: dict[str, object]) -> None:
    assert not holds(block)


def test_json_that_nobody_knows_is_noticed() -> None:
    with pytest.raises(AssertionError, match="Say in"):
        kind_of({"colour": "red"})


def test_a_block_is_found_with_its_language_its_title_and_its_line() -> None:
    text = '# Page\n\n```python title="a.py"\nprint()\n```\n\n- in a list:\n\n  ```sh\n  ls\n  ```\n'
    first, second = snippets_of("page.md", text)
    assert (first.language, first.title, first.line, first.text) == ("python", "a.py", 3, "print()\n")
    assert (second.language, second.title, second.line, second.text) == ("sh", None, 9, "ls\n")


def test_a_program_without_a_test_is_unknown() -> None:
    assert treatment(Snippet("docs/new.md", 1, "python", None, "print()")) is None
    assert treatment(Snippet("docs/new.md", 1, "javascript", "new.mjs", "")) is None


def test_the_summary_counts_each_snippet_once() -> None:
    *lines, last = summary(snippets())
    assert len(lines) == len(snippets()) == sum(map(int, re.findall(r"\d+", last)))
