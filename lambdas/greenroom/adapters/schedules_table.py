"""The table of schedules: one small item a pool, with what was seen of it and the schedules that follow from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import table_errors
from greenroom.domain.errors import SchedulesUnavailable
from greenroom.domain.values import Waiting
from greenroom.flow.learning import Observation
from greenroom.flow.schedule import Schedule
from greenroom.flow.schedules import STALE, Learned, Looks, Pool
from greenroom.record.attribute_values import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoDbSchedules:
    """Key `id`, the provider and the pool.

    Of each wait, `schedule…` is JSON, and `seen…` a list of seconds, two an observation: the second is 0 for None.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def of(self, pool: Pool) -> Looks:
        names = {f"#{waiting}": _schedule(waiting) for waiting in Waiting}
        with table_errors(SchedulesUnavailable):
            answer = self._client.get_item(
                TableName=self._table,
                Key=_key(pool),
                ProjectionExpression=", ".join(names),
                ExpressionAttributeNames=names,
            )
        return _schedules(from_item(answer.get("Item", {})))

    def observe(self, pool: Pool, seen: Mapping[Waiting, Observation]) -> None:
        """Nobody reads before this writes, so that outcomes that come together do not wait for each other."""
        added = {f":{waiting}": [each.after, each.by or 0] for waiting, each in seen.items()}
        clauses = [f"#{waiting} = list_append(if_not_exists(#{waiting}, :nothing), :{waiting})" for waiting in seen]
        values = {":nothing": [], ":true": True, ":provider": pool.provider, ":pool": pool.name, **added}
        names = {f"#{waiting}": _seen(waiting) for waiting in seen}
        with table_errors(SchedulesUnavailable):
            self._client.update_item(
                TableName=self._table,
                Key=_key(pool),
                UpdateExpression=f"SET #stale = :true, #provider = :provider, #pool = :pool, {', '.join(clauses)}",
                ExpressionAttributeNames={"#stale": STALE, "#provider": "provider", "#pool": "pool", **names},
                ExpressionAttributeValues=to_item(values),
            )

    def read(self, pool: Pool) -> Learned | None:
        with table_errors(SchedulesUnavailable):
            answer = self._client.get_item(TableName=self._table, Key=_key(pool), ConsistentRead=True)
        return _learned(from_item(answer["Item"])) if "Item" in answer else None

    def all(self) -> Iterator[Learned]:
        after: dict[str, Any] = {}
        while True:
            with table_errors(SchedulesUnavailable):
                page = self._client.scan(TableName=self._table, **after)
            yield from (_learned(from_item(item)) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            after = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def keep(self, learned: Learned, forget: Mapping[Waiting, int]) -> None:
        kept = {_schedule(waiting): json.dumps(each.dump()) for waiting, each in learned.schedules.items()}
        seen = [_seen(waiting) for waiting in Waiting]
        read = {_seen(waiting): 2 * len(each) for waiting, each in learned.seen.items()}
        dropped = [f"#{_seen(waiting)}[{index}]" for waiting, count in forget.items() for index in range(2 * count)]
        update = "SET #stale = :false, " + ", ".join(f"#{name} = :{name}" for name in kept)
        values = {":false": False} | {f":{name}": value for name, value in {**kept, **read}.items()}
        with table_errors(SchedulesUnavailable), suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table,
                Key=_key(learned.pool),
                ConditionExpression=" AND ".join(
                    f"size(#{name}) = :{name}" if name in read else f"attribute_not_exists(#{name})" for name in seen
                ),
                UpdateExpression=update + (f" REMOVE {', '.join(dropped)}" if dropped else ""),
                ExpressionAttributeNames={f"#{name}": name for name in (STALE, *kept, *seen)},
                ExpressionAttributeValues=to_item(values),
            )


def _learned(item: Mapping[str, Any]) -> Learned:
    seen = {waiting: item[_seen(waiting)] for waiting in Waiting if _seen(waiting) in item}
    observations = {
        waiting: [Observation(after, by or None) for after, by in zip(each[::2], each[1::2], strict=True)]
        for waiting, each in seen.items()
    }
    return Learned(Pool(item["provider"], item["pool"]), observations, _schedules(item), item[STALE])


def _schedules(item: Mapping[str, Any]) -> Looks:
    kept = {waiting: item[_schedule(waiting)] for waiting in Waiting if _schedule(waiting) in item}
    return {waiting: Schedule.load(json.loads(text)) for waiting, text in kept.items()}


def _key(pool: Pool) -> dict[str, Any]:
    return to_item({"id": f"{pool.provider}/{pool.name}"})


def _seen(waiting: Waiting) -> str:
    return f"seen{waiting.capitalize()}"


def _schedule(waiting: Waiting) -> str:
    return f"schedule{waiting.capitalize()}"
