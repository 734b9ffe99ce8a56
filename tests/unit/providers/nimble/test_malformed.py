"""Answers that are not Nimble Studio's protocol, and errors that quote what they should not."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import (
    EndpointUnreachable,
    MalformedAnswer,
    ProviderError,
    ServiceFailed,
    ServiceRefused,
    ThrottlingException,
)
from greenroom.providers.gate import GatedProvider
from greenroom.providers.nimble.service import NimbleStudio
from tests.contract.support import Control
from tests.support.receiver import Receiver
from tests.support.tracebacks import whole_text
from tests.unit.conftest import AwsClient
from tests.unit.providers.nimble.calls import CALLS, EVERY_CALL, NO_AGE, SESSION, failing


@EVERY_CALL
def test_an_answer_that_is_no_answer_is_malformed(operation: str, nimble: NimbleStudio, control: Control) -> None:
    control.session("s", **failing(operation, "Malformed"))
    with pytest.raises(MalformedAnswer, match="is not a s"):
        CALLS[operation](nimble)


@pytest.mark.parametrize("ask", ["describe", "connect"])
def test_a_malformed_answer_shows_no_url_anywhere(ask: str, nimble: NimbleStudio, control: Control) -> None:
    """The simulated service leaks the stream's real URL in that answer."""
    control.session("s", readyAfterSeconds=0, **failing("GetStreamingSessionStream", "Malformed", call=2))
    stream_id = str(nimble.create(SESSION, "token").stream_id)
    url = nimble.connect(SESSION, stream_id).url
    with pytest.raises(MalformedAnswer) as caught:
        nimble.describe(SESSION, stream_id, NO_AGE) if ask == "describe" else nimble.connect(SESSION, stream_id)
    assert url not in whole_text(caught.value)
    assert url.partition("token=")[2] not in whole_text(caught.value)
    assert "https://" not in whole_text(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>https://stream.example?token=secret</html>",
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        b'["https://stream.example?token=secret"]',
        b'{"stream": null}',
        b'{"stream": {}}',
        b'{"stream": []}',
        b'{"stream": "https://stream.example?token=secret"}',
        b'{"stream": {"state": "READY", "url": "x", "expiresAt": 1e300}}',
        b'{"stream": {"state": ["READY"]}}',
        b'{"stream": {"state": "READY", "streamId": true}}',
        b'{"stream": {"state": "READY", "url": {"url": "https://stream.example?token=secret"}}}',
        b'{"stream": {"state": "READY", "url": "x", "expiresAt": "https://stream.example?token=secret"}}',
    ],
)
def test_whatever_is_not_the_protocol_is_malformed_and_not_quoted(
    body: bytes, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(200, body)
    with pytest.raises(MalformedAnswer, match=receiver.url) as caught:
        GatedProvider(NimbleStudio(aws_client("nimble"))).describe(SESSION, "stream", NO_AGE)
    assert "token=secret" not in whole_text(caught.value)


@pytest.mark.parametrize(
    ("status", "kind", "name"),
    [
        (429, ThrottlingException, None),
        (500, ServiceFailed, "InternalServerErrorException"),
        (403, ServiceRefused, "UnknownError"),
    ],
)
@pytest.mark.parametrize(
    "body",
    [b'{"message": "See https://x.example?token=secret"}', b"<a>https://x.example?token=secret", b'{"message": null}'],
)
def test_an_error_that_names_nothing_is_named_by_its_status_and_quotes_no_url(
    *, status: int, kind: type[ProviderError], name: str | None, body: bytes, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(status, body)
    with pytest.raises(kind, match=f"GetStreamingSessionStream, status {status}") as caught:
        GatedProvider(NimbleStudio(aws_client("nimble"))).describe(SESSION, "stream", NO_AGE)
    assert getattr(caught.value, "name", None) == name
    assert "token=secret" not in whole_text(caught.value)
    assert "://" not in str(caught.value)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_error_that_says_that_nobody_is_there_names_the_endpoint_and_no_other_url(
    status: int, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(status, b'{"message": "See https://x.example?token=secret"}')
    unavailable = rf"^{receiver.url} is unavailable: See <url> \(GetStreamingSessionStream, status {status}\)$"
    with pytest.raises(EndpointUnreachable, match=unavailable) as caught:
        GatedProvider(NimbleStudio(aws_client("nimble"))).describe(SESSION, "stream", NO_AGE)
    assert "token=secret" not in whole_text(caught.value)


@pytest.mark.parametrize(("status", "kind"), [(429, ThrottlingException), (500, ServiceFailed), (400, ServiceRefused)])
def test_an_error_that_the_service_names_is_told_without_urls(
    status: int, kind: type[ProviderError], receiver: Receiver, aws_client: AwsClient
) -> None:
    body = {"message": "Use HTTPS://x.example?token=secret or s3://bucket/key, please"}
    receiver.will_answer(status, body, x_amzn_ErrorType="OddException")
    with pytest.raises(kind, match="Use <url> or <url> please") as caught:
        GatedProvider(NimbleStudio(aws_client("nimble"))).connect(SESSION, "stream")
    assert getattr(caught.value, "name", "OddException") == "OddException"
    assert "token=secret" not in whole_text(caught.value)
