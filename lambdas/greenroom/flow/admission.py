"""Whether a caller may make a request: people by the rules of identities, connections by who has opened them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Protocol

from greenroom.domain.caller import EVENT, EXECUTION, Caller
from greenroom.domain.errors import FieldError, NotAllowed
from greenroom.request.identities import Identities
from greenroom.request.notify_targets import WebSocketTarget
from greenroom.request.stream_request import StreamRequest

_NOT_YOURS = "must be a connection that you have opened, and that is open"


class Ownership(Protocol):
    """Who owns what a caller makes, and who may have what others own."""

    def owner(self, caller: str) -> str: ...

    def is_administrator(self, caller: str) -> bool: ...


class Origins(Protocol):
    """From where it came: the owners of connections, and the requests that came as events. May raise RecordUnavailable.

    What was written is read: consistently.
    """

    def keep_owner(self, connection_id: str, owner: str) -> None:
        """Keep who has opened a connection, for as long as one can last."""
        ...

    def owner_of(self, connection_id: str) -> str | None: ...

    def note_event(self, request_id: str, digest: str) -> None:
        """Note that a request came as an event, before its execution starts. A repeat changes nothing."""
        ...

    def came_as_event(self, request_id: str, digest: str) -> bool: ...


@dataclass(frozen=True)
class Admission:
    """What a deployment lets callers ask for. It looks up no more than a request makes it look up."""

    identities: Identities
    origins: Origins
    ownership: Ownership

    def concerns(self, request: StreamRequest) -> bool:
        """Whether there is anything that one caller may ask for and another may not."""
        return self.identities.concern(request.provider) or bool(_connections(request))

    def sender(self, request_id: str, request: StreamRequest) -> Caller:
        """The caller of a request that no API has put on record. An execution cannot pass itself off as an event."""
        if self.identities.concern(request.provider) and self.origins.came_as_event(request_id, request.digest):
            return EVENT
        return EXECUTION

    def take_event(self, request_id: str, request: StreamRequest) -> None:
        """Check a request that came as an event, and note that it did. NotAllowed."""
        self.check(EVENT, request)
        if self.identities.concern(request.provider):
            self.origins.note_event(request_id, request.digest)

    def check(self, caller: Caller, request: StreamRequest) -> None:
        """NotAllowed names each field by which the caller asks for somebody else's."""
        self.of(caller).check(request)

    def of(self, caller: Caller) -> CallerAdmission:
        """For several requests of one caller."""
        return CallerAdmission(self, caller)


class CallerAdmission:
    """What one caller may ask for. A connection that several requests name is looked up once."""

    def __init__(self, admission: Admission, caller: Caller) -> None:
        self._identities = admission.identities
        self._caller = caller
        self._may_tell = cache(partial(_may_tell, admission, caller))

    def check(self, request: StreamRequest) -> None:
        """NotAllowed names each field by which the caller asks for somebody else's."""
        if errors := list(self._broken(request)):
            raise NotAllowed(errors)

    def _broken(self, request: StreamRequest) -> Iterator[FieldError]:
        yield from self._identities.broken(self._caller, request.fields)
        for index, connection_id in _connections(request):
            if not self._may_tell(connection_id):
                yield FieldError(f"notify[{index}].connectionId", _NOT_YOURS)


def _may_tell(admission: Admission, caller: Caller, connection_id: str) -> bool:
    """A connection of somebody else, and one that nobody has opened, are refused alike."""
    if not caller.is_known:
        return False
    if admission.ownership.is_administrator(caller.arn):
        return True
    return admission.origins.owner_of(connection_id) == admission.ownership.owner(caller.arn)


def _connections(request: StreamRequest) -> list[tuple[int, str]]:
    """The connections that a request names, each by the number of its target."""
    targets = enumerate(request.notify or ())
    return [(index, each.connection_id) for index, each in targets if isinstance(each, WebSocketTarget)]
