"""What raises each alarm, really done: before its `yield` a condition is made, after it the page's remedy is taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from sfnx import testing
from sfnx.testing import Failure

from tests.infra.operated import Operated
from tests.releases.scenes import ask_for_a_batch
from tests.statemachine.batch_runs import School
from tests.statemachine.definition import DEFINITION
from tests.support.examples import a_body

Condition = Callable[[Operated], Iterator[None]]


@dataclass(frozen=True)
class Case:
    """`within`, `over`: in so many periods of five minutes the alarm is raised, and is over after the remedy."""

    alarm: str
    condition: Condition
    within: int = 1
    over: int = 4

    def __str__(self) -> str:
        detail = self.condition.args[0] if isinstance(self.condition, partial) else ""
        return f"{self.alarm} {detail}".strip()


def dead_letters(on: Operated) -> Iterator[None]:
    on.receiver.will_answer(410)
    on.cancel(on.ask(**on.webhook()))
    on.deployment.deliver()
    yield
    on.receiver.will_answer(204)
    # As `greenroom redrive` does; it waits for messages, by a clock that stands still here.
    for letter in on.deployment.take("dead_letter"):
        on.deployment.send("delivery", letter)
    on.deployment.deliver()
    assert len(on.receiver.received) == 2


def rejected_requests(on: Operated) -> Iterator[None]:
    on.send_event({"provider": "nimble", "studioId": "studio"})
    on.take_events()
    yield
    on.deployment.aws("sqs").purge_queue(QueueUrl=on.deployment.queues["rejected_requests"])


def age_of_oldest_delivery(on: Operated) -> Iterator[None]:
    """Deliver does not come to it."""
    on.cancel(on.ask(**on.webhook()))
    yield
    on.deployment.deliver()
    assert len(on.receiver.received) == 1


def age_of_oldest_event(on: Operated) -> Iterator[None]:
    on.send_event({"provider": "nimble", "studioId": "studio", "sessionId": "session"})
    on.throttled.add("AcceptEvent")
    on.take_events()
    yield
    on.throttled.clear()
    on.take_events()
    assert len(on.deployment.started("stream")) == 1


def announce_errors(on: Operated) -> Iterator[None]:
    on.faults.codes["sqs", "SendMessage"] = "AccessDenied"
    request_id = on.ask(**on.webhook())
    on.cancel(request_id)
    assert on.logged("announce raised an error")["request_id"] == request_id
    yield
    on.faults.codes.clear()
    on.read_tables("Announce")
    on.deployment.deliver()
    assert len(on.receiver.received) == 1


def release_session_errors(on: Operated) -> Iterator[None]:
    on.faults.codes["nimble", "StopStreamingSession"] = "ThrottlingException"
    _cancel_with_something_started(on)
    assert on.held["ReleaseSession"]
    yield
    on.faults.codes.clear()
    on.read_tables("ReleaseSession")
    assert on.deployment.services["nimble"].calls()[-1]["operation"] == "StopStreamingSession"


def sweep_errors(on: Operated) -> Iterator[None]:
    on.faults.codes["stepfunctions", "StopExecution"] = "AccessDeniedException"
    request_id = on.ask()
    on.deployment.clock.shift(timedelta(minutes=10))
    on.call("Sweep", {})
    lines = on.lines()
    assert {line["request_id"] for line in lines if line["level"] == "ERROR" and "reason" in line} == {request_id}
    assert [line["request_id"] for line in lines if line["message"] == "An execution may have run on"] == [request_id]
    yield
    on.faults.codes.clear()
    on.deployment.clock.shift(timedelta(minutes=10))
    on.call("Sweep", {})
    assert on.deployment.started("stream") == {}


def reconcile_errors(on: Operated) -> Iterator[None]:
    ended = on.abort("stream", on.ask())
    on.faults.codes["dynamodb", "UpdateItem"] = "InternalServerError"
    assert on.call("Reconcile", ended) is None
    assert on.logged("reconcile raised an error")["request_id"] == ended["detail"]["name"]
    yield
    on.faults.codes.clear()
    assert on.call("Reconcile", ended) == {"settled": True}


def reconcile_batch_errors(on: Operated) -> Iterator[None]:
    ended = on.abort("batch", _ask_for_a_batch(on))
    on.faults.codes["stepfunctions", "StartExecution"] = "ServiceUnavailable"
    assert on.call("ReconcileBatch", ended) is None
    assert on.logged("reconcile_batch raised an error")["request_id"] == ended["detail"]["name"]
    yield
    on.faults.codes.clear()
    assert on.call("ReconcileBatch", ended) == {"closed": True}
    assert on.logged("Another execution takes over the batch, or closes it")["request_id"] == ended["detail"]["name"]


def sweep_batches_errors(on: Operated) -> Iterator[None]:
    """The batch was accepted, and its start was lost."""
    on.faults.codes["stepfunctions", "StartExecution"] = "ServiceUnavailable"
    with pytest.raises(Failure):
        ask_for_a_batch(on.deployment)
    on.deployment.clock.shift(timedelta(minutes=10))
    assert on.call("SweepBatches", {}) is None
    assert on.logged("The sweep met")["request_id"] in {
        each["id"]["S"] for each in on.deployment.items("batches")["batches"]
    }
    yield
    on.faults.codes.clear()
    on.call("SweepBatches", {})
    assert on.deployment.started("batch")


def learn_errors(on: Operated) -> Iterator[None]:
    on.faults.codes["dynamodb", "BatchGetItem"] = "InternalServerError"
    _something_is_seen(on)
    assert on.logged("learn raised an error")["pool"] == "nimble/studio"
    yield
    on.faults.codes.clear()
    on.read_tables("Learn")
    assert not on.held


def accept_event_errors(on: Operated) -> Iterator[None]:
    on.faults.codes["stepfunctions", "StartExecution"] = "AccessDeniedException"
    on.send_event({"provider": "nimble", "studioId": "studio", "sessionId": "session"})
    on.take_events()
    assert on.logged("accept_event raised an error")["request_id"]
    yield
    on.faults.codes.clear()
    on.deployment.clock.shift(timedelta(minutes=15))
    on.take_events()
    assert len(on.deployment.started("stream")) == 1


def iterator_age(function: str, happens: Callable[[Operated], object], on: Operated) -> Iterator[None]:
    """Lambda has no room for the function for some minutes."""
    on.throttled.add(function)
    happens(on)
    on.deployment.clock.shift(timedelta(minutes=2))
    on.throttled.clear()
    on.read_tables(function)
    yield
    happens(on)


def release_failed(on: Operated) -> Iterator[None]:
    on.faults.codes["nimble", "StopStreamingSession"] = "AccessDeniedException"
    request_id = _cancel_with_something_started(on)
    assert on.logged("Release failed")["request_id"] == request_id
    yield
    # Somebody stops the session by hand; Greenroom does not try again.


def release_age(on: Operated) -> Iterator[None]:
    on.faults.codes["nimble", "StopStreamingSession"] = "ServiceUnavailable"
    _cancel_with_something_started(on)
    yield
    on.faults.codes.clear()
    for name in list(on.held):
        on.read_tables(name)


def secret_unusable(on: Operated) -> Iterator[None]:
    secrets, name = on.deployment.aws("secretsmanager"), "webhooks"
    (former,) = secrets.list_secret_version_ids(SecretId=name)["Versions"]
    secrets.put_secret_value(SecretId=name, SecretString="short")  # it is none
    on.cancel(on.ask(**on.webhook()))
    on.deployment.deliver()
    assert "WebhookSecretArn" in json.dumps(on.lines())
    yield
    current = secrets.get_secret_value(SecretId=name)["VersionId"]
    secrets.update_secret_version_stage(
        SecretId=name,
        VersionStage="AWSCURRENT",
        MoveToVersionId=former["VersionId"],
        RemoveFromVersionId=current,
    )
    on.deployment.clock.shift(timedelta(hours=1))
    on.deployment.deliver()
    assert len(on.receiver.received) == 1


def batch_executions_failed(on: Operated) -> Iterator[None]:
    """A task fails through all its attempts."""
    school = School(failing={"BeginBatch": ["ValueError"] * 100, "CancelRequests": ["ValueError"] * 100})
    school.room.accepted(a_body())
    (run, *_) = school.run_what_was_started()
    assert run.error
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    on.put("AWS/States", "ExecutionsFailed", 1, StateMachineArn="BatchesStateMachine")
    yield


def executions_timed_out(on: Operated) -> Iterator[None]:
    """A defect: the flow waits longer than any deadline is, and the machine ends it by its own timeout."""
    stuck = {"Type": "Wait", "Seconds": 100_000, "Next": DEFINITION["StartAt"]}
    planted = {**DEFINITION, "StartAt": "Stuck", "States": {**DEFINITION["States"], "Stuck": stuck}}

    def wait(made: testing.Wait) -> None:
        if (made.seconds or 0) > planted["TimeoutSeconds"]:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        testing.run(planted, a_body(), on_wait=wait)
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    on.put("AWS/States", "ExecutionsTimedOut", 1, StateMachineArn="WorkflowStateMachine")
    yield


def silent(name: str, on: Operated) -> Iterator[None]:
    """Somebody has disabled a rule, or the mapping of a function."""
    on.silent.add(name)
    yield
    on.silent.clear()


def rule_failed(rule: str, on: Operated) -> Iterator[None]:
    """EventBridge may not call the target of a rule, nor write to the queue of rejected requests."""
    on.forbidden.add(rule)
    on.faults.codes["sqs", "SendMessage"] = "AccessDenied"
    on.fire(rule, {})
    yield
    on.faults.codes.clear()
    on.forbidden.clear()


def event_lost(function: str, on: Operated) -> Iterator[None]:
    """The function fails, and Lambda may not write to the queue of rejected requests."""
    ended = on.abort("stream", on.ask()) if function == "Reconcile" else on.abort("batch", _ask_for_a_batch(on))
    on.faults.codes["dynamodb", "UpdateItem"] = "InternalServerError"
    on.faults.codes["sqs", "SendMessage"] = "AccessDenied"
    on.call_later(function, ended)
    yield
    on.faults.codes.clear()


def throttles(on: Operated) -> Iterator[None]:
    on.throttled.add("Api")
    for _ in range(3):
        on.call_api("GET", "/streams")
        on.tick()
    yield
    on.throttled.clear()


def api_errors(on: Operated) -> Iterator[None]:
    on.faults.codes["dynamodb", "GetItem"] = "InternalServerError"
    passing = [on.call_api("GET", "/streams/of-nobody") for _ in range(4)]
    on.tick()
    assert on.state("ApiErrors") == "OK"
    assert {*passing, *(on.call_api("GET", "/streams/of-nobody") for _ in range(5))} <= {500, 502}
    yield
    on.faults.codes.clear()
    assert on.call_api("GET", "/streams/of-nobody") == 404


def failed_outcomes(on: Operated) -> Iterator[None]:
    """Three streams do not get ready by their deadline."""
    for _ in range(3):
        on.ask()
    yield


def _ask_for_a_batch(on: Operated) -> str:
    status, shown = ask_for_a_batch(on.deployment)
    assert status == 202, shown
    return str(shown["id"])


def _cancel_with_something_started(on: Operated) -> str:
    request_id = on.ask(releaseOnFailure=True)
    on.started(request_id)
    on.cancel(request_id)
    return request_id


def _something_is_seen(on: Operated) -> None:
    names = {"id": "nimble/studio", "provider": "nimble", "pool": "studio"}
    image = {**{name: {"S": text} for name, text in names.items()}, "stale": {"BOOL": True}}
    change = {"Keys": {"id": image["id"]}, "SequenceNumber": "1", "NewImage": image}
    on.call("Learn", {"Records": [{"eventName": "MODIFY", "dynamodb": change}]})


# The functions that have an event source mapping, and the rules.
FOLLOWING = (
    "DeliveryAnnounce", "DeliveryDeliver", "EventRequestsAcceptEvent", "LearningLearn", "ReconciliationReleaseSession",
)  # fmt: skip
RULES = (
    "BatchesExecutionEnded", "BatchesSchedule", "EventRequestsStreamRequested", "ReconciliationExecutionEnded",
    "ReconciliationSchedule",
)  # fmt: skip

CASES = (
    Case("DeadLetters", dead_letters),
    Case("RejectedRequests", rejected_requests),
    Case("AgeOfOldestDelivery", age_of_oldest_delivery, within=14),
    Case("AgeOfOldestEvent", age_of_oldest_event, within=5),
    Case("AnnounceErrors", announce_errors),
    Case("AnnounceIteratorAge", partial(iterator_age, "Announce", lambda on: on.cancel(on.ask()))),
    Case("ReleaseSessionErrors", release_session_errors),
    Case("ReleaseSessionIteratorAge", partial(iterator_age, "ReleaseSession", _cancel_with_something_started)),
    Case("ReleaseFailed", release_failed),
    Case("ReleaseAge", release_age, within=6),
    Case("SecretUnusable", secret_unusable),
    Case("SweepErrors", sweep_errors),
    Case("ReconcileErrors", reconcile_errors),
    Case("ReconcileBatchErrors", reconcile_batch_errors),
    Case("SweepBatchesErrors", sweep_batches_errors),
    Case("BatchExecutionsFailed", batch_executions_failed),
    Case("SweepSilent", partial(silent, "ReconciliationSchedule"), within=3),
    Case("SweepBatchesSilent", partial(silent, "BatchesSchedule"), within=3),
    Case("Throttles", throttles, within=0),
    Case("LearnErrors", learn_errors),
    Case("LearnIteratorAge", partial(iterator_age, "Learn", _something_is_seen)),
    Case("AcceptEventErrors", accept_event_errors),
    Case("ExecutionsTimedOut", executions_timed_out),
    Case("ApiErrors", api_errors),
    Case("FailedOutcomesNimble", failed_outcomes, within=14, over=14),
    *(Case("MappingSilent", partial(silent, function), within=3) for function in FOLLOWING),
    *(Case("RulesFailed", partial(rule_failed, rule)) for rule in RULES),
    *(Case("EventsLost", partial(event_lost, function)) for function in ("Reconcile", "ReconcileBatch")),
)
