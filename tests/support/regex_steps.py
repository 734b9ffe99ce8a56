"""Regular expressions measured in the steps of a backtracking matcher, and not in seconds of a busy machine.

It walks over Python's own parse of a pattern, as `re` does, but without that engine's short cuts. So it counts no fewer
steps than are made, and finds patterns whose steps grow faster than their input.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from typing import Any

_parser: Any = importlib.import_module("re._parser")

Then = Callable[[int], bool]
SHORT, LONG = 120, 240
# A pattern that makes no more steps a character than these needs no second look.
_FEW_STEPS = 40
_MOST_STEPS = 300_000
_MOST_PIECES = 8
# By the end of each, a match fails that would be whole without it.
_ENDS = ("\x00", "\n ")
_SINGLE = {"LITERAL", "NOT_LITERAL", "ANY", "IN"}
_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_WORD": lambda each: each.isalnum() or each == "_",
}


class TooManySteps(Exception):
    """A match takes so long that nobody needs to know how long."""


class Matcher:
    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._tree = list(_parser.parse(pattern, flags))
        self._ignores_case = bool(flags & re.IGNORECASE)
        self.steps = 0
        self._text = ""

    def run(self, way: str, text: str) -> bool:
        """Match once, as `fullmatch` or `match` do, or `search` on and on, as `sub` does."""
        self._text, self.steps = text, 0
        if way != "search":
            return self._at(self._tree, 0, 0, lambda end: way == "match" or end == len(text))
        found, start = False, 0
        while start <= len(text):
            ends: list[int] = []
            if self._at(self._tree, 0, start, lambda end, ends=ends: not ends.append(end)):  # type: ignore[misc]
                found, start = True, max(ends[-1], start + 1)
            else:
                start += 1
        return found

    def _at(self, items: Sequence[Any], index: int, at: int, then: Then) -> bool:
        if index == len(items):
            return then(at)
        self._count()

        def rest(end: int) -> bool:
            return self._at(items, index + 1, end, then)

        operation, argument = items[index]
        name = str(operation)
        if name in _SINGLE:
            return self._fits(items[index], at) and rest(at + 1)
        if name == "AT":
            return self._is_place(str(argument), at) and rest(at)
        if name in {"ASSERT", "ASSERT_NOT"}:
            return self._looks(*argument, at=at) is (name == "ASSERT") and rest(at)
        return self._group(name, argument, at=at, rest=rest)

    def _group(self, name: str, argument: Any, *, at: int, rest: Then) -> bool:
        if name == "SUBPATTERN":
            return self._at(list(argument[3]), 0, at, rest)
        if name == "BRANCH":
            return any(self._at(list(branch), 0, at, rest) for branch in argument[1])
        if name in {"MAX_REPEAT", "MIN_REPEAT"}:
            return self._repeat(*argument, at=at, rest=rest)
        raise NotImplementedError(name)

    def _looks(self, direction: int, inner: Any, *, at: int) -> bool:
        start = at if direction > 0 else at - inner.getwidth()[0]
        return start >= 0 and self._at(list(inner), 0, start, lambda end: direction > 0 or end == at)

    def _repeat(self, least: int, most: Any, inner: Any, *, at: int, rest: Then) -> bool:
        most = 10**9 if most is _parser.MAXREPEAT else int(most)
        items = list(inner)
        if len(items) == 1 and str(items[0][0]) in _SINGLE:
            count = 0
            while count < most and self._fits(items[0], at + count):
                self._count()
                count += 1
            return any(rest(at + taken) for taken in range(count, least - 1, -1))

        def again(end: int, count: int, before: int) -> bool:
            self._count()
            goes_on = count < most and end != before
            if goes_on and self._at(items, 0, end, lambda after: again(after, count + 1, end)):
                return True
            return count >= least and rest(end)

        return again(at, 0, -1)

    def _fits(self, item: Any, at: int) -> bool:
        self._count()
        if at >= len(self._text):
            return False
        cases = {self._text[at]}
        if self._ignores_case:
            cases |= {self._text[at].lower(), self._text[at].upper()}
        return any(_is_in(item, each) for each in cases)

    def _is_place(self, name: str, at: int) -> bool:
        text = self._text
        if name in {"AT_BEGINNING", "AT_BEGINNING_STRING"}:
            return at == 0
        if name in {"AT_END", "AT_END_STRING"}:
            return at == len(text) or (at == len(text) - 1 and text[at] == "\n" and name == "AT_END")
        is_word = _CATEGORIES["CATEGORY_WORD"]
        is_boundary = (at > 0 and is_word(text[at - 1])) != (at < len(text) and is_word(text[at]))
        return is_boundary is (name == "AT_BOUNDARY")

    def _count(self) -> None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise TooManySteps


def grows_faster(pattern: str, flags: int = 0, way: str = "search") -> str | None:
    """Return the beginning of a text for which the steps grow faster than its length, if one is found."""
    matcher, tree = Matcher(pattern, flags), list(_parser.parse(pattern, flags))
    pieces = list(dict.fromkeys(_pieces(tree)))[:_MOST_PIECES]
    pumps = list(dict.fromkeys([*pieces, *map("".join, product(pieces, repeat=2))]))
    starts = list(dict.fromkeys(["", *("".join(map(_shortest, tree[:index])) for index in range(1, len(tree)))]))
    for start, pump, end in product(starts, pumps, _ENDS):

        def steps(length: int, start: str = start, pump: str = pump, end: str = end) -> int:
            matcher.run(way, start + pump * (length // len(pump)) + end)
            return matcher.steps

        try:
            few = steps(SHORT)
            if few > _FEW_STEPS * SHORT and steps(LONG) > 2.6 * few:
                return start + pump
        except TooManySteps:
            return start + pump
    return None


def _is_in(item: Any, character: str) -> bool:
    name, argument = str(item[0]), item[1]
    if name == "ANY":
        return character != "\n"
    if name in {"LITERAL", "NOT_LITERAL"}:
        return (ord(character) == argument) is (name == "LITERAL")
    is_negated = str(argument[0][0]) == "NEGATE"
    return bool(is_negated != any(_is_member(each, character) for each in argument[is_negated:]))


def _is_member(member: Any, character: str) -> bool:
    name, argument = str(member[0]), member[1]
    if name == "LITERAL":
        return bool(ord(character) == argument)
    if name == "RANGE":
        return bool(argument[0] <= ord(character) <= argument[1])
    kind = str(argument).replace("_NOT_", "_")
    return _CATEGORIES[kind](character) is (kind == str(argument))


def _shortest(item: Any) -> str:
    """Return a text that the item matches, a short one."""
    name, argument = str(item[0]), item[1]
    if name in _SINGLE:
        return _sample(item)
    if name == "SUBPATTERN":
        return "".join(map(_shortest, argument[3]))
    if name == "BRANCH":
        return "".join(map(_shortest, argument[1][0]))
    return "".join(map(_shortest, argument[2])) * argument[0] if name.endswith("_REPEAT") else ""


def _sample(item: Any) -> str:
    return next(_samples(item))


def _samples(item: Any) -> Iterator[str]:
    """Yield a letter or digit of a set, and another character: between the two, a word ends."""
    everything = "aA0 .-_:/=\"'@+\x01ÿ" + "".join(map(chr, range(33, 127)))
    for is_word in (True, False):
        fitting = (each for each in everything if _is_in(item, each) and _CATEGORIES["CATEGORY_WORD"](each) is is_word)
        yield from islice(fitting, 1)


def _pieces(items: Sequence[Any]) -> Iterator[str]:
    """Yield what a long text may be made of: runs of literals, and an example of each set of characters."""
    run = ""
    for item in [*items, (None, None)]:
        name, argument = str(item[0]), item[1]
        if name == "LITERAL":
            run += chr(argument)
            continue
        if run:
            yield run
            run = ""
        if name in _SINGLE:
            yield from _samples(item)
        elif name == "SUBPATTERN":
            yield from _pieces(list(argument[3]))
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from _pieces(list(branch))
        elif name.endswith("_REPEAT"):
            yield from _pieces(list(argument[2]))
