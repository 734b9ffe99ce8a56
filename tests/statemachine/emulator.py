"""The emulator of the local stack, alone: for the state machine, DynamoDB and Secrets Manager."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.processes import free_port, start, stop, wait_until_it_answers
from local.stack import REGION


@contextmanager
def emulator(home: Path, **settings: str) -> Iterator[str]:
    """Run it until the block ends, with these variables more; give its URL. Its log goes to `home`."""
    log, port = home / "emulator.log", str(free_port())
    variables = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": port, "MINISTACK_REGION": REGION, **settings}
    executable = Path(sys.executable).parent / "ministack"
    process = start([str(executable)], log=log, environment=os.environ | variables)
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/_ministack/health", process, log=log)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process.pid, "ministack")


def client(service: str, url: str) -> Any:
    """Make a client of a test's own, for an emulator or a simulated service."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # nobody checks a signature here
        config=Config(inject_host_prefix=False),
    )


def make_table(url: str, name: str) -> Any:
    """Make a table as the stack does, without its indexes. Gives a client that can call it."""
    dynamodb = client("dynamodb", url)
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb
