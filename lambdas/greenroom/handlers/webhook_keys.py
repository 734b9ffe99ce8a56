from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from greenroom import bootstrap
from greenroom.api.webhook_keys import show
from greenroom.observability import logged

keys = bootstrap.signing_keys()


@logged
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    answer = show([key.public_key for key in keys()])
    headers = {"Content-Type": "application/json", **answer.headers}
    return {"statusCode": HTTPStatus.OK, "headers": headers, "body": json.dumps(answer.body)}
