"""The table of schedules: one small item a pool, with what was seen of it and the schedules that follow from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import table_errors
from greenroom.domain.errors import SchedulesUnavailable
from greenroom.domain.values import Waiting
from greenroom.flow.learning import KEPT, Observation
from greenroom.flow.schedule import Schedule
from greenroom.flow.schedules import STALE, Learned, Looks, Pool
from greenroom.record.attribute_values import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


# So many observations of one wait are kept at most, whether Learn comes after or not: about 8 KB.
FULL = 2 * KEPT
# No list is as long: an item of 400 KB has room for fewer numbers.
_BEYOND = 1_000_000


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
        """Nobody reads before this writes, so that outcomes that come together do not wait for each other.

        A wait is full only if Learn has not caught up. From then on, each observation takes the place of the two
        oldest, so that the item stops growing, and one that an earlier release let grow to DynamoDB's 400 KB shrinks.
        """
        with table_errors(SchedulesUnavailable):
            if not self._append(pool, seen):
                for waiting, each in seen.items():
                    self._replace(pool, waiting, each) or self._append(pool, {waiting: each})

    def _append(self, pool: Pool, seen: Mapping[Waiting, Observation]) -> bool:
        """Add to waits of which none is full. Return whether that was so."""
        paths = [f"#{waiting}" for waiting in seen]
        return self._observed(
            pool,
            seen,
            clauses=[f"{path} = list_append(if_not_exists({path}, :nothing), :{path[1:]})" for path in paths],
            condition=" AND ".join(f"(attribute_not_exists({path}) OR size({path}) < :full)" for path in paths),
            values={":nothing": [], **{f":{waiting}": _numbers(each) for waiting, each in seen.items()}},
        )

    def _replace(self, pool: Pool, waiting: Waiting, observation: Observation) -> bool:
        """Add to a wait that is full, and drop its two oldest. Return whether it was full.

        Elements set beyond a list's end are appended in the order of their numbers:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
        """
        path, (after, by) = f"#{waiting}", _numbers(observation)
        return self._observed(
            pool,
            [waiting],
            clauses=[f"{path}[{_BEYOND}] = :after", f"{path}[{_BEYOND + 1}] = :by"],
            remove=f" REMOVE {', '.join(f'{path}[{index}]' for index in range(4))}",
            condition=f"attribute_exists({path}) AND size({path}) >= :full",
            values={":after": after, ":by": by},
        )

    def _observed(
        self,
        pool: Pool,
        waits: Iterable[Waiting],
        *,
        clauses: Iterable[str],
        condition: str,
        values: Mapping[str, Any],
        remove: str = "",
    ) -> bool:
        always = {":true": True, ":provider": pool.provider, ":pool": pool.name, ":full": 2 * FULL}
        names = {"#stale": STALE, "#provider": "provider", "#pool": "pool"}
        update = ", ".join(["SET #stale = :true, #provider = :provider, #pool = :pool", *clauses])
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table,
                Key=_key(pool),
                UpdateExpression=update + remove,
                ConditionExpression=condition,
                ExpressionAttributeNames=names | {f"#{waiting}": _seen(waiting) for waiting in waits},
                ExpressionAttributeValues=to_item({**always, **values}),
            )
            return True
        return False

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
        """Observations are written back whole, since an expression of DynamoDB has no room to name what is forgotten.

        Of a wait that was full when it was read, what has come since takes the place of older ones, and its size says
        nothing: so this is written as long as it is full, however fast observations come.
        """
        made = {_schedule(waiting): json.dumps(each.dump()) for waiting, each in learned.schedules.items()}
        left = {
            _seen(waiting): [number for each in learned.seen[waiting][count:] for number in _numbers(each)]
            for waiting, count in forget.items()
            if count
        }
        changes = {STALE: False, **made, **left}
        sizes = {_seen(waiting): 2 * min(len(each), FULL - 1) for waiting, each in learned.seen.items()}
        conditions = {
            name: f"size(#{name}) {'>=' if size == 2 * (FULL - 1) else '='} :size{name}" for name, size in sizes.items()
        }
        seen = [_seen(waiting) for waiting in Waiting]
        values = {f":{name}": value for name, value in changes.items()}
        with table_errors(SchedulesUnavailable), suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table,
                Key=_key(learned.pool),
                ConditionExpression=" AND ".join(
                    conditions.get(name, f"attribute_not_exists(#{name})") for name in seen
                ),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
                ExpressionAttributeNames={f"#{name}": name for name in (*changes, *seen)},
                ExpressionAttributeValues=to_item(values | {f":size{name}": size for name, size in sizes.items()}),
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


def _numbers(observation: Observation) -> list[int]:
    return [observation.after, observation.by or 0]


def _key(pool: Pool) -> dict[str, Any]:
    return to_item({"id": f"{pool.provider}/{pool.name}"})


def _seen(waiting: Waiting) -> str:
    return f"seen{waiting.capitalize()}"


def _schedule(waiting: Waiting) -> str:
    return f"schedule{waiting.capitalize()}"
