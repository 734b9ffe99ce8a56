"""The table of schedules: of each pool an item with its schedules, and some with what was seen of it."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import table_errors
from greenroom.adapters.tables import read_items
from greenroom.domain.errors import RecordUnavailable, SchedulesUnavailable
from greenroom.domain.values import Waiting
from greenroom.flow.learning import KEPT, Observation
from greenroom.flow.schedule import Schedule
from greenroom.flow.schedules import STALE, Learned, Looks, Pool
from greenroom.record.attribute_values import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Item = dict[str, Any]
"""As DynamoDB writes it."""
Values = Mapping[str, Any]
"""An item in plain values."""
# What is seen of a pool is spread over so many items, since one takes a thousand writes a second. None of them grows
# larger than what one write unit writes.
PARTS = 10
KEPT_IN_A_PART = math.ceil(KEPT / PARTS)
# The numbers of one observation.
_NUMBERS = 3
# No list is as long: an item of 400 KB has room for fewer numbers.
_BEYOND = 1_000_000
# So the ids of the parts begin.
_PART = "seen/"


@dataclass(frozen=True)
class _Read:
    """What a pool's schedules are made from: `count` observations; and of release 0.1.0's own, those that are left."""

    count: int
    old: Mapping[Waiting, list[Observation]]


class DynamoDbSchedules:
    """Key `id`: the provider and the pool, for the schedules; and so many parts, each with a share of what was seen.

    In a part, `latest…` has the latest observations of one wait, three numbers each: the second is 0 for None, the
    third is when it came. `count` is how many ever came. `schedule…` is JSON; `learnedOf` is the sum of all counts that
    it was made from. Release 0.1.0 has `seen…` beside the schedules, two numbers an observation.
    """

    def __init__(self, client: DynamoDBClient, table: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._clock = clock

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
        """Add without reading first, so that outcomes that come together do not wait for each other.

        A full part, as a known pool has, loses its oldest observation.
        """
        # Spreads load; guards nothing.
        key = _key(pool, random.randrange(PARTS))  # noqa: S311
        with table_errors(SchedulesUnavailable):
            if not self._replace(pool, key, seen) and not self._append(pool, key, seen):
                for waiting, each in seen.items():
                    self._replace(pool, key, {waiting: each}) or self._append(pool, key, {waiting: each})

    def _append(self, pool: Pool, key: Item, seen: Mapping[Waiting, Observation]) -> bool:
        """Add to waits of which none is full. Return whether that was so."""
        return self._observed(
            pool,
            key,
            seen,
            clauses=[f"#{each} = list_append(if_not_exists(#{each}, :nothing), :{each})" for each in seen],
            condition=" AND ".join(f"(attribute_not_exists(#{each}) OR size(#{each}) < :full)" for each in seen),
            values={":nothing": [], **{f":{waiting}": self._numbers(each) for waiting, each in seen.items()}},
        )

    def _replace(self, pool: Pool, key: Item, seen: Mapping[Waiting, Observation]) -> bool:
        """Add to waits that are all full, and drop the oldest of each. Return whether they were.

        Elements set beyond a list's end are appended in the order of their numbers:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
        """
        numbers = {
            f":{waiting}{place}": number
            for waiting, each in seen.items()
            for place, number in enumerate(self._numbers(each))
        }
        places = [(waiting, place) for waiting in seen for place in range(_NUMBERS)]
        return self._observed(
            pool,
            key,
            seen,
            clauses=[f"#{waiting}[{_BEYOND + place}] = :{waiting}{place}" for waiting, place in places],
            remove=f" REMOVE {', '.join(f'#{waiting}[{place}]' for waiting, place in places)}",
            condition=" AND ".join(f"attribute_exists(#{each}) AND size(#{each}) >= :full" for each in seen),
            values=numbers,
        )

    def _observed(
        self,
        pool: Pool,
        key: Item,
        waits: Iterable[Waiting],
        *,
        clauses: Iterable[str],
        condition: str,
        values: Mapping[str, Any],
        remove: str = "",
    ) -> bool:
        always = {":true": True, ":provider": pool.provider, ":pool": pool.name, ":one": 1}
        names = {"#stale": STALE, "#provider": "provider", "#pool": "pool", "#count": _COUNT}
        update = ", ".join(["SET #stale = :true, #provider = :provider, #pool = :pool", *clauses])
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=f"{update}{remove} ADD #count :one",
                ConditionExpression=condition,
                ExpressionAttributeNames=names | {f"#{waiting}": _latest(waiting) for waiting in waits},
                ExpressionAttributeValues=to_item({**always, **values, ":full": _NUMBERS * KEPT_IN_A_PART}),
            )
            return True
        return False

    def _numbers(self, observation: Observation) -> list[int]:
        return [observation.after, observation.by or 0, int(self._clock())]

    def read(self, pool: Pool) -> Learned | None:
        ids = [_id(pool), *(_id(pool, part) for part in range(PARTS))]
        with table_errors(SchedulesUnavailable):
            try:
                found = read_items(self._client, self._table, ids)
            except RecordUnavailable as error:
                raise SchedulesUnavailable(str(error)) from None
        return _learned(list(found.values())) if found else None

    def all(self) -> Iterator[Learned]:
        after: dict[str, Any] = {}
        pools: dict[tuple[str, str], list[Values]] = {}
        while True:
            with table_errors(SchedulesUnavailable):
                page = self._client.scan(TableName=self._table, **after)
            for item in map(from_item, page["Items"]):
                pools.setdefault((item["provider"], item["pool"]), []).append(item)
            if "LastEvaluatedKey" not in page:
                break
            after = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        yield from map(_learned, pools.values())

    def keep(self, learned: Learned, forget: Mapping[Waiting, int]) -> None:
        """Write the schedules, unless others were made from more observations at the same time.

        The parts drop old observations by themselves; those of release 0.1.0 are dropped here, as later ones come.
        """
        read: _Read = learned.read or _Read(0, {})
        made = {_schedule(waiting): json.dumps(each.dump()) for waiting, each in learned.schedules.items()}
        left = {_seen(waiting): each[forget.get(waiting, 0) :] for waiting, each in read.old.items()}
        changes = {
            STALE: False,
            "provider": learned.pool.provider,
            "pool": learned.pool.name,
            _LEARNED_OF: read.count,
            **made,
            **{name: [number for each in some for number in (each.after, each.by or 0)] for name, some in left.items()},
        }
        with table_errors(SchedulesUnavailable), suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table,
                Key=_key(learned.pool),
                ConditionExpression=f"attribute_not_exists(#{_LEARNED_OF}) OR #{_LEARNED_OF} <= :{_LEARNED_OF}",
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
                ExpressionAttributeNames={f"#{name}": name for name in changes},
                ExpressionAttributeValues=to_item({f":{name}": value for name, value in changes.items()}),
            )


_COUNT, _LEARNED_OF = "count", "learnedOf"


def _learned(items: Sequence[Values]) -> Learned:
    """Put together what the items of one pool have, oldest observations first."""
    main = next((item for item in items if not item["id"].startswith(_PART)), {})
    parts = [item for item in items if item["id"].startswith(_PART)]
    old = {waiting: _pairs(main[_seen(waiting)]) for waiting in Waiting if _seen(waiting) in main}
    latest = {
        waiting: sorted((each for part in parts for each in _triples(part.get(_latest(waiting), ()))), key=_when)
        for waiting in Waiting
    }
    seen = {
        waiting: [*old.get(waiting, ()), *(Observation(after, by or None) for after, by, _ in latest[waiting])]
        for waiting in Waiting
        if waiting in old or latest[waiting]
    }
    count = sum(part[_COUNT] for part in parts)
    is_stale = main.get(STALE, False) or count != main.get(_LEARNED_OF, 0)
    pool = Pool(items[0]["provider"], items[0]["pool"])
    return Learned(pool, seen, _schedules(main), is_stale, _Read(count, old))


def _pairs(numbers: Sequence[int]) -> list[Observation]:
    return [Observation(after, by or None) for after, by in zip(numbers[::2], numbers[1::2], strict=True)]


def _triples(numbers: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    return zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)


def _when(numbers: tuple[int, int, int]) -> int:
    return numbers[-1]


def _schedules(item: Values) -> Looks:
    kept = {waiting: item[_schedule(waiting)] for waiting in Waiting if _schedule(waiting) in item}
    return {waiting: Schedule.load(json.loads(text)) for waiting, text in kept.items()}


def _id(pool: Pool, part: int | None = None) -> str:
    return f"{'' if part is None else f'{_PART}{part}/'}{pool.provider}/{pool.name}"


def _key(pool: Pool, part: int | None = None) -> Item:
    return to_item({"id": _id(pool, part)})


def _latest(waiting: Waiting) -> str:
    return f"latest{waiting.capitalize()}"


def _seen(waiting: Waiting) -> str:
    return f"seen{waiting.capitalize()}"


def _schedule(waiting: Waiting) -> str:
    return f"schedule{waiting.capitalize()}"
