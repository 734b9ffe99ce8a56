"""Alice, who asks for streams, and Bob, who wants hers. Both may call every method of the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.deployed import Deployed
from tests.security.people import People, Person, may_invoke
from tests.security.roles import Roles


@dataclass(frozen=True)
class ReadyStream:
    """A ready stream of Alice's. `canary` is a part of its URL that stands nowhere else."""

    id: str
    url: str
    canary: str


@pytest.fixture(scope="session")
def people(deployed: Deployed) -> People:
    return People(deployed)


@pytest.fixture(scope="session")
def alice(deployed: Deployed, people: People) -> Person:
    return people.user("alice", may_invoke(deployed))


@pytest.fixture(scope="session")
def bob(deployed: Deployed, people: People) -> Person:
    return people.user("bob", may_invoke(deployed))


@pytest.fixture(scope="session")
def ready(alice: Person) -> ReadyStream:
    request_id = alice.ask_for_ready()
    url = str(alice.sees(request_id)["url"])
    return ReadyStream(request_id, url, url.rsplit("=", 1)[1])


@pytest.fixture(scope="session")
def pending(alice: Person) -> Iterator[str]:
    """A request of Alice's that waits."""
    request_id = alice.ask_for_pending()
    yield request_id
    alice.call("DELETE", f"streams/{request_id}")


@pytest.fixture(scope="session")
def roles(deployed: Deployed) -> Roles:
    return Roles(deployed)
