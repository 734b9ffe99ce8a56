"""The records: what the port promises, kept by the table in DynamoDB and by the fake that other tests take for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.domain.values import Failure, Progress, RequestState, Status, Wait, Waiting
from greenroom.record.model import Open, Record, an_offer
from greenroom.record.store import Records
from tests.support.examples import OWNER, a_body, a_record
from tests.support.fakes import NOW, InMemoryRecords
from tests.support.tables import a_table_of_records

FAILURE = Failure("StreamFailed", "No stream", "CREATE_FAILED", None)
LATER = NOW + timedelta(seconds=7.5)
LONG_AFTER = NOW + timedelta(days=2)
ENDS_WITHOUT_STREAM = [RequestState.FAILED, RequestState.TIMED_OUT, RequestState.CANCELLED]


@pytest.fixture(params=["in memory", "DynamoDB"])
def records(request: pytest.FixtureRequest) -> Records:
    """Records with the pending request `r`."""
    made: Records = InMemoryRecords()
    if request.param == "DynamoDB":
        client: Any = request.getfixturevalue("dynamodb_client")
        made = DynamoDbRecords(client, a_table_of_records(client), timedelta(days=7))
    made.add(a_record(a_body(metadata={"ticket": "A-17", "none": None})))
    return made


def of(records: Records, request_id: str = "r") -> Record:
    found = records.get(request_id)
    assert found
    return found


def end(records: Records, request_id: str = "r", state: RequestState = RequestState.FAILED) -> None:
    assert records.settle(request_id, state, LATER, FAILURE)


def test_a_repeat_gets_the_first_record_back(records: Records) -> None:
    first, other = of(records), a_record(a_body(studioId="other"))
    assert records.add(other) == first != other
    assert of(records) == first


def test_what_was_never_added_is_not_there(records: Records) -> None:
    assert records.get("other") is None


@pytest.mark.parametrize("state", ENDS_WITHOUT_STREAM)
def test_a_request_ends_once(state: RequestState, records: Records) -> None:
    before = of(records)
    assert records.settle("r", state, LATER, FAILURE)
    ended = replace(before, state=state, settled_at=LATER, due_at=LATER, open=Open.UNANNOUNCED, failure=FAILURE)
    assert of(records) == ended
    assert not records.settle("r", RequestState.CANCELLED, LONG_AFTER, Failure("Other", "Too late"))
    assert of(records) == ended
    assert not records.settle("other", state, LATER, FAILURE)
    assert records.get("other") is None


def note(records: Records, progress: Progress, looks: int = 0, **waits: Wait) -> bool:
    kept = {Waiting(name): wait for name, wait in waits.items()}
    return records.note_progress("r", progress, kept, looks, renewal=False)


def test_a_request_that_was_withdrawn_has_ended_and_is_in_no_list(records: Records) -> None:
    before = of(records)
    records.withdraw("r")
    assert of(records) == replace(
        before, state=RequestState.CANCELLED, withdrawn=True, open=None, due_at=None, settled_at=None
    )
    assert before.owner
    assert records.of_owner(before.owner, None, 10) == ([], None)
    assert list(records.overdue(LONG_AFTER)) == list(records.unannounced(LONG_AFTER)) == []
    assert not records.settle("r", RequestState.FAILED, LATER, FAILURE)


def test_what_has_ended_or_was_never_kept_is_not_withdrawn(records: Records) -> None:
    end(records)
    ended = of(records)
    records.withdraw("r")
    records.withdraw("other")
    assert of(records) == ended
    assert records.get("other") is None


def test_progress_is_kept_and_keeps_what_was_before_it(records: Records) -> None:
    session, stream = Wait(NOW, 30, 41), Wait(LATER)
    said = {"streamId": "stream", "state": "CREATE_IN_PROGRESS"}
    assert note(records, Progress(Status.PENDING), session=session)
    assert note(records, Progress(Status.PENDING, stream_id="stream", stream=said), stream=stream)
    assert note(records, Progress(Status.PENDING), stream=replace(stream, pending_for=5))
    kept = of(records)
    assert (kept.stream, kept.stream_id) == (said, "stream")
    assert kept.waits == {Waiting.SESSION: session, Waiting.STREAM: Wait(LATER, 5)}


def test_looks_are_counted_while_the_request_is_pending(records: Records) -> None:
    assert of(records).looks == 0
    for looks in (0, 1, 1):
        assert note(records, Progress(Status.PENDING), looks, stream=Wait(NOW, 5))
    assert of(records).looks == 2
    end(records)
    assert not note(records, Progress(Status.PENDING), 1, stream=Wait(NOW, 5))
    assert of(records).looks == 2


def test_after_its_end_nothing_is_started_created_or_noted(records: Records) -> None:
    end(records)
    before = of(records)
    assert not records.note_start("r", "token", renewal=False)
    assert not records.begin_create("r", "attempt", "", renewal=False)
    assert not note(records, Progress(Status.PENDING, stream_id="stream", stream={"state": "READY"}))
    assert records.creating("r", renewal=False) is None
    assert of(records) == before


def test_a_start_is_noted_before_it_is_made(records: Records) -> None:
    for _ in range(2):
        assert records.note_start("r", "token", renewal=False)
        assert of(records).started == "token"


def test_of_two_attempts_to_create_one_begins_and_the_next_follows_the_one_that_it_knows(records: Records) -> None:
    assert records.creating("r", renewal=False) == ""
    assert records.begin_create("r", "first", "", renewal=False)
    assert not records.begin_create("r", "second", "", renewal=False)
    assert records.creating("r", renewal=False) == "first"
    assert records.begin_create("r", "third", "first", renewal=False)
    assert not records.begin_create("r", "fourth", "first", renewal=False)


def test_whether_a_request_has_ended_can_be_asked_of_it_and_of_its_renewal(records: Records) -> None:
    assert records.is_at_work("r", renewal=False)
    assert not records.is_at_work("r", renewal=True)
    assert not records.is_at_work("other", renewal=False)
    end(records)
    assert not records.is_at_work("r", renewal=False)


def test_what_came_to_be_after_the_end_is_left_to_be_released(records: Records) -> None:
    end(records)
    records.note_late("r", "stream", LONG_AFTER, renewal=False)
    assert (of(records).late, of(records).stream_id, of(records).open) == (True, "stream", Open.UNANNOUNCED)
    records.mark_announced(of(records), [])
    records.note_late("r", None, LONG_AFTER, renewal=False)
    assert (of(records).stream_id, of(records).open) == ("stream", Open.RELEASING)
    assert of(records).due_at == LONG_AFTER


def ended_to_release(records: Records, request_id: str = "r", **more: bool) -> Record:
    """End a request for which something was started that is to be released."""
    records.add(a_record(a_body(releaseOnFailure=True), id=request_id))
    records.note_start(request_id, "token", renewal=False)
    assert records.settle(request_id, RequestState.CANCELLED, LATER, FAILURE, **more)
    return of(records, request_id)


def test_an_outcome_that_is_announced_stays_open_until_what_was_started_is_released(records: Records) -> None:
    ended = ended_to_release(records, "x")
    records.mark_announced(ended, ["sns"])
    assert (of(records, "x").open, of(records, "x").delivered) == (Open.RELEASING, frozenset({"sns"}))
    assert list(records.releasing(LATER)) == []
    assert list(records.releasing(LATER + timedelta(seconds=1))) == ["x"]
    records.ask_for_release(of(records, "x"), LONG_AFTER)
    assert of(records, "x").due_at == LONG_AFTER
    records.ask_for_release(ended, NOW)
    assert of(records, "x").due_at == LONG_AFTER
    records.mark_released("x")
    assert (of(records, "x").open, of(records, "x").due_at) == (None, None)


def test_what_is_not_announced_yet_is_not_closed_by_a_release(records: Records) -> None:
    ended_to_release(records, "x")
    records.mark_released("x")
    assert of(records, "x").open is Open.UNANNOUNCED


@pytest.mark.parametrize("stopped", [True, False])
def test_an_outcome_that_is_announced_stays_open_until_its_execution_is_stopped(
    stopped: bool,  # noqa: FBT001  # pytest passes it by name
    records: Records,
) -> None:
    assert records.settle("r", RequestState.CANCELLED, LATER, FAILURE, to_stop=True)
    ended = of(records)
    assert ended.to_stop
    if stopped:
        records.mark_stopped("r")
    records.mark_announced(ended, ["sns"])
    assert (of(records).open, of(records).to_stop) == ((None, False) if stopped else (Open.RELEASING, True))
    records.mark_released("r")
    assert (of(records).open, of(records).to_stop) == (None, False)


def test_why_a_release_failed_is_news_once(records: Records) -> None:
    assert [records.note_release_failure("r", replace(FAILURE, message=text)) for text in "ab"] == [True, False]


def test_an_outcome_is_announced_and_keeps_who_has_heard(records: Records) -> None:
    end(records)
    records.mark_announced(of(records), ["bus", "sns"])
    assert (of(records).due_at, of(records).delivered) == (None, frozenset({"bus", "sns"}))
    records.mark_delivered("r", "websocket:c")
    assert of(records).delivered == {"bus", "sns", "websocket:c"}


def test_an_outcome_that_nobody_has_heard_yet_can_be_announced_too(records: Records) -> None:
    end(records)
    records.mark_announced(of(records), [])
    assert (of(records).due_at, of(records).delivered) == (None, frozenset())


def test_that_an_earlier_version_was_announced_says_nothing_of_this_one(records: Records) -> None:
    end(records)
    earlier = replace(of(records), due_at=LATER - timedelta(seconds=1))
    records.mark_announced(earlier, ["sns"])
    assert (of(records).due_at, of(records).delivered) == (LATER, frozenset())


@pytest.mark.parametrize("state", [None, *ENDS_WITHOUT_STREAM])
def test_only_a_request_that_was_ready_is_renewed(state: RequestState | None, records: Records) -> None:
    if state:
        end(records, state=state)
    records.begin_renewal("r", LONG_AFTER)
    assert of(records).renewal is None
    assert not records.end_renewal("r", LATER)


def test_what_is_due_is_found_once_its_time_is_over(records: Records) -> None:
    records.add(a_record(a_body(deadlineSeconds=60), id="soon", deadline_at=NOW + timedelta(seconds=60)))
    records.add(a_record(id="ended"))
    end(records, "ended")
    assert list(records.overdue(LONG_AFTER)) == ["soon", "r"]
    assert list(records.overdue(NOW + timedelta(seconds=181))) == ["soon"]
    assert list(records.overdue(NOW)) == list(records.unannounced(LATER)) == []
    assert list(records.unannounced(LATER + timedelta(seconds=1))) == ["ended"]
    records.mark_announced(of(records, "ended"), ["sns"])
    assert list(records.unannounced(LONG_AFTER)) == []


def test_a_list_holds_an_owner_s_requests_newest_first_a_page_at_a_time(records: Records) -> None:
    for age in range(1, 5):
        records.add(a_record(id=f"r{age}", created_at=NOW - timedelta(seconds=age)))
    records.add(a_record(id="bob's", owner="arn:bob"))
    records.add(a_record(id="nobody's", owner=None))
    end(records, "r2")
    found, cursor = records.of_owner(OWNER, None, 2)
    assert [record.id for record in found] == ["r", "r1"]
    found, cursor = records.of_owner(OWNER, None, 2, cursor)
    assert [record.id for record in found] == ["r2", "r3"]
    last, end_of_list = records.of_owner(OWNER, None, 2, cursor)
    assert ([record.id for record in last], end_of_list) == (["r4"], None)
    assert [record.id for record in records.of_owner(OWNER, RequestState.FAILED, 10)[0]] == ["r2"]
    assert last == [of(records, "r4")]


def test_a_list_shows_what_a_record_says_now_not_what_its_index_said(records: Records) -> None:
    assert note(records, Progress(Status.PENDING, stream_id="stream", stream={"state": "IN_PROGRESS"}))
    assert records.of_owner(OWNER, RequestState.PENDING, 10) == ([of(records)], None)
    assert of(records).stream == {"state": "IN_PROGRESS"}


def test_the_pending_requests_of_an_owner_are_found_without_those_of_batches_and_those_that_are_old(
    records: Records,
) -> None:
    for age in range(1, 5):
        records.add(a_record(id=f"r{age}", created_at=NOW - timedelta(seconds=age)))
    records.add(a_record(id="member", batch="b"))
    records.add(a_record(id="bob's", owner="arn:bob"))
    end(records, "r2")
    records.withdraw("r3")
    pending = records.pending_of(OWNER, NOW - timedelta(seconds=9), 10)
    assert [record.id for record in pending] == ["r", "r1", "r4"]
    assert pending[0] == of(records)
    assert [record.id for record in records.pending_of(OWNER, NOW - timedelta(seconds=3), 10)] == ["r", "r1"]
    assert [record.id for record in records.pending_of(OWNER, NOW - timedelta(seconds=9), 2)] == ["r", "r1"]


def test_attempts_are_counted_for_each_target_and_can_be_counted_anew(records: Records) -> None:
    for key, count in (("sns", 1), ("sns", 2), ("webhook:https://a.b/c.d", 1), ("sns", 3)):
        assert records.begin_attempt("r", key, []) == count == of(records).attempts_at(key)
    records.forget_attempts("r", "sns")
    assert (of(records).attempts_at("sns"), of(records).attempts_at("webhook:https://a.b/c.d")) == (0, 1)


def test_an_attempt_for_a_record_that_is_gone_makes_none(records: Records) -> None:
    assert records.begin_attempt("other", "sns", [an_offer("sns", "1")]) is None
    assert records.begin_attempt("other", "sns", []) is None
    assert records.mark_expired("other") is None
    records.withdraw_offers("other", [an_offer("sns", "1")])
    records.forget_attempts("other", "sns")
    assert not records.own_fallback("other", "websocket:c")
    records.revoke_links("other")
    assert records.get("other") is None


def test_an_offer_is_kept_with_its_attempt_and_withdrawn_alone(records: Records) -> None:
    first, second, other = an_offer("sns", "1"), an_offer("sns", "2"), an_offer("bus", "3")
    records.begin_attempt("r", "sns", [first])
    records.begin_attempt("r", "sns", [second])
    records.begin_attempt("r", "bus", [other])
    records.withdraw_offers("r", [second, other])
    assert of(records).offers == {first}
    assert [of(records).may_have_reached(key) for key in ("sns", "bus")] == [True, False]
    records.withdraw_offers("r", [first])
    assert of(records).offers == frozenset()


def test_offers_of_an_announcement_are_kept_while_it_is_this_outcome_that_waits(records: Records) -> None:
    end(records)
    ended, offers = of(records), [an_offer("sns", "1"), an_offer("bus", "1")]
    assert not records.note_offers(replace(ended, due_at=LONG_AFTER), offers)
    assert records.note_offers(ended, offers)
    assert of(records).offers == set(offers)
    records.mark_announced(ended, ["bus"], [an_offer("sns", "1")])
    assert of(records).offers == {an_offer("bus", "1")}
    assert not records.note_offers(ended, offers)
    assert not records.note_offers(of(records), offers)


def test_once_a_url_is_marked_as_expired_no_offer_is_kept_any_more(records: Records) -> None:
    end(records)
    ended, before, after = of(records), an_offer("sns", "1"), an_offer("sns", "2")
    assert records.begin_attempt("r", "sns", [before]) == 1
    for _ in range(2):
        marked = records.mark_expired("r")
        assert marked == of(records)
        assert marked.expired
        assert marked.offers == {before}
    assert not records.note_offers(ended, [after])
    assert records.begin_attempt("r", "sns", [after]) is None
    assert records.begin_attempt("r", "sns", []) == 2
    assert of(records).offers == {before}


def test_an_outcome_is_to_be_announced_until_it_is(records: Records) -> None:
    assert not records.still_to_announce(replace(of(records), due_at=LONG_AFTER))
    end(records)
    ended = of(records)
    assert records.still_to_announce(ended)
    assert of(records) == ended
    records.mark_announced(ended, ["bus"])
    assert not records.still_to_announce(ended)
    assert not records.still_to_announce(of(records))


def test_links_are_revoked_as_often_as_that_is_asked(records: Records) -> None:
    assert of(records).link_generation == 0
    for generation in (1, 2):
        records.revoke_links("r")
        assert of(records).link_generation == generation


def test_one_target_owns_the_fallback_at_each_of_its_attempts(records: Records) -> None:
    asked = [records.own_fallback("r", f"websocket:{name}") for name in ("a", "b", "a", "b")]
    assert asked == [True, False, True, False]
