"""One request's view of its wait says when the next one of its pool is looked at, and what its estimate is."""

from __future__ import annotations

import json
import math
import time
from typing import Any

from greenroom.flow.schedule import Schedule
from tests.e2e.deployed import Deployed, eventually, new_session_id

# What the deployment gives to a request that does not say.
DEADLINE_SECONDS = 900


def test_a_request_is_planned_by_what_those_before_it_saw(deployed: Deployed) -> None:
    studio, session_id = new_session_id("studio"), new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=2)
    request = {"provider": "nimble", "studioId": studio, "sessionId": session_id}
    _, _, body = deployed.post(request)
    deployed.message(body["id"])

    def learned() -> dict[str, Any] | None:
        _, _, page = deployed.api.call("GET", "schedules")
        return next((each for each in page["schedules"] if each["pool"] == studio), None)

    schedule = eventually(learned, f"a schedule of {studio}")

    assert (schedule["provider"], schedule["waitingFor"], schedule["observations"]) == ("nimble", "stream", 1)
    [[after, by]] = schedule["seen"]
    assert after < 2 <= by
    deployed.set_session(session_id, readyAfterSeconds=10)
    began = time.monotonic()
    _, _, body = deployed.post(request)
    _, headers, pending = deployed.api.call("GET", f"streams/{body['id']}")
    may_have_waited = range(math.ceil(time.monotonic() - began) + 1)
    assert pending["estimate"]["readyAt"] <= pending["estimate"]["latestReadyAt"]
    planned = Schedule.load(schedule)
    assert int(headers["Retry-After"]) in {planned.pause(seconds) for seconds in may_have_waited}
    kept = json.loads(deployed.records.get_item(Key={"id": body["id"]})["Item"]["schedules"])
    assert kept["stream"]["looks"] == [look for look in schedule["looks"] if look < DEADLINE_SECONDS]
    deployed.message(body["id"])
