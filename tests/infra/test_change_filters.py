"""Which change of a record wakes which function: the deployed filters against items as the adapter makes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from greenroom.domain.values import RequestState
from greenroom.record.items import to_item, to_text
from simulation.event_patterns import matches
from tests.infra.synthesised import Synthesised
from tests.support.examples import a_body, a_record
from tests.support.fakes import NOW

Item = dict[str, Any]
Woken = Callable[[Item | None, Item | None], set[str]]

WATCHED = [{"type": "websocket", "connectionId": "c"}]
ENDS = [state.value for state in RequestState if state.is_terminal]
IN_PROGRESS = {"stream": {"state": "CREATE_IN_PROGRESS"}}
READY = {"stream": {"state": "READY"}}
RELEASE = {"releaseOnFailure": True}
GONE = ("open", "dueAt", "owner")
STARTED = {"started": "token"}


def an_item(body: Mapping[str, Any] | None = None, **changes: Any) -> Item:
    """Make the item of a pending request, and change it as an update does: an outcome is at first unannounced."""
    item = to_item(a_record(a_body(**(body or {})))) | changes
    return item if item["state"] == "pending" else item | {"open": "unannounced", "settledAt": to_text(NOW)}


def announced(item: Item) -> Item:
    return {name: value for name, value in item.items() if name != "open"}


@pytest.fixture(scope="session")
def filters(stack: Synthesised) -> dict[str, list[Any]]:
    """The patterns of each function that follows the table."""
    return {
        stack.function_of(item["FunctionName"]): [
            json.loads(one["Pattern"]) for one in item["FilterCriteria"]["Filters"]
        ]
        for item in stack.properties("AWS::Lambda::EventSourceMapping").values()
        if "FilterCriteria" in item
    }


@pytest.fixture
def woken(filters: dict[str, list[Any]]) -> Woken:
    """Tell who hears of a change, given the items before and after it; None where there was or is no item."""

    def woken_by(before: Item | None, after: Item | None) -> set[str]:
        name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
        images = {"OldImage": before, "NewImage": after}
        serialised = {key: _serialised(item) for key, item in images.items() if item is not None}
        event = {"eventName": name, "dynamodb": serialised}
        return {who for who, patterns in filters.items() if any(matches(pattern, event) for pattern in patterns)}

    return woken_by


def test_a_new_request_wakes_nobody(woken: Woken) -> None:
    assert woken(None, an_item({"notify": WATCHED})) == set()


def test_a_request_that_was_withdrawn_is_announced_to_nobody(woken: Woken) -> None:
    before = an_item({"notify": WATCHED})
    withdrawn = {"state": "cancelled", "withdrawn": True}
    assert woken(before, {name: value for name, value in before.items() if name not in GONE} | withdrawn) == set()


def test_what_was_started_for_a_request_that_was_withdrawn_is_released(woken: Woken) -> None:
    started: Item = RELEASE | STARTED
    before = an_item(**started)
    withdrawn = {name: value for name, value in before.items() if name not in GONE} | {"state": "cancelled"}
    assert woken(before, withdrawn) == {"release_session"}


def test_a_forgotten_request_wakes_nobody(woken: Woken) -> None:
    assert woken(an_item(state="failed"), None) == set()
    assert woken(an_item(), None) == set()


@pytest.mark.parametrize("end", ENDS)
def test_an_outcome_is_announced(woken: Woken, end: str) -> None:
    assert woken(an_item(), an_item(state=end)) == {"announce"}


@pytest.mark.parametrize("end", ENDS)
def test_what_happens_after_the_end_is_no_second_outcome(woken: Woken, end: str) -> None:
    ended = an_item(state=end)
    assert woken(ended, announced(ended)) == set()
    assert woken(announced(ended), announced(ended) | {"delivered": {"sns"}}) == set()


@pytest.mark.parametrize("end", ["done", "failed"])
def test_a_renewal_that_has_ended_announces_the_outcome_again(woken: Woken, end: str) -> None:
    asked = an_item(state="ready", renewal="asked")
    assert woken(asked, an_item(state="ready", renewal=end)) == {"announce"}


def test_a_renewal_that_is_only_asked_for_announces_nothing(woken: Woken) -> None:
    assert woken(an_item(state="ready"), an_item(state="ready", renewal="asked")) == set()


def test_progress_is_shown_to_those_who_watch(woken: Woken) -> None:
    watched = {"notify": WATCHED}
    assert woken(an_item(watched), an_item(watched, **IN_PROGRESS)) == {"announce"}
    assert woken(an_item(watched, **IN_PROGRESS), an_item(watched, **READY)) == {"announce"}


def test_progress_that_nobody_watches_wakes_nobody(woken: Woken) -> None:
    assert woken(an_item(), an_item(**IN_PROGRESS)) == set()


def test_a_watched_request_without_an_answer_of_the_service_wakes_nobody(woken: Woken) -> None:
    watched = {"notify": WATCHED}
    assert woken(an_item(watched), an_item(watched, **STARTED)) == set()


def test_what_the_service_said_is_no_news_once_the_request_has_ended(woken: Woken) -> None:
    ended = an_item({"notify": WATCHED}, state="ready", **READY)
    assert woken(ended, ended | {"delivered": {"sns"}}) == set()


@pytest.mark.parametrize("end", ["failed", "timed_out", "cancelled"])
def test_what_was_started_in_vain_is_released(woken: Woken, end: str) -> None:
    assert woken(an_item(RELEASE, **STARTED), an_item(RELEASE, state=end, **STARTED)) == {"announce", "release_session"}


def test_what_came_to_be_only_after_the_end_is_released_then(woken: Woken) -> None:
    ended = an_item(RELEASE, state="cancelled", **STARTED)
    assert woken(ended, ended | {"late": True}) == {"release_session"}


def test_what_the_sweep_asks_to_be_released_again_is_released_again(woken: Woken) -> None:
    before = an_item(RELEASE, state="cancelled", **STARTED) | {"open": "releasing"}
    assert woken(before, before | {"dueAt": "2026-11-24T13:00:00.000Z"}) == {"release_session"}


def test_what_was_started_for_a_renewal_that_failed_is_released(woken: Woken) -> None:
    asked = an_item(RELEASE, state="ready", renewal="asked", freshStarted="again")
    assert woken(asked, asked | {"renewal": "failed"}) == {"announce", "release_session"}
    assert woken(asked, asked | {"renewal": "done"}) == {"announce"}


@pytest.mark.parametrize(
    ("asked", "started", "end"),
    [
        (RELEASE, STARTED, "ready"),
        (RELEASE, {}, "failed"),
        ({}, STARTED, "failed"),
    ],
)
def test_nothing_is_released_that_is_used_was_not_started_or_is_not_to_be_released(
    woken: Woken, asked: Item, started: Item, end: str
) -> None:
    assert woken(an_item(asked, **started), an_item(asked, state=end, **started)) == {"announce"}


def test_a_release_is_asked_for_once(woken: Woken) -> None:
    ended = an_item(RELEASE, state="failed", **STARTED)
    assert woken(ended, ended | {"releaseFailure": {"error": "AccessDenied", "message": "no"}}) == set()


def _serialised(item: Item) -> Item:
    return dict(TypeSerializer().serialize(item)["M"])
