"""The roles of the deployed functions, taken on, so that IAM itself says what each of them may do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3

from local.stack import REGION
from tests.e2e.deployed import Deployed
from tests.security.people import is_refused


class Roles:
    """By the names of the handlers, as in `tests/infra/privileges.py`."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        pages = deployed.client("lambda").get_paginator("list_functions").paginate()
        # Another stack may live in the account, and a function of the CDK's own in this one.
        self._roles = {
            function["Handler"].split(".")[-2]: function["Role"]
            for page in pages
            for function in page["Functions"]
            if function["FunctionName"].startswith("Greenroom-") and function["Handler"].startswith("greenroom.")
        }
        self.client = cache(self._client)

    def __iter__(self) -> Any:
        return iter(sorted(self._roles))

    def _client(self, function: str, service: str) -> Any:
        """A client of a service with the credentials of a function's role."""
        sts = self._deployed.client("sts")
        keys = sts.assume_role(RoleArn=self._roles[function], RoleSessionName="attack")["Credentials"]
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION)
        return session.client(service, endpoint_url=self._deployed.stack.endpoint)  # type: ignore[call-overload]

    def that_may(self, service: str, attempt: Callable[[Any], Any]) -> set[str]:
        """The functions whose role IAM lets make this call."""
        return {name for name in self if not is_refused(lambda name=name: attempt(self.client(name, service)))}
