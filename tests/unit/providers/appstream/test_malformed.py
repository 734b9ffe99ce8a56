"""Answers that are not the protocol of WorkSpaces Applications, and errors that quote what they should not."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import MalformedAnswer, ServiceRefused
from greenroom.providers.appstream.service import AppStream
from greenroom.providers.gate import GatedProvider
from tests.contract.support import Control
from tests.support.receiver import Receiver
from tests.support.tracebacks import whole_text
from tests.unit.conftest import AwsClient
from tests.unit.providers.appstream.calls import CALLS, FLEET, STREAM, failing


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
