"""The commands behind `make up`, `make down` and `make demo`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path

from local.demo import REQUESTS, DemoError, run
from local.processes import StackError
from local.services import JUPYTERHUB
from local.stack import LOCAL_SETTINGS, LocalStack

HOME = Path(".greenroom")
_STARTED = time.monotonic()


def report(text: str) -> None:
    """Progress for people, on stderr: stdout is for results."""
    print(f"[{time.monotonic() - _STARTED:5.1f} s] {text}", file=sys.stderr, flush=True)


def up(arguments: argparse.Namespace) -> None:
    settings = LOCAL_SETTINGS | dict(arguments.setting)
    stack = LocalStack(HOME, auth=arguments.auth, hub=arguments.jupyterhub, report=report, settings=settings)
    stack.up()
    exports = stack.environment | stack.outputs
    (HOME / "env").write_text("".join(f"export {name}={value}\n" for name, value in exports.items()))
    report(f"the stack answers at {stack.endpoint}; logs are in {HOME / 'logs'}")
    print(f"source {HOME / 'env'}")


def demo(arguments: argparse.Namespace) -> None:
    hub = arguments.jupyterhub or arguments.provider == JUPYTERHUB
    with LocalStack(HOME / "demo", auth=arguments.auth, hub=hub, report=report) as stack:
        message = run(stack, report, arguments.provider)
    if message["type"] != "stream.ready":
        raise DemoError(f"The stream did not become ready: {json.dumps(message)}")
    print(json.dumps(message))


def down(_arguments: argparse.Namespace) -> None:
    LocalStack(HOME, report=report).down()
    (HOME / "env").unlink(missing_ok=True)


def name_and_value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE (got {text!r})")
    return name, value


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local", description="Greenroom's local stack")
    parser.add_argument("command", choices=("up", "down", "demo"))
    parser.add_argument("--auth", action="store_true", help="let the emulator evaluate IAM policies")
    parser.add_argument("--jupyterhub", action="store_true", help="start a real JupyterHub too")
    parser.add_argument("--provider", choices=REQUESTS, default="nimble", help="the demo's (default: %(default)s)")
    parser.add_argument(
        "--setting", action="append", default=[], type=name_and_value, metavar="NAME=VALUE",
        help="a setting of the deployment that `up` makes, as after `cdk deploy -c`",
    )  # fmt: skip
    arguments = parser.parse_args()
    # `kill` and a closed terminal clean up as Ctrl-C does, which a shell's background job would ignore.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        {"up": up, "down": down, "demo": demo}[arguments.command](arguments)
    except KeyboardInterrupt:
        report("interrupted; everything that was started has been stopped")
        return 130
    except (StackError, DemoError) as error:
        report(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
