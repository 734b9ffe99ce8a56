"""The errors of Nimble Studio, by the names that the state machine retries or announces."""

from __future__ import annotations

import socket
from typing import Any

import boto3
import pytest
from botocore.config import Config

from greenroom.domain.errors import (
    EndpointUnreachable,
    ServiceFailed,
    ServiceRefused,
    ThrottlingException,
    own_error,
)
from greenroom.providers.nimble.fields import NimbleFields
from greenroom.providers.nimble.service import NimbleStudio
from tests.contract.support import Control, connect
from tests.unit.providers.nimble.calls import CALLS, EVERY_CALL, SESSION, failing
from tests.unit.providers.starts import starting

REFUSALS = [
    "AccessDeniedException",
    "ConflictException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "ValidationException",
]
# What a release takes for an answer: test_release.py.
LETTING_GO = {"ConflictException", "ResourceNotFoundException"}


@EVERY_CALL
def test_throttling_is_named_alike_for_every_service(operation: str, nimble: NimbleStudio, control: Control) -> None:
    control.session("s", **failing(operation, "ThrottlingException"))
    with pytest.raises(ThrottlingException, match=operation):
        CALLS[operation](nimble)


@EVERY_CALL
def test_a_failure_of_the_service_keeps_the_service_s_own_name(
    operation: str, nimble: NimbleStudio, control: Control
) -> None:
    control.session("s", **failing(operation, "InternalServerErrorException"))
    with pytest.raises(ServiceFailed, match=f"^InternalServerErrorException: .*{operation}, status 500") as caught:
        CALLS[operation](nimble)
    assert caught.value.name == "InternalServerErrorException"


@pytest.mark.parametrize(
    ("operation", "refusal"),
    [
        (operation, refusal)
        for operation in CALLS
        for refusal in REFUSALS
        if operation != "StopStreamingSession" or refusal not in LETTING_GO
    ],
)
def test_a_refusal_keeps_the_service_s_own_name(
    operation: str, refusal: str, nimble: NimbleStudio, control: Control
) -> None:
    control.session("s", **failing(operation, refusal))
    with pytest.raises(ServiceRefused, match=f"^{refusal}: .*{operation}, status 4") as caught:
        CALLS[operation](nimble)
    assert caught.value.name == refusal
    assert own_error("ServiceRefused", str(caught.value))[0] == refusal


def test_a_session_that_does_not_exist_is_named(nimble: NimbleStudio) -> None:
    missing = NimbleFields(provider="nimble", studioId="studio", sessionId="missing-1")
    with pytest.raises(ServiceRefused, match="missing-1") as caught:
        nimble.prepare(missing, "token", starting)
    assert caught.value.name == "ResourceNotFoundException"


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
        impatient.prepare(SESSION, "token", starting)


def test_a_closed_port_is_named() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(EndpointUnreachable, match=url):
            NimbleStudio(connect(url)).prepare(SESSION, "token", starting)


def test_an_endpoint_that_takes_no_connection_is_named() -> None:
    """As a firewall that drops packets: a listener whose queue is full leaves a client without an answer."""
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
            NimbleStudio(client).prepare(SESSION, "token", starting)
