"""The doctor: each line is well, or says what to do."""

from __future__ import annotations

from typing import Any, cast

import boto3
import pytest

from greenroom.domain.metrics import PENDING_AGE, RELEASE_AGE, STUCK_AGE
from greenroom_cli.client import Api
from greenroom_cli.deployment import Deployment
from greenroom_cli.doctor.aws import AwsCloud
from greenroom_cli.doctor.checks import findings
from greenroom_cli.doctor.cloud import Found, Sweeps
from greenroom_cli.doctor.finding import Finding, Health
from greenroom_cli.doctor.shown import line_of
from greenroom_cli.errors import CommandError
from tests.support.fake_api import Answer, FakeApi, problem, view
from tests.support.fake_cloud import FakeCloud

SERVED = problem(400, "Wrong", {"field": "provider", "detail": "must be one of: nimble, dcv"})
FORBIDDEN = problem(403, "User is not authorized to perform: execute-api:Invoke")


@pytest.fixture
def cloud(api: FakeApi) -> FakeCloud:
    """All is well: two providers are served, and the caller has had a stream of each."""
    api.will_answer("POST streams", SERVED)
    latest = [view("ready"), view("ready", provider="dcv")]
    api.will_answer("GET streams", Answer(200, {"streams": latest}))
    api.will_answer("GET schedules", Answer(200, {"schedules": []}))
    return FakeCloud(Api(boto3.Session("test", "test", region_name="us-west-2"), api.url))


def found(cloud: FakeCloud) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings(cloud)}


def unwell(cloud: FakeCloud) -> list[str]:
    return [finding.subject for finding in findings(cloud) if finding.health is not Health.WELL]


def test_where_all_is_well_every_line_says_so(cloud: FakeCloud) -> None:
    lines = found(cloud)

    assert unwell(cloud) == []
    assert not any(finding.todo for finding in lines.values())
    assert list(lines)[:4] == ["credentials", "region", "stack", "outputs"]
    assert {"may ask for a stream", "provider nimble", "provider dcv", "dead letters", "alarms"} <= lines.keys()


def test_looking_asks_for_no_stream_and_changes_none(api: FakeApi, cloud: FakeCloud) -> None:
    found(cloud)

    assert [call.body for call in api.calls if call.body is not None] == [{"provider": "?"}]
    nobody = {call.path.split("/")[1] for call in api.calls if call.path.startswith("streams/")}
    assert nobody == {"00000000-0000-4000-8000-000000000000"}


def test_without_credentials_nothing_else_can_be_seen(cloud: FakeCloud) -> None:
    cloud.signed_in = False
    assert [(line.subject, line.health) for line in findings(cloud)] == [("credentials", Health.UNWELL)]


def test_without_a_region_nothing_else_can_be_seen(cloud: FakeCloud) -> None:
    cloud.region = None
    assert list(found(cloud)) == ["credentials", "region"]
    assert "AWS_REGION" in found(cloud)["region"].todo


def test_a_stack_that_is_not_there_is_to_be_deployed(cloud: FakeCloud) -> None:
    cloud.status = None
    assert list(found(cloud)) == ["credentials", "region", "stack"]
    assert found(cloud)["stack"].todo == "make deploy"


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_a_stack_in_another_state_is_unwell(cloud: FakeCloud, status: str) -> None:
    cloud.status = status
    assert unwell(cloud) == ["stack"]


def test_a_missing_output_is_named(cloud: FakeCloud) -> None:
    cloud.has_outputs -= {"TopicArn"}
    assert "TopicArn" in found(cloud)["outputs"].told


@pytest.mark.parametrize(
    ("call", "subject"),
    [
        ("GET streams", "may list requests"),
        ("POST streams", "may ask for a stream"),
        ("GET schedules", "may see what was learned"),
        ("DELETE streams/00000000-0000-4000-8000-000000000000", "may cancel a request"),
        ("POST streams/00000000-0000-4000-8000-000000000000/claim", "may claim a URL"),
    ],
    ids=lambda value: value.replace("00000000-0000-4000-8000-000000000000", "id"),
)
def test_a_call_that_the_caller_may_not_make_is_found_by_making_it(
    api: FakeApi, cloud: FakeCloud, call: str, subject: str
) -> None:
    api.will_answer(call, FORBIDDEN)

    line = found(cloud)[subject]

    assert line.health is Health.UNWELL
    assert "not authorized" in line.told
    assert "What a caller needs" in line.todo


def test_an_api_that_does_not_answer_is_unwell(cloud: FakeCloud) -> None:
    cloud.api = Api(boto3.Session("test", "test", region_name="us-west-2"), "http://127.0.0.1:9/")
    lines = found(cloud)
    assert (lines["may ask for a stream"].health, lines["the API"].health) == (Health.UNWELL, Health.UNWELL)
    assert "may list requests" not in lines
    assert lines["alarms"].health is Health.WELL


