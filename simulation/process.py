"""A process of their own for the functions of a deployment, inside this process.

In Lambda the modules that read the environment are imported once, in a process whose environment does not change. Here
others may have them too, with another environment: they get their own back when these are imported.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from unittest.mock import patch

import boto3
from pydantic.alias_generators import to_snake
from sfnx.testing import Failure

import greenroom

_READ_THE_ENVIRONMENT = ("bootstrap", "environment", "handlers")

Handler = Callable[[Any], Any]
"""A function as the state machine calls it: JSON in, JSON out, or Failure with the error as Lambda reports it."""


@dataclass(frozen=True)
class LambdaContext:
    """The context of a call: all that Lambda says of it beside its event."""

    function_name: str = "function"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-west-2:123456789012:function:function"
    aws_request_id: str = "request"


def functions(names: Iterable[str], variables: Mapping[str, str]) -> dict[str, Handler]:
    """Import the functions of these states in an environment of their own, and connect them to its providers."""
    with environment(variables), _modules():
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
            return json.loads(json.dumps(handler(json.loads(json.dumps(event)), LambdaContext())))
        except Exception as error:
            report = {
                "errorMessage": str(error),
                "errorType": type(error).__name__,
                "requestId": LambdaContext.aws_request_id,
                "stackTrace": _stack(error),
            }
            raise Failure(type(error).__name__, json.dumps(report)) from error

    return invoke


def _stack(error: Exception) -> list[str]:
    """As `traceback.format_tb`, without looking for the column in each line, which takes longer than the call."""
    frames = [
        traceback.FrameSummary(frame.f_code.co_filename, line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return traceback.StackSummary.from_list(frames).format()


@contextmanager
def chance(seed: str) -> Iterator[None]:
    """Have all that functions do by chance come from a seed."""
    kept = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(kept)


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Have these variables, and none of AWS's and Powertools' that were there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POWERTOOLS_"))}
    # boto3 keeps what it has read of the environment.
    with patch.dict(os.environ, {**kept, **variables}, clear=True), patch.object(boto3, "DEFAULT_SESSION", None):
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
