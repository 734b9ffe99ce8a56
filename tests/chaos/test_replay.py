"""The campaign's DynamoDB is held against moto: the calls of some of its runs, made again, have the same answers."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from moto import mock_aws

ROOT = Path(__file__).parents[2]
# One of each mode that has many calls of its own: a batch, a race, an outage, claims and releases among them.
SEEDS = ("4", "10", "99")
_TABLE = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


@pytest.fixture(scope="module")
def recorded() -> Mapping[str, Any]:
    command = [sys.executable, "-m", "tests.chaos.recorded", *SEEDS]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # ourselves
    assert made.returncode == 0, made.stderr
    found: Mapping[str, Any] = json.loads(made.stdout)
    return found


@pytest.fixture
def client(recorded: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        made: Any = Session().create_client("dynamodb", region_name="us-west-2")
        for name, properties in recorded["tables"].items():
            made.create_table(TableName=name, **{key: properties[key] for key in _TABLE if key in properties})
        yield made


def answered(client: Any, call: Mapping[str, Any]) -> Any:
    """Make a call again. Returns the code of its error, or what is to be compared of its answer."""
    try:
        answer = client._make_api_call(call["operation"], _with_bytes(call["request"]))  # noqa: SLF001  # by its name
    except ClientError as error:
        return error.response["Error"]["Code"]
    found = compared(answer)
    if call["request"].get("ReturnValues") == "UPDATED_NEW":
        # moto leaves out a set that was there and was added to; AWS answers "only the updated attributes, as they
        # appear after": https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
        found["Attributes"] = {**call["answer"]["Attributes"], **found["Attributes"]}
    return found


def compared(answer: Mapping[str, Any]) -> Any:
    """Items in any order, where one sort key has several; sets in any order; nothing of capacity or metadata."""
    kept = {
        name: value for name, value in answer.items() if name in {"Item", "Attributes", "Items", "Count", "Responses"}
    }
    return json.loads(json.dumps(kept, sort_keys=True, default=_as_text), object_hook=_in_order)


def _as_text(value: bytes) -> str:
    return b64encode(value).decode()


def _with_bytes(value: Any) -> Any:
    """A client takes the bytes themselves, where the wire has base64."""
    if isinstance(value, dict):
        return {name: b64decode(each) if name == "B" else _with_bytes(each) for name, each in value.items()}
    return [_with_bytes(each) for each in value] if isinstance(value, list) else value


def _in_order(value: dict[str, Any]) -> dict[str, Any]:
    lists = {"Items", "SS"}
    return {name: sorted(each, key=json.dumps) if name in lists else each for name, each in value.items()}


@pytest.mark.parametrize("number", range(len(SEEDS)), ids=SEEDS)
def test_the_calls_of_a_run_have_the_same_answers_from_moto(
    number: int, recorded: Mapping[str, Any], client: Any
) -> None:
    calls = recorded["runs"][number]
    assert len(calls) > 20
    for call in calls:
        ours = call["error"] if "error" in call else compared(call["answer"])
        assert answered(client, call) == ours, json.dumps(call)[:2000]
