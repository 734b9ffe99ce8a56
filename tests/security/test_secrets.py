"""Where a secret could be written: a canary is in it, and is looked for in all that the deployment writes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.deployed import Deployed, eventually
from tests.e2e.logs import log_groups, log_lines
from tests.security.conftest import ReadyStream
from tests.security.people import Person, send
from tests.support.receiver import Receiver, receive


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as receiver:
        yield receiver


def _logs(deployed: Deployed, about: str) -> str:
    """Every line that was logged so far, once one names what it is about."""

    def lines() -> str | None:
        written = "\n".join(line for group in log_groups(deployed) for line in log_lines(deployed, group))
        return written if about in written else None

    return eventually(lines, f"line about {about}")


def _items(deployed: Deployed, table: str) -> str:
    pages = deployed.client("dynamodb").get_paginator("scan").paginate(TableName=deployed.resource(table))
    return json.dumps([page["Items"] for page in pages], default=str)


def test_a_url_is_in_no_log(deployed: Deployed, ready: ReadyStream) -> None:
    """Find a stream's URL in the logs of the functions, the API and the state machine.

    Stopped by never logging one: events are not logged, and a record has none.
    """
    assert ready.canary not in _logs(deployed, ready.id)


def test_a_url_is_in_no_history(deployed: Deployed, ready: ReadyStream) -> None:
    """Find a stream's URL in the input, the output or the history of an execution.

    Stopped by the task that reads it: it locks the URL away, and returns only when it ends.
    """
    assert ready.canary not in json.dumps(deployed.history(ready.id), default=str)
    assert ready.canary not in json.dumps(deployed.execution(ready.id), default=str)


@pytest.mark.parametrize("table", ["StorageRecords", "StorageSchedules", "StoragePaces", "StorageBatches"])
def test_a_url_is_in_no_table_but_its_own(deployed: Deployed, ready: ReadyStream, table: str) -> None:
    """Find a stream's URL in the records, the schedules, the paces or the batches.

    Stopped by a table of its own for URLs.
    """
    assert ready.canary not in _items(deployed, table)


def test_a_url_is_on_no_bus(deployed: Deployed, ready: ReadyStream) -> None:
    """Read a stream's URL off the bus, where every rule of the account may listen.

    Stopped by the event, which is the message without its URL and its link.
    """
    told = deployed.bus.find(lambda event: event["detail"].get("data", {}).get("id") == ready.id)
    assert [event["detail-type"] for event in told] == ["Stream Ready"]
    assert ready.canary not in json.dumps(deployed.bus.all())


def test_a_url_is_in_no_list(alice: Person, ready: ReadyStream) -> None:
    """Read URLs off a list, many at once.

    Stopped by the view of a list, which has none.
    """
    _, _, page = alice.call("GET", "streams?limit=100")
    assert ready.id in json.dumps(page)
    assert ready.canary not in json.dumps(page)


def test_a_url_is_in_no_dead_letter(deployed: Deployed, alice: Person, receiver: Receiver) -> None:
    """Find a stream's URL among the deliveries that failed.

    Stopped by what a delivery is: an id and a target.
    """
    receiver.will_answer(410)
    request_id = alice.ask_for_ready(notify=[{"type": "webhook", "url": receiver.url}, {"type": "sns"}])
    eventually(lambda: deployed.dead_letters.find(lambda letter: letter.get("id") == request_id) or None, "dead letter")
    canary = alice.sees(request_id)["url"].rsplit("=", 1)[1]
    assert canary in receiver.received[0].body
    assert canary not in json.dumps(deployed.dead_letters.all())
    assert canary not in _logs(deployed, request_id)


def test_a_url_to_be_claimed_is_in_no_message(deployed: Deployed, alice: Person, receiver: Receiver) -> None:
    """Read a URL that its owner is to claim off the topic, a webhook, or the owner's own view.

    Stopped by claim mode: the URL is in the answer to the claim, and nowhere else.
    """
    targets = [{"type": "webhook", "url": receiver.url}, {"type": "sns"}]
    request_id = alice.ask_for_ready(claim=True, notify=targets)
    sent = eventually(lambda: receiver.received[0].body if receiver.received else None, "webhook")
    view = json.dumps(alice.sees(request_id))
    status, headers, claimed = alice.call("POST", f"streams/{request_id}/claim")
    assert (status, headers["Cache-Control"]) == (200, "no-store")
    told = json.dumps(deployed.message(request_id))
    assert not [each for each in (sent, view, told) if claimed["url"].rsplit("=", 1)[1] in each]


def test_a_claimed_url_is_gone(deployed: Deployed, alice: Person) -> None:
    """Read a URL from its table after it was claimed.

    Stopped by the claim, which removes it.
    """
    request_id = alice.ask_for_ready(claim=True)
    url = alice.call("POST", f"streams/{request_id}/claim")[2]["url"]
    assert url.rsplit("=", 1)[1] not in _items(deployed, "StorageStreamUrls")


def test_a_link_s_token_is_in_no_log(deployed: Deployed, alice: Person, ready: ReadyStream) -> None:
    """Find the token of a link in a log, to open the stream with it.

    Stopped by never logging events, and a token that is in a header.
    """
    token = alice.link(ready.id).split("#")[1]
    assert send(deployed, "GET", "waiting-room/stream", headers={"Authorization": f"Bearer {token}"}).status == 200
    written = _logs(deployed, ready.id)
    assert token not in written
    assert token.split(".")[1] not in written


def test_what_a_caller_sends_is_in_no_log(deployed: Deployed, alice: Person, receiver: Receiver) -> None:
    """Find what callers put into requests in the logs: metadata, webhooks' keys, bodies that are refused, their keys.

    Stopped by never logging events or bodies; a line has ids.
    """
    canary = f"canary{uuid.uuid4().hex}"
    webhook: dict[str, Any] = {"type": "webhook", "url": f"{receiver.url}/hook?key={canary}"}
    request_id = alice.ask_for_ready(metadata={canary: canary}, notify=[webhook, {"type": "sns"}])
    eventually(lambda: receiver.received or None, "webhook")
    alice.call("POST", "streams", f'{{"password": "{canary}"', Idempotency_Key=canary)
    alice.call("POST", "streams", {"provider": "nimble", "studioId": canary * 3, "sessionId": canary})
    alice.call("GET", f"streams?next={canary}")
    last = alice.ask_for_ready()
    assert request_id in (written := _logs(deployed, last))
    assert canary not in written


def test_a_secret_of_the_deployment_is_in_no_log_and_no_variable(deployed: Deployed, ready: ReadyStream) -> None:
    """Find the secrets of links, webhooks, the broker and the hub in a log or among the functions' variables.

    Stopped by functions that are told where a secret is, and read it when they need it.
    """
    names = ("LinkSecretArn", "WebhookSecretArn", "DcvSecretArn", "JupyterhubSecretArn")
    secrets = deployed.client("secretsmanager")
    values = [secrets.get_secret_value(SecretId=deployed.outputs[name])["SecretString"] for name in names]
    pages = deployed.client("lambda").get_paginator("list_functions").paginate()
    variables = json.dumps([function.get("Environment") for page in pages for function in page["Functions"]])
    written = _logs(deployed, ready.id)
    assert not [value for value in values if value in variables or value in written]


def test_a_url_s_end_is_written_and_nothing_else_of_it(deployed: Deployed, alice: Person) -> None:
    """Read a stream's URL off the request's own record, whatever becomes of the request.

    Stopped by a record without it: renewed, claimed, cancelled or failed.
    """
    request_id = alice.ask_for_ready(waitingRoom=True)
    url = alice.sees(request_id)["url"]
    item = deployed.records.get_item(Key={"id": request_id}, ConsistentRead=True)["Item"]
    assert "expiresAt" in item
    assert not [text for text in (url, url.rsplit("=", 1)[1], "https://") if text in json.dumps(item, default=str)]
