"""The example `slack_notifier`: its messages, what Slack answers, and its template."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest

from examples.slack_notifier.notifier.notifier import post, texts
from tests.examples.apps import synthesise_example
from tests.infra.synthesised import Synthesised, as_text
from tests.support.receiver import Receiver, receive

URL = "https://stream.example/secret"
ROOM = {"url": "https://api.example/v1/waiting-room#token", "expiresAt": "2026-11-24T00:30:00Z"}
DATA = {"id": "61a54fc2", "provider": "nimble", "metadata": {"ticket": "A-17", "for": "<Ada & Bob>"}}
FAILURE = {"error": "StreamFailed", "message": "CREATE_FAILED > INTERNAL_ERROR"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    return synthesise_example("slack_notifier", tmp_path_factory.mktemp("slack_notifier"))


@pytest.fixture
def slack() -> Iterator[Receiver]:
    with receive() as receiver:
        yield receiver


def of_topic(**data: Any) -> dict[str, Any]:
    message = {"type": "stream.ready", "timestamp": "2026-11-24T00:00:00Z", "data": DATA | data}
    return {"Records": [{"Sns": {"Message": json.dumps(message)}}]}


def of_bus(detail_type: str, **data: Any) -> dict[str, Any]:
    return {"detail-type": detail_type, "source": "greenroom", "detail": {"type": "…", "data": DATA | data}}


def test_a_ready_stream_is_told_without_its_url() -> None:
    (text,) = texts(of_topic(url=URL))
    assert text == ":large_green_circle: The stream of ticket A-17, for &lt;Ada &amp; Bob&gt; is ready."


def test_a_ready_stream_with_a_waiting_room_is_told_with_its_link() -> None:
    (text,) = texts(of_topic(url=URL, waitingRoom=ROOM))
    assert text.endswith(f" is ready. <{ROOM['url']}|Open the waiting room>")
    assert URL not in text


def test_a_request_without_metadata_is_told_by_its_id() -> None:
    (text,) = texts(of_topic(metadata={}))
    assert text == ":large_green_circle: The stream of request 61a54fc2 is ready."


def test_a_failure_is_told_with_what_and_why() -> None:
    (text,) = texts(of_bus("Stream Timed Out", **FAILURE))
    assert text == (
        ":red_circle: Stream Timed Out: ticket A-17, for &lt;Ada &amp; Bob&gt;. "
        "StreamFailed: CREATE_FAILED &gt; INTERNAL_ERROR"
    )


def test_a_rejection_is_told_with_the_fields_that_are_wrong() -> None:
    errors = [{"field": "studioId", "detail": "must be set"}]
    detail = {"id": "61a54fc2", "error": "InvalidRequest", "message": "1 field is wrong", "errors": errors}
    (text,) = texts({"detail-type": "Stream Rejected", "source": "greenroom", "detail": detail})
    assert text == ":red_circle: Stream Rejected: request 61a54fc2. 1 field is wrong\n• studioId: must be set"


def test_slack_gets_the_text_as_an_incoming_webhook_takes_it(slack: Receiver) -> None:
    post(f"{slack.url}/services/T0/B0/secret", "ready")
    (received,) = slack.received
    assert received.path == "/services/T0/B0/secret"
    assert received.headers["Content-Type"] == "application/json"
    assert json.loads(received.body) == {"text": "ready"}


def test_what_slack_refuses_is_raised_without_the_url(slack: Receiver) -> None:
    slack.will_answer(404, b"no_service")
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(f"{slack.url}/services/T0/B0/secret", "ready")
    refused.value.close()
    assert "secret" not in str(refused.value)


def test_what_is_no_url_is_refused_without_being_shown() -> None:
    with pytest.raises(ValueError, match="The secret holds no URL yet") as refused:
        post("hooks.slack.example/secret", "ready")
    assert "hooks" not in str(refused.value)


def test_ready_streams_come_from_the_topic_and_failures_from_the_bus(template: Synthesised) -> None:
    (subscription,) = template.properties("AWS::SNS::Subscription").values()
    assert as_text(subscription["TopicArn"]) == "GreenroomChannelsTopic"
    assert subscription["FilterPolicy"] == {"type": ["stream.ready"]}
    rule = template.properties("AWS::Events::Rule")["GreenroomFailures"]
    assert as_text(rule["EventBusName"]) == "GreenroomChannelsBus"
    assert rule["EventPattern"]["detail-type"] == ["Stream Failed", "Stream Timed Out", "Stream Rejected"]
    assert {as_text(subscription["Endpoint"]), as_text(rule["Targets"][0]["Arn"])} == {"Notifier"}


def test_the_notifier_may_write_its_log_read_the_url_and_keep_what_it_could_not_tell(template: Synthesised) -> None:
    may = {
        (resource, action)
        for statement in template.statements(template.properties("AWS::Lambda::Function")["Notifier"]["Role"])
        for resource in statement.resources
        for action in statement.actions
    }
    assert {resource for resource, _ in may} == {"NotifierLogs", "SlackWebhookUrl", "NotTold"}
    assert {action for resource, action in may if resource == "SlackWebhookUrl"} == {
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
    }


def test_what_could_not_be_told_is_kept(template: Synthesised) -> None:
    (subscription,) = template.properties("AWS::SNS::Subscription").values()
    (target,) = template.properties("AWS::Events::Rule")["GreenroomFailures"]["Targets"]
    config = template.properties("AWS::Lambda::EventInvokeConfig")["NotifierEventInvokeConfig"]
    letters = {
        as_text(subscription["RedrivePolicy"]["deadLetterTargetArn"]),
        as_text(target["DeadLetterConfig"]["Arn"]),
        as_text(config["DestinationConfig"]["OnFailure"]["Destination"]),
    }
    assert letters == {"NotTold"}


def test_a_person_finds_the_secret_and_the_stack_by_outputs(template: Synthesised) -> None:
    assert template.outputs.keys() >= {"SlackWebhookSecretArn", "NotToldQueueUrl", "ApiUrl", "EventBusName"}
