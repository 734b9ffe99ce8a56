"""The commands below `greenroom request`: one a provider, with an option for each field of its model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from greenroom.providers.catalogue import BUILT_IN
from greenroom_cli import wiring
from greenroom_cli.commands.options import AsJson, OpenIt, Profile, Quiet, Region, StackName
from greenroom_cli.commands.request import Manner, missing, run
from greenroom_cli.errors import WrongUsage
from greenroom_cli.output import command, say
from greenroom_cli.request_options import COMMON, CommonOptions
from greenroom_cli.target import Target

if TYPE_CHECKING:
    from greenroom_cli.provider_options import FieldOption


class ProviderGroup(TyperGroup):
    """A command for each provider, made when it is asked for. The name of your own provider is its directory."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # typer calls it so
        return list(BUILT_IN)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # typer calls it so
        try:
            return _command_of(cmd_name, *wiring.provider_options(cmd_name))
        except WrongUsage as error:
            say(f"greenroom: {error}")
            raise typer.Exit(error.exit_code) from None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments, in which options may also come before the provider."""
        return super().parse_args(ctx, _provider_first(args))


def _provider_first(args: list[str]) -> list[str]:
    """Return the arguments with the provider first, if they begin with an option."""
    if not args or not args[0].startswith("-"):
        return args
    place = next((at for at, word in enumerate(args) if word in BUILT_IN or _is_package(word)), 0)
    return [*args[place : place + 1], *args[:place], *args[place + 1 :]]


def _is_package(word: str) -> bool:
    return "/" in word and (Path(word) / "fields.py").is_file()


def _command_of(shown: str, name: str, options: Sequence[FieldOption]) -> Any:
    """Return the command of one provider."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(shown, help=f"Ask for a stream of {name}, and follow it until it is ready.")(_function(name, options))
    return typer.main.get_command(app)


def _function(provider: str, options: Sequence[FieldOption]) -> Callable[..., None]:
    """Return `_request`, with a parameter for each option of the provider before its own."""

    def function(**given: Any) -> None:
        values = {option.field: option.value(value) for option in options if _given(value := given.pop(_name(option)))}
        if wrong := missing({option.field: option.option for option in options if option.required}, values):
            raise wrong
        every = {option.field: option.option for option in options}
        _request({"provider": provider, **values}, every, **given)

    own = [_parameter(option) for option in options]
    common = [
        parameter
        for parameter in inspect.signature(_request, eval_str=True).parameters.values()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    signature = inspect.Signature([*own, *common])
    function.__signature__ = signature  # type: ignore[attr-defined]  # what inspect looks at, and so typer
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in signature.parameters.values()}
    return command(function)


def _given(value: Any) -> bool:
    return value is not None and value != []


def _name(option: FieldOption) -> str:
    """Return the parameter's name; no parameter of `_request` begins like this."""
    return f"field_{option.field}"


def _parameter(option: FieldOption) -> inspect.Parameter:
    words = f"{option.help} [required]" if option.required else option.help
    kind: Any = option.kind if option.kind is bool else list[str] if option.kind is list else str
    declared = f"{option.option}/--no-{option.option.removeprefix('--')}" if option.kind is bool else option.option
    metavar = None if option.kind is bool else "VALUE"
    given = typer.Option(declared, help=words, metavar=metavar, show_default=False)
    return inspect.Parameter(
        _name(option), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, given]
    )


def _request(
    stream: dict[str, Any],
    fields: dict[str, str],
    *,
    notify: Annotated[
        list[str] | None,
        typer.Option("--notify", metavar="TARGET", help="sns, an https URL, or websocket:ID; again for more targets"),
    ] = None,
    deadline: Annotated[
        str | None, typer.Option("--deadline", metavar="SECONDS", help="When to give up; the stack's own without")
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option("--metadata", metavar="NAME=VALUE", help="Every message repeats it; again for more"),
    ] = None,
    claim: Annotated[
        bool | None,
        typer.Option("--claim/--no-claim", help="Announce no URL; `greenroom claim` gets it, once", show_default=False),
    ] = None,
    waiting_room: Annotated[
        bool | None,
        typer.Option("--waiting-room/--no-waiting-room", help="Put a link for a person into the message",
                     show_default=False),
    ] = None,
    release_on_failure: Annotated[
        bool | None,
        typer.Option("--release-on-failure/--no-release-on-failure", show_default=False,
                     help="Let go what Greenroom itself started when there is no stream"),
    ] = None,
    idempotency_key: Annotated[
        str | None,
        typer.Option("--idempotency-key", metavar="KEY", help="The same key and fields again: the same request"),
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait for it")] = False,
    open_it: OpenIt = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:  # fmt: skip
    common = CommonOptions(notify or (), deadline, metadata or (), claim, waiting_room, release_on_failure)
    options = fields | {field: f"--{option}" for field, option in COMMON.items()}
    manner = Manner(detach=detach, open_it=open_it, quiet=quiet, as_json=as_json)
    run(Target(stack, profile, region), stream | common.fields, idempotency_key, manner, options)
