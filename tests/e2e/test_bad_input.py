"""A request that breaks a rule is refused at every door by the same rules, and nothing is made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.deployed import Deployed, eventually, new_session_id

BAD = [
    ({"provider": "nimble", "sessionId": "s"}, "studioId", "is required"),
    ({"provider": "nimble", "studioId": "s"}, "sessionId", "is required"),
    ({"provider": "nimble", "studioId": "no spaces", "sessionId": "s"}, "studioId", "must be 1 to 64 letters"),
    (
        {"provider": "nimble", "studioId": "s", "sessionId": "s", "expirationInSeconds": 59},
        "expirationInSeconds",
        "from 60 to 3600",
    ),
    (
        {"provider": "nimble", "studioId": "s", "sessionId": "s", "expirationInSeconds": 3601},
        "expirationInSeconds",
        "from 60 to 3600",
    ),
    ({"provider": "nimble", "studioId": "s", "sessionId": "s", "colour": "red"}, "colour", "is not a field"),
    ({"studioId": "s", "sessionId": "s", "provider": "pigeon"}, "provider", "must be one of: nimble"),
    (
        {"provider": "nimble", "studioId": "s", "sessionId": "s", "metadata": {"big": [2**60]}},
        "metadata.big[0]",
        "beyond ±9007199254740991",
    ),
    (
        {"provider": "nimble", "studioId": "s", "sessionId": "s", "notify": [{"type": "pigeon"}]},
        "notify[0]",
        "one of: sns, webhook, websocket",
    ),
]


@pytest.mark.parametrize(("request_body", "field", "rule"), BAD)
def test_the_api_names_the_field_and_the_rule(deployed: Deployed, request_body: Any, field: str, rule: str) -> None:
    status, headers, problem = deployed.post(request_body)

    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert rule in problem["errors"][0]["detail"]


@pytest.mark.parametrize("body", ["{", "", "[]", '"text"', '{"provider": "nimble", "studioId": NaN}'])
def test_a_body_that_is_no_json_object_is_a_bad_request(deployed: Deployed, body: str) -> None:
    status, headers, problem = deployed.post(body)

    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert problem["errors"][0]["field"] == "body"


def test_a_body_over_16_kib_is_too_large(deployed: Deployed) -> None:
    status, headers, problem = deployed.post(
        {"provider": "nimble", "studioId": "s", "sessionId": "s", "metadata": {"x": "y" * 16_384}}
    )

    assert (status, headers["Content-Type"]) == (413, "application/problem+json")
    assert "16384 bytes" in problem["detail"]


def test_a_refused_call_makes_no_execution_and_no_stream(deployed: Deployed) -> None:
    session_id = new_session_id()
    before = _executions(deployed)

    deployed.post({"provider": "nimble", "studioId": "s", "sessionId": session_id, "expirationInSeconds": 59})

    assert _executions(deployed) == before
    assert deployed.calls(session_id) == []


@pytest.mark.parametrize("way", ["event", "execution"])
def test_a_refused_event_or_execution_is_told_on_the_bus_and_kept_as_it_came(deployed: Deployed, way: str) -> None:
    session_id = new_session_id()
    request = {
        "provider": "nimble",
        "studioId": "s",
        "sessionId": session_id,
        "expirationInSeconds": 59,
        "colour": "red",
    }

    request_id = deployed.put_event(request) if way == "event" else deployed.start_execution(request)

    event = deployed.event(request_id)
    assert event["detail-type"] == "Stream Rejected"
    assert {error["field"] for error in event["detail"]["errors"]} == {"expirationInSeconds", "colour"}
    letter = _kept(deployed, request_id)
    assert letter["request"] == request
    assert letter["errors"] == event["detail"]["errors"]
    assert deployed.calls(session_id) == []


def test_a_message_in_the_queue_of_events_that_is_no_event_is_kept_and_not_repeated(deployed: Deployed) -> None:
    message = f"no event {new_session_id()}"

    deployed.sqs.send_message(QueueUrl=deployed.resource("EventRequestsQueue"), MessageBody=message)

    assert _kept(deployed, message) == {"reason": "The message is no event of the bus", "message": message}


def test_an_input_that_is_left_out_of_events_is_rejected_once(deployed: Deployed) -> None:
    """The emulator lets it through to the tasks, which AWS need not; it leaves it out of its events as AWS does."""
    request_id = deployed.start_execution(
        {"provider": "nimble", "studioId": "s", "sessionId": "s", "metadata": {"x": "y" * 255_000}}
    )

    event = deployed.event(request_id)
    assert event["detail-type"] == "Stream Rejected"
    assert event["detail"]["errors"] == [{"field": "body", "detail": "must not be larger than 16384 bytes"}]
    assert _kept(deployed, request_id)["reason"] == "Stream Rejected"


def test_an_input_that_breaks_every_rule_is_rejected_with_the_first_of_them(deployed: Deployed) -> None:
    numbers = {"k" * 7000: [10**19] * 300}
    request_id = deployed.start_execution(
        {"provider": "nimble", "studioId": "s", "sessionId": "s", "metadata": numbers}
    )

    detail = deployed.event(request_id)["detail"]
    assert len(detail["errors"]) == 100
    assert detail["message"].endswith("and 280 more")
    assert deployed.execution(request_id)["error"] == "InvalidRequest"


def test_the_same_request_is_refused_with_the_same_words_at_every_door(deployed: Deployed) -> None:
    request = {"provider": "nimble", "studioId": "s", "sessionId": "s", "expirationInSeconds": "120", "notify": []}

    _, _, problem = deployed.post(request)
    by_event = deployed.event(deployed.put_event(request))["detail"]
    by_execution = deployed.event(deployed.start_execution(request))["detail"]

    assert problem["errors"] == by_event["errors"] == by_execution["errors"]
    assert problem["detail"] == by_event["message"] == by_execution["message"]


def _kept(deployed: Deployed, request_id: str) -> dict[str, Any]:
    return eventually(
        lambda: next(iter(deployed.rejected_requests.find(lambda letter: request_id in json.dumps(letter))), None),
        f"rejected request {request_id}",
    )


def _executions(deployed: Deployed) -> int:
    pages = deployed.sfn.get_paginator("list_executions").paginate(stateMachineArn=deployed.outputs["StateMachineArn"])
    return sum(len(page["executions"]) for page in pages)
