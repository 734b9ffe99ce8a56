"""What a record tells of its targets."""

from __future__ import annotations

from dataclasses import replace

from greenroom.domain.values import Failure
from greenroom.record.items import attempts_attribute, failure_to_item, from_item, to_item
from greenroom.record.model import an_offer, mark_of
from tests.support.examples import a_record

LONG, OTHER = f"webhook/https://hooks.example/{'x' * 2000}", "sns"


def test_the_mark_of_a_target_is_short_and_its_own_in_every_release() -> None:
    assert mark_of("sns") == "b018ed7bff94dbb0"
    assert len(mark_of(LONG)) == 16
    assert an_offer("sns", "token") == "b018ed7bff94dbb0#token"


def test_the_attempts_at_each_target_are_counted_apart() -> None:
    item = to_item(a_record()) | {attempts_attribute(mark_of(LONG)): 3}
    record = from_item(item)
    assert (record.attempts_at(LONG), record.attempts_at(OTHER)) == (3, 0)


def test_a_target_may_have_been_reached_if_any_try_at_it_is_not_known_to_have_failed() -> None:
    record = replace(a_record(), offers=frozenset({an_offer(LONG, "a"), an_offer("bus", "b")}))
    assert record.may_have_reached(LONG)
    assert not record.may_have_reached(OTHER)


def test_of_a_failure_is_kept_only_what_there_is() -> None:
    bare, whole = Failure("SomeError", "A sentence"), Failure("SomeError", "A sentence", "CREATE_FAILED", "INTERNAL")
    assert failure_to_item(bare) == {"error": "SomeError", "message": "A sentence"}
    assert failure_to_item(whole) == failure_to_item(bare) | {"state": "CREATE_FAILED", "statusCode": "INTERNAL"}
