"""An app of your own: Greenroom, and a function that tells a Slack channel what became of the streams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_cdk import Acknowledgment, App, CfnOutput, Duration, RemovalPolicy, Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_events_targets import LambdaFunction
from aws_cdk.aws_sns_subscriptions import LambdaSubscription
from cdk_nag import AwsSolutionsChecks
from constructs import Construct, IConstruct

from greenroom_cdk import Greenroom, Settings

_NOTIFIER = Path(__file__).parent / "notifier"


class SlackNotifier(Stack):
    """Ready streams come from the topic, which knows their waiting rooms; failures come from the bus."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings | None = None,
        code: lambda_.Code | None = None,
        **more: Any,
    ) -> None:
        super().__init__(scope, construct_id, **more)
        self.greenroom = Greenroom(self, "Greenroom", settings=settings, code=code)
        self.webhook_url = secretsmanager.Secret(self, "SlackWebhookUrl", description="URL of Slack's incoming webhook")
        self.letters = sqs.Queue(self, "NotTold", enforce_ssl=True, retention_period=Duration.days(14))
        self.notifier = self._function()
        self._subscribe()
        self._explain()
        CfnOutput(self, "SlackWebhookSecretArn", value=self.webhook_url.secret_arn)
        CfnOutput(self, "NotToldQueueUrl", value=self.letters.queue_url)
        for name, value in self.greenroom.outputs.items():
            CfnOutput(self, name, value=value)

    def _function(self) -> lambda_.Function:
        role = iam.Role(self, "NotifierRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group = logs.LogGroup(
            self,
            "NotifierLogs",
            removal_policy=RemovalPolicy.DESTROY,
            retention=logs.RetentionDays.ONE_MONTH,
        )
        log_group.grant_write(role)
        self.webhook_url.grant_read(role)
        return lambda_.Function(
            self,
            "Notifier",
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(_NOTIFIER), exclude=["__pycache__"]),
            environment={"SLACK_WEBHOOK_SECRET_ARN": self.webhook_url.secret_arn},
            handler="notifier.handler",
            log_group=log_group,
            memory_size=256,
            on_failure=destinations.SqsDestination(self.letters),
            role=role,
            runtime=lambda_.Runtime.PYTHON_3_13,
            timeout=Duration.seconds(15),
        )

    def _subscribe(self) -> None:
        self.greenroom.on_outcome(
            "Failures",
            types=["stream.failed", "stream.timed_out", "stream.rejected"],
            target=LambdaFunction(self.notifier, dead_letter_queue=self.letters),
        )
        ready = {"type": sns.SubscriptionFilter.string_filter(allowlist=["stream.ready"])}
        self.greenroom.topic.add_subscription(
            LambdaSubscription(self.notifier, dead_letter_queue=self.letters, filter_policy=ready)
        )

    def _explain(self) -> None:
        """The security scanner's findings that this example lives with."""
        _acknowledge(self.webhook_url, "AwsSolutions-SMG4", "Slack gives the URL out, and a person puts it here")
        _acknowledge(self.letters, "AwsSolutions-SQS3", "It is where messages end that nobody could be told")
        _acknowledge(self.notifier, "AwsSolutions-L1", "The version of Python that the example is tested for")


def _acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))


def main() -> None:
    app = App()
    SlackNotifier(app, "SlackNotifier")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


if __name__ == "__main__":
    main()
