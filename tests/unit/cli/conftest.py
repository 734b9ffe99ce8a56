"""A command as it is called, in this process, against an API that answers as a test says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner

from greenroom_cli.main import main
from tests.support.fake_api import FakeApi, serve


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The last line of stdout."""
        return json.loads(self.stdout.splitlines()[-1])


@dataclass(frozen=True)
class Terminal:
    """Calls the command line with an environment that has the API's URL, as `.greenroom/env` does."""

    environment: dict[str, str]

    def run(self, *arguments: str, **environment: str) -> Done:
        done = CliRunner().invoke(main, arguments, env=self.environment | environment)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Done(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serve() as fake:
        yield fake


@pytest.fixture
def environment(api: FakeApi) -> dict[str, str]:
    return {
        "ApiUrl": api.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
    }


@pytest.fixture
def terminal(environment: dict[str, str]) -> Terminal:
    return Terminal(environment)
