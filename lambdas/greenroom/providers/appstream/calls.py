"""The calls of WorkSpaces Applications that Greenroom makes, by a botocore client that makes one attempt a call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from greenroom.domain.errors import MalformedAnswer, ServiceRefused
from greenroom.providers.appstream.answers import CreateStreamingUrl, DescribeFleets, Fleet
from greenroom.providers.aws_service import provider_errors
from greenroom.providers.bodies import ABody, AwsBody, read

# "Wait a few minutes and try again", says the model, under the status of a refusal.
CONCURRENT = "ConcurrentModificationException"
NOT_FOUND = "ResourceNotFoundException"
# LimitExceededException is a quota here, and not too many calls: an instance may become free.
_NO_ROOM = frozenset({"LimitExceededException", "ResourceNotAvailableException"})
# One fleet is asked for, and the pages before it may be empty.
_MOST_PAGES = 20


class Calls:
    """Raises what the port promises: MalformedAnswer, too, of an answer that lacks what the model requires."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def endpoint(self) -> str:
        return str(self._client.meta.endpoint_url)

    def fleet(self, name: str) -> Fleet:
        """ServiceRefused if there is no such fleet."""
        for fleet in self._fleets(name):
            if fleet.name == name:
                return fleet
        raise ServiceRefused(NOT_FOUND, f"There is no fleet {name}: fleetName must be one that exists")

    def start(self, name: str) -> None:
        self._call(AwsBody, "start_fleet", Name=name)

    def stop(self, name: str) -> None:
        self._call(AwsBody, "stop_fleet", Name=name)

    def streaming_url(self, **parameters: Any) -> CreateStreamingUrl:
        """Parameters that are None are left out."""
        given = {name: value for name, value in parameters.items() if value is not None}
        made = self._call(CreateStreamingUrl, "create_streaming_url", **given)
        if not made.streaming_url:
            raise MalformedAnswer(f"{self.endpoint} made a URL and did not show it")
        return made

    def _fleets(self, name: str) -> Iterator[Fleet]:
        """DescribeFleets pages even where the names are given; an empty page is not the last one."""
        token: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = self._call(DescribeFleets, "describe_fleets", Names=[name], **token)
            yield from page.fleets
            if not page.next_token:
                return
            token = {"NextToken": page.next_token}
        raise MalformedAnswer(f"{self.endpoint} answered describe_fleets with more than {_MOST_PAGES} pages")

    def _call(self, answer: type[ABody], operation: str, **parameters: Any) -> ABody:
        with provider_errors(self.endpoint, capacity=_NO_ROOM, failed=frozenset({CONCURRENT})):
            return read(answer, getattr(self._client, operation)(**parameters))
