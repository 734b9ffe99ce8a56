"""The tables in process, in moto's DynamoDB, keyed and indexed as the deployed ones are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from botocore.session import Session
from moto import mock_aws

from greenroom.record.items import BATCH_INDEX, DUE_INDEX, OWNED, OWNED_INDEX
from simulation.dynamodb.limits import refuse_too_much

_DUE = {DUE_INDEX: ("open", "dueAt", "KEYS_ONLY")}
_OF_RECORDS = {
    OWNED_INDEX: ("owner", "createdAt", "INCLUDE"),
    **_DUE,
    BATCH_INDEX: ("batch", "state", "KEYS_ONLY"),
}
_numbers = count()


@contextmanager
def dynamodb() -> Iterator[Any]:
    """Give a low-level client of a DynamoDB of its own, which refuses what is more than AWS takes."""
    with mock_aws():
        yield _client()


def _client() -> Any:
    client = Session().create_client("dynamodb", region_name="us-west-2")
    refuse_too_much(client)
    return client


def a_table(client: Any) -> str:
    """Make an empty table keyed by `id`; returns its name."""
    return _make(client, {})


def a_table_of_records(client: Any) -> str:
    return _make(client, _OF_RECORDS)


def a_table_of_batches(client: Any) -> str:
    return _make(client, _DUE)


def _make(client: Any, indexes: Mapping[str, tuple[str, str, str]]) -> str:
    name = f"table-{next(_numbers)}"
    keys = ["id", *(key for *parts, _ in indexes.values() for key in parts)]
    more = {"GlobalSecondaryIndexes": [_index(index, *parts) for index, parts in indexes.items()]} if indexes else {}
    client.create_table(
        TableName=name,
        KeySchema=_schema("id"),
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
    return name


def _index(name: str, key: str, sort_key: str, projection: str) -> dict[str, Any]:
    more = {"NonKeyAttributes": list(OWNED)} if projection == "INCLUDE" else {}
    return {
        "IndexName": name,
        "KeySchema": _schema(key, sort_key),
        "Projection": {"ProjectionType": projection, **more},
    }


def _schema(*keys: str) -> list[dict[str, str]]:
    return [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)]


def in_pages_of(most: int) -> Any:
    """Give a client of the present DynamoDB whose queries and scans read so many items at most.

    A page of AWS's is 1 MB.
    """
    client = _client()
    for operation in ("Query", "Scan"):
        client.meta.events.register(
            f"provide-client-params.dynamodb.{operation}",
            lambda params, **_: {**params, "Limit": params.get("Limit", most)},
        )
    return client


def reads(client: Any) -> list[bool]:
    """Note of each item that the client reads from now on whether it is read as last written.

    In process every read is; in DynamoDB it is asked for.
    """
    asked: list[bool] = []
    client.meta.events.register(
        "provide-client-params.dynamodb.GetItem",
        lambda params, **_: asked.append(params.get("ConsistentRead", False)),
    )
    return asked


def lose_an_answer(client: Any, operation: str) -> None:
    """Have the next call of an operation done, and its answer lost: botocore itself then makes the call again."""
    event, lost = f"needs-retry.dynamodb.{operation}", iter([0])
    client.meta.events.register_first(event, lambda **_: next(lost, None))
