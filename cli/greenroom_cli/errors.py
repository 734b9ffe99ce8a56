"""What can go wrong for a command, in words for its user, and the status with which it then ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

FAILED = 1
WRONG_USAGE = 2
TIMED_OUT = 124
INTERRUPTED = 130


class CommandError(Exception):
    """The command was not done; the text says why, and what to do about it."""

    exit_code = FAILED

    @property
    def lines(self) -> Sequence[str]:
        """The same for a terminal, line by line."""
        return [str(self)]

    @property
    def as_json(self) -> Mapping[str, Any]:
        return {"error": type(self).__name__, "message": str(self)}


class NoStack(CommandError):
    """The stack is not there, cannot be read, or lacks what is asked of it."""


class Unreachable(CommandError):
    """No answer came. `repeatable`: nothing was done that a second call would do twice."""


class WrongUsage(CommandError):
    """An argument that the command can tell to be wrong by itself; several, a line each."""

    exit_code = WRONG_USAGE

    def __init__(self, *rules: str) -> None:
        super().__init__("\n".join(rules))
        self.rules = rules

    @property
    def lines(self) -> Sequence[str]:
        return self.rules


class Refused(CommandError):
    """The API refused a call; `problem` is its answer, by RFC 9457."""

    def __init__(self, call: str, status: int, problem: Mapping[str, Any]) -> None:
        detail = problem.get("detail") or problem.get("message") or "without a reason"
        # The rules that it lists follow, a line each.
        super().__init__(f"{call} was refused with {status}:{'' if problem.get('errors') else f' {detail}'}")
        self.status = status
        self.problem = problem
        self.exit_code = WRONG_USAGE if status == 400 else FAILED

    @property
    def lines(self) -> Sequence[str]:
        return [str(self), *(f"  {item['field']} {item['detail']}" for item in self.problem.get("errors") or [])]

    @property
    def as_json(self) -> Mapping[str, Any]:
        return {"status": self.status, **self.problem}
