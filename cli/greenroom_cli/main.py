"""The command `greenroom`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from greenroom_cli.commands.batch import batch
from greenroom_cli.commands.doctor import doctor
from greenroom_cli.commands.drain import drain
from greenroom_cli.commands.learned import learned
from greenroom_cli.commands.provider import ProviderGroup
from greenroom_cli.commands.redrive import redrive
from greenroom_cli.commands.streams import cancel, claim, list_requests, status, waiting_room
from greenroom_cli.commands.webhook_secret import webhook_secret

_HELP = """Ask for streams, and follow them until they are ready.

The stack is found by its outputs: in the environment (`source .greenroom/env`), else by CloudFormation, in the region
and with the credentials that the AWS CLI would choose.

Ends with 0: ready, or done; 1: failed, cancelled, or not done; 2: wrong usage; 124: timed out; 130: Ctrl-C.
"""

COMMANDS: dict[str, Callable[..., None]] = {
    "status": status,
    "list": list_requests,
    "cancel": cancel,
    "claim": claim,
    "waiting-room": waiting_room,
    "batch": batch,
    "webhook-secret": webhook_secret,
    "learned": learned,
    "redrive": redrive,
    "drain": drain,
    "doctor": doctor,
}


class Commands(TyperGroup):
    """The commands in the order in which people meet them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=lambda name: name != "request")


# Plain help: it is quick to load, and the same in a pipe.
main = typer.Typer(name="greenroom", cls=Commands, help=_HELP, no_args_is_help=True, pretty_exceptions_enable=False,
                   rich_markup_mode=None)  # fmt: skip
main.add_typer(
    typer.Typer(rich_markup_mode=None),
    name="request",
    cls=ProviderGroup,
    help="Ask for a stream, and follow it until it is ready.",
    subcommand_metavar="PROVIDER [OPTIONS]",
    no_args_is_help=True,
)
for _name, _command in COMMANDS.items():
    main.command(_name)(_command)
