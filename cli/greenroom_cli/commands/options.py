"""The options that commands share."""

from __future__ import annotations

from typing import Annotated

import typer

StackName = Annotated[
    str | None,
    typer.Option("--stack", envvar="GREENROOM_STACK", metavar="NAME", help="The name of the stack; Greenroom without"),
]
Profile = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="The AWS profile; as the AWS CLI chooses without")
]
Region = Annotated[
    str | None, typer.Option("--region", metavar="NAME", help="The AWS region; as the AWS CLI chooses without")
]
AsJson = Annotated[bool, typer.Option("--json", help="End stdout with one line of JSON")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress")]
OpenIt = Annotated[bool, typer.Option("--open", help="Open the URL in the browser")]
RequestId = Annotated[str, typer.Argument(metavar="ID", help="The id of the request")]
