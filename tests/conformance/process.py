"""A process of their own for the functions of a deployment, inside the process of the tests.

In Lambda the modules that read the environment are imported once, in a process whose environment does not change. Here
other tests have them too, with another environment: they get their own back when these are imported.
"""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest
from pydantic.alias_generators import to_snake
from sfnx.testing import Failure

import greenroom
from tests.support.recorders import FakeLambdaContext

_READ_THE_ENVIRONMENT = ("bootstrap", "environment", "handlers")

Handler = Callable[[Any], Any]
"""A function as the state machine calls it: JSON in, JSON out, or Failure with the error as Lambda reports it."""


def functions(names: Iterable[str], variables: Mapping[str, str]) -> dict[str, Handler]:
    """Import the functions of these states in an environment of their own, and connect them to its providers."""
    with _environment(variables), _modules():
        handlers = {name: import_module(f"greenroom.handlers.{to_snake(name)}").handler for name in names}
        providers = import_module("greenroom.bootstrap").providers()
        for provider in providers:
            # In Lambda they are connected when they are asked for, by the environment that is still there then.
            providers[provider]
    return {name: _invoked(handler) for name, handler in handlers.items()}


def _invoked(handler: Callable[[Any, Any], Any]) -> Handler:
    """Call a handler as Lambda does for Step Functions; https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html."""

    def invoke(event: Any) -> Any:
        try:
            return json.loads(json.dumps(handler(json.loads(json.dumps(event)), FakeLambdaContext())))
        except Exception as error:
            report = {
                "errorMessage": str(error),
                "errorType": type(error).__name__,
                "requestId": FakeLambdaContext.aws_request_id,
                "stackTrace": traceback.format_tb(error.__traceback__),
            }
            raise Failure(type(error).__name__, json.dumps(report)) from error

    return invoke


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "POWERTOOLS_"))]:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@contextmanager
def _modules() -> Iterator[None]:
    """Have no module that has read the environment, and afterwards the same ones as before."""
    kept = _take_modules()
    try:
        yield
    finally:
        _take_modules()
        for name, module in kept.items():
            sys.modules[name] = module
            package, _, short = name.rpartition(".")
            if package == greenroom.__name__:
                setattr(greenroom, short, module)


def _take_modules() -> dict[str, Any]:
    ours = re.compile(rf"{greenroom.__name__}\.({'|'.join(_READ_THE_ENVIRONMENT)})(\.|$)")
    taken = {name: sys.modules.pop(name) for name in [name for name in sys.modules if ours.match(name)]}
    for name in _READ_THE_ENVIRONMENT:
        # `from greenroom import bootstrap` looks there first.
        vars(greenroom).pop(name, None)
    return taken
