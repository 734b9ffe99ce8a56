"""SNS, WebSocket connections, Secrets Manager, and the receivers of webhooks: they take messages, and give secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from simulation.network import Request, Response, ServiceError, answered, failed
from simulation.payloads import TOPIC_BYTES


@dataclass(frozen=True)
class Sent:
    """A message as it was taken. `to`: `sns`, `bus`, a connection's id, or a webhook's URL."""

    to: str
    message_id: str
    body: Mapping[str, Any]
    at: float


class Topic:
    """SNS, by its query protocol."""

    def __init__(self, taken: Callable[[str, str, Mapping[str, Any]], None]) -> None:
        self._taken = taken

    def answer(self, request: Request) -> Response:
        asked = dict(parse_qsl(request.body.decode()))
        if len(asked["Message"].encode()) > TOPIC_BYTES:
            return _sns_error("InvalidParameter")
        if asked["TopicArn"].endswith("Topic"):
            body = json.loads(asked["Message"])
            self._taken("sns", body["data"].get("id", ""), body)
        result = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>"
        return Response(200, result.encode(), {"content-type": "text/xml"})


def _sns_error(code: str) -> Response:
    text = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    return Response(400, text.encode(), {"content-type": "text/xml"})


class Connections:
    """`@connections` of the WebSocket API. `open`: those that are open."""

    def __init__(self, taken: Callable[[str, str, Mapping[str, Any]], None]) -> None:
        self._taken = taken
        self.open: set[str] = set()
        self.frames: list[str] = []

    def answer(self, request: Request) -> Response:
        connection = unquote(urlsplit(request.url).path.rpartition("/")[2])
        if connection not in self.open:
            return failed(ServiceError("GoneException", "gone", 410))
        self.frames.append(request.body.decode())
        body = json.loads(request.body)
        if "type" in body:
            self._taken(connection, body["data"].get("id", ""), body)
        return Response(200)


class Secrets:
    """Secrets Manager: each secret has a current version, and none before it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def answer(self, request: Request) -> Response:
        asked = request.json()
        if asked.get("VersionStage", "AWSCURRENT") != "AWSCURRENT":
            return failed(ServiceError("ResourceNotFoundException", "There is none of that stage"))
        arn = asked["SecretId"]
        return answered({"ARN": arn, "Name": arn, "VersionId": "1", "SecretString": self._values[arn]})


@dataclass
class Receiver:
    """A receiver of webhooks. `answers`: the status of each call, the last one of all that follow."""

    answers: tuple[int, ...] = (204,)
    calls: int = 0


class Web:
    """Everything that is called by urllib3: receivers of webhooks by host, and services at their hosts."""

    def __init__(
        self,
        taken: Callable[[str, str, Mapping[str, Any]], None],
        services: Mapping[str, Callable[[Request], Response]],
    ) -> None:
        self._taken = taken
        self._services = services
        self._receivers: dict[str, Receiver] = {}

    def receive(self, host: str, answers: tuple[int, ...]) -> None:
        """Have a receiver at a host: the status of each call, the last one of all that follow."""
        self._receivers[host] = Receiver(answers)

    def answer(self, request: Request) -> Response:
        host = urlsplit(request.url).hostname or ""
        if host in self._services:
            return self._services[host](request)
        receiver = self._receivers.setdefault(host, Receiver())
        status = receiver.answers[min(receiver.calls, len(receiver.answers) - 1)]
        receiver.calls += 1
        if status < 300:
            path = urlsplit(request.url)
            headers = {name.lower(): value for name, value in request.headers.items()}
            self._taken(f"https://{host}{path.path}", headers["webhook-id"], json.loads(request.body))
        return Response(status)
