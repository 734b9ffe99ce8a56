"""Whatever a receiver of webhooks answers: it has the message, or the delivery fails by a name that says what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from greenroom.adapters.webhook import retry_after
from greenroom.delivery.attempts import LONGEST_PAUSE_SECONDS, pause_before_retry
from greenroom.domain.errors import DeliveryError, DeliveryFailed, DeliveryRefused
from greenroom.domain.values import utc_now
from tests.support.anything import CANARY, SECRET_URL, texts
from tests.support.dripping import dripping
from tests.support.fakes import NOW
from tests.support.profiles import share
from tests.support.raw_answers import RawServer, answering, http
from tests.support.webhooks import signatures
from tests.unit.adapters.test_webhook import NEW, send

DATES = st.datetimes().map(lambda when: when.strftime("%a, %d %b %Y %H:%M:%S GMT"))
pauses = st.one_of(
    st.integers(min_value=-5, max_value=10**9).map(str),
    st.floats().map(str),
    DATES,
    texts,
    st.sampled_from(
        ["Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359", "9" * 5_000, "\u0663", " 7 "]
    ),
)
headers = st.lists(
    st.tuples(
        st.sampled_from(
            ["Retry-After", "Location", "Content-Encoding", "Transfer-Encoding", "Set-Cookie", "X: y\r\nZ"]
        ),
        st.one_of(pauses, st.sampled_from(["gzip", "chunked", SECRET_URL])).map(lambda text: text.replace("\n", "")),
    ),
    max_size=4,
)
bodies = st.one_of(st.binary(max_size=300), st.just(SECRET_URL.encode()))
answers = st.one_of(
    st.builds(lambda status, body, more: http(status, body, *more), st.integers(100, 999), bodies, headers),
    st.builds(
        lambda status, body, more, length: http(status, body, *more, length=length),
        st.sampled_from([200, 204, 304, 410, 429, 503, "2OO", "", -1, "200 OK\r\nHTTP/1.1 500"]),
        bodies,
        headers,
        st.sampled_from([0, 10**6, -1]),
    ),
    st.builds(lambda whole, end: whole[: end % (len(whole) + 1)], st.just(http(200, b"{}")), st.integers(min_value=0)),
    st.binary(max_size=300),
)


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with answering() as server:
        yield server


@given(answer=answers)
def test_an_answer_is_a_delivery_or_a_failure_that_says_no_more_than_who_failed(
    answer: bytes, server: RawServer
) -> None:
    server.will_answer(answer)
    began = time.monotonic()
    try:
        send(f"{server.url}/{CANARY}?token={CANARY}")
    except DeliveryError as failed:
        _ensure_it_says_no_more(failed)
    assert time.monotonic() - began < 5


@given(status=st.integers(200, 599), more=headers)
@share(0.5)
def test_a_status_decides_what_becomes_of_a_delivery_whatever_else_the_answer_has(
    status: int, more: list[tuple[str, str]], server: RawServer
) -> None:
    pause = [(name, value) for name, value in more if name == "Retry-After"]
    server.will_answer(http(status, b"", *pause))
    kind = DeliveryRefused if status == 410 else DeliveryFailed
    with nullcontext() if 200 <= status < 300 else pytest.raises(kind):
        send(server.url)


def _ensure_it_says_no_more(failed: DeliveryError) -> None:
    assert type(failed) in {DeliveryFailed, DeliveryRefused}
    assert str(failed).startswith("127.0.0.1 ")
    assert CANARY not in str(failed)
    assert (getattr(failed, "retry_after", None) or 0) >= 0


@given(header=pauses, attempt=st.integers(1, 40))
def test_any_retry_after_is_a_pause_that_ends(header: str, attempt: int) -> None:
    asked = retry_after(header, NOW)
    assert asked is None or asked >= 0
    assert 0 <= pause_before_retry(attempt, asked) <= LONGEST_PAUSE_SECONDS


@given(
    first=st.sampled_from([b"", b"H", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: "]), drop=st.binary(max_size=3)
)
@share(0.05)
def test_an_answer_that_never_ends_is_cut_off_in_time(first: bytes, drop: bytes) -> None:
    with dripping(first, drop.replace(b"\n", b""), 0.02) as receiver, pytest.raises(DeliveryFailed) as failed:
        send(receiver.url, seconds=0.3)
    assert failed.value.hung


@given(body=texts, message_id=st.text(min_size=1, max_size=40), age=st.integers(-299, 299), spoilt=st.booleans())
def test_what_is_signed_is_verified_by_the_library_of_standard_webhooks_and_nothing_else_is(
    body: str, message_id: str, age: int, *, spoilt: bool
) -> None:
    whole, name = (text.encode(errors="replace").decode() for text in (body, message_id))
    signed = signatures(NEW)().headers(name, whole, "hooks.example", utc_now() - timedelta(seconds=age))
    if not spoilt:
        assert Webhook(NEW).verify(whole, signed, json_parse=False) is None
        return
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(whole + " ", signed, json_parse=False)
