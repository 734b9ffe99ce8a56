"""Every line that the deployed stack has logged."""

from __future__ import annotations

from collections.abc import Iterator

from tests.e2e.deployed import Deployed


def log_groups(deployed: Deployed) -> list[str]:
    pages = deployed.client("logs").get_paginator("describe_log_groups").paginate()
    return [group["logGroupName"] for page in pages for group in page["logGroups"]]


def log_lines(deployed: Deployed, group: str) -> Iterator[str]:
    pages = deployed.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return (event["message"] for page in pages for event in page["events"])
