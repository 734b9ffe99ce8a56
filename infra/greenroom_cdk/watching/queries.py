"""Queries of CloudWatch Logs Insights, saved under the deployment's name."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

from greenroom.domain.metrics import ESTIMATE_ERROR, HAND_OVER_TIME, LOOKS, THROTTLED_CALLS, TIME_TO_READY
from greenroom_cdk.settings import Settings

# Powertools writes the values of a metric as a list, of which Logs Insights takes a member by its number:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
_READY, _LOOKS, _ERROR, _TAKEN, _THROTTLED = (
    f"{metric.name}.0" for metric in (TIME_TO_READY, LOOKS, ESTIMATE_ERROR, HAND_OVER_TIME, THROTTLED_CALLS)
)
# By title: the lines of a query. In the first, put the id of a request into the place of its word.
QUERIES = {
    "One request": (
        "fields @timestamp, @log, level, message, reason, @message",
        "filter @message like 'REQUEST-ID'",
        "sort @timestamp",
        "limit 1000",
    ),
    "Slowest to ready": (
        f"fields @timestamp, request_id, provider, {_READY} as seconds, {_LOOKS} as looks, {_ERROR} as late",
        f"filter ispresent({_READY})",
        "sort seconds desc",
        "limit 50",
    ),
    "Failures by error": (
        "filter level in ['WARNING', 'ERROR'] and ispresent(request_id)",
        "stats count(*) as lines, count_distinct(request_id) as requests, latest(reason) as last_reason by message",
        "sort lines desc",
    ),
    "Throttled calls": (
        f"filter ispresent({_THROTTLED})",
        f"stats count(*) as calls, sum({_THROTTLED}) as throttled by provider, bin(5m)",
        "sort throttled desc",
    ),
    "Hand-over": (
        f"filter ispresent({_TAKEN})",
        f"stats count(*) as messages, pct({_TAKEN}, 50), pct({_TAKEN}, 90), max({_TAKEN}) by channel",
    ),
}


class Queries(Construct):
    """Each over the logs of all functions, of the state machine, and of the API."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, log_groups: Sequence[logs.LogGroup]
    ) -> None:
        super().__init__(scope, construct_id)
        for title, lines in QUERIES.items():
            logs.CfnQueryDefinition(
                self,
                title.title().replace(" ", "").replace("-", ""),
                log_group_names=[group.log_group_name for group in log_groups],
                name=f"{settings.stack_name}/{title}",
                query_string="\n| ".join(lines),
            )
