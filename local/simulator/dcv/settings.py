"""The settings of an owner's sessions, and of a client's tokens."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from local.simulator.core.settings import Behaviour, Name, Seconds

NO_SERVER = "no dcv server found for placement"


class DcvBehaviour(Behaviour):
    """The behaviour of an owner's sessions. Sessions that there are already do what is now set, from their creation.

    They are CREATING until `ready_after_seconds` are over, and `session_state` from then on. A `session_state` other
    than READY is theirs from the start; with `final_state`, until they come into that: DELETED and then READY, as
    brokers show a new session. `listed_after_seconds`: until then, no list has them.

    Creating one fails with `failure_reason`, or for want of a server until `server_after_seconds` after this was set
    (None: for ever).

    Of the client's id, not of an owner: `access_token_seconds` is the `expires_in` of its tokens, and without
    `authorization` no call needs one.
    """

    session_state: Name = "READY"
    final_state: Name | None = None
    substate: Name | None = None
    state_reason: Name | None = None
    listed_after_seconds: Seconds = 0
    server_after_seconds: Seconds | None = 0
    failure_reason: str | None = None
    page_size: Annotated[int, Field(ge=1, le=1000)] = 1000
    connection_token_seconds: Seconds = 3600
    connection_token_is_jwt: bool = True
    access_token_seconds: Annotated[int, Field(ge=0)] = 3600
    authorization: bool = True
