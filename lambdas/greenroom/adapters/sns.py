"""The topic: the message as JSON, with attributes that subscriptions can filter on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import delivery_errors
from greenroom.delivery.message import Message

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient

# `studioId` is Nimble Studio's; a filter policy may name what is not always there.
_ATTRIBUTES = ("provider", "id", "studioId")


class SnsTopic:
    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None:  # noqa: ARG002  # one topic
        attributes = {"type": message.type} | {name: message.data[name] for name in _ATTRIBUTES if name in message.data}
        with delivery_errors("The topic"):
            self._client.publish(
                TopicArn=self._topic_arn,
                Message=json.dumps(message.as_dict()),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": str(value)} for name, value in attributes.items()
                },
            )
