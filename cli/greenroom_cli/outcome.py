"""The end of a request as a command tells it: words on stderr, the URL on stdout, a status that says which."""

from __future__ import annotations

import re
import webbrowser
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from greenroom.domain.text import visible
from greenroom_cli.errors import Refused
from greenroom_cli.formatting import EXIT_CODES, clock_time, duration, state_of
from greenroom_cli.output import json_result, say, secret_result

if TYPE_CHECKING:
    from greenroom_cli.client import Caller

_WEB_URL = re.compile(r"https?://[^/?#]", re.IGNORECASE)


def tell(view: Mapping[str, Any], *, as_json: bool = False, quiet: bool = False) -> None:
    """Tell of a request as it is now."""
    if not quiet:
        for line in lines_of(view):
            say(line)
    if as_json:
        json_result(view)
    elif url := view.get("url"):
        secret_result(
            url, otherwise=f"The URL is shown on a terminal only, or by: greenroom status {view['id']} --json"
        )


def lines_of(view: Mapping[str, Any]) -> list[str]:
    """Return how a request ended, and what to do now."""
    lines = [f"Request {view['id']} is {state_of(view)}"]
    if reason := view.get("message"):
        lines.append(f"{view['error']}: {reason}")
    if left := view.get("secondsLeft"):
        until = clock_time(datetime.fromisoformat(view["expiresAt"]))
        lines.append(f"Its URL works until {until}, for {duration(left)}")
    elif view["state"] == "ready":
        lines.append(f"Claim its URL, once, by: greenroom claim {view['id']}; unless its time is over")
    return lines


def claimed(api: Caller, request_id: str) -> dict[str, Any]:
    """Return the answer of a claim. Raise Refused if there is nothing to claim, or no longer."""
    path = f"streams/{request_id}/claim"
    status, _, body = api.call("POST", path)
    if status != 200:
        raise Refused(f"POST {path}", status, body)
    return body


def open_in_browser(url: Any) -> None:
    """Open an http or https URL, or say why not; the URL itself is not said.

    Whatever else a machine would do with a URL, a service could have it done; and what begins with `-` would be an
    option of the browser.
    """
    if not (isinstance(url, str) and _WEB_URL.match(url) and visible(url) == url):
        say("It is not opened: a browser is for http and https URLs only")
    elif not webbrowser.open(url):
        say("No browser could be opened")


def end_with(view: Mapping[str, Any]) -> None:
    """End the command with the status of a request's state."""
    raise typer.Exit(EXIT_CODES.get(view["state"], 1))
