"""The dashboard and the saved queries: each is of this stack, and shows what the functions emit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from greenroom.domain.metrics import METRICS, RELEASE_FAILED, SECRET_UNUSABLE
from greenroom.providers.catalogue import BUILT_IN
from greenroom_cdk.watching.queries import QUERIES
from tests.infra.synthesised import Synthesised, as_text
from tools.dashboard_picture import PICTURE, title

HEADERS = [
    "What users see",
    "How streams are waited for",
    "What can break",
    "What is left",
    "Tables",
    "Each function",
    "State Machine",
    "API Gateway Endpoint",
]


def widgets(stack: Synthesised) -> list[Mapping[str, Any]]:
    body = stack.one("AWS::CloudWatch::Dashboard")["DashboardBody"]
    found: list[Mapping[str, Any]] = json.loads(as_text(body))["widgets"]
    return found


def metrics(stack: Synthesised, namespace: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each metric of a namespace that some widget shows, with its dimensions."""
    for widget in widgets(stack):
        for shown in widget["properties"].get("metrics", []):
            names = [part for part in shown if isinstance(part, str)]
            if names[:1] == [namespace]:
                yield names[1], dict(zip(names[2::2], names[3::2], strict=True))


def test_the_dashboard_has_the_stack_s_name_and_the_region_s_since_its_name_is_the_account_s(
    stack: Synthesised, changed: Synthesised
) -> None:
    for each in (stack, changed):
        name = f"{each.name}-AWS::Region"
        assert as_text(each.one("AWS::CloudWatch::Dashboard")["DashboardName"]) == name
        assert as_text(each.outputs["DashboardName"]["Value"]) == name


def test_it_begins_with_what_users_see(stack: Synthesised) -> None:
    texts = [widget["properties"]["markdown"] for widget in widgets(stack) if widget["type"] == "text"]
    assert [header for header, text in zip(HEADERS, texts, strict=True) if header not in text] == []


def test_every_metric_of_ours_is_shown_and_those_of_this_stack_alone(changed: Synthesised) -> None:
    shown = list(metrics(changed, "Greenroom"))
    # That a release was given up, or that a secret is none, is an alarm, which is shown.
    alarms = {RELEASE_FAILED.name, SECRET_UNUSABLE.name}
    assert {name for name, _ in shown} == {metric.name for metric in METRICS} - alarms
    assert {dimensions["service"] for _, dimensions in shown} == {"Studio"}
    dimensions_of = {metric.name: {"service", *metric.dimensions} for metric in METRICS}
    assert [name for name, dimensions in shown if set(dimensions) != dimensions_of[name]] == []


def test_each_provider_of_the_deployment_is_shown(stack: Synthesised, changed: Synthesised) -> None:
    for each, providers in ((stack, {"nimble"}), (changed, set(BUILT_IN))):
        for name in ("Outcomes", "TimeToReady", "Looks", "ThrottledCalls"):
            assert {where["provider"] for metric, where in metrics(each, "Greenroom") if metric == name} == providers


def test_every_alarm_is_shown(changed: Synthesised) -> None:
    (status,) = (widget for widget in widgets(changed) if widget["type"] == "alarm")
    assert {name.removesuffix(".Arn") for name in status["properties"]["alarms"]} == set(
        changed.all("AWS::CloudWatch::Alarm")
    )


def test_the_errors_of_every_function_are_shown(stack: Synthesised) -> None:
    (errors,) = (widget for widget in widgets(stack) if widget["properties"].get("title") == "Errors of functions")
    assert len(errors["properties"]["metrics"]) == len(stack.functions)


def test_the_picture_of_the_dashboard_has_every_widget_and_every_alarm(stack: Synthesised) -> None:
    """`make pictures` draws it."""
    texts = ET.parse(PICTURE).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314  # our own file
    drawn = {"".join(text.itertext()) for text in texts}
    assert {title(widget) for widget in widgets(stack)} - drawn == set()
    assert {name.removeprefix("Monitoring") for name in stack.all("AWS::CloudWatch::Alarm")} - drawn == set()


def test_the_dashboard_makes_no_alarm_of_its_own(stack: Synthesised) -> None:
    assert {name for name in stack.all("AWS::CloudWatch::Alarm") if not name.startswith("Monitoring")} == set()


def test_no_widget_lies_over_another_or_leaves_the_dashboard(changed: Synthesised) -> None:
    taken = [
        (x, y)
        for widget in widgets(changed)
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24


def test_the_queries_are_saved_under_the_stack_s_name(changed: Synthesised) -> None:
    saved = {query["Name"] for query in changed.properties("AWS::Logs::QueryDefinition").values()}
    assert saved == {f"Studio/{title}" for title in QUERIES}


def test_a_query_reads_the_logs_of_all_functions_of_the_flow_and_of_the_api(stack: Synthesised) -> None:
    groups = set(stack.all("AWS::Logs::LogGroup"))
    for query in stack.properties("AWS::Logs::QueryDefinition").values():
        assert {as_text(name) for name in query["LogGroupNames"]} == groups
        # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
        assert len(groups) <= 50


@pytest.mark.parametrize("title", QUERIES)
def test_a_query_names_only_fields_that_lines_have(title: str) -> None:
    """The members of a metric's values are named as Logs Insights names them: `TimeToReady.0`."""
    known = {f"{metric.name}.0" for metric in METRICS}
    words = {word.strip("(),") for line in QUERIES[title] for word in line.replace("(", " ").split()}
    assert {word for word in words if word.endswith(".0")} <= known
