"""Alarms: each watches one thing that needs a person, and says what it means and what to do."""

from __future__ import annotations

import pytest

from greenroom.delivery.attempts import LONGEST_PAUSE_SECONDS
from greenroom.providers.catalogue import BUILT_IN
from tests.infra.synthesised import ROOT, Resource, Synthesised, as_text

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
    "AgeOfOldestEvent": ("ApproximateAgeOfOldestMessage", "EventRequestsQueue.QueueName", 900),
    "AnnounceErrors": ("Errors", "DeliveryAnnounce", 0),
    "AnnounceIteratorAge": ("IteratorAge", "DeliveryAnnounce", MINUTE_IN_MILLISECONDS),
    "ReleaseSessionErrors": ("Errors", "ReconciliationReleaseSession", 0),
    "ReleaseSessionIteratorAge": ("IteratorAge", "ReconciliationReleaseSession", MINUTE_IN_MILLISECONDS),
    "ReleaseFailed": ("ReleaseFailed", "Greenroom", 0),
    "SecretUnusable": ("SecretUnusable", "Greenroom", 0),
    "ReleaseAge": ("ReleaseAge", "Greenroom", 15 * 60),
    "SweepErrors": ("Errors", "ReconciliationSweep", 0),
    "ReconcileErrors": ("Errors", "ReconciliationReconcile", 0),
    "ReconcileBatchErrors": ("Errors", "BatchesReconcileBatch", 0),
    "SweepBatchesErrors": ("Errors", "BatchesSweepBatches", 0),
    "LearnErrors": ("Errors", "LearningLearn", 0),
    "LearnIteratorAge": ("IteratorAge", "LearningLearn", MINUTE_IN_MILLISECONDS),
    "AcceptEventErrors": ("Errors", "EventRequestsAcceptEvent", 0),
    "ExecutionsTimedOut": ("ExecutionsTimedOut", "WorkflowStateMachine", 0),
    "ApiErrors": ("5XXError", "Greenroom", 4),
}
# Those of what must run: without a value they are raised, and below one.
OF_SILENCE = {
    "SweepSilent": "FILL(sweep, 0)",
    "SweepBatchesSilent": "FILL(sweepBatches, 0)",
    "MappingSilent": "MIN([FILL(acceptEvent, 0), FILL(announce, 0), FILL(deliver, 0), FILL(learn, 0), "
    "FILL(releaseSession, 0)])",
}
# Those of sums, with the metrics that they add up.
OF_SUMS = {
    "BatchExecutionsFailed": {"ExecutionsFailed", "ExecutionsTimedOut"},
    "EventsLost": {"DestinationDeliveryFailures"},
    "RulesFailed": {"FailedInvocations", "InvocationsFailedToBeSentToDlq"},
    "Throttles": {"Throttles"},
}
# Of outcomes, one for each provider.
OF_OUTCOMES = "FailedOutcomes"
OPERATIONS = ROOT / "docs" / "operations"
# The parts of the page of an alarm, in their order.
PARTS = ["What a user sees", "Why it happens", "What to run", "When it is over"]


def _alarms(stack: Synthesised) -> dict[str, Resource]:
    alarms = stack.properties("AWS::CloudWatch::Alarm")
    return {name.removeprefix("Monitoring"): alarm for name, alarm in alarms.items()}


def test_there_is_an_alarm_for_everything_that_needs_a_person(stack: Synthesised) -> None:
    found = {
        name: (alarm["MetricName"], as_text(alarm["Dimensions"][0]["Value"]), alarm["Threshold"])
        for name, alarm in _alarms(stack).items()
        if not name.startswith(OF_OUTCOMES) and name not in {**OF_SILENCE, **OF_SUMS}
    }
    assert found == ALARMS


def test_what_must_run_and_does_not_is_an_alarm_after_a_quarter_of_an_hour(stack: Synthesised) -> None:
    alarms = {name: alarm for name, alarm in _alarms(stack).items() if "Silent" in name}
    assert alarms.keys() == OF_SILENCE.keys()
    for name, alarm in alarms.items():
        assert alarm["Metrics"][0]["Expression"] == OF_SILENCE[name], name
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1), name
        periods = {each["MetricStat"]["Period"] for each in alarm["Metrics"][1:]}
        assert (periods, alarm["EvaluationPeriods"]) == ({300}, 3), name
        assert alarm["TreatMissingData"] == "breaching", name


