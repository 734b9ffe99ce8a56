"""The table of paces: one small item of numbers for each operation that a service limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from greenroom.adapters.aws_errors import condition_failed
from greenroom.domain.errors import PaceUnavailable
from greenroom.flow.pacing.paces import SEEN, VERSION, Change, Numbers
from greenroom.record.attribute_values import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# An action of an update: its clause, the number's name, and the operand.
_Action = tuple[str, str, float | None]
_FORMS = {"SET": "#{0} = :{0}", "ADD": "#{0} :{0}", "REMOVE": "#{0}"}


class DynamoDbPaces:
    """Key `id`, the pace's name; DynamoDB deletes an item some time after its `ttl`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, name: str, *, consistent: bool) -> Numbers:
        try:
            answer = self._client.get_item(TableName=self._table, Key=to_item({"id": name}), ConsistentRead=consistent)
        except (ClientError, BotoCoreError) as error:
            raise _unavailable(error) from None
        return _numbers(answer.get("Item", {}))

    def add(self, name: str, amounts: Mapping[str, int], *, seen: float | None = None) -> Numbers:
        actions: list[_Action] = [("ADD", number, amount) for number, amount in amounts.items()]
        if seen is not None:
            actions.append(("SET", SEEN, seen))
        return _numbers(self._update(name, actions, "attribute_exists(#version)", {}) or {})

    def change(self, name: str, change: Change) -> bool:
        actions: list[_Action] = [
            ("SET", VERSION, change.version + 1),
            *(("SET", number, value) for number, value in change.put.items()),
            *(("ADD", number, amount) for number, amount in change.add.items()),
            *(("REMOVE", number, None) for number in change.remove),
        ]
        if change.version:
            return self._update(name, actions, "#version = :version", {":version": change.version}) is not None
        return self._update(name, actions, "attribute_not_exists(#version)", {}) is not None

    def _update(
        self, name: str, actions: list[_Action], condition: str, operands: Mapping[str, float]
    ) -> Mapping[str, Any] | None:
        """Return the item afterwards. None if the condition did not hold: nothing was written."""
        values = {f":{index}": value for index, (_, _, value) in enumerate(actions) if value is not None}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=to_item({"id": name}),
                UpdateExpression=_expression(actions),
                ConditionExpression=condition,
                ExpressionAttributeNames={"#version": VERSION}
                | {f"#{index}": number for index, (_, number, _) in enumerate(actions)},
                ExpressionAttributeValues=to_item({**values, **operands}),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if condition_failed(error):
                return None
            raise _unavailable(error) from None
        except BotoCoreError as error:
            raise _unavailable(error) from None
        return answer["Attributes"]


def _expression(actions: list[_Action]) -> str:
    clauses: dict[str, list[str]] = {}
    for index, (clause, _, _) in enumerate(actions):
        clauses.setdefault(clause, []).append(_FORMS[clause].format(index))
    return " ".join(f"{clause} {', '.join(forms)}" for clause, forms in clauses.items())


def _numbers(item: Mapping[str, Any]) -> Numbers:
    return {name: value for name, value in from_item(item).items() if name != "id"}


def _unavailable(error: Exception) -> PaceUnavailable:
    return PaceUnavailable(str(error))
