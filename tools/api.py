"""Signed calls of a deployed Greenroom, and where it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError


class StackNotReady(RuntimeError):
    """The stack is not there, or lacks what is asked of it; the text says which."""


class Api:
    """The API at a URL, called as `curl --aws-sigv4` calls it, with the credentials and the region of a session."""

    def __init__(self, session: boto3.Session, url: str) -> None:
        self._credentials = session.get_credentials() or Credentials("", "")
        self._region = session.region_name
        self._url = url
        self._http = urllib3.PoolManager()

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, urllib3.HTTPHeaderDict, dict[str, Any]]:
        """Status, headers and parsed body of the answer. A body that is text goes out as it is."""
        data = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
        url = self._url + path
        request = AWSRequest(method, url, headers={"content-type": "application/json", **(headers or {})}, data=data)
        SigV4Auth(self._credentials, "execute-api", self._region).add_auth(request)
        answer = self._http.request(method, url, body=data, headers=dict(request.headers))
        return answer.status, answer.headers, answer.json()


def outputs(stack: str, *names: str) -> dict[str, str]:
    """These outputs of a stack, found as boto3 finds region, credentials and endpoint. Raises StackNotReady."""
    try:
        (found,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        raise StackNotReady(f"The stack {stack} cannot be read: {error.response['Error']['Message']}") from None
    values = {item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", [])}
    if missing := set(names) - set(values):
        raise StackNotReady(f"The stack {stack} has no output {' and no '.join(sorted(missing))}: deploy it again")
    return {name: values[name] for name in names}
