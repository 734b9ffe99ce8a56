"""The options that the commands for a deployed stack share, and what their help says of how it is found."""

from __future__ import annotations

import argparse


def parser_of(command: str, description: str | None) -> argparse.ArgumentParser:
    """The parser of `python -m {command}`, with `--stack`; the description is that of the module."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {command}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="boto3 finds region, credentials and endpoint: after `source .greenroom/env` the local stack's.\n"
        "Exit codes: 0 done, 1 not done (stderr says why), 2 wrong arguments.",
    )
    parser.add_argument("--stack", default="Greenroom", help="the name of the stack (default: %(default)s)")
    return parser
