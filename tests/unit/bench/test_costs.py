"""The cost of a stream: the counting, and that the documentation has what is counted."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.costs import tables
from bench.costs.__main__ import PAGE
from bench.costs.bill import bill, total
from bench.costs.meter import Counted
from bench.prices import Price
from greenroom.record.attribute_values import to_item
from simulation.dynamodb.limits import half_read_units, write_units
from simulation.dynamodb.tables import index_units
from simulation.dynamodb.values import size
from simulation.policies import TABLES
from tools.generated import names, replaced

RECORDS = TABLES[0]
OWNED, DUE, _ = RECORDS.indexes
PENDING = {"id": "a", "owner": "me", "createdAt": "1", "open": "pending", "dueAt": "2", "state": "pending"}


# What is in a row that the measured CPU of functions is a part of, and the one table that has nothing else.
MEASURED_ROWS = (
    "GB-seconds, arm64",
    "**together**",
    "**a month",
    "$ a month",
    "functions at once",
    "Lambda: concurrent",
)
MEASURED = "variants"


def test_the_page_has_what_a_fresh_count_has() -> None:
    def counted(page: str) -> list[str]:
        return [line for line in page.splitlines() if not any(row in line for row in MEASURED_ROWS)]

    costs, page = tables.count(), PAGE.read_text(encoding="utf-8")
    found = {name: tables.markdown(table(costs)) for name, table in tables.TABLES.items() if name != MEASURED}
    assert counted(replaced(page, found)) == counted(page), "run python -m bench.costs --write"


def test_every_block_of_the_page_is_a_table() -> None:
    assert names(PAGE.read_text(encoding="utf-8")) == list(tables.TABLES)


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    # Three bytes a list, one for each place in it; a number has a byte for two digits, and one more.
    numbers = (3 + 1) + (3 + (1 + 2) + (1 + 3))
    assert size(to_item({"id": "a", "seen": [[12, 345]], "yes": True})) == 3 + len("seen") + numbers + len("yes") + 1


@pytest.mark.parametrize(("text", "writes", "half_reads"), [(1_000, 1, 1), (1_100, 2, 1), (5_000, 5, 2)])
def test_units_are_whole_kilobytes_written_and_four_read(text: int, writes: int, half_reads: int) -> None:
    item = to_item({"id": "x" * text})
    assert write_units(None, item) == writes
    assert half_read_units(item, consistent=False) == half_reads
    assert half_read_units(item, consistent=True) == 2 * half_reads


def test_an_item_that_has_shrunk_is_written_as_large_as_it_was() -> None:
    assert write_units(to_item({"id": "x" * 3000}), to_item({"id": "x"})) == 3


def test_progress_is_written_to_no_index_and_an_outcome_once_to_its_owner_s() -> None:
    before, after = to_item(PENDING), to_item({**PENDING, "stream": {"state": "READY"}})
    assert index_units(RECORDS, OWNED, before, after) == index_units(RECORDS, DUE, before, after) == {}
    assert index_units(RECORDS, OWNED, before, to_item({**PENDING, "state": "ready"})) == {"me": 1}


def test_an_outcome_leaves_one_partition_for_another() -> None:
    before, after = to_item(PENDING), to_item({**PENDING, "open": "unannounced", "dueAt": "1"})
    assert index_units(RECORDS, DUE, before, after) == {"pending": 1, "unannounced": 1}
    assert index_units(RECORDS, DUE, after, to_item({"id": "a"})) == {"unannounced": 1}


def test_a_function_costs_its_cpu_at_its_share_of_a_processor_and_the_calls_that_it_waits_for() -> None:
    calls = Counter({("Announce", "sns", "Publish"): 2, ("Api", "dynamodb", "GetItem"): 5})
    counted = Counted(calls=calls, functions=Counter(Announce=1), cpu={"Announce": [0.004, 0.008, 0.2]})
    # 8 ms at 1024/1769 of a vCPU are 14 ms, and count as 20.
    assert counted.gigabyte_seconds == pytest.approx(0.020 + 2 * 0.010)


def test_a_delivery_costs_what_lambda_asks_of_the_queue_too() -> None:
    calls = Counter({("Announce", "sqs", "SendMessage"): 1, ("Deliver", "sqs", "ChangeMessageVisibility"): 1})
    lines = bill(Counted(calls=calls, functions=Counter(Deliver=1), cpu={"Deliver": [0.001]}))
    (requests,) = (line for line in lines if line.price is Price.SQS_REQUEST)
    assert requests.count == 4
    assert requests.dollars == pytest.approx(4 * 0.40 / 1_000_000)
    assert total(lines) > requests.dollars
