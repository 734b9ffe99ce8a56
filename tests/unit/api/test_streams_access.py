"""Access to requests: who may see, cancel and claim which; and the lists of a caller's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from greenroom.domain.errors import InvalidRequest, NotAllowed, RequestConflict, StreamGone, UnknownRequest
from greenroom.domain.values import RequestState
from greenroom.request.identities import IdentityRule
from tests.support.desk import Desk
from tests.support.examples import OWNER, URL, a_body, a_link, a_record, a_stream_url
from tests.support.fakes import NOW

BOB = "arn:aws:iam::123456789012:user/bob"
ADMIN = "arn:aws:sts::123456789012:assumed-role/Admin/ada"
CLAIMABLE = a_record(a_body(claim=True), state=RequestState.READY)
Call = Callable[[Desk, str], object]
CALLS: dict[str, Call] = {
    "show": Desk.show,
    "cancel": Desk.cancel,
    "claim": Desk.claim,
    "waiting_room": Desk.waiting_room,
    "revoke": Desk.revoke,
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@EVERY_CALL
@pytest.mark.parametrize("caller", [BOB, "", OWNER.upper(), OWNER + "x", OWNER[:-1], "*"])
def test_a_stranger_learns_no_more_than_that_nothing_is_theirs(call: Call, caller: str) -> None:
    desk = Desk(a_record(), administrators=ADMIN)
    with pytest.raises(UnknownRequest) as of_another:
        call(desk, caller)
    with pytest.raises(UnknownRequest) as of_nobody:
        call(Desk(), caller)
    assert str(of_another.value) == str(of_nobody.value)
    assert desk.records.records["r"] == a_record()


@EVERY_CALL
@pytest.mark.parametrize("caller", [OWNER, "", "None"])
def test_a_request_without_an_owner_is_nobody_s_but_the_administrators(call: Call, caller: str) -> None:
    """Callers of StartExecution and PutEvents read the outcome where it is announced."""
    with pytest.raises(UnknownRequest):
        call(Desk(a_record(owner=None)), caller)


@pytest.mark.parametrize("pattern", [ADMIN, "arn:aws:sts::123456789012:assumed-role/Admin/*", f"nobody {ADMIN}"])
def test_an_administrator_sees_every_request_and_its_url(pattern: str) -> None:
    desk = Desk(a_record(owner=None, state=RequestState.READY), administrators=pattern, r=a_stream_url())
    assert desk.show(ADMIN).body["url"] == URL


@pytest.mark.parametrize("pattern", ["arn:aws:sts::123456789012:assumed-role/Admin", ADMIN.upper(), "Admin", "ada"])
def test_a_pattern_must_fit_the_whole_caller(pattern: str) -> None:
    with pytest.raises(UnknownRequest):
        Desk(a_record(), administrators=pattern).show(ADMIN)


def test_a_url_is_claimed_once() -> None:
    desk = Desk(CLAIMABLE, r=a_stream_url())
    answer = desk.claim()
    assert answer.status == 200
    assert answer.body == {"id": "r", "url": URL, "expiresAt": "2026-11-24T12:02:00Z", "secondsLeft": 120}
    with pytest.raises(StreamGone):
        desk.claim()


def test_a_url_that_is_to_be_claimed_is_not_shown() -> None:
    assert URL not in str(Desk(CLAIMABLE, r=a_stream_url()).show())


def test_an_expired_url_cannot_be_claimed() -> None:
    with pytest.raises(StreamGone):
        Desk(CLAIMABLE, r=a_stream_url(0)).claim()


@pytest.mark.parametrize("state", [state for state in RequestState if state is not RequestState.READY])
def test_there_is_nothing_to_claim_of_a_request_that_is_not_ready(state: RequestState) -> None:
    desk = Desk(a_record(a_body(claim=True), state=state), r=a_stream_url())
    with pytest.raises(RequestConflict, match=state.value):
        desk.claim()
    assert desk.stream_urls.get("r")


def test_a_url_that_was_announced_cannot_be_claimed() -> None:
    desk = Desk(a_record(state=RequestState.READY), r=a_stream_url())
    with pytest.raises(RequestConflict):
        desk.claim()
    assert desk.stream_urls.get("r")


def test_a_list_holds_one_s_own_requests_newest_first() -> None:
    mine = [a_record(id=f"r{age}", created_at=NOW - timedelta(seconds=age)) for age in (3, 1, 2)]
    desk = Desk(*mine, a_record(id="bob's", owner=BOB), a_record(id="nobody's", owner=None))
    assert [stream["id"] for stream in desk.list()["streams"]] == ["r1", "r2", "r3"]
    assert desk.list()["streams"][0].keys() == desk.show(request_id="r1").body.keys() - {"estimate"}
    assert desk.list(caller=ADMIN) == {"streams": []}


def test_a_list_shows_no_url() -> None:
    assert URL not in str(Desk(a_record(state=RequestState.READY), r=a_stream_url()).list())


def test_a_list_comes_in_pages() -> None:
    desk = Desk(*(a_record(id=f"r{age}", created_at=NOW - timedelta(seconds=age)) for age in range(5)))
    pages = [desk.list(limit="2")]
    while "next" in pages[-1]:
        pages.append(desk.list(limit="2", next=pages[-1]["next"]))
    assert [[stream["id"] for stream in page["streams"]] for page in pages] == [["r0", "r1"], ["r2", "r3"], ["r4"]]


def test_a_list_may_be_of_one_state() -> None:
    desk = Desk(a_record(id="a"), a_record(id="b", state=RequestState.READY))
    assert [stream["id"] for stream in desk.list(state="ready")["streams"]] == ["b"]
    with pytest.raises(InvalidRequest):
        desk.list(state="done")


def test_the_owner_gets_a_link_to_hand_on() -> None:
    answer = Desk(a_record()).waiting_room()
    assert answer.status == 201
    assert answer.body == a_link(a_record(), NOW).as_dict()


ARTISTS = "arn:aws:sts::123456789012:assumed-role/Artist/{}"
OWN_SESSIONS = IdentityRule("own-sessions", (ARTISTS.format("*"),), "nimble", "sessionId", ("{sessionName}",))


def test_a_request_for_somebody_else_is_refused_and_leaves_nothing() -> None:
    desk = Desk(rules=(OWN_SESSIONS,))
    with pytest.raises(NotAllowed) as caught:
        desk.create(caller=ARTISTS.format("bob"), sessionId="ada")
    assert caught.value.as_dicts() == [
        {"field": "sessionId", "detail": "must be one that this caller may ask for (by the rules: own-sessions)"}
    ]
    assert (desk.records.records, desk.executions.started) == ({}, [])
    assert desk.create(caller=ARTISTS.format("ada"), sessionId="ada").status == 202


def test_what_is_wrong_is_told_before_what_is_not_allowed() -> None:
    with pytest.raises(InvalidRequest) as caught:
        Desk(rules=(OWN_SESSIONS,)).create(caller=ARTISTS.format("bob"), sessionId="ada", expirationInSeconds=1)
    assert [error.field for error in caught.value.errors] == ["expirationInSeconds"]


def test_a_repeat_with_a_key_is_asked_for_by_the_same_rules() -> None:
    desk = Desk(rules=(OWN_SESSIONS,))
    first = desk.create("key", caller=ARTISTS.format("ada"), sessionId="ada")
    assert desk.create("key", caller=ARTISTS.format("ada"), sessionId="ada").body["id"] == first.body["id"]
    with pytest.raises(NotAllowed):
        desk.create("key", caller=ARTISTS.format("bob"), sessionId="ada")
