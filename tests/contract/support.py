"""The tools of the contract tests: a clock, the control calls, and a real boto3 client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import urllib3
from botocore.config import Config

Client = Any  # boto3-stubs knows an operation only by its name, and has no nimble


class FakeClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Control:
    """The control calls of a simulator."""

    def __init__(self, url: str) -> None:
        self.url = url

    def put(self, path: str, body: object) -> urllib3.BaseHTTPResponse:
        return urllib3.request("PUT", f"{self.url}/_simulator/{path}", json=body)

    def session(self, key: str, **behaviour: object) -> None:
        answer = self.put(f"sessions/{key}", behaviour)
        assert answer.status == 200, answer.data

    def limits(self, **limits: object) -> None:
        answer = self.put("limits", limits)
        assert answer.status == 200, answer.data

    def outage(self, seconds: float, error: str) -> None:
        answer = self.put("outage", {"seconds": seconds, "error": error})
        assert answer.status == 200, answer.data

    def calls(self, query: str = "") -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = urllib3.request("GET", f"{self.url}/_simulator/calls{query}").json()
        return calls

    def forget(self) -> None:
        assert urllib3.request("DELETE", f"{self.url}/_simulator").status == 204


def connect(url: str, service: str = "nimble", *, read_timeout: float = 60) -> Client:
    """Return a real client that tries once and leaves validation to the service."""
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False, read_timeout=read_timeout)
    client: Any = boto3.client
    return client(
        service,
        endpoint_url=url,
        region_name="us-west-2",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # the simulator checks no signature
        config=config,
    )
