"""The words of an expression, and the reading of them one by one."""

from __future__ import annotations

import re
from functools import cache

from simulation.dynamodb.errors import invalid

_TOKEN = re.compile(r"\s*(?:(?P<word>[#:]?[A-Za-z0-9_]+)|(?P<sign><>|<=|>=|[=<>+\-,().\[\]]))")


@cache
def placeholders(text: str) -> frozenset[str]:
    """The `#names` and `:values` of an expression."""
    return frozenset(word for word in Words(text).all if word[0] in "#:")


class Words:
    """An expression's words. Keywords are the same in any case."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.all: list[str] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None:
                raise self.error()
            self.all.append(found["word"] or found["sign"])
            at = found.end()
        self._next = 0

    @property
    def ahead(self) -> str:
        """The next word; empty at the end."""
        return self.all[self._next] if self._next < len(self.all) else ""

    @property
    def ahead_of_it(self) -> str:
        return self.all[self._next + 1] if self._next + 1 < len(self.all) else ""

    def take(self) -> str:
        word = self.ahead
        self._next += 1
        return word

    def takes(self, *keywords: str) -> str:
        """Take the next word if it is one of these. Returns it in capitals, or nothing."""
        word = self.ahead.upper()
        if word in keywords:
            self._next += 1
            return word
        return ""

    def expect(self, keyword: str) -> None:
        if not self.takes(keyword):
            raise self.error()

    def error(self) -> Exception:
        return invalid(f"Invalid expression: Syntax error; expression: {self._text}")
