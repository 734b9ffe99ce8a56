"""The answers of webhooks, and what each means for the delivery."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from greenroom.adapters.webhook import retry_after
from greenroom.delivery.attempts import LONGEST_PAUSE_SECONDS, pause_before_retry
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused
from tests.support.examples import URL
from tests.support.fakes import NOW
from tests.support.receiver import Receiver
from tests.unit.adapters.test_webhook import MESSAGE, send


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_delivery(status: int, receiver: Receiver) -> None:
    receiver.will_answer(status)
    send(receiver.url)


def test_a_target_that_is_gone_is_refused_for_good(receiver: Receiver) -> None:
    receiver.will_answer(410)
    with pytest.raises(DeliveryRefused, match="410"):
        send(receiver.url)


@pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 429, 500, 503])
def test_any_other_answer_is_tried_again(status: int, receiver: Receiver) -> None:
    receiver.will_answer(status)
    with pytest.raises(DeliveryFailed, match=str(status)) as caught:
        send(receiver.url)
    assert caught.value.retry_after is None
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int, receiver: Receiver) -> None:
    receiver.will_answer(status, Location=f"{receiver.url}/elsewhere")
    with pytest.raises(DeliveryFailed, match=str(status)):
        send(receiver.url)
    assert [got.path for got in receiver.received] == ["/"]


@pytest.mark.parametrize("status", [429, 503])
def test_seconds_to_wait_are_passed_on(status: int, receiver: Receiver) -> None:
    receiver.will_answer(status, Retry_After="17")
    with pytest.raises(DeliveryFailed) as caught:
        send(receiver.url)
    assert caught.value.retry_after == 17


def test_a_date_to_wait_for_is_passed_on_as_seconds(receiver: Receiver) -> None:
    receiver.will_answer(503, Retry_After=format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    with pytest.raises(DeliveryFailed) as caught:
        send(receiver.url)
    assert caught.value.retry_after == pytest.approx(60, abs=3)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        (" 120 ", 120),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("\u00b2", None),
        ("Tue, 24 Nov 2026 12:01:00 GMT", 60),
        ("Tue, 24 Nov 2026 14:01:00 +0200", 60),
        ("Tue, 24 Nov 2026 11:59:00 GMT", 0),
        ("Tue, 99 Nov 2026 12:01:00 GMT", None),
        ("Tue, 24 Nov 2026 12:01:00 -0000", 60),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("9" * 400, float("inf")),
        ("in a while, please, or never", None),
    ],
)
def test_retry_after_is_read_as_the_rfc_has_it(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize("header", ["9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT", "86400"])
def test_no_receiver_puts_a_delivery_off_for_longer_than_the_longest_pause(header: str) -> None:
    assert pause_before_retry(1, retry_after(header, NOW)) == LONGEST_PAUSE_SECONDS


def test_a_closed_port_is_tried_again() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryFailed, match=r"127\.0\.0\.1 did not answer"):
            send(f"http://127.0.0.1:{bound.getsockname()[1]}/")


@pytest.mark.parametrize("error_page", [b"<html>no</html>", json.dumps(MESSAGE.as_dict()).encode()])
def test_errors_quote_neither_the_message_nor_the_answer_nor_the_target(error_page: bytes, receiver: Receiver) -> None:
    receiver.will_answer(500, error_page)
    with pytest.raises(DeliveryFailed) as caught:
        send(f"{receiver.url}/?token=callers-secret")
    assert str(caught.value) == "127.0.0.1 answered 500"
    assert URL not in repr(caught.value)
