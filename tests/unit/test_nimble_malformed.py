"""Answers that are not Nimble Studio's protocol, and errors that quote what they should not."""

from __future__ import annotations

import traceback

import pytest

from greenroom.adapters.nimble import NimbleStudio
from greenroom.domain import SessionRef
from greenroom.errors import MalformedAnswer
from tests.contract.support import Control
from tests.unit.conftest import AwsClient
from tests.unit.receiver import Receiver
from tests.unit.test_nimble_errors import CALLS, EVERY_CALL, failing

SESSION = SessionRef("studio", "s")


def whole_text(error: BaseException) -> str:
    """Return all that a log could show of an error: its text, and its traceback with whatever is chained to it."""
    return repr(error) + "".join(traceback.format_exception(error))


@EVERY_CALL
def test_an_answer_that_is_no_answer_is_malformed(operation: str, nimble: NimbleStudio, control: Control) -> None:
    control.session("s", **failing(operation, "Malformed"))
    with pytest.raises(MalformedAnswer, match="is not a s"):
        CALLS[operation](nimble)


@pytest.mark.parametrize("ask", ["describe", "connect"])
def test_a_malformed_answer_shows_no_url_anywhere(ask: str, nimble: NimbleStudio, control: Control) -> None:
    """The simulated service leaks the stream's real URL in that answer."""
    second = {"operation": "GetStreamingSessionStream", "call": 2, "error": "Malformed"}
    control.session("s", readyAfterSeconds=0, faults=[second])
    stream_id = str(nimble.create(SESSION, 120, "token").stream_id)
    url = nimble.connect(SESSION, stream_id, 120).url
    with pytest.raises(MalformedAnswer) as caught:
        nimble.describe(SESSION, stream_id) if ask == "describe" else nimble.connect(SESSION, stream_id, 120)
    assert url not in whole_text(caught.value)
    assert url.partition("token=")[2] not in whole_text(caught.value)
    assert "https://" not in whole_text(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>https://stream.example?token=secret</html>",
        b"\xff\xfe",
        b"null",
        b'["https://stream.example?token=secret"]',
        b'{"stream": null}',
        b'{"stream": {}}',
        b'{"stream": []}',
        b'{"stream": "https://stream.example?token=secret"}',
        b'{"stream": {"state": "READY", "url": "x", "expiresAt": "https://stream.example?token=secret"}}',
    ],
)
def test_whatever_is_not_the_protocol_is_malformed_and_not_quoted(
    body: bytes, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(200, body)
    with pytest.raises(MalformedAnswer, match=receiver.url) as caught:
        NimbleStudio(aws_client("nimble")).describe(SESSION, "stream")
    assert "token=secret" not in whole_text(caught.value)


@pytest.mark.parametrize(
    ("status", "name"), [(429, "ThrottlingException"), (500, "InternalServerErrorException"), (403, "ClientError")]
)
@pytest.mark.parametrize(
    "body",
    [b'{"message": "See https://x.example?token=secret"}', b"<a>https://x.example?token=secret", b'{"message": null}'],
)
def test_an_error_is_named_by_its_status_and_quotes_no_url(
    status: int, name: str, body: bytes, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(status, body)
    with pytest.raises(Exception, match="GetStreamingSessionStream") as caught:
        NimbleStudio(aws_client("nimble")).describe(SESSION, "stream")
    assert type(caught.value).__name__ == name
    assert "token=secret" not in whole_text(caught.value)
