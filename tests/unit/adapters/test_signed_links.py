"""The tokens of links: signed by the newest key, read by all of them, refused for anything else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer

from greenroom.adapters.signed_links import KEPT_SECONDS, REFRESHED_SECONDS, SignedLinks
from greenroom.domain.errors import LinkRefused
from tests.support.fakes import NOW

END = NOW + timedelta(hours=1)


class Keys:
    """The keys, newest first, and how often they were read."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.reads = 0
        self.seconds = 0.0

    def __call__(self) -> tuple[str, ...]:
        self.reads += 1
        return self.keys

    def links(self) -> SignedLinks:
        return SignedLinks(self, lambda: self.seconds)


def refused(links: SignedLinks, token: Any) -> str:
    with pytest.raises(LinkRefused) as caught:
        links.read(token, NOW)
    return str(caught.value)


def test_a_token_says_which_request_it_is_for_until_it_ends() -> None:
    links = Keys("key").links()
    token = links.sign("r", END)
    assert links.read(token, END - timedelta(seconds=1)) == "r"
    for end in (END, END + timedelta(days=1)):
        with pytest.raises(LinkRefused):
            links.read(token, end)


def test_a_token_can_stand_in_a_url_as_it_is() -> None:
    token = Keys("key").links().sign("an id with é, # and /", END)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_a_token_that_was_changed_anywhere_is_refused(place: int) -> None:
    links = Keys("key").links()
    token = links.sign("r", END)
    place %= len(token)
    other = "A" if token[place] != "A" else "B"
    refused(links, token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("token", ["", ".", "x", "a.b", "a.b.c", "é", "r" * 5000])
def test_what_is_no_token_is_refused_in_words_that_do_not_repeat_it(token: str) -> None:
    said = refused(Keys("key").links(), token)
    assert said == "The link is none of ours, or was changed"


def test_a_token_of_another_key_or_for_another_purpose_is_refused() -> None:
    links = Keys("key").links()
    refused(links, Keys("other").links().sign("r", END))
    refused(links, URLSafeSerializer("key", salt="something else").dumps(["r", int(END.timestamp())]))


def test_a_former_key_is_still_read_and_the_new_one_signs() -> None:
    former, both, new = Keys("old"), Keys("new", "old"), Keys("new")
    assert both.links().read(former.links().sign("r", END), NOW) == "r"
    assert new.links().read(both.links().sign("r", END), NOW) == "r"


def test_the_keys_are_read_with_the_first_token_and_then_kept() -> None:
    keys = Keys("key")
    links = keys.links()
    assert keys.reads == 0
    for _ in range(3):
        links.read(links.sign("r", END), NOW)
    assert keys.reads == 1
    keys.seconds = KEPT_SECONDS
    links.sign("r", END)
    assert keys.reads == 2


def test_a_token_of_a_key_that_is_newer_than_the_kept_ones_is_read() -> None:
    keys = Keys("old")
    links = keys.links()
    links.sign("r", END)
    keys.keys, keys.seconds = ("new", "old"), REFRESHED_SECONDS
    assert links.read(Keys("new").links().sign("r", END), NOW) == "r"


def test_bad_tokens_cause_one_read_in_ten_seconds() -> None:
    keys = Keys("key")
    links = keys.links()
    for _ in range(5):
        refused(links, "a.b")
    assert keys.reads == 1
