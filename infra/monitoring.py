"""Alarms for what needs a person: something was not announced, not delivered, or not done in time."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.channels import Channels

_PERIOD = Duration.minutes(5)


class Monitoring(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        channels: Channels,
        state_machine: sfn.StateMachine,
        announce: lambda_.IFunction,
        alarm_email: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Alarms", display_name="Greenroom alarms", enforce_ssl=True, master_key=key)
        # A topic with a policy of its own has lost SNS's default one, which would have let alarms in.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        if alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(alarm_email))
        self._alarm(
            "DeadLetters",
            channels.dead_letter_queue.metric_approximate_number_of_messages_visible(
                period=_PERIOD, statistic="Maximum"
            ),
            "Requests or deliveries lie in the dead-letter queue: read them, mend the cause, redrive them",
        )
        self._alarm(
            "AnnounceErrors",
            announce.metric_errors(period=_PERIOD),
            "Outcomes are not being queued for delivery; they are retried for a day",
        )
        self._alarm(
            "ExecutionsTimedOut",
            state_machine.metric_timed_out(period=_PERIOD),
            "An execution ran into the machine's own timeout, which the deadline should have prevented",
        )

    def _alarm(self, construct_id: str, metric: cloudwatch.IMetric, description: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_description=description,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            metric=metric,
            threshold=0,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