def _latest(api: FakeApi, **more: Any) -> None:
    api.will_answer("GET streams", Answer(200, {"streams": [view("pending"), view(**more)]}))


def test_a_service_that_greenroom_did_not_reach_is_found_by_the_latest_request(api: FakeApi, cloud: FakeCloud) -> None:
    _latest(api, state="failed", provider="nimble", error="EndpointUnreachable", message="No answer")

    line = found(cloud)["provider nimble"]

    assert line.health is Health.UNWELL
    assert "greenroom status r-1" in line.todo


def test_a_request_that_failed_by_itself_says_nothing_against_its_service(api: FakeApi, cloud: FakeCloud) -> None:
    _latest(api, state="failed", provider="nimble", error="ResourceNotFoundException", message="No session")
    assert found(cloud)["provider nimble"].health is Health.WELL


def test_of_a_service_that_was_asked_for_nothing_nothing_is_known(api: FakeApi, cloud: FakeCloud) -> None:
    _latest(api, state="ready", provider="nimble")
    line = found(cloud)["provider dcv"]
    assert (line.health, line.todo) == (Health.UNKNOWN, "Try it: greenroom request dcv --help")


@pytest.mark.parametrize(
    ("change", "subject", "words"),
    [
        ({"queues": {"DeadLetterQueueUrl": 2}}, "dead letters", "greenroom redrive"),
        ({"queues": {"RejectedRequestsQueueUrl": 1}}, "rejected requests", "docs/operations/rejected-requests.md"),
        ({"raised": {"Greenroom-DeadLetters": "docs/operations/dead-letters.md"}}, "alarms", "dead-letters.md"),
        ({"swept": Sweeps({RELEASE_AGE: Found(2, 901)})}, "unreleased resources", "operations/release-age.md"),
        ({"swept": Sweeps({STUCK_AGE: Found(1, 121)})}, "stuck executions", "operations/README.md#what-is-left"),
        ({"swept": Sweeps(given_up=1)}, "releases given up", "docs/operations/release-failed.md"),
        ({"free": 10}, "Lambda's concurrency", "Service Quotas"),
        ({"throttle": (0.0, 0)}, "the API's throttle", "apiRequestsPerSecond"),
    ],
    ids=["dead-letters", "rejected", "alarms", "unreleased", "stuck", "given-up", "concurrency", "throttle"],
)
def test_what_does_not_run_well_is_told_with_what_to_do(
    cloud: FakeCloud, change: dict[str, Any], subject: str, words: str
) -> None:
    for name, value in change.items():
        setattr(cloud, name, value)

    assert unwell(cloud) == [subject]
    assert words in found(cloud)[subject].todo


def test_what_is_left_is_told_with_its_age_and_what_ends_by_itself_is_no_fault(cloud: FakeCloud) -> None:
    cloud.swept = Sweeps({PENDING_AGE: Found(1, 245), RELEASE_AGE: Found(3, 430)})
    lines = found(cloud)
    assert unwell(cloud) == []
    assert lines["oldest pending request"].told == "waits since 4 min 5 s"
    assert lines["unreleased resources"].told == "3, the oldest since 7 min 10 s"
    assert lines["stuck executions"].told == "none"


def test_where_no_sweep_has_run_nobody_knows_what_is_left(cloud: FakeCloud) -> None:
    cloud.swept = Sweeps(ran=False)
    line = found(cloud)["what is left"]
    assert (line.health, "docs/operations/sweep-silent.md" in line.todo) == (Health.UNKNOWN, True)
    assert "stuck executions" not in found(cloud)


def test_what_the_caller_may_not_see_is_unknown_and_no_fault(cloud: FakeCloud) -> None:
    cloud.denied = {"GetQueueAttributes", "GetAccountSettings", "GetStage", "GetMetricData", "DescribeAlarms"}

    lines = [line for line in findings(cloud) if line.health is not Health.WELL]

    assert {line.health for line in lines} == {Health.UNKNOWN}
    assert [line.told for line in lines] == [
        "you may not call GetAccountSettings",
        "you may not call GetStage",
        "you may not call GetQueueAttributes",
        "you may not call GetQueueAttributes",
        "you may not call GetMetricData",
        "you may not call DescribeAlarms",
    ]


def test_a_line_says_what_to_do_below_what_was_seen() -> None:
    line = line_of(Finding("dead letters", Health.UNWELL, "2 in the queue", "greenroom redrive"))
    assert line.plain == "✗ dead letters             2 in the queue\n                           → greenroom redrive"


def test_a_deployment_without_rules_of_who_may_ask_for_whom_says_so(cloud: FakeCloud) -> None:
    assert found(cloud)["who may ask for whom"].told == "by 2 rules"
    cloud.rules = "0"
    line = found(cloud)["who may ask for whom"]
    assert (line.health, line.told) == (
        Health.UNKNOWN,
        "there are no rules: any caller may ask for anybody's stream",
    )
    assert "identities" in line.todo


