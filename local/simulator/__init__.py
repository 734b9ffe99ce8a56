"""A simulated Nimble Studio: the service's wire protocol, with sessions and streams that do what a test asks for.

The protocol is botocore's own service model `nimble` 2020-08-01: routes, inputs, answers and errors are read from it.
Run it with `python -m local.simulator`, or `with serve() as simulator:` and point a client at `simulator.url`.
"""

from local.simulator.server import Simulator, serve

__all__ = ["Simulator", "serve"]