def test_a_sweep_s_silence_is_that_no_run_is_counted(stack: Synthesised) -> None:
    functions = {"SweepSilent": "sweep", "SweepBatchesSilent": "sweep_batches"}
    for name, function in functions.items():
        (counted,) = (each["MetricStat"] for each in _alarms(stack)[name]["Metrics"][1:])
        assert (counted["Metric"]["MetricName"], counted["Stat"]) == ("Invocations", "Sum")
        assert stack.function_of(counted["Metric"]["Dimensions"][0]["Value"]) == function


def test_every_mapping_counts_its_polls_empty_ones_too_and_one_that_counts_none_is_silence(stack: Synthesised) -> None:
    """A poll that brings nothing is a value of 0, which is a sample all the same."""
    mappings = stack.properties("AWS::Lambda::EventSourceMapping")
    assert all(mapping["MetricsConfig"] == {"Metrics": ["EventCount"]} for mapping in mappings.values())
    _, *metrics = _alarms(stack)["MappingSilent"]["Metrics"]
    assert {metric["MetricStat"]["Stat"] for metric in metrics} == {"SampleCount"}
    counted = [metric["MetricStat"]["Metric"] for metric in metrics]
    assert {metric["MetricName"] for metric in counted} == {"PolledEventCount"}
    ids = [metric["Dimensions"][0] for metric in counted]
    assert {item["Name"] for item in ids} == {"EventSourceMappingUUID"}
    assert {as_text(item["Value"]) for item in ids} == mappings.keys()


def test_every_function_whose_events_are_kept_is_watched_for_those_that_are_not(stack: Synthesised) -> None:
    _, *metrics = _alarms(stack)["EventsLost"]["Metrics"]
    watched = {stack.function_of(metric["MetricStat"]["Metric"]["Dimensions"][0]["Value"]) for metric in metrics}
    kept = stack.properties("AWS::Lambda::EventInvokeConfig").values()
    assert watched == {stack.function_of(config["FunctionName"]) for config in kept}


def test_an_alarm_of_a_sum_adds_up_what_is_missing_as_nothing(stack: Synthesised) -> None:
    for name, expected in OF_SUMS.items():
        expression, *metrics = _alarms(stack)[name]["Metrics"]
        assert {metric["MetricStat"]["Metric"]["MetricName"] for metric in metrics} == expected, name
        assert {metric["MetricStat"]["Stat"] for metric in metrics} == {"Sum"}, name
        assert expression["Expression"] == " + ".join(f"FILL({metric['Id']}, 0)" for metric in metrics)


def test_every_rule_is_watched_by_the_dimensions_that_its_bus_gives_it(stack: Synthesised) -> None:
    """A rule of the default bus is counted by its name: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html."""
    watched: dict[str, dict[str, int]] = {}
    rules = stack.properties("AWS::Events::Rule")
    for metric in (each["MetricStat"]["Metric"] for each in _alarms(stack)["RulesFailed"]["Metrics"][1:]):
        for dimension in metric["Dimensions"]:
            number, split = dimension["Value"]["Fn::Select"]
            watched.setdefault(as_text(split["Fn::Split"][1]), {})[dimension["Name"]] = number
            (target,) = rules[as_text(split["Fn::Split"][1])]["Targets"]
            keeps = "DeadLetterConfig" in target
            assert metric["MetricName"] == ("InvocationsFailedToBeSentToDlq" if keeps else "FailedInvocations")
    assert watched.keys() == rules.keys()
    assert watched.pop("EventRequestsStreamRequested") == {"EventBusName": 1, "RuleName": 2}
    assert all(parts == {"RuleName": 1} for parts in watched.values())


def test_throttles_of_the_functions_on_the_way_are_an_alarm_only_if_they_last(stack: Synthesised) -> None:
    alarm = _alarms(stack)["Throttles"]
    assert alarm["EvaluationPeriods"] == 3
    functions = {
        stack.function_of(metric["MetricStat"]["Metric"]["Dimensions"][0]["Value"]) for metric in alarm["Metrics"][1:]
    }
    assert functions == {
        "accept_event",
        "accept_request",
        "announce",
        "api",
        "create_stream",
        "deliver",
        "get_stream",
        "prepare_session",
        "record_failure",
    }
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    assert all(len(alarm.get("Metrics", [])) <= 1 + 10 for alarm in _alarms(stack).values())


