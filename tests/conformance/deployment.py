"""A deployment that serves one provider: the real functions, with tables and a secret that they call over HTTP."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

from greenroom.environment import variables
from greenroom.record.items import from_item
from greenroom.record.model import Record
from local.processes import free_port, start, stop, wait_until_it_answers
from local.stack import REGION
from tests.conformance.process import Handler, functions
from tests.statemachine.definition import TASKS

Item = Mapping[str, Any]
"""An item as DynamoDB writes it: `{"id": {"S": …}, …}`."""
PutSecret = Callable[[Mapping[str, str]], str]
"""Keeps a secret with these members in place of the one before. Returns its ARN."""
VariablesOf = Callable[[PutSecret], Mapping[str, str]]
"""Puts the provider's secret, if it has one, and names the variables of its settings."""

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
# Short for a service that is real. Where time is virtual they might be any.
_PAUSES = variables(poll_first_seconds="1", poll_backoff_rate="1.5", poll_max_seconds="2")


@dataclass(frozen=True)
class Table:
    """One table, read with no code of Greenroom's."""

    client: Any
    name: str

    def item(self, request_id: str) -> Item | None:
        key = {"id": {"S": request_id}}
        found: Item | None = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")
        return found

    def forget(self, request_id: str) -> None:
        self.client.delete_item(TableName=self.name, Key={"id": {"S": request_id}})


@dataclass(frozen=True)
class Deployment:
    """`functions`: those of the state machine by their states, and ReleaseSession."""

    functions: Mapping[str, Handler]
    records: Table
    stream_urls: Table
    put_secret: PutSecret

    def record(self, request_id: str) -> Record | None:
        item = self.records.item(request_id)
        return from_item(plain(item)) if item else None


def plain(item: Item) -> dict[str, Any]:
    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in item.items()}


@contextmanager
def emulator(home: Path) -> Iterator[str]:
    """Run the emulator of the local stack, for DynamoDB and Secrets Manager. Its log goes to `home`."""
    log, port = home / "emulator.log", str(free_port())
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": port, "MINISTACK_REGION": REGION}
    executable = Path(sys.executable).parent / "ministack"
    process = start([str(executable)], log=log, environment=os.environ | settings)
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/_ministack/health", process, log=log)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process.pid, "ministack")


def deploy(provider: str, variables_of: VariablesOf, aws: str) -> Deployment:
    """Deploy for one provider, into an emulator that may hold others."""
    records, stream_urls = _make_table(aws, f"{provider}-records"), _make_table(aws, f"{provider}-stream-urls")
    put_secret = _secret(aws, f"{provider}-secret")
    environment = {
        **_CREDENTIALS,
        **_PAUSES,
        **variables(records_table=records.name, stream_urls_table=stream_urls.name, providers=provider),
        **variables(deadline_seconds="900", retention_days="7"),
        **variables_of(put_secret),
        "AWS_ENDPOINT_URL": aws,
        "POWERTOOLS_METRICS_NAMESPACE": "Greenroom",
    }
    return Deployment(functions([*TASKS, "ReleaseSession"], environment), records, stream_urls, put_secret)


def _make_table(aws: str, name: str) -> Table:
    dynamodb = client("dynamodb", aws)
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Table(dynamodb, name)


def _secret(aws: str, name: str) -> PutSecret:
    secretsmanager = client("secretsmanager", aws)
    arn: str = secretsmanager.create_secret(Name=name)["ARN"]

    def put(members: Mapping[str, str]) -> str:
        secretsmanager.put_secret_value(SecretId=arn, SecretString=json.dumps(members))
        return arn

    return put


def client(service: str, url: str) -> Any:
    """Make a client of a test's own, for an emulator or a simulated service."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # nobody checks a signature here
    )
