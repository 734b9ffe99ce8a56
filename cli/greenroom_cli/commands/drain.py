"""`greenroom drain`: before a stack is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from greenroom_cli import wiring
from greenroom_cli.commands.options import AsJson, Profile, Quiet, Region, StackName
from greenroom_cli.errors import INTERRUPTED, TIMED_OUT, CommandError
from greenroom_cli.output import command, json_result, say, somebody_is_there
from greenroom_cli.target import Target

if TYPE_CHECKING:
    from greenroom_cli.drain.running_stack import Left

_UNDO = "The doors stay closed: greenroom drain --undo opens them"


@command
def drain(
    *,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel what runs; a terminal is asked first")] = False,
    timeout: Annotated[
        float | None, typer.Option("--timeout", min=0, metavar="SECONDS", help="Wait no longer; 0: look once")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Accept requests again")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Accept nothing new, cancel what is scheduled, and wait until nothing is left; then the stack can be deleted.

    What runs ends by itself, which takes a day at most, or is cancelled. Every outcome is announced and delivered.
    Ends with 0 if nothing is left, with 124 if the time was over.
    """
    running_stack = wiring.running_stack(Target(stack, profile, region))
    if undo:
        running_stack.open()
        say("Requests are accepted again")
        if as_json:
            json_result({"doors": "open"})
        return
    if cancel and somebody_is_there():
        typer.confirm("Cancel every request and batch that runs?", abort=True, err=True)
    running_stack.close()
    try:
        with wiring.display(quiet=quiet) as display:
            drained, left = wiring.draining(
                running_stack, lambda left: display.say(f"left: {left}")
            ).until_nothing_is_left(cancel=cancel, timeout=timeout)
    except (KeyboardInterrupt, CommandError) as error:
        say(_UNDO)
        if isinstance(error, CommandError):
            raise
        raise typer.Exit(INTERRUPTED) from None
    _tell(left, running_stack.letters(), drained=drained, as_json=as_json)
    raise typer.Exit(0 if drained else TIMED_OUT)


def _tell(left: Left, letters: int, *, drained: bool, as_json: bool) -> None:
    if drained:
        say("Nothing is left: cdk destroy can delete the stack")
    else:
        say(f"Not drained yet; left at the last look: {left}")
    if letters:
        say(f"{letters} dead letters and rejected requests go with the stack, unless it has the setting retainData")
    say(_UNDO)
    if as_json:
        json_result({"doors": "closed", "drained": drained, "left": left.as_json, "letters": letters})
