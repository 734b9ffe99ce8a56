"""`greenroom redrive`: deliver again what could not be delivered."""

from __future__ import annotations

from typing import Annotated

import typer

from greenroom_cli import wiring
from greenroom_cli.commands.options import AsJson, Profile, Region, StackName
from greenroom_cli.output import command, json_result, result
from greenroom_cli.target import Target


@command
def redrive(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell how many there are")] = False,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Put what could not be delivered back into the delivery queue."""
    queues = wiring.queues(Target(stack, profile, region))
    if dry_run:
        count, told = queues.dead_letters(), "to be moved back for delivery"
    else:
        count, told = queues.redrive(), "moved back for delivery"
    if as_json:
        json_result({"waiting" if dry_run else "moved": count})
    else:
        result(f"{told}: {count}")
