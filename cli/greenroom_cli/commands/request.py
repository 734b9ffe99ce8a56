"""`greenroom request PROVIDER`: ask for a stream, and follow it until it is ready."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import typer

from greenroom_cli import wiring
from greenroom_cli.errors import INTERRUPTED, Refused, Unreachable, WrongUsage
from greenroom_cli.follow import follow
from greenroom_cli.outcome import claimed, end_with, open_in_browser, tell
from greenroom_cli.output import json_result, say
from greenroom_cli.target import Target

if TYPE_CHECKING:
    from greenroom_cli.client import Caller


@dataclass(frozen=True)
class Manner:
    """How the command goes about it."""

    detach: bool = False
    open_it: bool = False
    quiet: bool = False
    as_json: bool = False


def run(target: Target, body: Mapping[str, Any], key: str | None, manner: Manner, options: Mapping[str, str]) -> None:
    """Ask for a stream and tell of it. `options` has the option of each field, for the API's errors."""
    api = wiring.deployment(target).api
    asked = ask(api, body, key or str(uuid4()), options)
    if not manner.quiet:
        say(f"Request {asked['id']} was accepted")
    if manner.detach:
        tell_of_detached(asked, manner)
        return
    view = followed(api, asked["id"], quiet=manner.quiet)
    if manner.open_it and view["state"] == "ready":
        view = _opened(api, view)
    tell(view, as_json=manner.as_json, quiet=manner.quiet)
    end_with(view)


def followed(api: Caller, request_id: str, *, quiet: bool) -> Mapping[str, Any]:
    """Return the request once it has ended. If the user stops waiting, print how to come back to it."""
    try:
        with wiring.display(quiet=quiet) as display:
            return follow(api, request_id, screen=display)
    except KeyboardInterrupt:
        say("Interrupted; the request runs on")
        say(f"  greenroom status {request_id} --follow   comes back to it")
        say(f"  greenroom cancel {request_id}            cancels it")
        raise typer.Exit(INTERRUPTED) from None
    except Unreachable:
        say(f"The request runs on; greenroom status {request_id} --follow comes back to it")
        raise


def ask(api: Caller, body: Mapping[str, Any], key: str, options: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the accepted request. Raise Refused in the API's words, with options in place of fields.

    With its key, a request whose answer is lost can be repeated, and stays one request.
    """
    try:
        status, _, answer = api.call("POST", "streams", body, {"Idempotency-Key": key})
    except KeyboardInterrupt:
        say(f"Interrupted before there was an answer; --idempotency-key {key} goes on with the same request")
        raise typer.Exit(INTERRUPTED) from None
    if status != 202:
        raise Refused("The request", status, with_options(answer, options))
    return answer


def with_options(problem: Mapping[str, Any], options: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a problem whose errors name options: `notify[0].url` becomes `--notify[0].url`."""
    named = [item | {"field": _option(item["field"], options)} for item in problem.get("errors") or []]
    return {**problem, "errors": named} if named else problem


def tell_of_detached(view: Mapping[str, Any], manner: Manner) -> None:
    if manner.as_json:
        json_result(view)
    elif not manner.quiet:
        say(f"Follow it by: greenroom status {view['id']} --follow")


def missing(required: Mapping[str, str], given: Mapping[str, Any]) -> WrongUsage | None:
    """Return an error with all required options that are missing; `required` has the option of each field."""
    absent = [option for field, option in required.items() if field not in given]
    return WrongUsage(*(f"{option} is required" for option in absent)) if absent else None


def _option(field: str, options: Mapping[str, str]) -> str:
    name = re.match(r"\w*", field)
    head = name[0] if name else ""
    return options[head] + field.removeprefix(head) if head in options else field


def _opened(api: Caller, view: Mapping[str, Any]) -> Mapping[str, Any]:
    """Open the URL; claim it first if necessary."""
    if "url" not in view:
        view = {**view, **claimed(api, view["id"])}
    open_in_browser(view["url"])
    return view
