"""The errors of WorkSpaces Applications, which come with status 400 whatever they are, and what is no answer at all."""

from __future__ import annotations

import socket
import traceback

import pytest

from greenroom.domain.errors import (
    EndpointUnreachable,
    MalformedAnswer,
    ServiceFailed,
    ServiceRefused,
    ThrottlingException,
    own_error,
)
from greenroom.providers.appstream.service import AppStream
from greenroom.providers.gate import GatedProvider
from tests.contract.support import Control, connect
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.appstream.calls import CALLS, EVERY_CALL, FLEET, STREAM, TOKEN, failing
from tests.unit.providers.starts import starting


def whole_text(error: BaseException) -> str:
    """Return all that a log could show of an error."""
    return repr(error) + "".join(traceback.format_exception(error))


@EVERY_CALL
def test_throttling_is_named_alike_for_every_service(operation: str, appstream: AppStream, control: Control) -> None:
    control.session("f", **failing(operation, "ThrottlingException"))
    with pytest.raises(ThrottlingException, match=f"{operation}, status 400"):
        CALLS[operation](appstream)


def test_status_429_is_throttling_whatever_it_is_called(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(429, {"__type": "OddException"})
    with pytest.raises(ThrottlingException, match="DescribeFleets, status 429"):
        GatedProvider(AppStream(aws_client("appstream"))).prepare(FLEET, TOKEN, starting)


@EVERY_CALL
def test_a_failure_of_the_service_keeps_the_service_s_own_name(
    operation: str, appstream: AppStream, control: Control
) -> None:
    control.session("f", **failing(operation, "InternalFailure"))
    with pytest.raises(ServiceFailed, match=f"^InternalFailure: .*{operation}, status 500") as caught:
        CALLS[operation](appstream)
    assert caught.value.name == "InternalFailure"


@EVERY_CALL
def test_a_service_that_is_unavailable_is_as_one_that_does_not_answer(
    operation: str, appstream: AppStream, control: Control, simulator_url: str
) -> None:
    control.session("f", **failing(operation, "ServiceUnavailable"))
    with pytest.raises(EndpointUnreachable, match=f"^{simulator_url} is unavailable: .*{operation}, status 503"):
        CALLS[operation](appstream)


@pytest.mark.parametrize("name", ["ServiceUnavailableException", "RequestTimeout", "RequestTimeoutException"])
def test_a_service_that_is_unavailable_may_say_so_under_the_status_of_a_refusal(
    name: str, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(400, {"__type": name})
    with pytest.raises(EndpointUnreachable, match=receiver.url):
        GatedProvider(AppStream(aws_client("appstream"))).connect(FLEET, STREAM)


@EVERY_CALL
@pytest.mark.parametrize(
    "error", ["AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException", "ValidationException"]
)
def test_a_refusal_keeps_the_service_s_own_name(
    operation: str, error: str, appstream: AppStream, control: Control
) -> None:
    control.session("f", **failing(operation, error))
    with pytest.raises(ServiceRefused, match=f"^{error}: .*{operation}, status 400") as caught:
        CALLS[operation](appstream)
    assert caught.value.name == error
    assert own_error("ServiceRefused", str(caught.value))[0] == error


@EVERY_CALL
@pytest.mark.parametrize("fault", ["ConnectionReset", "LostResponse"])
def test_no_answer_names_the_endpoint(
    operation: str, fault: str, appstream: AppStream, control: Control, simulator_url: str
) -> None:
    control.session("f", **failing(operation, fault))
    with pytest.raises(EndpointUnreachable, match=simulator_url):
        CALLS[operation](appstream)


def test_a_silent_endpoint_is_named(control: Control, simulator_url: str) -> None:
    control.session("f", **failing("DescribeFleets", "Timeout"))
    impatient = AppStream(connect(simulator_url, "appstream", read_timeout=0.1))
    with pytest.raises(EndpointUnreachable, match=simulator_url):
        impatient.prepare(FLEET, TOKEN, starting)


def test_a_closed_port_is_named() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(EndpointUnreachable, match=url):
            AppStream(connect(url, "appstream")).connect(FLEET, STREAM)


def test_a_malformed_answer_shows_no_url_anywhere(appstream: AppStream, control: Control) -> None:
    """The simulated service leaks a real URL in that answer."""
    control.session("f", readyAfterSeconds=0, faults=failing("CreateStreamingURL", "Malformed")["faults"])
    with pytest.raises(MalformedAnswer) as caught:
        appstream.connect(FLEET, STREAM)
    assert "parameters=" not in whole_text(caught.value)
    assert "https://" not in whole_text(caught.value)


@pytest.mark.parametrize("operation", ["DescribeFleets", "CreateStreamingURL"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>https://x.example?parameters=secret</html>",
        b"\xff\xfe",
        b"null",
        b'["https://x.example?parameters=secret"]',
        b'{"Fleets": null, "StreamingURL": null}',
        b'{"Fleets": "https://x.example?parameters=secret", "StreamingURL": ""}',
        b'{"Fleets": ["https://x.example?parameters=secret"]}',
        b'{"Fleets": [null], "StreamingURL": {"a": "?parameters=secret"}}',
        b'{"Fleets": [{"Name": "f"}], "StreamingURL": 17}',
        b'{"Fleets": [{"Name": "f", "State": {"a": "?parameters=secret"}}], "StreamingURL": ["?parameters=secret"]}',
        b'{"Fleets": [{"Name": "f", "State": "RUNNING", "FleetErrors": [null]}]}',
        b'{"Fleets": [{"Name": "f", "State": "RUNNING", "ComputeCapacityStatus": {"Available": "=secret"}}]}',
        b'{"StreamingURL": "x", "Expires": "https://x.example?parameters=secret"}',
        b'{"StreamingURL": "https://x.example?parameters=secret", "Expires": "2026-11-24T12:00:00"}',
    ],
)
def test_whatever_is_not_the_protocol_is_malformed_and_not_quoted(
    operation: str, body: bytes, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(200, body)
    with pytest.raises(MalformedAnswer, match=receiver.url) as caught:
        CALLS[operation](GatedProvider(AppStream(aws_client("appstream"))))
    assert "=secret" not in whole_text(caught.value)


def test_an_error_is_told_without_urls(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(400, {"__type": "OddException", "Message": "See https://x.example?parameters=secret please"})
    with pytest.raises(ServiceRefused, match="See <url> please") as caught:
        GatedProvider(AppStream(aws_client("appstream"))).connect(FLEET, STREAM)
    assert caught.value.name == "OddException"
    assert "parameters=secret" not in whole_text(caught.value)
