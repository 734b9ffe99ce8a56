"""The command `greenroom`."""

from __future__ import annotations

import typer

main = typer.Typer(help="Ask for streams, and watch them become ready.")
