"""The reference of the commands in docs/command-line.md, from the command line itself."""

from __future__ import annotations

from typer.testing import CliRunner

from greenroom.providers.catalogue import BUILT_IN
from greenroom_cli.main import COMMANDS
from greenroom_cli.main import main as greenroom
from greenroom_cli.provider_options import FieldOption, options_of

# The provider whose help stands for the others', which differ in the fields of their streams.
_EXAMPLE = "nimble"


def reference() -> str:
    """The help of each command, and the options of each provider's fields."""
    helps = [_help("request", _EXAMPLE), *(_help(name) for name in COMMANDS)]
    return "\n\n".join([helps[0], *(_table(name) for name in BUILT_IN), *helps[1:]])


def _help(*command: str) -> str:
    text = CliRunner().invoke(greenroom, [*command, "--help"], prog_name="greenroom", env={"COLUMNS": "80"}).stdout
    return f"### `greenroom {command[0]}`\n\n```text\n{text.strip()}\n```"


def _table(provider: str) -> str:
    rows = [f"| `{option.option}` | {_rule(option)} |" for option in options_of(provider)[1]]
    return "\n".join([f"Fields of `{provider}`:\n", "| option | rule |", "| --- | --- |", *rows])


def _rule(option: FieldOption) -> str:
    text = option.help.replace("|", "\\|") or "given, or `--no-…`"
    return f"**required**; {text}" if option.required else text
