"""Topics, queues and rules: nothing travels in the clear, and what fails ends in a queue that people read."""

from __future__ import annotations

import pytest

from greenroom.delivery.attempts import LONGEST_PAUSE_SECONDS, LONGEST_POSTPONEMENT, MAX_ATTEMPTS
from greenroom.delivery.event_requests import LONGEST_PAUSE_SECONDS as EVENT_PAUSE
from tests.infra.synthesised import Resource, Synthesised, as_text
from tests.support.limits import QUEUED

DEAD_LETTERS = "ChannelsDeadLetterQueue"
DELIVERIES = "ChannelsDeliveryQueue"
EVENT_REQUESTS = "EventRequestsQueue"
REJECTED = "ChannelsRejectedRequestsQueue"
# The rules whose events a queue keeps until its function comes to them.
WAITING = {"EventRequestsStreamRequested"}
DAY = 86_400
CHANGES = "StorageRecords.StreamArn"
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
LARGEST_RECEIVE_COUNT = 1_000
FIVE_MINUTES = "rate(5 minutes)"


@pytest.mark.parametrize(
    ("kind", "listed", "actions"),
    [("AWS::SQS::QueuePolicy", "Queues", "sqs:*"), ("AWS::SNS::TopicPolicy", "Topics", "sns:Publish")],
)
def test_every_queue_and_every_topic_refuses_plain_http(
    stack: Synthesised, kind: str, listed: str, actions: str
) -> None:
    refusing = set()
    for policy in stack.properties(kind).values():
        (refusal,) = (item for item in policy["PolicyDocument"]["Statement"] if item["Effect"] == "Deny")
        assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert refusal["Action"] == actions
        assert refusal["Principal"] in ("*", {"AWS": "*"})
        refusing |= {as_text(item) for item in policy[listed]}
    assert refusing == set(stack.all(kind.removesuffix("Policy")))


def test_a_delivery_that_is_received_in_vain_is_a_dead_letter_before_the_queue_drops_it(stack: Synthesised) -> None:
    """Where Lambda throttles for days, each visibility timeout ends in one more receive and in no attempt."""
    queue = stack.properties("AWS::SQS::Queue")[DELIVERIES]
    redrive = queue["RedrivePolicy"]
    assert as_text(redrive["deadLetterTargetArn"]) == DEAD_LETTERS
    assert redrive["maxReceiveCount"] == LARGEST_RECEIVE_COUNT
    in_vain = LARGEST_RECEIVE_COUNT * queue["VisibilityTimeout"]
    assert 4 * 86_400 < in_vain < queue["MessageRetentionPeriod"] - 86_400


@pytest.mark.parametrize("name", [DEAD_LETTERS, REJECTED])
def test_what_people_have_to_read_is_kept_for_two_weeks_and_goes_nowhere_by_itself(
    stack: Synthesised, name: str
) -> None:
    queue = stack.properties("AWS::SQS::Queue")[name]
    assert queue["MessageRetentionPeriod"] == 14 * 86_400
    assert "RedrivePolicy" not in queue


def test_an_event_is_among_the_rejected_requests_before_sqs_forgets_it(stack: Synthesised) -> None:
    """SQS counts from the first send, in both queues. A throttled call of the function is a receive."""
    queues = stack.properties("AWS::SQS::Queue")
    queue = queues[EVENT_REQUESTS]
    redrive = queue["RedrivePolicy"]
    assert as_text(redrive["deadLetterTargetArn"]) == REJECTED
    throttled = redrive["maxReceiveCount"] * queue["VisibilityTimeout"]
    failing = redrive["maxReceiveCount"] * EVENT_PAUSE / 2
    for tried in (throttled, failing):
        assert 4 * DAY < tried < 7 * DAY
        assert queues[REJECTED]["MessageRetentionPeriod"] - tried > 7 * DAY
        assert queue["MessageRetentionPeriod"] - tried > 7 * DAY


