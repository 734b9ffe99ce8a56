"""The topic: the message as JSON, with attributes that subscriptions can filter on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import delivery_errors
from greenroom.message import Message

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient


class SnsTopic:
    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None:  # noqa: ARG002  # one topic
        attributes = {"type": message.type, "studioId": message.data["studioId"], "id": message.data["id"]}
        with delivery_errors("The topic"):
            self._client.publish(
                TopicArn=self._topic_arn,
                Message=json.dumps(message.as_dict()),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": str(value)} for name, value in attributes.items()
                },
            )
