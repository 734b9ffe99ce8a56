"""One emulator for the few tests of the state machine that need it, with all scenarios started in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest

from local.stack import ACCOUNT, REGION
from tests.statemachine.definition import FUNCTIONS, TEXT
from tests.statemachine.emulator import client, emulator
from tests.statemachine.executions import REQUEST, Execution, play
from tests.statemachine.mocks import mock_config
from tests.statemachine.scenarios import SCENARIOS

_MACHINE = "Greenroom"
_ROLE = "arn:aws:iam::000000000000:role/states"


@pytest.fixture(scope="session")
def played() -> Mapping[str, Execution]:
    """Every scenario as sfnx runs it."""
    return {name: play(**scenario.answers) for name, scenario in SCENARIOS.items()}


@pytest.fixture(scope="session")
def aws(played: Mapping[str, Execution], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of an emulator in which tasks answer as they did in sfnx, and which waits for nothing."""
    home = tmp_path_factory.mktemp("statemachine")
    mocks = home / "mocks.json"
    cases = {_case(name): execution.answers for name, execution in played.items()}
    mocks.write_text(json.dumps(mock_config(_MACHINE, cases)))
    with emulator(home, SFN_MOCK_CONFIG=str(mocks), SFN_WAIT_SCALE="0") as url:
        yield url


@pytest.fixture(scope="session")
def started(aws: str) -> Mapping[str, str]:
    """Start all scenarios side by side, by the real file; by their names, the ARNs of the executions.

    Its functions do not exist: a call that is not mocked cannot pass.
    """
    states, text = client("stepfunctions", aws), TEXT.replace("${Records}", "records")
    for name in FUNCTIONS:
        text = text.replace(f"${{{name}}}", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
    arn = states.create_state_machine(name=_MACHINE, definition=text, roleArn=_ROLE)["stateMachineArn"]
    return {
        name: states.start_execution(stateMachineArn=f"{arn}#{_case(name)}", input=json.dumps(REQUEST))["executionArn"]
        for name in SCENARIOS
    }


def _case(scenario: str) -> str:
    return scenario.replace(" ", "-")
