"""`greenroom batch FILE`: ask for many streams at once, now or ahead of time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from greenroom_cli import wiring
from greenroom_cli.batches import body_of, counts_of, exit_code_of
from greenroom_cli.commands.options import AsJson, Profile, Quiet, Region, StackName
from greenroom_cli.errors import INTERRUPTED, Refused
from greenroom_cli.follow import fetched
from greenroom_cli.output import command, json_result, say
from greenroom_cli.target import Target

if TYPE_CHECKING:
    from greenroom_cli.client import Caller
    from greenroom_cli.display import Display


@command
def batch(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="Requests as a JSON list or JSON lines; s3://bucket/key: JSON lines")
    ],
    *,
    start_at: Annotated[
        str | None, typer.Option("--start-at", metavar="TIME", help="Such as 2026-11-24T08:55:00Z; now without")
    ] = None,
    defaults: Annotated[
        str | None, typer.Option("--defaults", metavar="JSON", help="The fields of every request that lacks them")
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option("--idempotency-key", metavar="KEY", help="The same key and file again: the same batch")
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait for it")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:  # fmt: skip
    """Ask for many streams, now or at a time. Ends with 0 if all become ready, with 1 if not."""
    body = body_of(source, start_at=start_at, defaults=defaults)
    api, key = wiring.deployment(Target(stack, profile, region)).api, idempotency_key or str(uuid4())
    made: Mapping[str, Any] | None = None
    try:
        with wiring.display(quiet=quiet) as display:
            made = _made(api, body, key)
            display.say(f"Batch {made['id']} is {made['state']}")
            view = made if detach else _followed(api, made["id"], display)
    except KeyboardInterrupt:
        say(f"Interrupted; the batch {made['id']} runs on" if made else f"Interrupted; its --idempotency-key is {key}")
        if made:
            say(f"  greenroom batch {source} --idempotency-key {key}   comes back to it")
            say(f"  greenroom cancel {made['id']} --batch   cancels it")
        raise typer.Exit(INTERRUPTED) from None
    _tell(view, quiet=quiet, as_json=as_json)
    raise typer.Exit(0 if detach else exit_code_of(view))


def _made(api: Caller, body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    status, _, answer = api.call("POST", "batches", body, {"Idempotency-Key": key})
    if status != 202:
        raise Refused("The batch", status, answer)
    return answer


def _followed(api: Caller, batch_id: str, display: Display) -> Mapping[str, Any]:
    """Return the batch once it has ended. Show its counts whenever they change."""
    last = None
    while True:
        headers, view = fetched(api, f"batches/{batch_id}")
        if (counts := counts_of(view)) != last:
            last = counts
            display.say(f"{view['state']}: {counts}")
        if "endedAt" in view:  # a cancelled one takes a while until its last request has come to rest
            return view
        time.sleep(float(headers.get("Retry-After", 1)))


def _tell(view: Mapping[str, Any], *, quiet: bool, as_json: bool) -> None:
    if not quiet:
        for line in view.get("rejected") or []:
            rules = "; ".join(f"{error['field']} {error['detail']}" for error in line["errors"])
            say(f"line {line['line']}: {rules}")
        say(f"Batch {view['id']} is {view['state']}: {counts_of(view)}")
    if as_json:
        json_result(view)
