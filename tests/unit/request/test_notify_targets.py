"""The rules for `notify`."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from greenroom.domain.errors import InvalidRequest
from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.notify_targets import NotifyTarget, as_json
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request
from tests.support.examples import RULES, a_body

SNS = {"type": "sns"}
KINDS = "must have a type that is one of: sns, webhook, websocket"
COUNT = "must be a list of 1 to 8 targets"
HTTPS = "must be an https URL with a host and without credentials"


def broken(notify: object) -> dict[str, str]:
    """Return the broken rules, by field, of a request that is right in all else."""
    with pytest.raises(InvalidRequest) as caught:
        parse_request(a_body(notify=notify), RULES)
    return {error.field: error.detail for error in caught.value.errors}


def webhook(url: object) -> list[object]:
    return [{"type": "webhook", "url": url}]


def targets(notify: list[object]) -> Sequence[NotifyTarget]:
    found = parse_request(a_body(notify=notify), RULES).notify
    assert found
    return found


def test_every_kind_of_target_can_be_named() -> None:
    named: list[object] = [
        SNS,
        {"type": "webhook", "url": "https://hooks.example/x?y=z"},
        {"type": "websocket", "connectionId": "L0SM9cOFvHcCIhw="},
        {"type": "websocket", "connectionId": "L0SM9cOFvHcCIhw=", "fallback": "sns"},
    ]
    assert list(as_json(targets(named))) == named


def test_a_connection_falls_back_to_the_topic_and_to_nothing_else() -> None:
    target = {"type": "websocket", "connectionId": "c", "fallback": "https://hooks.example"}
    assert broken([target]) == {"notify[0].fallback": "must be sns"}


def test_eight_targets_are_taken() -> None:
    assert len(targets([SNS] * 8)) == 8


@pytest.mark.parametrize("notify", [[], [SNS] * 9])
def test_none_and_nine_targets_are_refused(notify: list[object]) -> None:
    assert broken(notify) == {"notify": COUNT}


@pytest.mark.parametrize("notify", ["sns", SNS, 1])
def test_targets_come_in_an_array(notify: object) -> None:
    assert list(broken(notify)) == ["notify"]


@pytest.mark.parametrize("target", [{}, {"type": "email"}, {"type": None}, {"type": []}, {"url": "https://a.example"}])
def test_a_target_without_a_known_type_is_refused(target: object) -> None:
    assert broken([SNS, target])["notify[1]"] == KINDS


@pytest.mark.parametrize("target", ["sns", None, 1, []])
def test_a_target_is_an_object(target: object) -> None:
    assert "notify[0]" in broken([target])


def test_a_broken_target_says_nothing_of_the_number_of_targets() -> None:
    assert set(broken([{"type": "email"}])) == {"notify[0]"}


def test_a_field_that_a_target_does_not_have_is_named() -> None:
    assert broken([SNS | {"url": "https://a.example"}])["notify[0].url"] == "is not a field of this request"


@pytest.mark.parametrize(
    ("target", "field"), [({"type": "webhook"}, "url"), ({"type": "websocket"}, "connectionId")], ids=str
)
def test_a_target_needs_its_address(target: object, field: str) -> None:
    assert broken([SNS, SNS, target])[f"notify[2].{field}"] == "is required"


@pytest.mark.parametrize(
    "url",
    [
        "hooks.example/x",
        "//hooks.example",
        "ftp://hooks.example",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "https://ada@hooks.example",
        "https://ada:secret@hooks.example",
        "https://:secret@hooks.example",
        "",
    ],
)
def test_a_webhook_has_an_https_url_without_credentials(url: str) -> None:
    assert broken(webhook(url))["notify[0].url"] == HTTPS


@pytest.mark.parametrize("url", ["https://[::1", "https://hooks.example:99999/", "https://hooks.example:port/"])
def test_a_webhook_url_that_cannot_be_called_is_refused(url: str) -> None:
    assert "notify[0].url" in broken(webhook(url))


@pytest.mark.parametrize("url", [1, None, ["https://hooks.example"], "https://hooks.example/" + "x" * 2048])
def test_a_webhook_url_is_text_of_at_most_2048_characters(url: object) -> None:
    assert "notify[0].url" in broken(webhook(url))


@pytest.mark.parametrize("url", ["https://hooks.example", "https://hooks.example:8443/a?b#c", "HTTPS://Hooks.Example"])
def test_a_webhook_url_is_kept_as_it_is(url: str) -> None:
    assert targets(webhook(url))[0].model_dump()["url"] == url


@pytest.mark.parametrize(
    "url", ["http://hooks.example", "https://127.0.0.1/", "https://10.0.0.1", "https://[::1]:8443", "https://[fd00::1]"]
)
def test_plain_http_and_an_address_that_is_not_public_are_refused(url: str) -> None:
    assert list(broken(webhook(url))) == ["notify[0].url"]


def test_a_trusted_host_may_be_both() -> None:
    hosts = CallbackHosts(trusted=frozenset({"127.0.0.1"}))
    assert parse_request(a_body(notify=webhook("http://127.0.0.1:8080/")), Rules(("nimble",), hosts=hosts))


def test_a_host_that_is_not_on_the_list_is_refused() -> None:
    hosts = CallbackHosts(allowed=frozenset({"hooks.example"}))
    assert parse_request(a_body(notify=webhook("https://hooks.example/x")), Rules(("nimble",), hosts=hosts))
    with pytest.raises(InvalidRequest, match=r"notify\[0\]\.url: must go to one of the allowed callback hosts"):
        parse_request(a_body(notify=webhook("https://other.example/x")), Rules(("nimble",), hosts=hosts))


@pytest.mark.parametrize("connection_id", ["", "a b", "a/b", "a" * 129])
def test_a_websocket_needs_a_connection_id(connection_id: str) -> None:
    rules = broken([{"type": "websocket", "connectionId": connection_id}])
    assert rules["notify[0].connectionId"] == "must be a WebSocket connection id"
