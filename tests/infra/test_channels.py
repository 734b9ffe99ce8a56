"""Topics, queues and rules: nothing travels in the clear, and what fails ends in the dead-letter queue."""

from __future__ import annotations

import json

import pytest

from tests.infra.synthesised import Synthesised, as_text

DEAD_LETTERS = "ChannelsDeadLetterQueue"
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


def test_a_delivery_that_always_fails_ends_in_the_dead_letter_queue(stack: Synthesised) -> None:
    queues = stack.properties("AWS::SQS::Queue")
    redrive = queues["ChannelsDeliveryQueue"]["RedrivePolicy"]
    assert as_text(redrive["deadLetterTargetArn"]) == DEAD_LETTERS
    assert redrive["maxReceiveCount"] == 20


def test_dead_letters_are_kept_for_two_weeks_and_go_nowhere_by_themselves(stack: Synthesised) -> None:
    queue = stack.properties("AWS::SQS::Queue")[DEAD_LETTERS]
    assert queue["MessageRetentionPeriod"] == 14 * 86_400
    assert "RedrivePolicy" not in queue


def test_a_delivery_is_hidden_for_six_times_as_long_as_an_attempt_may_take(stack: Synthesised) -> None:
    queue = stack.properties("AWS::SQS::Queue")["ChannelsDeliveryQueue"]
    assert queue["VisibilityTimeout"] == 6 * stack.functions["deliver"]["Timeout"]


def test_deliveries_are_taken_one_by_one_and_fail_one_by_one(stack: Synthesised) -> None:
    (mapping,) = (
        item
        for item in stack.properties("AWS::Lambda::EventSourceMapping").values()
        if stack.function_of(item["FunctionName"]) == "deliver"
    )
    assert as_text(mapping["EventSourceArn"]) == "ChannelsDeliveryQueue"
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (1, ["ReportBatchItemFailures"])


def test_changes_that_cannot_be_handled_end_in_the_dead_letter_queue(stack: Synthesised) -> None:
    followers = {
        stack.function_of(item["FunctionName"]): item
        for item in stack.properties("AWS::Lambda::EventSourceMapping").values()
        if as_text(item["EventSourceArn"]) == "StorageRequests.StreamArn"
    }
    # Each goes on for a day; a stream serves two readers, no more.
    assert set(followers) == {"announce", "release_session"}
    for item in followers.values():
        assert as_text(item["DestinationConfig"]["OnFailure"]["Destination"]) == DEAD_LETTERS
        assert "MaximumRetryAttempts" not in item
        # A change that cannot be handled does not take its neighbours with it, and none is missed after a deployment.
        assert (item["BisectBatchOnFunctionError"], item["StartingPosition"]) == (True, "TRIM_HORIZON")


def test_each_rule_calls_its_function(stack: Synthesised) -> None:
    called = {}
    for name, rule in stack.properties("AWS::Events::Rule").items():
        (target,) = rule["Targets"]
        called[name] = stack.function_of(target["Arn"])
    assert called == {
        "EventRequestsStreamRequested": "accept_event",
        "ReconciliationExecutionEnded": "reconcile",
        "ReconciliationSchedule": "sweep",
    }


def test_an_event_that_does_not_reach_its_function_ends_in_the_dead_letter_queue(stack: Synthesised) -> None:
    rules = stack.properties("AWS::Events::Rule")
    # The next run of the schedule is five minutes away; its events say nothing.
    assert rules.pop("ReconciliationSchedule")["ScheduleExpression"] == FIVE_MINUTES
    for rule in rules.values():
        (target,) = rule["Targets"]
        assert as_text(target["DeadLetterConfig"]["Arn"]) == DEAD_LETTERS


def test_only_those_rules_may_write_to_the_dead_letter_queue(stack: Synthesised) -> None:
    statements = stack.properties("AWS::SQS::QueuePolicy")["ChannelsDeadLetterQueuePolicy"]["PolicyDocument"][
        "Statement"
    ]
    sources = {
        as_text(item["Condition"]["ArnEquals"]["aws:SourceArn"])
        for item in statements
        if item["Effect"] == "Allow" and item["Principal"] == {"Service": "events.amazonaws.com"}
    }
    assert sources == {"EventRequestsStreamRequested", "ReconciliationExecutionEnded"}
    assert len([item for item in statements if item["Effect"] == "Allow"]) == len(sources)


def test_an_event_that_its_function_cannot_handle_ends_in_the_dead_letter_queue(stack: Synthesised) -> None:
    configs = {
        stack.function_of(config["FunctionName"]): config
        for config in stack.properties("AWS::Lambda::EventInvokeConfig").values()
    }
    assert configs.keys() == {"accept_event", "reconcile"}
    for config in configs.values():
        assert as_text(config["DestinationConfig"]["OnFailure"]["Destination"]) == DEAD_LETTERS
    accepting = configs["accept_event"]
    assert (accepting["MaximumRetryAttempts"], accepting["MaximumEventAgeInSeconds"]) == (2, 3600)


def test_rules_listen_to_requests_and_to_this_machine_s_bad_ends(stack: Synthesised) -> None:
    rules = stack.properties("AWS::Events::Rule")
    requested, ended = rules["EventRequestsStreamRequested"], rules["ReconciliationExecutionEnded"]
    assert as_text(requested["EventBusName"]) == "ChannelsBus"
    assert requested["EventPattern"] == {"detail-type": ["Stream Requested"]}
    # AWS's own events come on the account's default bus.
    assert "EventBusName" not in ended
    assert [as_text(arn) for arn in ended["EventPattern"]["detail"]["stateMachineArn"]] == ["WorkflowStateMachine"]
    assert set(ended["EventPattern"]["detail"]["status"]) == {"ABORTED", "FAILED", "TIMED_OUT"}


def test_alarms_of_this_account_may_be_published(stack: Synthesised) -> None:
    """A topic with a policy of its own has lost the default one, which lets the account's services in."""
    statements = stack.properties("AWS::SNS::TopicPolicy")["MonitoringAlarmsPolicy"]["PolicyDocument"]["Statement"]
    (allowed,) = (item for item in statements if item["Effect"] == "Allow")
    assert (allowed["Action"], allowed["Principal"]) == ("sns:Publish", {"Service": "cloudwatch.amazonaws.com"})
    assert as_text(allowed["Condition"]["StringEquals"]["aws:SourceAccount"]) == "AWS::AccountId"


def test_alarms_tell_of_dead_letters_of_unannounced_outcomes_and_of_executions_out_of_time(stack: Synthesised) -> None:
    alarms = stack.properties("AWS::CloudWatch::Alarm").values()
    assert {item["MetricName"] for item in alarms} == {
        "ApproximateNumberOfMessagesVisible",
        "Errors",
        "ExecutionsTimedOut",
    }
    assert {json.dumps([as_text(action) for action in item["AlarmActions"]]) for item in alarms} == {
        '["MonitoringAlarms"]'
    }
