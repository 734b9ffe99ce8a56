"""Annotations of the trace, as the daemon beside a function receives them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from greenroom.tracing import annotate, trace_header

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1;Lineage=a87bd80c:1|68fd508a:5"


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A daemon on this machine, named to the function as Lambda names its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
        yield listening


def received(daemon: socket.socket) -> Any:
    """The document of the one datagram that has come. On loopback, what was sent is there."""
    header, document = daemon.recv(65_536).split(b"\n", 1)
    assert json.loads(header) == {"format": "json", "version": 1}
    return json.loads(document)


def assert_nothing_came(daemon: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        daemon.recv(65_536)


def test_the_request_is_an_annotation_of_the_function_s_segment(daemon: socket.socket) -> None:
    annotate(request_id="r")
    subsegment = received(daemon)
    assert subsegment["annotations"] == {"request_id": "r"}
    assert subsegment["type"] == "subsegment"
    assert (subsegment["trace_id"], subsegment["parent_id"]) == (
        "1-5759e988-bd862e3fe1be46a994272793",
        "557abcec3ee5a047",
    )
    assert subsegment["start_time"] <= subsegment["end_time"]
    assert len(bytes.fromhex(subsegment["id"])) == 8


def test_each_annotation_is_a_subsegment_of_its_own(daemon: socket.socket) -> None:
    annotate(request_id="a")
    annotate(request_id="b")
    assert received(daemon)["id"] != received(daemon)["id"]


@pytest.mark.parametrize("trace", ["", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=0"])
def test_a_trace_that_nobody_keeps_is_not_annotated(
    trace: str, daemon: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    annotate(request_id="r")
    assert_nothing_came(daemon)


def test_without_a_daemon_nothing_is_sent(daemon: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_XRAY_DAEMON_ADDRESS")
    annotate(request_id="r")
    assert_nothing_came(daemon)


def test_a_daemon_that_cannot_be_reached_fails_nothing(daemon: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:0")
    annotate(request_id="r")
    assert_nothing_came(daemon)


def test_the_trace_is_what_lambda_tells_without_what_it_adds_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    assert trace_header() == TRACE.removesuffix(";Lineage=a87bd80c:1|68fd508a:5")
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    assert trace_header() == ""
