"""Answers that are not the protocol of GameLift Streams, and errors that quote what they should not."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import MalformedAnswer, ServiceRefused
from greenroom.providers.gameliftstreams.service import GameLiftStreams
from greenroom.providers.gate import GatedProvider
from tests.contract.support import Control
from tests.support.receiver import Receiver
from tests.support.tracebacks import whole_text
from tests.unit.conftest import AwsClient
from tests.unit.providers.gameliftstreams.calls import CALLS, GROUP, failing, make_url

# A revocation answers nothing that could be malformed.
ANSWERED = [operation for operation in CALLS if operation != "RevokeStreamUrl"]


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
