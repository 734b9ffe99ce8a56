"""The CPU, user and system, of a fresh interpreter that imports a handler from an asset, and ends."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from greenroom.environment import Environment
from greenroom_cdk.lambda_asset import LAMBDAS

Key = TypeVar("Key", bound=Hashable)

# What a client takes for an address, by the last word of its variable's name. The other variables keep their defaults.
ADDRESSES = {
    "arn": "arn:aws:service:us-west-2:123456789012:name",
    "endpoint": "https://example.com",
    "name": "name",
    "table": "table",
    "url": "https://example.com",
}
# What the providers that have no defaults for it are told, beside an AWS service's.
OF_PROVIDERS = {
    "DCV_BROKER_URL": ADDRESSES["url"],
    "DCV_SECRET_ARN": ADDRESSES["arn"],
    "DCV_TOKEN_MINUTES": "60",
    "DCV_TOKEN_URL": ADDRESSES["url"],
    "JUPYTERHUB_SECRET_ARN": ADDRESSES["arn"],
    "JUPYTERHUB_URL": ADDRESSES["url"],
}
# Set by Lambda and by the stack; and no AWS configuration of this machine.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "us-west-2",
    "AWS_LAMBDA_FUNCTION_NAME": "Function",
    "AWS_REGION": "us-west-2",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_SERVICE_NAME": "Greenroom",
}


@dataclass(frozen=True)
class Start:
    """A fresh interpreter that runs a script; it can import the standard library and what is in a directory."""

    script: str
    directory: Path
    variables: Mapping[str, str]

    def cpu_seconds(self) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        script = f"import sys; sys.path.insert(0, {str(self.directory)!r})\n{self.script}"
        # Without this machine's packages and configuration, and it writes no bytecode.
        subprocess.run([sys.executable, "-I", "-S", "-B", "-c", script], check=True, env=self.variables)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def handlers() -> list[str]:
    """The modules of greenroom.handlers that define `handler`, by `def` or by an assignment."""
    modules = sorted((LAMBDAS / "greenroom" / "handlers").glob("*.py"))
    return [
        path.stem for path in modules if re.search(r"^(def )?handler\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]


def start_of(handler: str, asset: Path, **variables: str) -> Start:
    """The import of a handler, with variables beside those that every function has."""
    return Start(f"import greenroom.handlers.{handler}", asset, environment() | variables)


def environment() -> dict[str, str]:
    """The variables that Lambda and the stack set, with dummy values."""
    words = {field.name: field.name.rpartition("_")[2] for field in fields(Environment)}
    addresses = {name.upper(): ADDRESSES[word] for name, word in words.items() if word in ADDRESSES}
    return ENVIRONMENT | OF_PROVIDERS | addresses


def import_cpu(starts: Mapping[Key, Start], runs: int) -> dict[Key, list[float]]:
    """Seconds of each start, less those of one that imports nothing, run by run.

    A run takes each start in turn, since the speed of a machine drifts; what is compared stands side by side.
    """
    nothing = Start("pass", Path(), ENVIRONMENT)
    for start in starts.values():
        start.cpu_seconds()  # only warms the page cache
    seconds: dict[Key, list[float]] = {key: [] for key in starts}
    for _ in range(runs):
        empty = nothing.cpu_seconds()
        for key, start in starts.items():
            seconds[key].append(start.cpu_seconds() - empty)
    return seconds
