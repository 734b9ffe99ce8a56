"""`python -m local.simulator nimble=PORT …`: serve until SIGTERM or SIGINT, and end with status 0."""

from __future__ import annotations

import argparse
import signal
from contextlib import ExitStack

from local.simulator import SERVICES, serve


def _service(argument: str) -> tuple[str, int]:
    name, _, port = argument.partition("=")
    if name not in SERVICES or not (port.isascii() and port.isdecimal() and int(port) < 65536):
        raise argparse.ArgumentTypeError(f"{argument!r} is not NAME=PORT, with a NAME of {', '.join(SERVICES)}")
    return name, int(port)


def main() -> None:
    """Print `simulated NAME listening on URL` for each service that answers now, then serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m local.simulator", description="Simulated streaming services.")
    parser.add_argument("services", nargs="+", type=_service, metavar="NAME=PORT", help="0 picks a free port")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--access-log", action="store_true", help="log each request's method and path to stderr")
    arguments = parser.parse_args()

    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)  # before any thread starts: each inherits it
    with ExitStack() as running:
        for name, port in arguments.services:
            simulator = running.enter_context(serve(name, arguments.host, port, access_log=arguments.access_log))
            print(f"simulated {name} listening on {simulator.url}", flush=True)
        signal.sigwait(stop)


if __name__ == "__main__":
    main()
