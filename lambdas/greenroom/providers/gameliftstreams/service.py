"""Amazon GameLift Streams behind the provider port, by stream URLs.

States, members and errors follow the service's model, `gameliftstreams/2018-05-10/service-2.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from botocore.config import Config

from greenroom.domain.errors import CapacityUnavailable, MalformedAnswer, ServiceRefused, StreamNotReady
from greenroom.domain.values import Progress, Status, StreamUrl, to_iso, utc_now
from greenroom.providers.boto_errors import provider_errors
from greenroom.providers.gameliftstreams.fields import GameLiftStreamsFields
from greenroom.providers.gameliftstreams.groups import Group, progress_of, wanted
from greenroom.providers.port import Wiring

# One attempt a call, and short timeouts: Step Functions owns waiting and retrying.
CLIENT_CONFIG = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 1})
# 5 active URLs a group, 20 an account: https://docs.aws.amazon.com/gameliftstreams/latest/developerguide/other-limitations.html
_NO_ROOM = frozenset({"ServiceQuotaExceededException"})
_STATUS = {
    "ACTIVE": Status.READY,
    "EXPIRED": Status.FAILED,
    "REVOKED": Status.FAILED,
    "LIMIT_REACHED": Status.FAILED,
}
_SHOWN = ("createdAt", "expiresAt", "locations", "remainingUses", "statusReason", "usageLimit")


def connect(wiring: Wiring) -> GameLiftStreams:
    """Region, credentials and endpoint (`AWS_ENDPOINT_URL_GAMELIFTSTREAMS`) as boto3 finds them."""
    return GameLiftStreams(wiring.aws_client("gameliftstreams", config=CLIENT_CONFIG))


class GameLiftStreams:
    """The provider port over a boto3 `gameliftstreams` client that makes one attempt a call."""

    def __init__(self, client: Any, clock: Callable[[], datetime] = utc_now) -> None:
        self._client = client
        self._clock = clock

    @property
    def endpoint(self) -> str:
        return str(self._client.meta.endpoint_url)

    def prepare(self, fields: GameLiftStreamsFields, client_token: str) -> Progress:  # noqa: ARG002
        """Once the group has room, a URL may be made, which counts against the quota until it is revoked."""
        progress = progress_of(self._group(fields), fields)
        return replace(progress, started=progress.status is Status.READY)

    def create(self, fields: GameLiftStreamsFields, client_token: str) -> Progress:
        """Without locations in the request, the URL is for those that are ACTIVE now: the service wants some named."""
        locations = fields.locations or [item["LocationName"] for item in wanted(self._group(fields), fields)]
        if not locations:
            raise CapacityUnavailable("NoLocation", f"No location of {fields.stream_group_id} is ACTIVE")
        return _progress(self._make(fields, client_token, locations), started=True)

    def describe(self, fields: GameLiftStreamsFields, stream_id: str, age: timedelta) -> Progress:  # noqa: ARG002
        progress = _progress(self._stream_url(fields, stream_id))
        if progress.status is not Status.READY:
            return progress
        group = progress_of(self._group(fields), fields)
        return replace(group, stream_id=stream_id, stream=progress.stream)

    def connect(self, fields: GameLiftStreamsFields, stream_id: str) -> StreamUrl:
        asked_at = self._clock()
        found = self._stream_url(fields, stream_id)
        if _STATUS.get(found["Status"]) is Status.FAILED:
            raise ServiceRefused(
                "StreamUrlEnded", f"Stream URL {stream_id} is {found['Status']} and opens nothing more"
            )
        if found["Status"] != "ACTIVE" or not found.get("StreamUrl"):
            raise StreamNotReady(f"Stream URL {stream_id} is {found['Status']} and cannot be opened")
        expires_at = found.get("ExpiresAt") or asked_at + timedelta(seconds=fields.expiration_in_seconds)
        return StreamUrl(found["StreamUrl"], expires_at)

    def release(self, fields: GameLiftStreamsFields, stream_id: str | None, client_token: str) -> None:
        """Revoke the URL, and end a session that somebody may have started with it."""
        try:
            if found := stream_id or self._find(fields, client_token):
                self._call(
                    "revoke_stream_url",
                    Identifier=fields.stream_group_id,
                    StreamUrlIdentifier=found,
                    RevocationMode="REVOKE_AND_TERMINATE_SESSIONS",
                )
        except ServiceRefused as refused:
            if refused.name != "ResourceNotFoundException":
                raise

    def _make(self, fields: GameLiftStreamsFields, client_token: str, locations: Sequence[str]) -> Mapping[str, Any]:
        """The same client token gives the first answer again, and makes no second URL."""
        made = self._call(
            "create_stream_url",
            Identifier=fields.stream_group_id,
            ApplicationIdentifier=fields.application_id,
            ClientToken=client_token,
            Locations=locations,
            Protocol="WebRTC",
            UrlExpiresAfterMinutes=-(-fields.expiration_in_seconds // 60),
            UsageLimit=fields.usage_limit,
        )
        return self._named(made)

    def _find(self, fields: GameLiftStreamsFields, client_token: str) -> str | None:
        """Find the URL whose answer was lost. If it was never made, the service makes it now, or refuses to.

        A location that is not ACTIVE any more does as well: the URL that is there was made for its own.
        """
        try:
            states = () if fields.locations else self._group(fields).get("LocationStates") or ()
            locations = fields.locations or [item["LocationName"] for item in states if item.get("LocationName")]
            return _id(self._make(fields, client_token, locations)) if locations else None
        except (CapacityUnavailable, ServiceRefused):
            return None

    def _stream_url(self, fields: GameLiftStreamsFields, stream_id: str) -> Mapping[str, Any]:
        answer = self._call("get_stream_url", Identifier=fields.stream_group_id, StreamUrlIdentifier=stream_id)
        return self._named(answer)

    def _group(self, fields: GameLiftStreamsFields) -> Group:
        group = self._call("get_stream_group", Identifier=fields.stream_group_id)
        if not isinstance(group.get("Status"), str):
            raise MalformedAnswer(f"{self.endpoint} told nothing of the stream group {fields.stream_group_id}")
        return group

    def _named(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        if not isinstance(answer.get("Status"), str) or not _id(answer):
            raise MalformedAnswer(f"{self.endpoint} answered with something that is not a stream URL")
        return answer

    def _call(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        with provider_errors(self.endpoint, capacity=_NO_ROOM):
            answer: Mapping[str, Any] = getattr(self._client, operation)(**parameters)
        return answer


def _id(answer: Mapping[str, Any]) -> str:
    """The model makes the id optional; the ARN, which it requires, ends in it."""
    return str(answer.get("StreamUrlId") or str(answer.get("Arn", "")).rpartition("/")[2])


def _progress(answer: Mapping[str, Any], *, started: bool = False) -> Progress:
    shown = {name: answer.get(name[0].upper() + name[1:]) for name in _SHOWN}
    return Progress(
        _STATUS.get(answer["Status"], Status.PENDING),
        state=answer["Status"],
        status_code=answer.get("StatusReason"),
        stream_id=_id(answer),
        started=started,
        stream={
            "streamId": _id(answer),
            "state": answer["Status"],
            **{name: _text(value) for name, value in shown.items() if value is not None},
        },
    )


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return to_iso(value)
    return ", ".join(value) if isinstance(value, list) else str(value)
