"""The demonstration: a stream is asked for through the API, waited for, and its message taken from the topic."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import boto3
import urllib3
from mypy_boto3_sqs.client import SQSClient

from greenroom_cli.client import Api, PatientApi
from greenroom_cli.display import display_for_stderr
from greenroom_cli.follow import follow
from greenroom_cli.outcome import lines_of
from local.jupyterhub import open_as_a_browser
from local.services import JUPYTERHUB
from local.stack import LocalStack, Report

GIVE_UP_SECONDS = 90
REQUESTS: Mapping[str, Mapping[str, Any]] = {
    "nimble": {"studioId": "demo-studio", "sessionId": "demo-session"},
    "appstream": {"stackName": "demo-stack", "fleetName": "demo-fleet", "userId": "ada", "startFleet": True},
    "gameliftstreams": {"streamGroupId": "sg-demo", "applicationId": "a-demo"},
    "dcv": {"owner": "ada"},
    JUPYTERHUB: {"user": "demo", "expirationInSeconds": 600},
}
# A fleet is made STOPPED, and nothing starts it: that is the case worth showing.
STOPPED_FLEET = ("appstream", "demo-fleet", {"sessionState": "STOPPED"})


class DemoError(RuntimeError):
    """The demonstration did not come to a READY stream."""


def run(stack: LocalStack, report: Report, provider: str) -> dict[str, Any]:
    """Ask for a stream, report each step, and return the message that the topic published."""
    sqs = stack.session.client("sqs", endpoint_url=stack.endpoint)
    queue_url = _subscribe(stack.session, sqs, stack)
    service, key, setting = STOPPED_FLEET
    urllib3.request("PUT", f"{stack.services.urls[service]}/_simulator/sessions/{key}", json=setting)
    _follow(PatientApi(Api(stack.session, stack.outputs["ApiUrl"])), provider, report)
    message = _receive(sqs, queue_url)
    if provider == JUPYTERHUB and message["type"] == "stream.ready":
        _open(message["data"]["url"], report)
    return message


def _follow(api: PatientApi, provider: str, report: Report) -> None:
    """Ask for the stream, and show what `greenroom request` shows until the request has ended."""
    request = {"provider": provider, **REQUESTS[provider], "metadata": {"ticket": "A-17"}}
    status, _, body = api.call("POST", "streams", request | {"deadlineSeconds": GIVE_UP_SECONDS})
    if status != HTTPStatus.ACCEPTED:
        raise DemoError(f"POST streams → {status}: {json.dumps(body)}")
    report(f"POST streams → {status}, request {body['id']}")
    with display_for_stderr(quiet=False) as display:
        view = follow(api, body["id"], screen=display)
    for line in lines_of(view):
        report(line)


def _open(url: str, report: Report) -> None:
    """The JupyterHub is real, so that its URL leads somewhere."""
    status = open_as_a_browser(url)
    report(f"GET the URL, as a browser does → {status}")
    if status != HTTPStatus.OK:
        raise DemoError(f"The URL of the stream does not open: status {status}")


def _subscribe(session: boto3.Session, sqs: SQSClient, stack: LocalStack) -> str:
    queue_url = sqs.create_queue(QueueName="demo")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns = session.client("sns", endpoint_url=stack.endpoint)
    sns.subscribe(
        TopicArn=stack.outputs["TopicArn"], Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    return queue_url


def _receive(sqs: SQSClient, queue_url: str) -> dict[str, Any]:
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < give_up:
        for message in sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=2).get("Messages", []):
            found: dict[str, Any] = json.loads(message["Body"])
            return found
    raise DemoError(f"The topic published nothing within {GIVE_UP_SECONDS} s")
