"""ARNs and ids of GameLift Streams: a call may name a thing by either."""

from __future__ import annotations

import secrets

from local.simulator.aws.errors import ServiceError

_LONGEST_ID = 32


def arn(kind: str, *ids: str) -> str:
    return f"arn:aws:gameliftstreams:us-west-2:123456789012:{'/'.join((kind, *ids))}"


def id_of(identifier: str) -> str:
    """Return the id in an ARN, or the id that it is."""
    return identifier.rpartition("/")[2]


def existing(kind: str, identifier: str) -> str:
    """Return the id. ResourceNotFoundException for one that starts with `missing`, or that no service could give."""
    found = id_of(identifier)
    if found.startswith("missing") or not 1 <= len(found) <= _LONGEST_ID:
        raise ServiceError("ResourceNotFoundException", f"there is no {kind} {identifier}")
    return found


def new_id() -> str:
    return f"su-{secrets.token_hex(6)}"
