"""Paces: what the port promises, kept by the table in DynamoDB and by the fake of other tests."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.adapters.paces_table import DynamoDbPaces
from greenroom.domain.errors import PaceUnavailable
from greenroom.flow.pacing.pace import Pace
from greenroom.flow.pacing.paces import SEEN, VERSION, Change, Paces
from greenroom.flow.pacing.rates import begun
from tests.support.paces import InMemoryPaces
from tests.support.tables import a_table, reads

NAME, NOW = "nimble/create", 1795521600.125
FIRST = Change(0, {"rate": 4.5, SEEN: NOW})


@pytest.fixture(params=["in memory", "DynamoDB"])
def paces(request: pytest.FixtureRequest) -> Paces:
    if request.param == "in memory":
        return InMemoryPaces()
    client: Any = request.getfixturevalue("dynamodb_client")
    return DynamoDbPaces(client, a_table(client))


def test_there_is_no_pace_until_one_begins(paces: Paces) -> None:
    assert paces.read(NAME, consistent=False) == {}
    assert paces.add(NAME, {"j:1w0": 1}, seen=NOW) == {}
    assert paces.read(NAME, consistent=True) == {}


def test_a_pace_is_read_as_last_written_where_that_is_asked_for(dynamodb_client: Any) -> None:
    paces, asked = DynamoDbPaces(dynamodb_client, a_table(dynamodb_client)), reads(dynamodb_client)
    for consistent in (True, False):
        paces.read(NAME, consistent=consistent)
    assert asked == [True, False]


def test_of_two_that_begin_one_does(paces: Paces) -> None:
    assert paces.change(NAME, FIRST)
    assert not paces.change(NAME, Change(0, {"rate": 9.0}))
    assert paces.read(NAME, consistent=True) == {VERSION: 1, "rate": 4.5, SEEN: NOW}


def test_a_change_of_what_has_changed_meanwhile_changes_nothing(paces: Paces) -> None:
    paces.change(NAME, FIRST)
    assert paces.change(NAME, Change(1, {"rate": 5.0}))
    assert not paces.change(NAME, Change(1, {"rate": 6.0}, {"g:1w0": 1}, [SEEN]))
    assert paces.read(NAME, consistent=True) == {VERSION: 2, "rate": 5.0, SEEN: NOW}


def test_what_is_added_is_added_whatever_changed(paces: Paces) -> None:
    paces.change(NAME, FIRST)
    assert paces.add(NAME, {"j:1w0": 1, "taken": 1}) == {VERSION: 1, "rate": 4.5, SEEN: NOW, "j:1w0": 1, "taken": 1}
    paces.change(NAME, Change(1, {"base": 2.5}))
    paces.add(NAME, {"base": -1, "taken": -1}, seen=NOW + 1)
    expected = {VERSION: 2, "rate": 4.5, SEEN: NOW + 1, "base": 1.5, "j:1w0": 1, "taken": 0}
    assert paces.read(NAME, consistent=True) == expected


def test_a_change_sets_adds_and_removes_in_one_step(paces: Paces) -> None:
    paces.change(NAME, FIRST)
    paces.add(NAME, {"j:1w0": 1, "g:1w0": 1, "g:2w0": 3})
    assert paces.change(NAME, Change(1, {"rate": 3.0}, {"g:2w0": 2, "g:3w0": 1}, ["j:1w0", "g:1w0"]))
    assert paces.read(NAME, consistent=True) == {VERSION: 2, "rate": 3.0, SEEN: NOW, "g:2w0": 5, "g:3w0": 1}


def test_names_do_not_share_numbers(paces: Paces) -> None:
    paces.change(NAME, FIRST)
    assert paces.read("nimble/look", consistent=True) == {}


def test_a_pace_is_read_as_it_was_begun(paces: Paces) -> None:
    paces.change(NAME, begun(None, NOW))
    pace = Pace.of(paces.read(NAME, consistent=True))
    assert pace
    assert (pace.version, pace.mark_at, pace.seen, pace.taken) == (1, NOW, NOW, 0)


def test_a_table_that_does_not_answer_is_an_error_by_the_port_s_name(dynamodb_client: Any) -> None:
    paces = DynamoDbPaces(dynamodb_client, "no-such-table")
    with pytest.raises(PaceUnavailable):
        paces.read(NAME, consistent=False)
    with pytest.raises(PaceUnavailable):
        paces.add(NAME, {"taken": 1})
    with pytest.raises(PaceUnavailable):
        paces.change(NAME, FIRST)
