"""What AWS takes at most, in bytes, as the fakes enforce it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

KIB = 1024
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
FRAME = 32 * KIB
# With its attributes: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
PUBLISHED = 256 * KIB
# An entry's source, detail type and detail; since 2026 a mebibyte, where a region has that:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents-size.html
EVENT = 256 * KIB
# The most that a queue's MaximumMessageSize may be, and that ours say:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
QUEUED = 1024 * KIB


class TooLarge(AssertionError):
    """AWS would have refused it."""


def ensure_it_fits(what: Mapping[str, Any], limit: int) -> None:
    """TooLarge unless a JSON object, written as the adapters write it, has no more bytes than that."""
    if (size := len(json.dumps(what).encode())) > limit:
        raise TooLarge(f"{size} bytes are more than {limit}")
