"""Whatever comes to the API's door: it is answered, and never by a fault of ours. Against DynamoDB in process."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from greenroom import bootstrap
from greenroom.adapters.batches_table import DynamoDbBatches, DynamoDbMembers
from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.adapters.signed_links import SignedLinks
from greenroom.adapters.stream_urls_table import DynamoDbStreamUrls
from greenroom.domain.values import utc_now
from greenroom.handlers.api import handler
from greenroom.handlers.routes import streams
from greenroom.record.batch import Batch
from greenroom.record.model import Record
from simulation.process import LambdaContext
from tests.support import tables
from tests.support.batches import Classroom, InMemoryBatches
from tests.support.desk import Desk
from tests.support.examples import OWNER, a_body, a_record, an_acceptance
from tests.support.fakes import NOW
from tests.unit.handlers.test_api import an_event

Api = Callable[[dict[str, Any]], dict[str, Any]]

# What Lambda answers at most: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_BYTES = 6 * 1024 * 1024
CONTEXT = {"domainName": "api.example", "path": "/v1/x", "identity": {"userArn": OWNER}}
WEEK = timedelta(days=7)
TEXTS = [
    "",
    "x",
    "x" * 81,
    "x" * 255,
    "x" * 2049,
    "é" * 1025,
    "ключ",
    "鍵",
    "𝄞",
    "a b",
    "a/b",
    "a\x00b",
    "\x00",
    "\n",
    "\ud800",
    "\udfff" * 40,
    "%00",
    "..",
    "true",
    "null",
    "0",
    "-1",
    "1e400",
    "9" * 5000,
    "2026-11-24T12:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "https://hooks.example/x",
    "https://[::1",
    "https://é.example",
    "https://hooks.example:99999/",
    "NaN",
]
NUMBERS = [0, -1, 1.5, 120.0, 1e308, -0.0, 2**53, 2**63, 10**400, float("inf"), float("nan")]
FIELDS = [
    "provider",
    "studioId",
    "sessionId",
    "expirationInSeconds",
    "deadlineSeconds",
    "notify",
    "metadata",
    "claim",
    "waitingRoom",
    "releaseOnFailure",
    "requests",
    "source",
    "startAt",
    "defaults",
    "renew",
]


def any_json(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(9 if depth < 3 else 6)
    if kind < 2:
        return rng.choice(TEXTS)
    if kind < 4:
        return rng.choice(NUMBERS)
    if kind < 6:
        return rng.choice([None, True, False])
    if kind == 6:
        return [any_json(rng, depth + 1) for _ in range(rng.choice([0, 1, 3, 12]))]
    return {rng.choice([*FIELDS, *TEXTS, "type", "url", "connectionId"]): any_json(rng, depth + 1) for _ in range(4)}


def nested(rng: random.Random) -> Any:
    depth = rng.choice([15, 17, 300, 900, 980, 995])
    return (
        json.loads("[" * depth + "]" * depth) if rng.random() < 0.5 else json.loads('{"a":' * depth + "1" + "}" * depth)
    )


def a_request(rng: random.Random) -> Any:
    """A request of which a field or two are something else."""
    request: dict[str, Any] = a_body(metadata={"ticket": "A-17"})
    for _ in range(rng.choice([0, 1, 1, 2, 300])):
        request[rng.choice([*FIELDS, rng.choice(TEXTS) + str(rng.random())])] = any_json(rng)
    if rng.random() < 0.1:
        request["metadata"] = {"deep": nested(rng)}
    if rng.random() < 0.1:
        request["metadata"] = {"k" * 7000: [10**19] * 300}
    return request


def a_text(rng: random.Random, request: Any) -> str:
    """A body: JSON, or something that was cut or is half a character."""
    text = json.dumps(request, ensure_ascii=rng.random() < 0.7)
    if rng.random() < 0.1:
        text = text[: rng.randrange(len(text) + 1)]
    return rng.choice([text] * 8 + [text + "\ud800", "[" * 90_000])


def a_cursor(rng: random.Random) -> str:
    text = json.dumps([any_json(rng), any_json(rng)]).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def a_call(rng: random.Random) -> dict[str, Any]:
    """A call as API Gateway hands it over, of any route, with anything in it."""
    some_id = rng.choice(TEXTS)
    route = rng.choice(["streams", "list", "stream", "claim", "room", "cancel", "batches", "batch", "link"])
    headers = {"Idempotency-Key": rng.choice(TEXTS)} if rng.random() < 0.5 else {}
    more: dict[str, Any] = {"headers": headers, "requestContext": CONTEXT}
    if route in {"streams", "batches"}:
        asked = a_request(rng)
        if route == "batches":
            asked = {"requests": [a_request(rng) for _ in range(3)], **(asked if rng.random() < 0.3 else {})}
        body = a_text(rng, asked)
        if rng.random() < 0.1:
            more["isBase64Encoded"] = True
            body = rng.choice([body, base64.b64encode(b"\xff\xfe{").decode()])
        return an_event("POST", f"/{route}", body, **more)
    if route == "list":
        names = rng.sample(["state", "limit", "next", "batch", "x"], 2)
        query = {name: rng.choice([*TEXTS, a_cursor(rng), "pending", "ready"]) for name in names}
        return an_event("GET", "/streams", queryStringParameters=query, **more)
    if route == "link":
        headers["Authorization"] = f"Bearer {rng.choice(TEXTS)}"
        return an_event(rng.choice(["GET", "POST"]), "/waiting-room/stream", **more)
    ways = {
        "stream": ("GET", f"/streams/{some_id}"),
        "claim": ("POST", f"/streams/{some_id}/claim"),
        "room": ("POST", f"/streams/{some_id}/waiting-room"),
        "cancel": ("DELETE", f"/streams/{some_id}"),
        "batch": (rng.choice(["GET", "DELETE"]), f"/batches/{some_id}"),
    }
    return an_event(*ways[route], **more)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The API's function over tables of its own; what it answers is read as Lambda and API Gateway do."""
    with tables.dynamodb() as client:
        records_table = tables.a_table_of_records(client)
        records = DynamoDbRecords(client, records_table, WEEK)
        acceptance = an_acceptance(records, clock=utc_now)
        tables_of_both: dict[str, Any] = {
            "acceptance": acceptance,
            "records": records,
            "batches": DynamoDbBatches(client, tables.a_table_of_batches(client), WEEK),
            "members": DynamoDbMembers(client, records_table),
            "clock": utc_now,
        }
        urls, room = DynamoDbStreamUrls(client, tables.a_table(client), records_table), Classroom()
        monkeypatch.setattr(streams, "streams", replace(Desk().calls, stream_urls=urls, **tables_of_both))
        batch_calls = replace(room.calls, tasks=replace(room.tasks, **tables_of_both))
        monkeypatch.setattr(bootstrap, "batch_calls", lambda: batch_calls)
        monkeypatch.setattr(bootstrap, "links", lambda: SignedLinks(lambda: ["key"]))

        def call(event: dict[str, Any]) -> dict[str, Any]:
            answer = handler(event, LambdaContext())
            assert len(json.dumps(answer, ensure_ascii=False).encode()) < LAMBDA_BYTES
            return answer

        yield call


