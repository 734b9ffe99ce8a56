"""No regular expression here takes longer than in proportion to its text, whoever has written that."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.regex_steps import Matcher, grows_faster

ROOT = Path(__file__).parents[2]
PACKAGES = [
    ROOT / "lambdas" / "greenroom",
    ROOT / "cli" / "greenroom_cli",
    ROOT / "infra" / "greenroom_cdk",
    ROOT / "examples",
]
PAGE = ROOT / "lambdas" / "greenroom" / "api" / "waiting_room" / "page.js"
OF_RE = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
# Rust's engine, pydantic's own choice, is linear whatever the pattern: https://docs.rs/regex/latest/regex/#untrusted-input
OF_PYDANTIC = {"Field", "StringConstraints"}


@dataclass(frozen=True)
class Pattern:
    """`way`: `fullmatch` or `match` where it is used so alone, else `search`, which tries every place of a text."""

    place: str
    pattern: str
    flags: int
    way: str

    def __str__(self) -> str:
        return self.place


def patterns_of(path: Path) -> Iterator[Pattern]:
    tree = ast.parse(path.read_text())
    names: dict[str, object] = {"re": re}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant | ast.JoinedStr):
            with suppress(NameError):  # a text made of something else than of texts here is no part of a pattern
                names |= {target.id: _value_of(statement.value, names) for target in _names(statement)}
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and (found := _pattern_in(node, names)):
                yield Pattern(f"{path.relative_to(ROOT)}:{node.lineno}", *found, _way(tree, statement, node))


def _names(statement: ast.Assign) -> list[ast.Name]:
    return [target for target in statement.targets if isinstance(target, ast.Name)]


def _pattern_in(node: ast.Call, names: dict[str, object]) -> tuple[str, int] | None:
    function = node.func
    if isinstance(function, ast.Attribute) and getattr(function.value, "id", None) == "re" and function.attr in OF_RE:
        compiling = ast.Call(ast.Attribute(function.value, "compile", ast.Load()), node.args[:1], node.keywords)
        if function.attr == "compile":
            compiling.args = node.args
        compiled = _value_of(compiling, names)
        assert isinstance(compiled, re.Pattern)
        return compiled.pattern, compiled.flags
    name = getattr(function, "attr", getattr(function, "id", ""))
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    # msgspec's are Python's own: https://jcristharif.com/msgspec/constraints.html
    return (str(_value_of(given["pattern"], names)), 0) if "pattern" in given and name == "Meta" else None


def _value_of(node: ast.expr, names: dict[str, object]) -> object:
    expression = ast.fix_missing_locations(ast.Expression(node))
    return eval(compile(expression, "a pattern", "eval"), dict(names))  # noqa: S307  # our own sources


def _way(tree: ast.Module, statement: ast.stmt, call: ast.Call) -> str:
    """Return how the pattern of a call is used: by the methods that are called of its name, or of `re`."""
    ways = {getattr(call.func, "attr", "")}
    if ways == {"compile"} and isinstance(statement, ast.Assign) and statement.value is call:
        (name,) = _names(statement)
        methods = [each for each in ast.walk(tree) if isinstance(each, ast.Attribute)]
        ways = {each.attr for each in methods if getattr(each.value, "id", "") == name.id}
    return ways.pop() if ways in ({"fullmatch"}, {"match"}) else "search"


PATTERNS = [pattern for package in PACKAGES for path in sorted(package.rglob("*.py")) for pattern in patterns_of(path)]
LITERAL_OF_JAVASCRIPT = re.compile(r"(?:(?<=[(=,:])|(?<=[(=,:&|?] ))/((?:[^/\\\n ]|\\.)+)/[a-z]*")


@pytest.fixture(autouse=True)
def _deep() -> Iterator[None]:
    """The matcher calls itself for each repetition of a group."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_a_pattern_is_linear(pattern: Pattern) -> None:
    assert grows_faster(pattern.pattern, pattern.flags, pattern.way) is None


def test_a_pattern_of_the_waiting_room_s_page_is_linear() -> None:
    found = LITERAL_OF_JAVASCRIPT.findall(PAGE.read_text())
    assert len(found) >= 2
    assert [pattern for pattern in found if grows_faster(pattern.replace("\\/", "/"))] == []


def test_the_walk_finds_patterns_in_all_their_forms() -> None:
    files = {pattern.place.partition(":")[0].rpartition("/")[2] for pattern in PATTERNS}
    assert {"redaction.py", "gate.py", "broker.py", "hub.py", "caller.py", "request.py", "files.py"} <= files
    assert {pattern.way for pattern in PATTERNS} == {"fullmatch", "match", "search"}


def test_no_model_leaves_pydantic_s_linear_engine() -> None:
    assert [path for package in PACKAGES for path in package.rglob("*.py") if "regex_engine" in path.read_text()] == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"\b[a-z][a-z0-9+.-]*://\S+",  # a service's words were read by it once: 3.6 s for 32 kB of `a.`
        r"max(imum)?\b.*\bsessions",
        r"\s+$",
        r"(a+)+$",
        r"(?:a|a)*b",
        r"[^:]+:[^@]+@",
        r"^\S([^\x00-\x1f]*\S)*$",
    ],
)
def test_a_pattern_that_is_not_linear_is_found(pattern: str) -> None:
    assert grows_faster(pattern)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_the_matcher_is_right_about_what_matches(pattern: Pattern) -> None:
    compiled = re.compile(pattern.pattern, pattern.flags)
    texts = [
        "",
        "a",
        "Bearer abc1",
        "token: 'x y'",
        "arn:aws:sts::1:assumed-role/R/s",
        "https://a.b/c?d=e",
        "No: no",
        "eyJabcdef.g",
    ]
    for text in texts:
        matched = getattr(compiled, pattern.way)(text) is not None
        assert Matcher(pattern.pattern, pattern.flags).run(pattern.way, text) is matched, text
