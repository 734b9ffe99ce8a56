"""One pace for all executions: each call of a service at its turn, once the service has refused one.

A task asks (pacer; watched tells of it); who is before whom (places) and how fast calls may be made (pace) tell whether
it is its turn; and what the service takes and refuses tells how fast (rates). All that is shared is a few numbers
(paces, the port).
"""

from greenroom.flow.pacing.pacer import NotYet, Pacer, WatchedPacer

__all__ = ["NotYet", "Pacer", "WatchedPacer"]