def test_an_event_is_hidden_for_longer_than_the_call_that_starts_its_flow_can_take(stack: Synthesised) -> None:
    queue = stack.properties("AWS::SQS::Queue")[EVENT_REQUESTS]
    assert queue["VisibilityTimeout"] >= 6 * stack.functions["accept_event"]["Timeout"]


def test_events_are_taken_one_by_one_and_about_as_many_at_once_as_step_functions_starts(stack: Synthesised) -> None:
    (mapping,) = _mappings(stack, EVENT_REQUESTS).values()
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (1, ["ReportBatchItemFailures"])
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 20}


def test_the_queue_outlives_the_longest_way_of_a_delivery(stack: Synthesised) -> None:
    kept = stack.properties("AWS::SQS::Queue")[DELIVERIES]["MessageRetentionPeriod"]
    assert kept > MAX_ATTEMPTS * LONGEST_PAUSE_SECONDS + LONGEST_POSTPONEMENT.total_seconds()


def test_a_dead_letter_that_took_the_longest_way_is_there_for_a_week_more(stack: Synthesised) -> None:
    """SQS keeps the time of the first send when the redrive policy moves a message."""
    queues = stack.properties("AWS::SQS::Queue")
    age = queues[DELIVERIES]["MessageRetentionPeriod"]
    assert queues[DEAD_LETTERS]["MessageRetentionPeriod"] - age > 7 * 86_400


def test_a_delivery_is_hidden_for_six_times_as_long_as_an_attempt_may_take(stack: Synthesised) -> None:
    queue = stack.properties("AWS::SQS::Queue")[DELIVERIES]
    assert queue["VisibilityTimeout"] >= 6 * stack.functions["deliver"]["Timeout"]


def test_deliveries_are_taken_at_once_and_fail_one_by_one(stack: Synthesised) -> None:
    (mapping,) = _mappings(stack, DELIVERIES).values()
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (10, ["ReportBatchItemFailures"])
    assert "MaximumBatchingWindowInSeconds" not in mapping


def test_no_more_deliveries_are_under_way_than_the_settings_allow(stack: Synthesised, changed: Synthesised) -> None:
    for synthesised, most in ((stack, 20), (changed, 3)):
        (mapping,) = _mappings(synthesised, DELIVERIES).values()
        assert mapping["ScalingConfig"] == {"MaximumConcurrency": most}


def test_two_functions_follow_the_records_as_a_stream_serves_no_more(stack: Synthesised) -> None:
    assert set(_mappings(stack, CHANGES)) == {"announce", "release_session"}


def test_a_change_that_cannot_be_handled_holds_up_its_shard_for_an_hour_at_most(stack: Synthesised) -> None:
    for mapping in _mappings(stack, CHANGES).values():
        assert mapping["MaximumRecordAgeInSeconds"] == 3600
        # One a second: the hour comes first, but no loop is without an end. A release is left to the sweep soon.
        is_release = stack.function_of(mapping["FunctionName"]) == "release_session"
        assert mapping["MaximumRetryAttempts"] == (3 if is_release else 3600)
        # The record itself says what is left to do; a letter about the change would say less.
        assert "DestinationConfig" not in mapping


def test_a_release_that_fails_holds_up_no_other(stack: Synthesised) -> None:
    mappings = _mappings(stack, CHANGES).values()
    (mapping,) = [each for each in mappings if stack.function_of(each["FunctionName"]) == "release_session"]
    assert (mapping["BatchSize"], mapping["ParallelizationFactor"]) == (1, 10)


def test_a_change_that_cannot_be_handled_does_not_take_its_neighbours_with_it(stack: Synthesised) -> None:
    for mapping in _mappings(stack, CHANGES).values():
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_no_change_is_missed_after_a_deployment(stack: Synthesised) -> None:
    assert {mapping["StartingPosition"] for mapping in _mappings(stack, CHANGES).values()} == {"TRIM_HORIZON"}