def test_there_is_an_alarm_for_the_outcomes_of_each_provider(stack: Synthesised, changed: Synthesised) -> None:
    assert {name for name in _alarms(stack) if name.startswith(OF_OUTCOMES)} == {f"{OF_OUTCOMES}Nimble"}
    of_all = {name for name in _alarms(changed) if name.startswith(OF_OUTCOMES)}
    assert of_all == {f"{OF_OUTCOMES}{name.capitalize()}" for name in BUILT_IN}


@pytest.mark.parametrize(
    ("ready", "failed", "timed_out", "alarming"),
    [
        (0, 0, 0, False),
        (0, 2, 0, False),  # one or two tell nothing
        (0, 3, 0, True),
        (0, 0, 3, True),
        (2, 2, 0, False),
        (2, 2, 1, True),
        (100, 50, 49, False),
        (100, 51, 50, True),
    ],
)
def test_an_alarm_of_outcomes_is_for_more_than_half_of_an_hour_s_requests_and_three_at_least(
    ready: int,
    failed: int,
    timed_out: int,
    alarming: bool,  # noqa: FBT001  # an example
    stack: Synthesised,
) -> None:
    alarm = _alarms(stack)[f"{OF_OUTCOMES}Nimble"]
    expression, *metrics = alarm["Metrics"]
    assert {metric["MetricStat"]["Period"] for metric in metrics} == {3600}
    # Metric math's functions, as far as the expression uses them.
    functions = {
        "FILL": lambda value, other: other if value is None else value,
        "IF": lambda test, yes, no: yes if test else no,
    }
    counts = {"ready": ready or None, "failed": failed or None, "timed_out": timed_out or None}
    text = expression["Expression"].replace(" / (", " / (1e-9 + ")  # IF evaluates both here
    share = eval(text, {"__builtins__": {}}, {**functions, **counts})  # noqa: S307  # our own template's
    assert (share > alarm["Threshold"]) is alarming


def test_an_alarm_of_outcomes_counts_those_of_its_provider_and_its_stack(changed: Synthesised) -> None:
    _, *metrics = _alarms(changed)[f"{OF_OUTCOMES}Dcv"]["Metrics"]
    counted = [
        {item["Name"]: item["Value"] for item in metric["MetricStat"]["Metric"]["Dimensions"]} for metric in metrics
    ]
    assert counted == [
        {"service": "Studio", "provider": "dcv", "outcome": outcome} for outcome in ("ready", "failed", "timed_out")
    ]


def test_the_api_s_errors_are_those_of_the_api_that_has_the_stack_s_name(changed: Synthesised) -> None:
    assert _alarms(changed)["ApiErrors"]["Dimensions"] == [{"Name": "ApiName", "Value": "Studio"}]
    assert changed.one("AWS::ApiGateway::RestApi")["Name"] == "Studio"


def test_every_alarm_names_its_page_and_every_page_is_that_of_an_alarm(changed: Synthesised) -> None:
    named = {alarm["AlarmDescription"].rsplit(" See ", 1)[1].removesuffix(".") for alarm in _alarms(changed).values()}
    pages = {str(page.relative_to(ROOT)) for page in OPERATIONS.glob("*.md") if page.name != "README.md"}
    assert named == pages


@pytest.mark.parametrize("page", sorted(page.name for page in OPERATIONS.glob("*.md") if page.name != "README.md"))
def test_the_page_of_an_alarm_says_what_is_seen_why_what_to_run_and_when_it_is_over(page: str) -> None:
    lines = (OPERATIONS / page).read_text().splitlines()
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == PARTS
    assert f"]({page})" in (OPERATIONS / "README.md").read_text()


def test_a_deployment_s_own_metrics_are_told_apart_by_its_name(changed: Synthesised) -> None:
    """The service's name is what the functions count under."""
    alarm = _alarms(changed)["ReleaseFailed"]
    functions = changed.functions.values()
    assert (alarm["Namespace"], alarm["Dimensions"]) == ("Greenroom", [{"Name": "service", "Value": "Studio"}])
    assert {item["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for item in functions} == {"Studio"}


def test_quiet_is_no_alarm_where_nothing_has_to_happen(stack: Synthesised) -> None:
    for name, alarm in _alarms(stack).items():
        if name in OF_SILENCE:
            continue
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold", name
        assert alarm["TreatMissingData"] == "notBreaching", name


def test_an_alarm_says_what_it_means_and_what_to_do(stack: Synthesised) -> None:
    for name, alarm in _alarms(stack).items():
        text, _ = alarm["AlarmDescription"].rsplit(" See ", 1)
        meaning, *advice = text.removesuffix(".").split(". ")
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
