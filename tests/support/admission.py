"""Who may ask for whom, on top of fakes."""

from __future__ import annotations

from greenroom.api.owners import Owners
from greenroom.flow.admission import Admission
from greenroom.request.identities import Identities, IdentityRule

NOTEBOOKS = IdentityRule(
    "own-notebooks", ("arn:aws:sts::123456789012:assumed-role/Artist/*",), "jupyterhub", "user", ("{sessionName}",)
)


class InMemoryOrigins:
    """The owners of connections, by their ids, and the digests of requests that came as events, by theirs."""

    def __init__(self, **owners: str) -> None:
        self.owners = owners
        self.events: dict[str, str] = {}
        self.looked_up: list[str] = []

    def keep_owner(self, connection_id: str, owner: str) -> None:
        self.owners[connection_id] = owner

    def owner_of(self, connection_id: str) -> str | None:
        self.looked_up.append(connection_id)
        return self.owners.get(connection_id)

    def note_event(self, request_id: str, digest: str) -> None:
        self.events[request_id] = digest

    def came_as_event(self, request_id: str, digest: str) -> bool:
        self.looked_up.append(request_id)
        return self.events.get(request_id) == digest


def an_admission(
    *rules: IdentityRule, origins: InMemoryOrigins | None = None, administrators: str = "", shared_roles: str = ""
) -> Admission:
    """Make an admission by these rules; by none, every caller may ask for everybody."""
    owners = Owners(frozenset(administrators.split()), frozenset(shared_roles.split()))
    return Admission(Identities(rules), origins or InMemoryOrigins(), owners)


OPEN = an_admission(administrators="*")
"""Whoever asks may ask for everybody, and have any connection told."""
