"""The two outputs of a command: results on stdout, everything for people on stderr.

Whatever is written has come from outside, wholly or in part: from the API, from AWS, from a file. So a line is written
without controls, escape sequences and invisible characters, and JSON has them escaped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec

import typer

from greenroom.domain.text import visible
from greenroom_cli.errors import CommandError, WrongUsage

P = ParamSpec("P")


def say(line: str) -> None:
    """Write a line for people."""
    print(visible(line), file=sys.stderr, flush=True)


def result(line: str) -> None:
    print(visible(line), flush=True)


def json_result(found: Mapping[str, Any]) -> None:
    """Write the one object that ends the output of a command with `--json`."""
    text = json.dumps(found, ensure_ascii=False)
    result("".join(character if visible(character) == character else _escaped(character) for character in text))


def secret_result(secret: str, otherwise: str) -> None:
    """Show a secret to a terminal; anything else may be a log, and gets the way to the secret instead."""
    result(secret if sys.stdout.isatty() else otherwise)


def somebody_is_there() -> bool:
    """Return whether a person can be asked: a script has said all that it says."""
    return sys.stdin.isatty()


def ensure_a_terminal(why: str) -> None:
    """Raise WrongUsage unless stdout is a terminal, before doing something that cannot be repeated."""
    if not sys.stdout.isatty():
        raise WrongUsage(f"{why}, and stdout is no terminal: say --json or --open")


def command(function: Callable[P, None]) -> Callable[P, None]:
    """End a command that was not done with its status: words on stderr and, with `--json`, an object on stdout."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except CommandError as error:
            first, *others = error.lines
            for line in (f"greenroom: {first}", *others):
                say(line)
            if kwargs.get("as_json"):
                json_result(error.as_json)
            raise typer.Exit(error.exit_code) from None

    return run


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1]
