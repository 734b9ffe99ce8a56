"""The CDK's feature flags: as it recommends them, each exception with its reason."""

from __future__ import annotations

import json
import tarfile
from importlib.resources import files
from typing import Any

import pytest

from tests.infra.synthesised import CDK_FLAGS

NOT_AS_RECOMMENDED = {
    "@aws-cdk/core:enableAdditionalMetadataCollection": (
        False,
        "It sends more about how the app uses the CDK to AWS; who deploys Greenroom decides that, not we",
    ),
}


@pytest.fixture(scope="module")
def recommended() -> dict[str, Any]:
    """The flags that `cdk init` would write: the list that the installed library brings with it."""
    (library,) = (path for path in files("aws_cdk._jsii").iterdir() if path.name.endswith(".tgz"))
    with library.open("rb") as file, tarfile.open(fileobj=file, mode="r|gz") as archive:
        for member in archive:
            if member.name == "package/recommended-feature-flags.json":
                found = archive.extractfile(member)
                assert found
                return dict(json.load(found))
    raise AssertionError("aws-cdk-lib has no list of recommended feature flags")


def test_flags_are_set_as_the_cdk_recommends_but_for_those_that_have_a_reason(recommended: dict[str, Any]) -> None:
    exceptions = {name: value for name, (value, _) in NOT_AS_RECOMMENDED.items()}
    assert recommended | exceptions == CDK_FLAGS


def test_an_exception_differs_from_what_is_recommended(recommended: dict[str, Any]) -> None:
    for name, (value, _) in NOT_AS_RECOMMENDED.items():
        assert recommended[name] != value
