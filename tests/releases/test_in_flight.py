"""Executions that began under an earlier release call today's functions, by the definition that they began with."""

from __future__ import annotations

import json
from functools import partial

import pytest

from greenroom.domain.values import from_iso
from tests.releases.deployment import Deployment
from tests.releases.executions import Machines, Moment, Run
from tests.releases.frozen import RELEASES, definitions, read, resume
from tests.releases.scenes import SCENES, run_members

STREAMS = [name for name in SCENES if not name.startswith("batch-")]
BATCHES = {"batch-scheduled": "finished", "batch-running": "finished", "batch-closing": "cancelled"}

pytestmark = pytest.mark.parametrize("release", RELEASES)


def go_on(deployment: Deployment, release: str, moment: Moment) -> Run:
    frozen = definitions(release)
    return Machines(deployment, frozen, partial(run_members, deployment, frozen)).go_on(moment)


def outcomes(deployment: Deployment) -> list[tuple[str, bool]]:
    """The types of the messages that the topic has published, and whether they have a URL."""
    return [(message["type"], "url" in message["data"]) for message in map(json.loads, deployment.take("topic"))]


@pytest.mark.parametrize("name", STREAMS)
def test_a_request_that_waits_gets_its_stream_and_is_announced_once(
    name: str, release: str, deployment: Deployment
) -> None:
    moment = resume(deployment, release, name)
    run = go_on(deployment, release, moment)
    assert run.error is None, run
    shown = deployment.api("GET", moment.thing)[1]
    claim = read(release, name)["moment"]["input"].get("claim", False)
    assert (shown["state"], "url" in shown) == ("ready", not claim)
    if name != "renewal":  # who has had the outcome does not hear it again
        assert outcomes(deployment) == [("stream.ready", not claim)]
    calls = [call for call in deployment.services["nimble"].calls() if call["operation"].startswith("Create")]
    assert len({call["streamId"] for call in calls} - {None}) == (SCENES[name].provider == "nimble")


@pytest.mark.parametrize("name", ["stream", "turn-to-create", "turn-to-look"])
def test_a_request_whose_stream_fails_is_announced_once(name: str, release: str, deployment: Deployment) -> None:
    moment = resume(deployment, release, name, finalState="CREATE_FAILED")
    assert go_on(deployment, release, moment).error == "StreamFailed"
    assert deployment.api("GET", moment.thing)[1]["state"] == "failed"
    assert outcomes(deployment) == [("stream.failed", False)]


@pytest.mark.parametrize("name", [name for name in STREAMS if name not in {"renewal", "turn-to-connect"}])
def test_a_request_that_waits_past_its_deadline_is_announced_once(
    name: str, release: str, deployment: Deployment
) -> None:
    moment = resume(deployment, release, name)
    deployment.clock.move_to(from_iso(moment.shown["deadlineAt"]))
    assert go_on(deployment, release, moment).error == "DeadlineExceeded"
    assert deployment.api("GET", moment.thing)[1]["state"] == "timed_out"
    assert outcomes(deployment) == [("stream.timed_out", False)]


@pytest.mark.parametrize("name", [name for name in STREAMS if name != "renewal"])
def test_a_request_that_is_cancelled_while_it_waits_stays_cancelled(
    name: str, release: str, deployment: Deployment
) -> None:
    """Its execution runs on here: StopExecution may come too late."""
    moment = resume(deployment, release, name)
    assert deployment.api("DELETE", moment.thing)[0] == 202
    go_on(deployment, release, moment)
    assert deployment.api("GET", moment.thing)[1]["state"] == "cancelled"
    assert outcomes(deployment) == [("stream.cancelled", False)]


def test_what_an_execution_had_started_is_let_go(release: str, deployment: Deployment) -> None:
    moment = resume(deployment, release, "session")
    assert deployment.api("DELETE", moment.thing)[0] == 202
    stops = [each for each in deployment.services["nimble"].calls() if each["operation"] == "StopStreamingSession"]
    assert len(stops) == 1


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_that_waits_is_submitted_counted_and_told_once(name: str, release: str, deployment: Deployment) -> None:
    moment = resume(deployment, release, name)
    run = go_on(deployment, release, moment)
    assert run.error is None, run
    shown = deployment.api("GET", moment.thing)[1]
    assert shown["state"] == BATCHES[name]
    ended = "cancelled" if name == "batch-closing" else "ready"
    assert shown["counts"] | {ended: 2, "rejected": 1} == shown["counts"]
    messages = outcomes(deployment)
    assert messages.count((f"batch.{BATCHES[name]}", False)) == 1
    assert messages.count(("stream.ready", True)) == (0 if name == "batch-closing" else 2)


def test_a_batch_that_is_cancelled_while_it_waits_for_its_time_submits_nothing(
    release: str, deployment: Deployment
) -> None:
    moment = resume(deployment, release, "batch-scheduled")
    assert deployment.api("DELETE", moment.thing)[0] == 202
    ((closing, given),) = [each for each in deployment.started("batch").items() if each[1]["closing"]]
    assert Machines(deployment, definitions(release)).run("batch", closing, given).error is None
    assert outcomes(deployment) == [("batch.cancelled", False)]
    go_on(deployment, release, moment)
    assert deployment.items("records") == {"records": []}
    assert outcomes(deployment) == []


@pytest.mark.parametrize("name", SCENES)
def test_what_begins_by_the_definition_of_before_ends_as_it_did(
    name: str, release: str, deployment: Deployment
) -> None:
    """An execution keeps the definition that it began with, and may have begun a moment before the deployment."""
    deployment.forget()
    frozen = definitions(release)
    run = SCENES[name].begin(deployment, Machines(deployment, frozen, partial(run_members, deployment, frozen)))
    then = read(release, name)
    thing = Moment.load(then["moment"]).thing
    assert deployment.api("GET", thing)[1]["state"] == then["end"]["shown"]["state"], run


def test_a_bad_input_is_rejected_by_the_definition_of_before(release: str, deployment: Deployment) -> None:
    deployment.forget()
    run = Machines(deployment, definitions(release)).run("stream", "bad", {"provider": "nimble"})
    assert run.error == "InvalidRequest"
    (letter,) = map(json.loads, deployment.take("rejected_requests"))
    assert (letter["id"], letter["request"]) == ("bad", {"provider": "nimble"})
    assert {error["field"] for error in letter["errors"]} == {"studioId", "sessionId"}


def test_what_its_sender_may_not_ask_for_is_rejected_by_the_definition_of_before(
    release: str, deployment: Deployment
) -> None:
    """It knows no `NotAllowed`, and would end without a word if AcceptRequest raised that."""
    deployment.forget()
    ids = {"provider": "nimble", "studioId": "studio", "sessionId": "s"}
    asked = {**ids, "notify": [{"type": "websocket", "connectionId": "c="}]}
    run = Machines(deployment, definitions(release)).run("stream", "somebody-s", asked)
    assert run.error == "InvalidRequest"
    (letter,) = map(json.loads, deployment.take("rejected_requests"))
    assert (letter["id"], letter["error"], letter["request"]) == ("somebody-s", "NotAllowed", asked)
    assert [error["field"] for error in letter["errors"]] == ["notify[0].connectionId"]
