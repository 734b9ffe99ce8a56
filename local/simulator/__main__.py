"""`python -m local.simulator`: run until SIGTERM or SIGINT, and end with status 0."""

from __future__ import annotations

import argparse
import signal

from local.simulator.server import serve


def main() -> None:
    """Print `simulator listening on URL` once calls can be answered, then serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m local.simulator", description="A simulated Nimble Studio.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 picks a free one (default)")
    parser.add_argument("--access-log", action="store_true", help="log each request's method and path to stderr")
    arguments = parser.parse_args()

    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)  # before any thread starts: each inherits it
    with serve(arguments.host, arguments.port, access_log=arguments.access_log) as simulator:
        print(f"simulator listening on {simulator.url}", flush=True)
        signal.sigwait(stop)


if __name__ == "__main__":
    main()
