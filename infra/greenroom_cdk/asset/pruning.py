"""The parts that are left out of the asset, because no function can use them."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

_POWERTOOLS = "aws_lambda_powertools"
_NEEDS_BOTO3 = "imports boto3, which the asset does not have"

# By the package that has them: the places of directories and files, and why nothing misses them.
LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "aws-lambda-powertools": {
        f"{_POWERTOOLS}/event_handler/openapi/swagger_ui/*.min.*": "the page of Swagger UI, which nobody serves",
        f"{_POWERTOOLS}/utilities/auth_alpha": "checks the tokens of callers; ours sign by IAM",
        f"{_POWERTOOLS}/utilities/circuit_breaker": "our calls are waited for by the state machine",
        f"{_POWERTOOLS}/utilities/data_masking": "needs the AWS Encryption SDK, which the asset does not have",
        f"{_POWERTOOLS}/utilities/feature_flags": _NEEDS_BOTO3,
        f"{_POWERTOOLS}/utilities/idempotency": "its stores need boto3 or Redis; ours are conditional writes",
        f"{_POWERTOOLS}/utilities/kafka": "no function of ours reads Kafka",
        f"{_POWERTOOLS}/utilities/parameters": _NEEDS_BOTO3,
        f"{_POWERTOOLS}/utilities/streaming": _NEEDS_BOTO3,
    },
    "cffi": {
        "cffi": "makes bindings; PyNaCl, whose bindings are made, needs its _cffi_backend alone",
    },
    "pycparser": {
        "pycparser": "cffi reads C with it",
    },
    "pydantic": {
        "pydantic/mypy.*": "a plugin of mypy",
        "pydantic/v1": "pydantic 1, for models that were written for it; ours are not",
    },
    "python-dateutil": {
        "dateutil/zoneinfo": "time zones by name; botocore asks for UTC and for the local one",
    },
    "urllib3": {
        "urllib3/contrib/emscripten": "urllib3 in a browser",
    },
}


def prune(asset: Path, *, whole: Collection[str] = ()) -> None:
    """Take out what is in LEFT_OUT, save for the packages in `whole`."""
    for place in places(asset, whole=whole):
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()


def places(asset: Path, *, whole: Collection[str] = ()) -> Iterator[Path]:
    """Yield the directories and files of LEFT_OUT that exist."""
    for package, left_out in LEFT_OUT.items():
        for pattern in left_out if package not in whole else ():
            yield from sorted(asset.glob(pattern))
