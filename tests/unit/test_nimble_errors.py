"""What goes wrong at Nimble Studio, by the names that the state machine retries or announces."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from greenroom.adapters.nimble import NimbleStudio
from greenroom.domain import SessionRef
from greenroom.errors import (
    EndpointUnreachable,
    InternalServerErrorException,
    ProviderError,
    ThrottlingException,
)
from tests.contract.support import Control, connect

SESSION = SessionRef("studio", "s")
CALLS: dict[str, Callable[[NimbleStudio], object]] = {
    "GetStreamingSession": lambda nimble: nimble.prepare(SESSION, "token"),
    "CreateStreamingSessionStream": lambda nimble: nimble.create(SESSION, 120, "token"),
    "GetStreamingSessionStream": lambda nimble: nimble.describe(SESSION, "stream"),
}
EVERY_CALL = pytest.mark.parametrize("operation", CALLS)
REFUSALS = [
    "AccessDeniedException",
    "ConflictException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "ValidationException",
]


def failing(operation: str, error: str) -> dict[str, Any]:
    return {"faults": [{"operation": operation, "call": "*", "error": error}]}


@EVERY_CALL
@pytest.mark.parametrize(
    ("fault", "error"),
    [("ThrottlingException", ThrottlingException), ("InternalServerErrorException", InternalServerErrorException)],
)
def test_what_may_pass_has_a_name_of_ours(
    operation: str, fault: str, error: type[ProviderError], nimble: NimbleStudio, control: Control
) -> None:
    control.session("s", **failing(operation, fault))
    with pytest.raises(error, match=operation) as caught:
        CALLS[operation](nimble)
    assert type(caught.value).__name__ == fault


@EVERY_CALL
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_keeps_the_service_s_own_name(
    operation: str, refusal: str, nimble: NimbleStudio, control: Control
) -> None:
    control.session("s", **failing(operation, refusal))
    with pytest.raises(ClientError, match=operation) as caught:
        CALLS[operation](nimble)
    assert type(caught.value).__name__ == refusal


def test_a_session_that_does_not_exist_is_named(nimble: NimbleStudio) -> None:
    with pytest.raises(ClientError, match="missing-1") as caught:
        nimble.prepare(SessionRef("studio", "missing-1"), "token")
    assert type(caught.value).__name__ == "ResourceNotFoundException"


@EVERY_CALL
@pytest.mark.parametrize("fault", ["ConnectionReset", "LostResponse"])
def test_no_answer_names_the_endpoint(
    operation: str, fault: str, nimble: NimbleStudio, control: Control, simulator_url: str
) -> None:
    control.session("s", **failing(operation, fault))
    with pytest.raises(EndpointUnreachable, match=simulator_url):
        CALLS[operation](nimble)


def test_a_silent_endpoint_is_named(control: Control, simulator_url: str) -> None:
    control.session("s", **failing("GetStreamingSession", "Timeout"))
    impatient = NimbleStudio(connect(simulator_url, read_timeout=0.1))
    with pytest.raises(EndpointUnreachable, match=simulator_url):
        impatient.prepare(SESSION, "token")


def test_a_closed_port_is_named() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(EndpointUnreachable, match=url):
            NimbleStudio(connect(url)).prepare(SESSION, "token")


def test_an_endpoint_that_takes_no_connection_is_named() -> None:
    """As a firewall that drops packets: a listener whose queue is full leaves whoever connects without an answer."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)  # noqa: FBT003  # the socket's own signature
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        make: Any = boto3.client
        config = Config(connect_timeout=0.2, retries={"total_max_attempts": 1})
        client = make(
            "nimble",
            endpoint_url=url,
            region_name="us-west-2",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  # nobody checks it
            config=config,
        )
        with pytest.raises(EndpointUnreachable, match=url):
            NimbleStudio(client).prepare(SESSION, "token")
