"""Outcomes of streams become messages of a Slack channel. No message has a stream's URL."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import boto3

_SECONDS = 5


def handler(event: Mapping[str, Any], _context: object) -> None:
    """Post what the topic or the bus tells. Whatever Slack refuses is raised, so that Lambda tries again."""
    secrets = boto3.client("secretsmanager")
    # Fetched each time: a new URL counts at once.
    url = secrets.get_secret_value(SecretId=os.environ["SLACK_WEBHOOK_SECRET_ARN"])["SecretString"]
    for text in texts(event):
        post(url, text)


def texts(event: Mapping[str, Any]) -> Iterator[str]:
    """One for each message of the topic, or the one of an event of the bus."""
    if "Records" in event:
        for record in event["Records"]:
            yield _ready(json.loads(record["Sns"]["Message"])["data"])
    elif event["detail-type"] == "Stream Rejected":
        yield _rejected(event["detail"])
    else:
        yield _failed(event["detail-type"], event["detail"]["data"])


def post(url: str, text: str) -> None:
    """Raise what Slack, or the way to it, answers. The URL is a secret, and in no error."""
    if not url.startswith(("https://", "http://")):
        raise ValueError("The secret holds no URL yet: put that of an incoming webhook there")
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310  # checked above
    with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310  # as above
        pass


def _ready(data: Mapping[str, Any]) -> str:
    text = f":large_green_circle: The stream of {_of(data)} is ready."
    room = data.get("waitingRoom")
    return f"{text} <{room['url']}|Open the waiting room>" if room else text


def _failed(what: str, data: Mapping[str, Any]) -> str:
    return f":red_circle: {what}: {_of(data)}. {_escaped(data['error'])}: {_escaped(data['message'])}"


def _rejected(detail: Mapping[str, Any]) -> str:
    fields = "".join(f"\n• {_escaped(item['field'])}: {_escaped(item['detail'])}" for item in detail["errors"])
    return f":red_circle: Stream Rejected: request {detail['id']}. {_escaped(detail['message'])}{fields}"


def _of(data: Mapping[str, Any]) -> str:
    """The request, by what its sender calls it."""
    said = ", ".join(f"{name} {value}" for name, value in data["metadata"].items())
    return _escaped(said or f"request {data['id']}")


def _escaped(text: object) -> str:
    """Slack reads these three characters.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
