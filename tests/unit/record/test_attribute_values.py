"""Attribute values, held against boto3's own converters, which the functions do not load."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from greenroom.record.attribute_values import from_attribute, from_item, to_attribute, to_item


class Colour(StrEnum):
    RED = "red"


VALUES: list[Any] = [
    "",
    "é\u0000語😀",
    "1e5",
    0,
    -7,
    2**53 - 1,
    10**30,
    True,
    False,
    [],
    ["a", 1, [True, {}]],
    {},
    {"a": {"b": ["c"]}, "": 0},
    {"b", "a"},
    frozenset({"one"}),
]


@pytest.mark.parametrize("value", VALUES, ids=[str(index) for index in range(len(VALUES))])
def test_a_value_is_written_as_boto3_writes_it_and_read_as_it_was(value: Any) -> None:
    written, reference = to_attribute(value), TypeSerializer().serialize(value)
    for each in (written, reference):
        if "SS" in each:
            each["SS"] = sorted(each["SS"])
    assert written == reference
    assert from_attribute(written) == TypeDeserializer().deserialize(written) == value
    assert type(from_attribute(written)) in {type(value), set}


def test_bytes_are_written_as_boto3_writes_them_and_read_as_they_were() -> None:
    value = b"\x00\xff"
    assert to_attribute(value) == TypeSerializer().serialize(value)
    assert from_attribute(to_attribute(value)) == value


@pytest.mark.parametrize("number", [0.5, -1.5, 1e300, 5e-324, 1700000000.123456])
def test_a_fraction_comes_back_as_the_same_float(number: float) -> None:
    assert from_attribute(to_attribute(number)) == number


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("-7", -7), ("7.0", 7.0), ("1E+2", 100.0), ("1e-7", 1e-7)])
def test_a_number_is_whole_where_dynamodb_writes_it_so(text: str, number: float) -> None:
    found = from_attribute({"N": text})
    assert (found, type(found)) == (number, type(number))


def test_a_name_of_ours_is_written_as_its_text() -> None:
    written = to_item({Colour.RED: Colour.RED})
    assert written == {"red": {"S": "red"}}
    assert {type(name) for name in written} | {type(value["S"]) for value in written.values()} == {str}


def test_an_item_comes_back_as_it_was() -> None:
    item = {"id": "r", "seen": [[1, 2], [3, 0]], "stale": True, "delivered": {"bus"}}
    assert from_item(to_item(item)) == item


@pytest.mark.parametrize("value", [None, object(), {"a": None}], ids=["None", "an object", "None inside"])
def test_what_greenroom_does_not_keep_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_attribute(value)
