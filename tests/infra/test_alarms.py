"""Alarms: each watches one thing that needs a person, and says what it means and what to do."""

from __future__ import annotations

from greenroom.delivery.attempts import LONGEST_PAUSE_SECONDS
from tests.infra.synthesised import Resource, Synthesised, as_text

MINUTE_IN_MILLISECONDS = 60_000
# Alarm → metric, what it is about, and the value above which somebody should look.
ALARMS = {
    "DeadLetters": ("ApproximateNumberOfMessagesVisible", "ChannelsDeadLetterQueue.QueueName", 0),
    "RejectedRequests": ("ApproximateNumberOfMessagesVisible", "ChannelsRejectedRequestsQueue.QueueName", 0),
    "AgeOfOldestDelivery": (
        "ApproximateAgeOfOldestMessage",
        "ChannelsDeliveryQueue.QueueName",
        LONGEST_PAUSE_SECONDS,
    ),
    "AnnounceErrors": ("Errors", "DeliveryAnnounce", 0),
    "AnnounceIteratorAge": ("IteratorAge", "DeliveryAnnounce", MINUTE_IN_MILLISECONDS),
    "ReleaseSessionErrors": ("Errors", "ReconciliationReleaseSession", 0),
    "ReleaseSessionIteratorAge": ("IteratorAge", "ReconciliationReleaseSession", MINUTE_IN_MILLISECONDS),
    "ReleaseFailed": ("ReleaseFailed", "Greenroom", 0),
    "SweepErrors": ("Errors", "ReconciliationSweep", 0),
    "ReconcileErrors": ("Errors", "ReconciliationReconcile", 0),
    "AcceptEventErrors": ("Errors", "EventRequestsAcceptEvent", 0),
    "ExecutionsTimedOut": ("ExecutionsTimedOut", "WorkflowStateMachine", 0),
}


def _alarms(stack: Synthesised) -> dict[str, Resource]:
    alarms = stack.properties("AWS::CloudWatch::Alarm")
    return {name.removeprefix("Monitoring"): alarm for name, alarm in alarms.items()}


def test_there_is_an_alarm_for_everything_that_needs_a_person(stack: Synthesised) -> None:
    found = {
        name: (alarm["MetricName"], as_text(alarm["Dimensions"][0]["Value"]), alarm["Threshold"])
        for name, alarm in _alarms(stack).items()
    }
    assert found == ALARMS


def test_a_deployment_s_own_metrics_are_told_apart_by_its_name(changed: Synthesised) -> None:
    """The service's name is what the functions count under."""
    alarm = _alarms(changed)["ReleaseFailed"]
    functions = changed.functions.values()
    assert (alarm["Namespace"], alarm["Dimensions"]) == ("Greenroom", [{"Name": "service", "Value": "Studio"}])
    assert {item["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for item in functions} == {"Studio"}


def test_quiet_is_no_alarm(stack: Synthesised) -> None:
    for name, alarm in _alarms(stack).items():
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold", name
        assert alarm["TreatMissingData"] == "notBreaching", name


def test_an_alarm_says_what_it_means_and_what_to_do(stack: Synthesised) -> None:
    for name, alarm in _alarms(stack).items():
        meaning, *advice = alarm["AlarmDescription"].removesuffix(".").split(". ")
        assert meaning, name
        assert advice or ":" in meaning, name


def test_every_alarm_goes_to_the_topic_of_alarms(stack: Synthesised) -> None:
    told = {as_text(action) for alarm in _alarms(stack).values() for action in alarm["AlarmActions"]}
    assert told == {"MonitoringAlarms"}


def test_alarms_of_this_account_may_be_published(stack: Synthesised) -> None:
    """A topic with a policy of its own has lost the default one, which lets the account's services in."""
    statements = stack.properties("AWS::SNS::TopicPolicy")["MonitoringAlarmsPolicy"]["PolicyDocument"]["Statement"]
    (allowed,) = (item for item in statements if item["Effect"] == "Allow")
    assert (allowed["Action"], allowed["Principal"]) == ("sns:Publish", {"Service": "cloudwatch.amazonaws.com"})
    assert as_text(allowed["Condition"]["StringEquals"]["aws:SourceAccount"]) == "AWS::AccountId"


def test_alarms_are_mailed_only_if_there_is_an_address(stack: Synthesised, changed: Synthesised) -> None:
    assert stack.all("AWS::SNS::Subscription") == {}
    subscription = changed.one("AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@studio.example")
    assert as_text(subscription["TopicArn"]) == "MonitoringAlarms"