@pytest.mark.parametrize("seed", range(12))
def test_nothing_at_the_door_is_a_fault_of_ours(seed: int, api: Api) -> None:
    rng = random.Random(seed)  # noqa: S311  # the same calls in every run
    for _ in range(100):
        event = a_call(rng)
        answer = api(event)
        assert 200 <= answer["statusCode"] < 500, event
        json.loads(answer["body"])


@dataclass(frozen=True)
class Alike:
    """The members of a batch: as many as were asked for, which are all alike."""

    record: Record

    def page(self, batch: str, state: Any, limit: int, after: Any) -> tuple[list[Record], None]:  # noqa: ARG002
        return [self.record] * limit, None


@pytest.mark.parametrize("character", ["a", "é", "語", '"', "\x01"], ids=ascii)
def test_a_page_of_the_largest_requests_is_one_that_lambda_answers(
    character: str, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`api` looks at the size of each answer. The list of a batch reads a hundred records, however large they are."""
    written = len(json.dumps(character, ensure_ascii=False).encode()) - 2
    record = a_record(a_body(metadata={"text": character * (16_000 // written)}), batch="b")
    batch = Batch("b", OWNER, "digest", created_at=NOW, start_at=NOW, total=100, slices=1)
    calls = replace(streams.streams, members=Alike(record), batches=InMemoryBatches(batch))  # type: ignore[arg-type]
    monkeypatch.setattr(streams, "streams", calls)
    query = {"batch": "b", "limit": "100"}
    answer = api(an_event("GET", "/streams", queryStringParameters=query, requestContext=CONTEXT))
    assert len(json.loads(answer["body"])["streams"]) == 100


@pytest.mark.parametrize("path", ["/streams", "/batches"])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_json_of_any_depth_is_refused(opening: str, closing: str, path: str, api: Api) -> None:
    """Python's readers and writers of JSON end at a depth that depends on who calls them."""
    for depth in range(17, 1100, 7):
        nested_text = opening * depth + "1" + closing * depth
        for body in (nested_text, json.dumps({"requests": []})[:-2] + nested_text + "]}"):
            assert api(an_event("POST", path, body, requestContext=CONTEXT))["statusCode"] == 400, depth