def test_a_release_before_does_not_tell_of_rules(cloud: FakeCloud) -> None:
    cloud.rules = ""
    assert "who may ask for whom" not in found(cloud)


class StackOfOneApi:
    """The calls by which the API's stage is found."""

    name = "Greenroom"

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url
        self.asked: list[dict[str, str]] = []

    def output(self, name: str) -> str:
        return {"ApiUrl": self._api_url}[name]

    def client(self, service: str) -> StackOfOneApi:  # noqa: ARG002  # it is each of them
        return self

    def get_paginator(self, operation: str) -> StackOfOneApi:
        assert operation == "list_stack_resources"
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        resources = [("AWS::ApiGateway::RestApi", "a1b2"), ("AWS::ApiGateway::Stage", "v1"), ("AWS::SQS::Queue", "q")]
        summaries = [{"ResourceType": kind, "PhysicalResourceId": name} for kind, name in resources]
        return [{"StackResourceSummaries": summaries}]

    def get_stage(self, **names: str) -> dict[str, Any]:
        self.asked.append(names)
        return {"methodSettings": {"*/*": {"throttlingRateLimit": 50.0, "throttlingBurstLimit": 100}}}


@pytest.mark.parametrize(
    "url",
    [
        "https://a1b2.execute-api.us-west-2.amazonaws.com/v1/",
        "http://127.0.0.1:4566/restapis/a1b2/v1/_user_request_/",
        "https://streams.studio.example/",
        "https://streams.studio.example/room/",
    ],
)
def test_the_stage_is_found_whatever_the_address_of_the_api(url: str) -> None:
    stack = StackOfOneApi(url)
    assert AwsCloud(cast("Deployment", stack)).api_throttle() == (50.0, 100)
    assert stack.asked == [{"restApiId": "a1b2", "stageName": "v1"}]


class StackOfAlarms:
    """A stack whose metrics have the values of `metrics`, by their names, in each minute, the latest first."""

    name = "Greenroom"
    pages = ("sweep-errors", "release-age", "dead-letters")

    def __init__(self, **metrics: list[float]) -> None:
        self._metrics = metrics
        self.asked: list[dict[str, Any]] = []

    def client(self, service: str) -> StackOfAlarms:  # noqa: ARG002  # it is each of them
        return self

    def get_paginator(self, _operation: str) -> StackOfAlarms:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        kind = "AWS::CloudWatch::Alarm"
        return [{"StackResourceSummaries": [{"ResourceType": kind, "PhysicalResourceId": name} for name in self.pages]}]

    def describe_alarms(self, **names: list[str]) -> dict[str, Any]:
        dimensions = {"sweep-errors": ("FunctionName", "Sweep-1A"), "release-age": ("service", "Studio")}
        alarms = [
            {
                "AlarmName": name,
                "AlarmDescription": f"It is so. See docs/operations/{name}.md.",
                "StateValue": "ALARM" if name == "dead-letters" else "OK",
                "Dimensions": [dict(zip(("Name", "Value"), dimensions.get(name, ("QueueName", "q")), strict=True))],
            }
            for name in names["AlarmNames"]
        ]
        return {"MetricAlarms": alarms}

    def get_metric_data(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        stat = asked["MetricDataQueries"][0]["MetricStat"]
        return {"MetricDataResults": [{"Values": self._metrics.get(stat["Metric"]["MetricName"], [])}]}


def test_an_alarm_that_is_raised_is_told_with_its_page() -> None:
    stack = StackOfAlarms()
    raised = AwsCloud(cast("Deployment", stack)).raised_alarms()
    assert raised == {"dead-letters": "docs/operations/dead-letters.md"}


def test_the_metrics_of_the_sweeps_are_those_of_this_deployment_whatever_its_functions_are_called() -> None:
    stack = StackOfAlarms(Invocations=[1.0, 1.0], StuckAge=[130.0, 700.0], ReleaseFailed=[1.0, 2.0])
    sweeps = AwsCloud(cast("Deployment", stack)).sweeps()
    assert sweeps == Sweeps({STUCK_AGE: Found(130, 130.0)}, 3)
    metrics = [each["MetricDataQueries"][0]["MetricStat"]["Metric"] for each in stack.asked]
    assert {(each["Namespace"], each["Dimensions"][0]["Value"]) for each in metrics} == {
        ("AWS/Lambda", "Sweep-1A"),
        ("Greenroom", "Studio"),
    }


def test_a_stack_without_alarms_of_the_sweep_is_told() -> None:
    stack = StackOfAlarms()
    stack.pages = ("dead-letters",)  # type: ignore[assignment]
    with pytest.raises(CommandError, match="no alarm of Sweep"):
        AwsCloud(cast("Deployment", stack)).sweeps()
