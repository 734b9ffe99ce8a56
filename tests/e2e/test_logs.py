"""Logs: every line of a task names its request, and no line anywhere has a URL."""

from __future__ import annotations

import json

from tests.e2e.deployed import Deployed, eventually, new_session_id
from tests.e2e.logs import log_groups, log_lines


def _ready_request(deployed: Deployed) -> str:
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=1)
    _, _, body = deployed.post({"studioId": "studio", "sessionId": session_id})
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
    (group,) = (name for name in log_groups(deployed) if "GetStream" in name)

    def ours() -> list[dict[str, object]] | None:
        lines = [json.loads(line) for line in log_lines(deployed, group) if line.startswith("{")]
        return lines if request_id in {line["request_id"] for line in lines} else None

    lines = eventually(ours, f"line about {request_id}")
    assert all(line["request_id"] for line in lines)
