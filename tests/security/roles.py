"""The roles of the deployed functions and state machines, taken on, so that IAM itself says what each may do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Any

from tests.e2e.deployed import Deployed
from tests.security.people import is_refused


class Roles:
    """By the names of the handlers, as in `tests/infra/privileges.py`, and `flow` and `batches` for the machines."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        pages = deployed.client("lambda").get_paginator("list_functions").paginate()
        machines = {"flow": deployed.outputs["StateMachineArn"], "batches": deployed.resource("BatchesStateMachine")}
        # Another stack may live in the account, and a function of the CDK's own in this one.
        self._roles = {
            function["Handler"].split(".")[-2]: function["Role"]
            for page in pages
            for function in page["Functions"]
            if function["FunctionName"].startswith("Greenroom-") and function["Handler"].startswith("greenroom.")
        } | {
            name: deployed.sfn.describe_state_machine(stateMachineArn=arn)["roleArn"] for name, arn in machines.items()
        }
        self._client = cache(self._make_client)
        self._keys = cache(self._take_on)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._roles))

    def that_may(self, service: str, attempt: Callable[[Any], Any], of: Iterable[str] | None = None) -> set[str]:
        """Those whose role IAM lets make this call; `of`: the ones to try, all without it."""
        tried = self if of is None else of
        return {name for name in tried if not is_refused(partial(attempt, self._client(name, service)))}

    def _make_client(self, name: str, service: str) -> Any:
        return self._deployed.session.client(  # type: ignore[call-overload]
            service, endpoint_url=self._deployed.stack.endpoint, **self._keys(name)
        )

    def _take_on(self, name: str) -> dict[str, str]:
        sts = self._deployed.client("sts")
        keys = sts.assume_role(RoleArn=self._roles[name], RoleSessionName="attack")["Credentials"]
        return {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
