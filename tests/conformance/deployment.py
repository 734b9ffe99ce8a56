"""A deployment that serves one provider: the real functions, with tables and a secret that they call over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from sfnx.testing import Failure

from greenroom.environment import variables
from greenroom.record.attribute_values import from_item as plain
from greenroom.record.items import from_item
from greenroom.record.model import Record
from local.stack import REGION
from simulation.process import Handler, functions
from tests.statemachine.definition import FUNCTIONS
from tests.statemachine.emulator import client, make_table

Item = Mapping[str, Any]
"""An item as DynamoDB writes it: `{"id": {"S": …}, …}`."""
PutSecret = Callable[[Mapping[str, str]], str]
"""Keeps a secret with these members in place of the one before. Returns its ARN."""
VariablesOf = Callable[[PutSecret], Mapping[str, str]]
"""Puts the provider's secret, if it has one, and names the variables of its settings."""

RECORDS = "Records"
"""The placeholder of the table in the definition."""
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


@dataclass(frozen=True)
class Table:
    """One table, read with no code of Greenroom's."""

    client: Any
    name: str

    def item(self, request_id: str) -> Item | None:
        key = {"id": {"S": request_id}}
        found: Item | None = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")
        return found

    def clear(self) -> None:
        for item in self.client.scan(TableName=self.name, ConsistentRead=True)["Items"]:
            self.client.delete_item(TableName=self.name, Key={"id": item["id"]})

    def update(self, arguments: Mapping[str, Any]) -> Any:
        """Update an item as the state machine does, which gives the placeholder of the table for its name."""
        assert arguments["TableName"] == f"${{{RECORDS}}}"
        try:
            self.client.update_item(**{**arguments, "TableName": self.name})
        except ClientError as error:
            said = error.response["Error"]
            raise Failure(f"DynamoDB.{said['Code']}", said["Message"]) from error
        return {}


@dataclass(frozen=True)
class Deployment:
    """`tasks`: what the state machine calls, by its states. `release_session`: the function."""

    tasks: Mapping[str, Handler]
    release_session: Handler
    records: Table
    stream_urls: Table
    paces: Table
    put_secret: PutSecret

    def record(self, request_id: str) -> Record | None:
        item = self.records.item(request_id)
        return from_item(plain(item)) if item else None

    def forget(self) -> None:
        """Have no request, no URL, and no pace."""
        for table in (self.records, self.stream_urls, self.paces):
            table.clear()


def deploy(provider: str, variables_of: VariablesOf, aws: str) -> Deployment:
    """Deploy for one provider, into an emulator that may hold others."""
    names = {kind: f"{provider}-{kind}" for kind in ("records", "stream-urls", "schedules", "paces")}
    tables = {kind: Table(make_table(aws, name), name) for kind, name in names.items()}
    put_secret = _secret(aws, f"{provider}-secret")
    environment = {
        **_CREDENTIALS,
        **variables(records_table=names["records"], stream_urls_table=names["stream-urls"]),
        **variables(schedules_table=names["schedules"], paces_table=names["paces"]),
        **variables(providers=provider, deadline_seconds="900", retention_days="7"),
        **variables_of(put_secret),
        "AWS_ENDPOINT_URL": aws,
        "POWERTOOLS_METRICS_NAMESPACE": "Greenroom",
    }
    made = functions([*FUNCTIONS, "ReleaseSession"], environment)
    return Deployment(
        tasks={**{name: made[name] for name in FUNCTIONS}, "RecordReady": tables["records"].update},
        release_session=made["ReleaseSession"],
        records=tables["records"],
        stream_urls=tables["stream-urls"],
        paces=tables["paces"],
        put_secret=put_secret,
    )


def _secret(aws: str, name: str) -> PutSecret:
    secretsmanager = client("secretsmanager", aws)
    arn: str = secretsmanager.create_secret(Name=name)["ARN"]

    def put(members: Mapping[str, str]) -> str:
        secretsmanager.put_secret_value(SecretId=arn, SecretString=json.dumps(members))
        return arn

    return put
