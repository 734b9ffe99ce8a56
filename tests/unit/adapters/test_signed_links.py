"""The tokens of links: signed by the newest key, read by all of them, refused for anything else."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer

from greenroom.adapters.signed_links import SignedLinks, link_key
from greenroom.domain.errors import LinkRefused, SecretUnusable
from greenroom.record.links import Token
from tests.support.fakes import NOW

END = NOW + timedelta(hours=1)


class Keys:
    """The keys, newest first."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def links(self) -> SignedLinks:
        return SignedLinks(lambda: self.keys)


def refused(links: SignedLinks, token: Any) -> str:
    with pytest.raises(LinkRefused) as caught:
        links.read(token, NOW)
    return str(caught.value)


def test_a_token_says_which_request_it_is_for_until_it_ends() -> None:
    links = Keys("key").links()
    token = links.sign("r", END, 0)
    assert links.read(token, END - timedelta(seconds=1)).request_id == "r"
    for end in (END, END + timedelta(days=1)):
        with pytest.raises(LinkRefused, match=r"^The link has ended$"):
            links.read(token, end)


def test_a_token_can_stand_in_a_url_as_it_is() -> None:
    token = Keys("key").links().sign("an id with é, # and /", END, 0)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_a_token_that_was_changed_anywhere_is_refused(place: int) -> None:
    links = Keys("key").links()
    token = links.sign("r", END, 0)
    place %= len(token)
    other = "A" if token[place] != "A" else "B"
    refused(links, token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("token", ["", ".", "x", "a.b", "a.b.c", "é", "r" * 5000])
def test_what_is_no_token_is_refused_in_words_that_do_not_repeat_it(token: str) -> None:
    said = refused(Keys("key").links(), token)
    assert said == "The link is none of ours, or was changed"


def test_a_token_of_another_key_or_for_another_purpose_is_refused() -> None:
    links = Keys("key").links()
    refused(links, Keys("other").links().sign("r", END, 0))
    refused(links, URLSafeSerializer("key", salt="something else").dumps(["r", int(END.timestamp())]))


def test_a_former_key_is_still_read_and_the_new_one_signs() -> None:
    former, both, new = Keys("old"), Keys("new", "old"), Keys("new")
    assert both.links().read(former.links().sign("r", END, 0), NOW).request_id == "r"
    assert new.links().read(both.links().sign("r", END, 0), NOW).request_id == "r"


def test_a_token_says_how_often_links_were_revoked_before_it() -> None:
    links = Keys("key").links()
    for generation in (0, 1, 12):
        assert links.read(links.sign("r", END, generation), NOW) == Token("r", generation)


def test_a_token_of_before_links_could_be_revoked_is_of_no_generation() -> None:
    former = URLSafeSerializer(
        "key", salt="waiting-room", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
    members = ["r", int(END.timestamp())]
    assert Keys("key").links().read(str(former.dumps(members)), NOW) == Token("r", 0)
    assert Keys("key").links().sign("r", END, 0) == former.dumps(members)


def test_a_key_has_24_bytes_at_least_and_one_that_has_fewer_is_refused_in_words() -> None:
    assert link_key("k" * 24) == "k" * 24
    for short in ("k" * 23, f" {'k' * 23}\n"):
        with pytest.raises(SecretUnusable, match=r"^has less than 24 bytes$"):
            link_key(short)