def test_each_rule_calls_its_function_or_has_its_events_wait_for_one(stack: Synthesised) -> None:
    called = {}
    for name, rule in stack.properties("AWS::Events::Rule").items():
        (target,) = rule["Targets"]
        called[name] = as_text(target["Arn"]) if name in WAITING else stack.function_of(target["Arn"])
    assert called == {
        "EventRequestsStreamRequested": EVENT_REQUESTS,
        "ReconciliationExecutionEnded": "reconcile",
        "ReconciliationSchedule": "sweep",
        "BatchesExecutionEnded": "reconcile_batch",
        "BatchesSchedule": "sweep_batches",
    }


def test_an_event_that_does_not_reach_its_function_ends_among_the_rejected_requests(stack: Synthesised) -> None:
    rules = stack.properties("AWS::Events::Rule")
    # The next run of a schedule is five minutes away; its events say nothing.
    for schedule in ("ReconciliationSchedule", "BatchesSchedule"):
        assert rules.pop(schedule)["ScheduleExpression"] == FIVE_MINUTES
    for rule in rules.values():
        (target,) = rule["Targets"]
        assert as_text(target["DeadLetterConfig"]["Arn"]) == REJECTED


def test_only_those_rules_may_write_to_a_queue(stack: Synthesised) -> None:
    allowed = {
        (as_text(policy["Queues"][0]), as_text(item["Condition"]["ArnEquals"]["aws:SourceArn"]))
        for policy in stack.properties("AWS::SQS::QueuePolicy").values()
        for item in policy["PolicyDocument"]["Statement"]
        if item["Effect"] == "Allow"
    }
    rules = {"EventRequestsStreamRequested", "ReconciliationExecutionEnded", "BatchesExecutionEnded"}
    assert allowed == {(REJECTED, rule) for rule in rules} | {(EVENT_REQUESTS, rule) for rule in WAITING}


def test_an_event_that_its_function_cannot_handle_ends_among_the_rejected_requests(stack: Synthesised) -> None:
    configs = {
        stack.function_of(config["FunctionName"]): config
        for config in stack.properties("AWS::Lambda::EventInvokeConfig").values()
    }
    assert configs.keys() == {"reconcile", "reconcile_batch"}
    for config in configs.values():
        assert as_text(config["DestinationConfig"]["OnFailure"]["Destination"]) == REJECTED


def test_rules_listen_to_requests_and_to_this_machine_s_bad_ends(stack: Synthesised) -> None:
    rules = stack.properties("AWS::Events::Rule")
    requested, ended = rules["EventRequestsStreamRequested"], rules["ReconciliationExecutionEnded"]
    assert as_text(requested["EventBusName"]) == "ChannelsBus"
    assert requested["EventPattern"] == {"detail-type": ["Stream Requested"]}
    # AWS's own events come on the account's default bus.
    assert "EventBusName" not in ended
    for rule, machine in ((ended, "WorkflowStateMachine"), (rules["BatchesExecutionEnded"], "BatchesStateMachine")):
        assert [as_text(arn) for arn in rule["EventPattern"]["detail"]["stateMachineArn"]] == [machine]
        assert set(rule["EventPattern"]["detail"]["status"]) == {"ABORTED", "FAILED", "TIMED_OUT"}


def _mappings(synthesised: Synthesised, source: str) -> dict[str, Resource]:
    """The event source mappings of one source, by the functions that they call."""
    return {
        synthesised.function_of(item["FunctionName"]): item
        for item in synthesised.properties("AWS::Lambda::EventSourceMapping").values()
        if as_text(item["EventSourceArn"]) == source
    }


def test_a_letter_may_be_as_large_as_sqs_takes(stack: Synthesised) -> None:
    assert {queue["MaximumMessageSize"] for queue in stack.properties("AWS::SQS::Queue").values()} == {QUEUED}
