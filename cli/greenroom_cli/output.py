"""The two outputs of a command: results on stdout, everything for people on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec

import typer

from greenroom_cli.errors import CommandError, Refused, WrongUsage

P = ParamSpec("P")


def say(line: str) -> None:
    """A line for people."""
    print(line, file=sys.stderr, flush=True)


def result(line: str) -> None:
    print(line, flush=True)


def json_result(found: Mapping[str, Any]) -> None:
    """The one object that ends the output of a command with `--json`."""
    result(json.dumps(found, ensure_ascii=False))


def secret_result(secret: str, otherwise: str) -> None:
    """Show a secret to a terminal; anything else may be a log, and is told how to get the secret."""
    result(secret if sys.stdout.isatty() else otherwise)


def somebody_is_there() -> bool:
    """Return whether a person can be asked: a script has said all that it says."""
    return sys.stdin.isatty()


def ensure_a_terminal(why: str) -> None:
    """WrongUsage unless stdout is a terminal, before something is done for which there is no second time."""
    if not sys.stdout.isatty():
        raise WrongUsage(f"{why}, and stdout is no terminal: say --json or --open")


def command(function: Callable[P, None]) -> Callable[P, None]:
    """End a command that was not done with its status: words on stderr and, with `--json`, an object on stdout."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except CommandError as error:
            say(f"greenroom: {error}")
            for line in _rules(error):
                say(line)
            if kwargs.get("as_json"):
                json_result(error.as_json)
            raise typer.Exit(error.exit_code) from None

    return run


def _rules(error: CommandError) -> list[str]:
    errors = error.problem.get("errors", []) if isinstance(error, Refused) else []
    return [f"  {item['field']} {item['detail']}" for item in errors]
