"""Every case of the suite with every provider whose service is simulated, on a virtual clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.deployment import Deployment
from tests.conformance.subject import Subject
from tests.conformance.subjects import SIMULATED
from tests.conformance.suite import CASES, check, served


@pytest.fixture(scope="module", params=SIMULATED, ids=lambda subject: subject.provider)
def subject(request: pytest.FixtureRequest) -> Subject:
    made: Subject = request.param()
    return made


@pytest.fixture(scope="module")
def deployment(subject: Subject, aws: str) -> Iterator[Deployment]:
    with served(subject, aws) as deployment:
        yield deployment


@pytest.mark.parametrize("case", CASES)
def test_the_flow_keeps_its_promise(case: str, subject: Subject, deployment: Deployment) -> None:
    check(case, subject, deployment)
