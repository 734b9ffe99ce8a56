"""The JSONata of a definition, as sfnx evaluates it, except that each expression is parsed and prepared once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any
from unittest.mock import patch

import jsonata  # type: ignore[import-untyped]
from jsonata.utils import Utils  # type: ignore[import-untyped]
from sfnx import testing
from sfnx.testing import Failure

_SFNX_EVALUATE = testing.evaluate
# What an expression calls that is not the same each time.
_DIFFERENT = ("$now", "$millis", "$random", "$uuid")
_FAILED = "States.QueryEvaluationError"


class _Prepared(Exception):
    """No error: how the expression gets out of sfnx."""

    def __init__(self, expression: Any) -> None:
        self.expression = expression


class _Capturing(jsonata.Jsonata):  # type: ignore[misc]
    def evaluate(self, _given: Any, _bindings: Any = None) -> Any:
        raise _Prepared(self)


@cache
def _prepared(code: str) -> Any:
    """Return the expression with the functions that sfnx gives it, taken at the moment at which it is evaluated."""
    with patch.object(jsonata, "Jsonata", _Capturing):
        try:
            _SFNX_EVALUATE(code, {}, None)
        except _Prepared as prepared:
            return prepared.expression
    raise AssertionError("sfnx evaluates in another way now")


def evaluate(code: str, variables: Mapping[str, Any], states: Any) -> Any:
    """`sfnx.testing.evaluate`. A variable whose name is nowhere in the code is not converted for it."""
    everything = {**variables, "states": states}
    bound = {name: value for name, value in everything.items() if f"${name}" in code}
    if any(name in code for name in _DIFFERENT):
        return _evaluated(code, bound)
    return json.loads(_remembered(code, json.dumps(bound)))


@lru_cache(maxsize=20_000)
def _remembered(code: str, bound: str) -> str:
    return json.dumps(_evaluated(code, json.loads(bound)))


def _evaluated(code: str, bound: Mapping[str, Any]) -> Any:
    expression = _prepared(code)
    # The functions of jsonata-python look for the expression at work there.
    jsonata.Jsonata.CURRENT.jsonata = expression
    bindings = {name: testing.nulls(value) for name, value in bound.items()}
    try:
        result = jsonata.Jsonata.evaluate(expression, None, bindings)
    except jsonata.JException as error:
        raise Failure(_FAILED, str(error)) from error
    if result is None:
        raise Failure(_FAILED, f"{code} is undefined")
    value = Utils.convert_nulls(result)
    if not testing.is_json(value):
        raise Failure(_FAILED, f"{code} returned an unsupported result type")
    return value
