"""The port over AWS itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from greenroom_cli.client import Caller
from greenroom_cli.deployment import Deployment
from greenroom_cli.doctor.cloud import NotAllowed
from greenroom_cli.errors import CommandError
from greenroom_cli.redriving import waiting

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
_ALARMS_A_CALL = 100
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

    def raised_alarms(self) -> list[str]:
        with _told():
            names = self._resources("AWS::CloudWatch::Alarm")
            cloudwatch = self._deployment.client("cloudwatch")
            found = [
                alarm
                for first in range(0, len(names), _ALARMS_A_CALL)
                for alarm in cloudwatch.describe_alarms(AlarmNames=names[first : first + _ALARMS_A_CALL])[
                    "MetricAlarms"
                ]
            ]
        return sorted(alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM")

    def _api_and_stage(self) -> tuple[str, str]:
        """By the API's URL: `https://{id}.execute-api…/{stage}/`, or the emulator's `…/restapis/{id}/{stage}/…`.

        A custom domain names neither; the stack then has one API.
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
        """The physical ids of the stack's resources of a type."""
        pages = self._deployment.client("cloudformation").get_paginator("list_stack_resources")
        return [
            resource["PhysicalResourceId"]
            for page in pages.paginate(StackName=self.stack)
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == kind
        ]


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
