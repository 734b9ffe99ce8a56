"""The promises of the flow for every provider, as cases. Each runs the real state machine with the real functions.

`check(case, subject, deployment)` runs one of `CASES` for one service. A provider of your own is a `Subject` of its
own, and runs the same cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.conformance import cases_of_ending, cases_of_waiting
from tests.conformance.deployment import Deployment, deploy
from tests.conformance.stage import staged
from tests.conformance.subject import Subject

CASES = {**cases_of_waiting.CASES, **cases_of_ending.CASES}


@contextmanager
def served(subject: Subject, aws: str) -> Iterator[Deployment]:
    """Run a service, and a deployment that serves it; `aws` is the emulator's URL."""
    with subject.running():
        yield deploy(subject.provider, subject.variables, aws)


def check(case: str, subject: Subject, deployment: Deployment) -> None:
    """Run a case. AssertionError if its promise is broken, or a secret was shown on the way."""
    with staged(case, subject, deployment) as stage:
        CASES[case](stage)
