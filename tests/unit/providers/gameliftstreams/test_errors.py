"""The errors of GameLift Streams, by the names that the state machine knows, and what is no answer at all."""

from __future__ import annotations

import socket
import traceback

import pytest

from greenroom.domain.errors import (
    CapacityUnavailable,
    EndpointUnreachable,
    MalformedAnswer,
    ServiceFailed,
    ServiceRefused,
    ThrottlingException,
    own_error,
)
from greenroom.providers.gameliftstreams.service import GameLiftStreams
from greenroom.providers.gate import GatedProvider
from tests.contract.support import Control, connect
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.gameliftstreams.calls import CALLS, EVERY_CALL, GROUP, NO_AGE, TOKEN, failing, make_url
from tests.unit.providers.starts import starting

REFUSALS = ["AccessDeniedException", "ConflictException", "ResourceNotFoundException", "ValidationException"]
# Of a release it is the answer: test_release.py.
LETTING_GO = {("RevokeStreamUrl", "ResourceNotFoundException")}
# A revocation answers nothing that could be malformed.
ANSWERED = [operation for operation in CALLS if operation != "RevokeStreamUrl"]


def whole_text(error: BaseException) -> str:
    """Return all that a log could show of an error."""
    return repr(error) + "".join(traceback.format_exception(error))


@EVERY_CALL
def test_throttling_is_named_alike_for_every_service(
    operation: str, gamelift: GameLiftStreams, control: Control
) -> None:
    url_id = make_url(gamelift, control, **failing(operation, "ThrottlingException"))
    with pytest.raises(ThrottlingException, match=f"{operation}, status 429"):
        CALLS[operation](gamelift, url_id)


@EVERY_CALL
def test_a_failure_of_the_service_keeps_the_service_s_own_name(
    operation: str, gamelift: GameLiftStreams, control: Control
) -> None:
    url_id = make_url(gamelift, control, **failing(operation, "InternalServerException"))
    with pytest.raises(ServiceFailed, match=f"^InternalServerException: .*{operation}, status 500"):
        CALLS[operation](gamelift, url_id)


@pytest.mark.parametrize(
    ("operation", "error"),
    [(operation, error) for operation in CALLS for error in REFUSALS if (operation, error) not in LETTING_GO],
)
def test_a_refusal_keeps_the_service_s_own_name(
    operation: str, error: str, gamelift: GameLiftStreams, control: Control
) -> None:
    url_id = make_url(gamelift, control, **failing(operation, error))
    with pytest.raises(ServiceRefused, match=f"^{error}: .*{operation}, status 4") as caught:
        CALLS[operation](gamelift, url_id)
    assert caught.value.name == error
    assert own_error("ServiceRefused", str(caught.value))[0] == error


def test_a_quota_is_capacity_and_no_refusal(gamelift: GameLiftStreams, control: Control) -> None:
    url_id = make_url(gamelift, control, **failing("CreateStreamUrl", "ServiceQuotaExceededException"))
    with pytest.raises(CapacityUnavailable, match=r"^ServiceQuotaExceededException: .*status 402"):
        CALLS["CreateStreamUrl"](gamelift, url_id)


@EVERY_CALL
@pytest.mark.parametrize("fault", ["ConnectionReset", "LostResponse"])
def test_no_answer_names_the_endpoint(
    operation: str, fault: str, gamelift: GameLiftStreams, control: Control, simulator_url: str
) -> None:
    url_id = make_url(gamelift, control, **failing(operation, fault))
    with pytest.raises(EndpointUnreachable, match=simulator_url):
        CALLS[operation](gamelift, url_id)


def test_a_silent_endpoint_is_named(control: Control, simulator_url: str) -> None:
    control.session("sg-1", **failing("GetStreamGroup", "Timeout"))
    impatient = GameLiftStreams(connect(simulator_url, "gameliftstreams", read_timeout=0.1))
    with pytest.raises(EndpointUnreachable, match=simulator_url):
        impatient.prepare(GROUP, TOKEN, starting)


def test_a_closed_port_is_named() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(EndpointUnreachable, match=url):
            GameLiftStreams(connect(url, "gameliftstreams")).describe(GROUP, "su-1", NO_AGE)


@pytest.mark.parametrize("operation", ANSWERED)
def test_a_malformed_answer_shows_no_url_anywhere(operation: str, gamelift: GameLiftStreams, control: Control) -> None:
    """The simulated service leaks a real URL in the answers that have one."""
    url_id = make_url(gamelift, control, **failing(operation, "Malformed"))
    with pytest.raises(MalformedAnswer) as caught:
        CALLS[operation](gamelift, url_id)
    assert "token=" not in whole_text(caught.value)
    assert "https://" not in whole_text(caught.value)


@pytest.mark.parametrize("operation", ANSWERED)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>https://x.example?token=secret</html>",
        b"\xff\xfe",
        b"null",
        b'["https://x.example?token=secret"]',
        b'{"Status": null}',
        b'{"Status": {"https://x.example?token=secret": 1}, "Arn": "arn/su-1"}',
        b'{"Status": "ACTIVE", "ExpiresAt": "https://x.example?token=secret", "Arn": {"a": "?token=secret"}}',
        b'{"Status": "ACTIVE", "LocationStates": [null], "Locations": [null], "Arn": "?token=secret"}',
        b'{"Status": "ACTIVE", "LocationStates": [{"LocationName": "l", "IdleCapacity": "?token=secret"}]}',
        b'{"Status": "ACTIVE", "LocationStates": 1, "StreamUrlId": "?token=secret", "Locations": 1}',
    ],
)
def test_whatever_is_not_the_protocol_is_malformed_and_not_quoted(
    operation: str, body: bytes, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(200, body)
    with pytest.raises(MalformedAnswer, match=receiver.url) as caught:
        CALLS[operation](GatedProvider(GameLiftStreams(aws_client("gameliftstreams"))), "su-1")
    assert "token=secret" not in whole_text(caught.value)


def test_an_error_is_told_without_urls(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(400, {"Message": "See https://x.example?token=secret please"}, x_amzn_ErrorType="OddException")
    with pytest.raises(ServiceRefused, match="See <url> please") as caught:
        GatedProvider(GameLiftStreams(aws_client("gameliftstreams"))).connect(GROUP, "su-1")
    assert caught.value.name == "OddException"
    assert "token=secret" not in whole_text(caught.value)
