"""The example `slack_notifier`, deployed beside Greenroom's own stack: Slack is a real HTTP server on this machine."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.e2e.deployed import Deployed, eventually, new_session_id
from tests.support.receiver import Receiver, receive


@pytest.fixture(scope="module")
def slack() -> Iterator[Receiver]:
    with receive() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def outputs(deployed: Deployed, slack: Receiver) -> Mapping[str, str]:
    """Those of the example's stack, whose secret has the receiver's URL."""
    nimble = {"providers": "nimble", "nimbleEndpointUrl": deployed.stack.services.urls["nimble"]}
    outputs = deployed.stack.deploy_app("tests.e2e.slack_notifier_app", "SlackNotifier", nimble)
    deployed.client("secretsmanager").put_secret_value(
        SecretId=outputs["SlackWebhookSecretArn"], SecretString=f"{slack.url}/services/T0/B0/secret"
    )
    return outputs


def ask(deployed: Deployed, outputs: Mapping[str, str], ticket: str, **session: Any) -> None:
    """Ask by event for a stream of a session that behaves like this."""
    session_id = new_session_id()
    deployed.set_session(session_id, **session)
    request = {"provider": "nimble", "studioId": "studio", "sessionId": session_id, "metadata": {"ticket": ticket}}
    entry = {
        "EventBusName": outputs["EventBusName"],
        "Source": "studio.tools",
        "DetailType": "Stream Requested",
        "Detail": json.dumps(request),
    }
    deployed.events.put_events(Entries=[entry])


def told(slack: Receiver, ticket: str) -> str:
    """The one message of the channel about a ticket."""

    def found() -> str | None:
        texts = [json.loads(item.body)["text"] for item in slack.received if ticket in item.body]
        assert len(texts) < 2, texts
        return texts[0] if texts else None

    return eventually(found, f"message about {ticket}")


def test_a_ready_stream_is_told_to_the_channel_without_its_url(
    deployed: Deployed, outputs: Mapping[str, str], slack: Receiver
) -> None:
    ticket = f"A-{uuid.uuid4().hex}"
    ask(deployed, outputs, ticket, readyAfterSeconds=0)
    assert told(slack, ticket) == f":large_green_circle: The stream of ticket {ticket} is ready."


def test_a_stream_that_failed_is_told_with_the_reason(
    deployed: Deployed, outputs: Mapping[str, str], slack: Receiver
) -> None:
    ticket = f"B-{uuid.uuid4().hex}"
    ask(deployed, outputs, ticket, readyAfterSeconds=0, finalState="CREATE_FAILED", statusCode="INTERNAL_ERROR")
    assert told(slack, ticket).startswith(f":red_circle: Stream Failed: ticket {ticket}. StreamFailed: ")
