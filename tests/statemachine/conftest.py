"""One emulator for all tests of the state machine; what its tasks answer stands on each test, in `mocked`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from mypy_boto3_stepfunctions import SFNClient

from local.processes import free_port, start, stop, wait_until_it_answers
from local.stack import ACCOUNT, REGION
from tests.statemachine.answers import READY_AT_ONCE, Answers, mock_config
from tests.statemachine.definition import substituted, with_pauses_shown
from tests.statemachine.executions import REQUEST, Execution, Played, StateMachine

MOCKED, PAUSES_SHOWN, PLAYED = "Greenroom", "GreenroomWithPausesShown", "GreenroomPlayed"

Pauses = Callable[[str], list[int | float]]
Play = Callable[..., Played]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "mocked(**answers): what the tasks answer, by state, a list each; the others answer as in a run that goes well",
    )


def _cases(session: pytest.Session) -> dict[str, Answers]:
    marked = ((_case(item), item.get_closest_marker("mocked")) for item in session.items)
    return {case: {**READY_AT_ONCE, **marker.kwargs} for case, marker in marked if marker}


def _case(item: pytest.Item) -> str:
    return f"{item.path.stem}.{item.name}"


@pytest.fixture(scope="session")
def emulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of an emulator that knows the answers of all tests, and waits for nothing."""
    home = tmp_path_factory.mktemp("statemachine")
    mocks, log, port = home / "mocks.json", home / "emulator.log", str(free_port())
    mocks.write_text(json.dumps(mock_config([MOCKED, PAUSES_SHOWN], _cases(request.session))))
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": port,
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "SFN_MOCK_CONFIG": str(mocks),
        "SFN_WAIT_SCALE": "0",
    }
    executable = Path(sys.executable).parent / "ministack"
    process = start([str(executable)], log=log, environment=os.environ | settings)
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/_ministack/health", process, log=log)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process.pid, "ministack")


@pytest.fixture(scope="session")
def states(emulator: str) -> SFNClient:
    return boto3.client(
        "stepfunctions",
        endpoint_url=emulator,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # the emulator checks no signature here
        config=Config(inject_host_prefix=False, read_timeout=65),
    )


@pytest.fixture(scope="session")
def machine(states: SFNClient) -> StateMachine:
    """Create the real file, with functions that do not exist: a call that is not mocked cannot pass."""
    return StateMachine(states, MOCKED, substituted(_function))


@pytest.fixture(scope="session")
def machine_with_pauses_shown(states: SFNClient) -> StateMachine:
    return StateMachine(states, PAUSES_SHOWN, with_pauses_shown(substituted(_function)))


@pytest.fixture(scope="session")
def started(request: pytest.FixtureRequest, machine: StateMachine) -> dict[str, str]:
    """Start all cases side by side, and say under which ARN each one runs."""
    return {case: machine.start(case) for case in _cases(request.session)}


@pytest.fixture
def execution(request: pytest.FixtureRequest, machine: StateMachine, started: dict[str, str]) -> Execution:
    """Give the test's case, run to its end."""
    return machine.outcome(started[_case(request.node)])


@pytest.fixture
def pauses(request: pytest.FixtureRequest, machine_with_pauses_shown: StateMachine) -> Pauses:
    """Run the test's case; tell the seconds that a Wait state came to, visit by visit."""
    machine = machine_with_pauses_shown
    return machine.outcome(machine.start(_case(request.node))).outputs


@pytest.fixture(scope="session")
def play(states: SFNClient) -> Play:
    """Run the real file with activities for functions, played by the test: `play(GetStream=[PENDING, READY])`."""

    def activity(name: str) -> str:
        return states.create_activity(name=name)["activityArn"]

    machine = StateMachine(states, PLAYED, substituted(activity))

    def play(request: object = REQUEST, **answers: list[dict[str, object]]) -> Played:
        return machine.play(request, answers)

    return play


def _function(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
