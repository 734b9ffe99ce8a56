"""The CPU, user and system, of a fresh interpreter that imports a handler from an asset, and ends."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from infra.lambda_asset import LAMBDAS

# An asset, and the variables of its functions.
Variant = tuple[Path, Mapping[str, str]]

NOTHING = "pass"
PLAIN = """
import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer

clients = boto3.client("dynamodb"), boto3.client("sqs")
"""
# Each variable that a handler may read, with a value that a client takes: an ARN, a URL, a number, a word.
VARIABLES = """
import json
from greenroom.environment import Environment

values = {"arn": "arn:aws:service:us-west-2:123456789012:name", "url": "https://example.com", "notify": "[]"}
values["endpoint"] = values["url"]
print(json.dumps({
    name.upper(): values.get(name.rpartition("_")[2], "word") if field.annotation is str else "1"
    for name, field in Environment.model_fields.items()
}))
"""


def handlers() -> list[str]:
    """The modules of greenroom.handlers that define `handler`, by `def` or by an assignment."""
    modules = sorted((LAMBDAS / "greenroom" / "handlers").glob("*.py"))
    return [
        path.stem for path in modules if re.search(r"^(def )?handler\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]


def import_cpu(variants: Sequence[Variant], runs: int, names: Sequence[str]) -> list[dict[str, float]]:
    """For each of the variants, the median of each script less that of the empty one; a run takes each in turn.

    The variants of one script come one after the other, since the speed of a machine drifts.
    """
    scripts = {name: f"import greenroom.handlers.{name}" for name in names} | {"plain": PLAIN, "nothing": NOTHING}
    kinds = range(len(variants))
    seconds: dict[tuple[int, str], list[float]] = {(kind, name): [] for name in scripts for kind in kinds}
    for run in range(runs + 1):
        for (kind, name), measured in seconds.items():
            cpu = _cpu_seconds(scripts[name], *variants[kind])
            if run > 0:  # the first run only warms the page cache
                measured.append(cpu)
    medians = {key: median(measured) for key, measured in seconds.items()}
    return [
        {name: medians[kind, name] - medians[kind, "nothing"] for name in scripts if name != "nothing"}
        for kind in kinds
    ]


def _cpu_seconds(script: str, asset: Path, environment: Mapping[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _python(script, asset, environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _python(script: str, asset: Path, environment: Mapping[str, str]) -> str:
    """Run a script that can import the standard library and the asset, nothing else, and writes no bytecode."""
    command = [sys.executable, "-I", "-S", "-B", "-c", f"import sys; sys.path.insert(0, {str(asset)!r})\n{script}"]
    return subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603


def environment(asset: Path) -> dict[str, str]:
    """The variables that Lambda and the stack set, with dummy values, and no AWS configuration of this machine."""
    variables: dict[str, str] = json.loads(_python(VARIABLES, asset, {}))
    return variables | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_LAMBDA_FUNCTION_NAME": "Function",
        "AWS_REGION": "us-west-2",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "POWERTOOLS_SERVICE_NAME": "Greenroom",
    }
