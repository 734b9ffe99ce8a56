"""The dashboard: how users fare, how streams are waited for, what can break, and the API, a row each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from cdk_monitoring_constructs import CustomMetricGroup, DefaultDashboardFactory, MonitoringFacade
from constructs import Construct

from greenroom.domain.metrics import (
    ESTIMATE_ERROR,
    HAND_OVER_TIME,
    LOOKS,
    OUTCOMES,
    PACE_UNAVAILABLE,
    PENDING_AGE,
    RELEASE_AGE,
    SCHEDULES_UNAVAILABLE,
    STUCK_AGE,
    THROTTLED_CALLS,
    TIME_TO_READY,
    WAIT_FOR_TURN,
    Metric,
)
from greenroom.domain.values import RequestState
from greenroom_cdk.api.rest_api import Api
from greenroom_cdk.delivery.channels import Channels
from greenroom_cdk.flow.workflow import Workflow
from greenroom_cdk.functions import Function
from greenroom_cdk.settings import Settings
from greenroom_cdk.watching.own_metrics import FIVE_MINUTES, OwnMetrics

CHANNELS = ("bus", "sns", "webhook", "websocket")
# The functions that follow the changes of a table.
FOLLOWERS = {"Announce", "Learn", "ReleaseSession"}
# CloudWatch has 24 columns: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
_HALF, _QUARTER, _HEIGHT = 12, 6, 6
_COLOURS = {
    RequestState.READY: cloudwatch.Color.GREEN,
    RequestState.FAILED: cloudwatch.Color.RED,
    RequestState.TIMED_OUT: cloudwatch.Color.ORANGE,
    RequestState.CANCELLED: cloudwatch.Color.GREY,
}

Metrics = Sequence[cloudwatch.Metric | cloudwatch.MathExpression]


class Dashboard(Construct):
    """`name` is the deployment's and the region's: a dashboard's name is unique in the account, over all regions.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        channels: Channels,
        workflow: Workflow,
        api: Api,
        functions: Iterable[Function],
        alarms: Sequence[cloudwatch.Alarm],
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = f"{settings.stack_name}-{Stack.of(self).region}"
        self._providers = settings.provider_names
        self._own = OwnMetrics(settings)
        factory = DefaultDashboardFactory(self, "Dashboards", dashboard_name_prefix=self.name)
        self._board = MonitoringFacade(self, "Board", dashboard_factory=factory)
        self._users()
        self._waiting()
        self._what_can_break(alarms)
        made = list(functions)
        self._what_is_left(channels)
        self._tables([each for each in made if each.node.id in FOLLOWERS])
        self._functions(made)
        self._board.monitor_step_function(state_machine=workflow.state_machine, human_readable_name="Executions")
        self._board.monitor_api_gateway(api=api.rest_api, human_readable_name="API")

    def _users(self) -> None:
        self._groups(
            "What users see",
            {
                "Outcomes": [self._outcomes(state) for state in RequestState if state.is_terminal],
                "Seconds to ready": [
                    *self._by_provider(TIME_TO_READY, "p50"),
                    *self._by_provider(TIME_TO_READY, "p90"),
                ],
                "Seconds from the outcome to its target, p90": [
                    self._own.of(HAND_OVER_TIME, "p90", label=channel, channel=channel) for channel in CHANNELS
                ],
                # Of a metric with negative values there are no percentiles:
                # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
                "Seconds later than foreseen, average": self._by_provider(ESTIMATE_ERROR, "Average"),
            },
        )

    def _waiting(self) -> None:
        self._groups(
            "How streams are waited for",
            {
                "Polls a stream, average": self._by_provider(LOOKS, "Average"),
                "Calls to services": self._by_provider(THROTTLED_CALLS, "SampleCount"),
                "Share of throttled calls": self._by_provider(THROTTLED_CALLS, "Average"),
                "Seconds until a call's turn, longest": self._by_provider(WAIT_FOR_TURN, "Maximum"),
            },
        )

    def _what_can_break(self, alarms: Sequence[cloudwatch.Alarm]) -> None:
        self._board.add_small_header("What can break")
        status = cloudwatch.AlarmStatusWidget(alarms=list(alarms), title="Alarms", width=24, height=6)
        self._board.add_widget(status)

    def _what_is_left(self, channels: Channels) -> None:
        oldest_delivery = channels.delivery_queue.metric_approximate_age_of_oldest_message
        waiting = {
            "given up": channels.dead_letter_queue,
            "rejected requests": channels.rejected_requests_queue,
            "to be delivered": channels.delivery_queue,
        }
        # A sweep emits a value for each.
        found = {"to be released": RELEASE_AGE, "stuck executions": STUCK_AGE}
        self._groups(
            "What is left",
            {
                "Messages in queues": [
                    queue.metric_approximate_number_of_messages_visible(label=label, period=FIVE_MINUTES)
                    for label, queue in waiting.items()
                ],
                "Seconds of the oldest request and delivery": [
                    self._own.of(PENDING_AGE, "Maximum", label="oldest pending request"),
                    oldest_delivery(label="oldest delivery", period=FIVE_MINUTES),
                ],
                "What a sweep found": [self._own.of(found[label], "SampleCount", label=label) for label in found],
                "Seconds of the oldest of these": [
                    self._own.of(found[label], "Maximum", label=label) for label in found
                ],
            },
        )

    def _tables(self, followers: Sequence[Function]) -> None:
        self._groups(
            "Tables",
            {
                "Milliseconds behind the tables": [
                    function.metric("IteratorAge", label=function.node.id, period=FIVE_MINUTES, statistic="Maximum")
                    for function in followers
                ],
                "Without what the others had seen": [
                    self._own.of(metric, "Sum", label=metric.name)
                    for metric in (SCHEDULES_UNAVAILABLE, PACE_UNAVAILABLE)
                ],
            },
            width=_HALF,
        )

    def _functions(self, functions: Sequence[Function]) -> None:
        self._groups(
            "Each function",
            {
                "Errors of functions": [
                    function.metric_errors(label=function.node.id, period=FIVE_MINUTES) for function in functions
                ],
                "Throttles of functions": [
                    function.metric_throttles(label=function.node.id, period=FIVE_MINUTES) for function in functions
                ],
            },
            width=_HALF,
        )

    def _groups(self, name: str, groups: Mapping[str, Metrics], *, width: int = _QUARTER) -> None:
        """Add a header, and below it a graph for each group."""
        self._board.monitor_custom(
            human_readable_name=name,
            alarm_friendly_name=name.title().replace(" ", ""),
            height=_HEIGHT,
            metric_groups=[
                CustomMetricGroup(title=title, metrics=list(metrics), graph_widget_width=width)
                for title, metrics in groups.items()
            ],
        )

    def _outcomes(self, state: RequestState) -> cloudwatch.MathExpression:
        """Count an outcome over all providers."""
        metrics = {
            f"{state.value}_{number}": self._own.of(OUTCOMES, "Sum", provider=provider, outcome=state.value)
            for number, provider in enumerate(self._providers)
        }
        return cloudwatch.MathExpression(
            color=_COLOURS[state],
            expression=f"SUM([{', '.join(metrics)}])",
            label=state.value,
            period=FIVE_MINUTES,
            using_metrics=metrics,
        )

    def _by_provider(self, metric: Metric, statistic: str) -> list[cloudwatch.Metric]:
        percentile = f" {statistic}" if statistic.startswith("p") else ""
        return [
            self._own.of(metric, statistic, label=f"{provider}{percentile}", provider=provider)
            for provider in self._providers
        ]
