"""Logs: every line of a task names its request, metrics tell of its wait, and no line anywhere has a URL."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.e2e.deployed import Deployed, eventually, new_session_id
from tests.e2e.logs import log_groups, log_lines


def _ready_request(deployed: Deployed) -> str:
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=1)
    _, _, body = deployed.post({"provider": "nimble", "studioId": "studio", "sessionId": session_id})
    return str(body["id"])


def test_no_url_is_ever_written_to_a_log_or_a_history(deployed: Deployed) -> None:
    request_id = _ready_request(deployed)
    token = deployed.message(request_id)["data"]["url"].rsplit("=", 1)[1]
    groups = log_groups(deployed)

    written = [line for group in groups for line in log_lines(deployed, group)]

    assert len(groups) > 10
    assert any(request_id in line for line in written)
    assert not [line for line in written if token in line]
    assert token not in json.dumps(deployed.history(request_id), default=str)


def test_every_line_that_a_task_logs_names_its_request(deployed: Deployed) -> None:
    request_id = _ready_request(deployed)
    deployed.message(request_id)
    group = deployed.resource("WorkflowGetStreamLogs")

    def ours() -> list[dict[str, object]] | None:
        lines = [json.loads(line) for line in log_lines(deployed, group) if line.startswith("{")]
        return lines if request_id in {line["request_id"] for line in lines} else None

    lines = eventually(ours, f"line about {request_id}")
    assert all(line["request_id"] for line in lines)


def test_a_stream_that_is_ready_leaves_its_figures_in_the_log_and_no_url(deployed: Deployed) -> None:
    request_id = _ready_request(deployed)
    message = deployed.message(request_id)
    record = deployed.records.get_item(Key={"id": request_id}, ConsistentRead=True)["Item"]

    def figures() -> list[dict[str, Any]] | None:
        lines = [line for group in log_groups(deployed) for line in log_lines(deployed, group) if '"_aws"' in line]
        ours = [each for line in lines if (each := json.loads(line)).get("request_id") == request_id]
        return ours if any("TimeToReady" in each for each in ours) else None

    emitted = eventually(figures, f"metrics of {request_id}")

    def of(name: str, **dimensions: str) -> list[float]:
        where = {"service": "Greenroom", **dimensions}
        return [each[name][0] for each in emitted if name in each and where.items() <= each.items()]

    took = datetime.fromisoformat(record["settledAt"]) - datetime.fromisoformat(record["createdAt"])
    assert of("Outcomes", provider="nimble", outcome="ready") == [1]
    assert of("TimeToReady", provider="nimble") == [took.total_seconds()]
    assert of("Looks", provider="nimble") == [record["looks"]]
    assert len(of("EstimateError", provider="nimble")) == 1
    assert set(of("ThrottledCalls", provider="nimble")) == {0}
    assert len(of("ThrottledCalls", provider="nimble")) > record["looks"]
    assert len(of("HandOverTime", channel="sns")) == len(of("HandOverTime", channel="bus")) == 1
    assert message["data"]["url"].rsplit("=", 1)[1] not in json.dumps(emitted)
