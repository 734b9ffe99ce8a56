"""A malformed answer about a stream that is there already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import urllib3

from tests.contract.conformance import Witness
from tests.contract.support import Client, Control

HERE = {"studioId": "studio", "sessionId": "s"}


def test_a_malformed_answer_shows_the_url_of_the_stream(
    control: Control, client: Client, create: Callable[..., dict[str, Any]], witness: Witness, url: str
) -> None:
    fault = {"operation": "GetStreamingSessionStream", "error": "Malformed", "calls": [1, 2]}
    control.session("s", readyAfterSeconds=0, faults=[fault])
    stream = create()
    answer = client.get_streaming_session_stream(**HERE, streamId=stream["streamId"])
    assert "stream" not in answer
    assert witness.take() == ["the body is not JSON"]

    path = f"{url}/2020-08-01/studios/studio/streaming-sessions/s/streams/{stream['streamId']}"
    raw = urllib3.request("GET", path)
    assert raw.status == 200
    assert stream["url"].encode() in raw.data
    assert [call["status"] for call in control.calls()] == [200, 200, 200]
