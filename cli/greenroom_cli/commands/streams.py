"""The commands for requests that are there: `status`, `list`, `cancel`, `claim`, `waiting-room`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

from greenroom_cli import wiring
from greenroom_cli.commands.options import AsJson, OpenIt, Profile, Quiet, Region, RequestId, StackName
from greenroom_cli.commands.request import followed
from greenroom_cli.errors import Refused
from greenroom_cli.follow import fetched
from greenroom_cli.formatting import clock_time, state_of
from greenroom_cli.outcome import claimed, end_with, open_in_browser, tell
from greenroom_cli.output import command, ensure_a_terminal, json_result, result, say, secret_result
from greenroom_cli.target import Target

if TYPE_CHECKING:
    from greenroom_cli.client import Caller

_PAGE = 100


@command
def status(
    request_id: RequestId,
    *,
    follow_it: Annotated[bool, typer.Option("--follow", "-f", help="Until it has ended")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Tell how far a request is. Ends as `request` does; with 0 while it is pending."""
    api = wiring.deployment(Target(stack, profile, region)).api
    view: Mapping[str, Any]
    if follow_it:
        view = followed(api, request_id, quiet=quiet)
    else:
        _, view = fetched(api, f"streams/{request_id}")
    tell(view, as_json=as_json, quiet=quiet)
    end_with(view)


@command
def list_requests(
    *,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="STATE", help="Only those: pending, ready, failed, timed_out or cancelled"),
    ] = None,
    batch: Annotated[str | None, typer.Option("--batch", metavar="ID", help="Only those of a batch")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="NUMBER", help="No more than these, the newest")] = 20,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """List your requests, newest first."""
    api = wiring.deployment(Target(stack, profile, region)).api
    asked = {name: value for name, value in {"state": state, "batch": batch}.items() if value}
    streams: list[dict[str, Any]] = []
    page: Mapping[str, Any] = {"next": None}
    while "next" in page and len(streams) < limit:
        # A page may be short, or empty, where only some of its requests were asked for.
        size = _PAGE if asked else min(limit - len(streams), _PAGE)
        following = {"next": page["next"]} if page["next"] else {}
        _, page = fetched(api, f"streams?{urlencode({**asked, 'limit': size, **following})}")
        streams += page["streams"]
    if as_json:
        json_result({"streams": streams[:limit]})
        return
    for view in streams[:limit]:
        created = datetime.fromisoformat(view["createdAt"]).astimezone()
        result(f"{view['id']}  {created:%Y-%m-%d %H:%M:%S}  {view['provider']:<15}  {state_of(view)}")
    if not streams:
        say("There are no such requests")


@command
def cancel(
    request_id: RequestId,
    *,
    batch: Annotated[bool, typer.Option("--batch", help="It is the id of a batch: all that is pending in it")] = False,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """End a request as cancelled."""
    path = f"{'batches' if batch else 'streams'}/{request_id}"
    code, _, view = wiring.deployment(Target(stack, profile, region)).api.call("DELETE", path)
    if code != 202:
        raise Refused(f"DELETE {path}", code, view)
    say(f"{'Batch' if batch else 'Request'} {request_id} is {view['state']}")
    if as_json:
        json_result(view)


@command
def claim(
    request_id: RequestId,
    *,
    open_it: OpenIt = False,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Get the URL of a ready request, once: to a terminal, with --json, or into the browser with --open."""
    if not (open_it or as_json):
        ensure_a_terminal("A URL is given out once")
    found = claimed(wiring.deployment(Target(stack, profile, region)).api, request_id)
    if open_it:
        open_in_browser(found["url"])
    if as_json:
        json_result(found)
    else:
        secret_result(found["url"], otherwise="The URL was opened")


@command
def waiting_room(
    request_id: RequestId,
    *,
    revoke: Annotated[bool, typer.Option("--revoke", help="End all links to it that there are; make none")] = False,
    open_it: OpenIt = False,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Make a link to the waiting room of a request, for a person to open."""
    path = f"streams/{request_id}/waiting-room"
    api = wiring.deployment(Target(stack, profile, region)).api
    if revoke:
        _revoke(api, path, request_id, as_json=as_json)
        return
    code, _, link = api.call("POST", path)
    if code != 201:
        raise Refused(f"POST {path}", code, link)
    say(f"The link works until {clock_time(datetime.fromisoformat(link['expiresAt']))}")
    if open_it:
        open_in_browser(link["url"])
    if as_json:
        json_result(link)
    else:
        secret_result(link["url"], otherwise="The link is shown on a terminal only, or with --json")


def _revoke(api: Caller, path: str, request_id: str, *, as_json: bool) -> None:
    code, _, answer = api.call("DELETE", path)
    if code != 204:
        raise Refused(f"DELETE {path}", code, answer)
    say(f"No link to the waiting room of request {request_id} works any more; a new one would")
    if as_json:
        json_result({"id": request_id, "revoked": True})
