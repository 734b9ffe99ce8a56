"""Answers that are not the broker's protocol, and errors that quote what they should not."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import (
    MalformedAnswer,
    ServiceRefused,
)
from greenroom.providers.dcv.service import DcvSessions
from tests.support.receiver import Receiver
from tests.support.tracebacks import whole_text
from tests.unit.providers.dcv.calls import CALLS, EVERY_CALL, over
from tests.unit.providers.dcv.sessions import NOW_MADE, TOKEN, Sessions, asked_by


@EVERY_CALL
def test_a_malformed_answer_shows_no_token_anywhere(operation: str, dcv: DcvSessions, sessions: Sessions) -> None:
    """The simulated broker leaks a connection token in that answer."""
    session_id = sessions.make()
    sessions.fail(operation, "Malformed", readyAfterSeconds=0)
    with pytest.raises(MalformedAnswer) as caught:
        CALLS[operation](dcv, session_id)
    assert "eyJ" not in whole_text(caught.value)


@EVERY_CALL
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"token=secret"',
        b'{"Sessions": "token=secret", "SuccessfulList": "token=secret", "UnsuccessfulList": "token=secret"}',
        b'{"Sessions": [{"Id": "token=secret"}], "SuccessfulList": [{"Id": "token=secret"}], "UnsuccessfulList": [1]}',
        b'{"Sessions": [null], "SuccessfulList": [null], "UnsuccessfulList": [0], "Session": {"Id": "token=secret"}}',
    ],
)
def test_whatever_is_not_the_protocol_is_malformed_and_not_quoted(
    operation: str, body: bytes, receiver: Receiver
) -> None:
    receiver.will_answer(200, body)
    with pytest.raises(MalformedAnswer, match=receiver.url) as caught:
        CALLS[operation](over(receiver.url), "s")
    assert "token=secret" not in whole_text(caught.value)


def test_a_creation_that_made_nothing_and_says_nothing_is_malformed(receiver: Receiver) -> None:
    receiver.will_answer(200, {"Sessions": [], "SuccessfulList": [], "UnsuccessfulList": []})
    with pytest.raises(MalformedAnswer, match="made no session and did not say why"):
        over(receiver.url).create(asked_by(), TOKEN)


def test_the_broker_s_words_are_told_without_urls(receiver: Receiver) -> None:
    receiver.will_answer(400, {"message": "See https://x.example?token=secret, please"})
    with pytest.raises(ServiceRefused, match=r"See <url> please \(createSessions|describeSessions") as caught:
        over(receiver.url).create(asked_by(), TOKEN)
    assert "token=secret" not in whole_text(caught.value)


def test_more_members_and_lists_that_are_null_are_read_over(receiver: Receiver) -> None:
    session: dict[str, object] = {
        "Id": "s",
        "State": "READY",
        "Name": None,
        "Server": None,
        "CreationTime": 1,
        "Extra": {"a": []},
    }
    receiver.will_answer(200, {"Sessions": [session], "NextToken": None, "Extra": 1})
    assert over(receiver.url).describe(asked_by(), "s", NOW_MADE).state == "READY"


def test_an_owner_with_more_pages_than_can_be_read_is_not_read_for_ever(receiver: Receiver) -> None:
    receiver.will_answer(200, {"Sessions": [], "NextToken": "more", "UnsuccessfulList": [{"FailureReason": "no"}]})
    with pytest.raises(ServiceRefused, match="no"):
        over(receiver.url).create(asked_by(), TOKEN)
    assert len(receiver.received) == 6
