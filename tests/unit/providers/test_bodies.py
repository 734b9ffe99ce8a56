"""The body of an answer as a model reads it: what must be there is, and nothing of it is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from greenroom.providers.bodies import AwsBody, Moment, Text, read

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Toy(AwsBody, frozen=True):
    toy_url: Text
    expires_at: Moment | None = None
    uses: int = 1
    inner: Toy | None = None


def test_members_have_the_names_of_aws_and_others_are_ignored() -> None:
    toy = read(Toy, {"ToyUrl": "https://x", "ExpiresAt": NOON, "Inner": {"ToyUrl": "y"}, "ResponseMetadata": {}})
    assert (toy.toy_url, toy.expires_at, toy.uses, toy.inner) == ("https://x", NOON, 1, Toy("y"))


def test_a_time_may_be_text_and_a_number_too() -> None:
    toy = read(Toy, {"ToyUrl": "x", "ExpiresAt": "2026-11-24T12:00:00Z", "Uses": "3"})
    assert (toy.expires_at, toy.uses) == (NOON, 3)


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        "secret",
        {},
        {"ToyUrl": ""},
        {"ToyUrl": None},
        {"ToyUrl": {"secret": 1}},
        {"ToyUrl": "x", "Uses": "secret"},
        {"ToyUrl": "x", "ExpiresAt": "secret"},
        {"ToyUrl": "x", "ExpiresAt": "2026-11-24T12:00:00"},
        {"ToyUrl": "x", "ExpiresAt": NOON.replace(tzinfo=None)},
        {"ToyUrl": "x", "Inner": {}},
    ],
    ids=repr,
)
def test_anything_else_is_refused_and_not_quoted(found: Any) -> None:
    with pytest.raises(ValueError, match=r"^not a Toy$") as caught:
        read(Toy, found)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_it_shows_nothing_of_what_it_holds() -> None:
    assert "secret" not in repr([Toy("secret", inner=Toy("secret"))])
