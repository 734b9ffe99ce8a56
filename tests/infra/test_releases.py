"""What an execution that began under an earlier release relies on is still in the template."""

from __future__ import annotations

import re
from importlib.util import find_spec

import pytest
from pydantic.alias_generators import to_snake

from tests.infra.synthesised import Synthesised
from tests.releases.frozen import RELEASES, read

MACHINES = ("stream", "batch")
RESOURCE = re.compile(r'"Resource": "\$\{(\w+)\}"')

pytestmark = pytest.mark.parametrize("release", RELEASES)


def functions_of(release: str) -> set[str]:
    """The functions that its definitions call."""
    definitions = str([read(release, f"{machine}.asl") for machine in MACHINES]).replace("'", '"')
    return set(RESOURCE.findall(definitions))


def test_each_function_that_a_definition_calls_is_there(release: str, stack: Synthesised) -> None:
    called = functions_of(release)
    assert {"GetStream", "CountBatch"} <= called
    for name in called:
        assert find_spec(f"greenroom.handlers.{to_snake(name)}"), name
        assert to_snake(name) in stack.functions, name


def test_no_resource_that_outlives_a_deployment_is_replaced(release: str, stack: Synthesised) -> None:
    """Another logical id, name or key, and CloudFormation makes a new one, and deletes the one in use."""
    present = stack.everything()
    for name, kept in read(release, "resources").items():
        assert name in present, name
        found = {"Type": present[name]["Type"], **present[name]["Properties"]}
        assert {key: found.get(key) for key in kept} == kept, name
