"""The example `class_of_thirty`: thirty schedules, each of whose events is a request that Greenroom takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request
from tests.examples.apps import synthesise_example
from tests.infra.synthesised import Synthesised, as_text


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    return synthesise_example("class_of_thirty", tmp_path_factory.mktemp("class_of_thirty"))


@pytest.fixture(scope="module")
def schedules(template: Synthesised) -> list[Mapping[str, Any]]:
    return list(template.properties("AWS::Scheduler::Schedule").values())


def test_each_seat_is_asked_for_a_quarter_of_an_hour_before_the_class(schedules: list[Mapping[str, Any]]) -> None:
    assert len(schedules) == 30
    assert {(item["ScheduleExpression"], item["ScheduleExpressionTimezone"]) for item in schedules} == {
        ("cron(45 8 ? * MON *)", "Europe/Berlin")
    }


def test_each_event_is_a_request_that_greenroom_takes(schedules: list[Mapping[str, Any]]) -> None:
    seats = set()
    for item in schedules:
        assert item["Target"]["EventBridgeParameters"]["DetailType"] == "Stream Requested"
        request = json.loads(item["Target"]["Input"])
        taken = parse_request(request, Rules(providers=("appstream",)))
        assert taken.provider == "appstream"
        seats.add((request["userId"], request["metadata"]["seat"]))
    assert seats == {(f"seat-{seat:02}", seat) for seat in range(1, 31)}


def test_the_urls_are_good_until_the_class_ends(schedules: list[Mapping[str, Any]]) -> None:
    requests = [json.loads(item["Target"]["Input"]) for item in schedules]
    assert {item["deadlineSeconds"] for item in requests} == {15 * 60}
    assert {item["expirationInSeconds"] for item in requests} == {(15 + 120) * 60}


def test_the_events_go_to_greenroom_s_bus_by_a_role_that_may_do_nothing_else(
    template: Synthesised, schedules: list[Mapping[str, Any]]
) -> None:
    assert {as_text(item["Target"]["Arn"]) for item in schedules} == {"GreenroomChannelsBus"}
    (role,) = {json.dumps(item["Target"]["RoleArn"]) for item in schedules}
    may = {
        (resource, action)
        for statement in template.statements(json.loads(role))
        for resource in statement.resources
        for action in statement.actions
    }
    assert may == {("GreenroomChannelsBus", "events:PutEvents"), ("NotAsked", "sqs:SendMessage")}


def test_an_event_that_the_bus_does_not_take_is_kept(schedules: list[Mapping[str, Any]]) -> None:
    assert {as_text(item["Target"]["DeadLetterConfig"]["Arn"]) for item in schedules} == {"NotAsked"}
    assert {item["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] for item in schedules} == {15 * 60}


def test_greenroom_serves_the_service_that_the_class_uses_and_no_other(template: Synthesised) -> None:
    assert template.functions["api"]["Environment"]["Variables"]["PROVIDERS"] == "appstream"
