"""Calls that Schemathesis makes from the OpenAPI document, with all of its checks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

import schemathesis
from requests.auth import AuthBase
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.openapi.checks import (
    MissingHeaderNotRejected,
    RejectedPositiveData,
    UnsupportedMethodResponse,
    UseAfterFree,
)

from tests.fuzz.answers import faults, is_the_emulators_own
from tests.fuzz.tally import Tally
from tests.support.documents import openapi

# Every boundary of the document once, and every value that is just beyond one. Then values by chance, and calls that
# follow from the answers to others.
_EVERY_BOUNDARY, _BY_CHANCE, _IN_SEQUENCE = "coverage", "fuzzing", "stateful"
# Where the document has this many boundaries, they are left to the long run.
_LONG = 2_000
# Operations without any input are called once, however many calls there are to be.
_WITHOUT_INPUT = 2
# What a JSON Schema does not say of the values that it allows, as the rules say it.
_NOT_IN_A_SCHEMA = (
    "must be the `next` of an earlier page",
    "must not be past, nor more than",
    "must not be nested more than",
    "must not be larger than",
    "must not be a number beyond",
    "must be one of the buckets",
    "must be an https URL with a host and without credentials",
    "must go to a public address",
    "must write its host in ASCII",
)


def run(url: str, auth: AuthBase, *, cases: int, seed: int) -> Tally:
    """Make at least so many calls, the same ones for the same seed, of an API whose answers are the same."""
    tally = Tally()
    if cases >= _LONG:
        tally += _phase(_EVERY_BOUNDARY, url, auth, examples=1, seed=seed)
        tally += _phase(_IN_SEQUENCE, url, auth, examples=cases // 40, seed=seed)
    while tally.cases < cases:
        each = ceil((cases - tally.cases) / (len(_operations()) - _WITHOUT_INPUT))
        tally += _phase(_BY_CHANCE, url, auth, examples=each, seed=seed + tally.cases)
    return tally


def _phase(phase: str, url: str, auth: AuthBase, *, examples: int, seed: int) -> Tally:
    phases = (_EVERY_BOUNDARY, _BY_CHANCE, _IN_SEQUENCE, "examples")
    config = SchemathesisConfig.from_dict(
        {
            "base-url": url.removesuffix("/"),
            "seed": seed,
            "continue-on-failure": True,
            "generation": {"max-examples": examples, "database": "none"},
            "phases": {name: {"enabled": name == phase} for name in phases},
        }
    )
    document: Any = schemathesis.openapi.from_dict(openapi(), config=config)
    if phase == _IN_SEQUENCE:
        # Otherwise each sequence begins with a batch, whose requests a schema cannot make right, and ends there.
        document = document.exclude(path_regex="^/batches")
    document.auth.set_from_requests(auth)
    document.hook("filter_failure")(_is_a_finding)
    tally = Tally()
    for event in from_schema(document).execute():
        if isinstance(event, events.ScenarioFinished):
            _judge(event.recorder, tally)
        elif isinstance(event, events.NonFatalError):
            tally.found(f"{event.label}: {event.value!r}", "")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return tally


def _judge(recorder: ScenarioRecorder, tally: Tally) -> None:
    for name, interaction in recorder.interactions.items():
        answer = interaction.response
        call = f"{interaction.request.method} {interaction.request.uri} {interaction.request.body!r}"
        if answer is None:
            tally.found("no answer", call)
            continue
        tally.count(answer.status_code)
        if is_the_emulators_own(answer.status_code, interaction.request.uri):
            continue
        headers = [(name, value) for name, values in answer.headers.items() for value in values]
        for fault in faults(answer.status_code, answer.message, headers, answer.content or b""):
            tally.found(fault, call)
        for check in recorder.checks.get(name, ()):
            if check.failure_info:
                tally.found(f"{check.name}: {check.failure_info.failure}", check.failure_info.code_sample)


def _is_a_finding(context: Any, failure: Failure, case: Any, response: Any) -> bool:  # noqa: ARG001  # Schemathesis's
    """Return False for what is as it is meant to be, whatever the check expects."""
    status = response.status_code
    if isinstance(failure, MissingHeaderNotRejected | UnsupportedMethodResponse):
        # API Gateway has one answer, 403, where a signature is missing and where there is no such method:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
        return bool(status != 403)
    if isinstance(failure, UseAfterFree):
        # DELETE ends a request, and shows it as cancelled; it stays on record.
        return bool(response.json()["state"] != "cancelled")
    if isinstance(failure, RejectedPositiveData) and status == 400:
        return not all(map(is_beyond_a_schema, json.loads(response.content)["errors"]))
    return True


def is_beyond_a_schema(error: dict[str, str]) -> bool:
    """The requests of a batch are judged together with its defaults, by the rules of a request."""
    return error["field"].startswith("requests[") or any(rule in error["detail"] for rule in _NOT_IN_A_SCHEMA)


def _operations() -> Sequence[str]:
    return list(_paths())


def _paths() -> Iterator[str]:
    for path, item in openapi()["paths"].items():
        yield from (f"{method} {path}" for method in item.keys() - {"parameters"})
