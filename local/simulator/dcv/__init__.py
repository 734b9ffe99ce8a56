"""A simulated broker of Amazon DCV's Session Manager, by its published API, of which `openapi.json` has a part.

Its key is the owner of sessions. The id of the client is the key of what concerns all calls: its access tokens.
"""

from local.simulator.dcv.service import Broker
from local.simulator.dcv.tokens import CLIENT_ID, CLIENT_SECRET, SCOPE

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "SCOPE", "Broker"]
