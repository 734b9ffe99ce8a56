"""The calls that GameLift Streams is asked for stream group `sg-1`, by the operation that each of them is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from greenroom.providers.gameliftstreams.fields import GameLiftStreamsFields
from greenroom.providers.gameliftstreams.service import GameLiftStreams
from greenroom.providers.port import StreamProvider
from tests.contract.support import Control
from tests.unit.providers.starts import starting

TOKEN, OTHER_TOKEN = "0123456789abcdef" * 4, "fedcba9876543210" * 4
NO_AGE = timedelta(0)


def asked(**more: Any) -> GameLiftStreamsFields:
    """Make the fields of a request for stream group `sg-1`."""
    return GameLiftStreamsFields.model_validate(
        {"provider": "gameliftstreams", "streamGroupId": "sg-1", "applicationId": "a-1", **more}
    )


MADE = {"Arn": "arn:aws:gameliftstreams:us-west-2:123456789012:streamurl/sg-1/su-1", "Status": "ACTIVE"}
"""The least that the service says of a URL."""
GROUP, PLACED = asked(), asked(locations=["us-west-2"])
CALLS: dict[str, Callable[[StreamProvider[Any], str], object]] = {
    "GetStreamGroup": lambda gamelift, _: gamelift.prepare(GROUP, TOKEN, starting),
    "CreateStreamUrl": lambda gamelift, _: gamelift.create(PLACED, OTHER_TOKEN),
    "GetStreamUrl": lambda gamelift, url_id: gamelift.connect(GROUP, url_id),
    "RevokeStreamUrl": lambda gamelift, url_id: gamelift.release(GROUP, url_id, TOKEN),
}
"""Each takes the id of a URL that there is."""


def failing(operation: str, error: str, call: int | str = "*") -> dict[str, Any]:
    """Make the behaviour of a group with room for which an operation fails: at every call, or at the n-th."""
    return {"readyAfterSeconds": 0, "faults": [{"operation": operation, "call": call, "error": error}]}


def make_url(gamelift: GameLiftStreams, control: Control, **behaviour: Any) -> str:
    """Return the id of a new URL of the group, which has room, and behaves like this from then on."""
    control.session("sg-1", readyAfterSeconds=0)
    url_id = str(gamelift.create(GROUP, TOKEN).stream_id)
    control.session("sg-1", **{"readyAfterSeconds": 0, **behaviour})
    return url_id


def operations(control: Control) -> list[str]:
    return [call["operation"] for call in control.calls()]
