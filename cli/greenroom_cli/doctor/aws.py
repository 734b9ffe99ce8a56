"""The port over AWS itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from greenroom.domain.metrics import NAMESPACE, PENDING_AGE, RELEASE_AGE, RELEASE_FAILED, STUCK_AGE
from greenroom_cli.client import Caller
from greenroom_cli.deployment import Deployment
from greenroom_cli.doctor.cloud import Found, NotAllowed, Sweeps
from greenroom_cli.errors import CommandError
from greenroom_cli.redriving import waiting

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
_ALARMS_A_CALL = 100
# A sweep runs every five minutes. It may take two, and its metrics one until they can be read.
_LAST_SWEEP, _OF_LATE, _DAY = timedelta(minutes=8), timedelta(minutes=15), timedelta(days=1)
_AGES = (PENDING_AGE, RELEASE_AGE, STUCK_AGE)
_MINUTE_SECONDS = 60
_DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}


class AwsCloud:
    """A deployment and its account, as boto3 finds them."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    @property
    def stack(self) -> str:
        return self._deployment.name

    @property
    def region(self) -> str | None:
        return self._deployment.session.region_name

    @property
    def api(self) -> Caller:
        return self._deployment.api

    def caller(self) -> str:
        with _told():
            return str(self._deployment.client("sts").get_caller_identity()["Arn"])

    def stack_status(self) -> str:
        return str(self._deployment.description["StackStatus"])

    def outputs(self) -> Mapping[str, str]:
        return {item["OutputKey"]: item["OutputValue"] for item in self._deployment.description.get("Outputs", [])}

    def messages(self, queue_url: str) -> int:
        with _told():
            return waiting(self._deployment.client("sqs"), queue_url)

    def concurrency(self) -> int:
        with _told():
            settings = self._deployment.client("lambda").get_account_settings()
        return int(settings["AccountLimit"]["UnreservedConcurrentExecutions"])

    def api_throttle(self) -> tuple[float, int]:
        api_id, stage = self._api_and_stage()
        with _told():
            found = self._deployment.client("apigateway").get_stage(restApiId=api_id, stageName=stage)
        settings = found.get("methodSettings", {}).get("*/*", {})
        return float(settings.get("throttlingRateLimit", 0)), int(settings.get("throttlingBurstLimit", 0))

    def raised_alarms(self) -> Mapping[str, str]:
        raised = {each["AlarmName"]: _page(each) for each in self._alarms if each["StateValue"] == "ALARM"}
        return dict(sorted(raised.items()))

    def sweeps(self) -> Sweeps:
        """Read the metrics that the alarms of the sweeps watch, or that have the same dimensions."""
        alarms = {_page(each): each["Dimensions"] for each in self._alarms if "Dimensions" in each}
        sweep, own = alarms.get("docs/operations/sweep-errors.md"), alarms.get("docs/operations/release-age.md")
        if not sweep or not own:
            raise CommandError("the stack has no alarm of Sweep")
        runs = sum(self._values("AWS/Lambda", "Invocations", sweep, "Sum", _OF_LATE))
        found = {}
        for metric in _AGES:
            numbers = self._values(NAMESPACE, metric.name, own, "SampleCount", _LAST_SWEEP)
            oldest = self._values(NAMESPACE, metric.name, own, "Maximum", _LAST_SWEEP)
            if numbers and oldest:
                found[metric] = Found(int(numbers[0]), oldest[0])
        given_up = sum(self._values(NAMESPACE, RELEASE_FAILED.name, own, "Sum", _DAY))
        return Sweeps(found, int(given_up), ran=runs > 0)

    def _values(
        self, namespace: str, name: str, dimensions: Sequence[Mapping[str, str]], statistic: str, since: timedelta
    ) -> list[float]:
        """Return the values of each minute that has some, the latest first."""
        now = datetime.now(UTC)
        metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
        stat = {"Metric": metric, "Period": _MINUTE_SECONDS, "Stat": statistic}
        with _told():
            answer = self._deployment.client("cloudwatch").get_metric_data(
                MetricDataQueries=[{"Id": "values", "MetricStat": stat}],
                StartTime=now - since,
                EndTime=now,
                ScanBy="TimestampDescending",
            )
        return [float(value) for value in answer["MetricDataResults"][0]["Values"]]

    @cached_property
    def _alarms(self) -> list[Mapping[str, Any]]:
        with _told():
            names = self._resources("AWS::CloudWatch::Alarm")
            cloudwatch = self._deployment.client("cloudwatch")
            return [
                alarm
                for first in range(0, len(names), _ALARMS_A_CALL)
                for alarm in cloudwatch.describe_alarms(AlarmNames=names[first : first + _ALARMS_A_CALL])[
                    "MetricAlarms"
                ]
            ]

    def _api_and_stage(self) -> tuple[str, str]:
        """Read both off the URL: `https://{id}.execute-api…/{stage}/`, or the emulator's `…/restapis/{id}/{stage}/…`.

        A custom domain has neither; then take the stack's one API.
        """
        url = urlsplit(self._deployment.output("ApiUrl"))
        parts = [part for part in url.path.split("/") if part]
        if parts[:1] == ["restapis"]:
            return parts[1], parts[2]
        api_id, _, service = (url.hostname or "").partition(".")
        if service.startswith("execute-api."):
            return api_id, parts[0]
        with _told():
            return self._resources("AWS::ApiGateway::RestApi")[0], self._resources("AWS::ApiGateway::Stage")[0]

    def _resources(self, kind: str) -> list[str]:
        """Return the physical ids of the stack's resources of a type."""
        pages = self._deployment.client("cloudformation").get_paginator("list_stack_resources")
        return [
            resource["PhysicalResourceId"]
            for page in pages.paginate(StackName=self.stack)
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == kind
        ]


def _page(alarm: Mapping[str, Any]) -> str:
    """Return the page that an alarm names."""
    named = re.search(r"docs/operations/[\w-]+\.md", alarm.get("AlarmDescription", ""))
    return named[0] if named else "docs/operations"


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        if told["Code"] in _DENIED:
            raise NotAllowed(error.operation_name) from None
        raise CommandError(told["Message"]) from None
    except BotoCoreError as error:
        raise CommandError(str(error)) from None
