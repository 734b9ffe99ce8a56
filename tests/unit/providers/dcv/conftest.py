"""The plug over the simulated broker, whose document every request and every answer is held against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from greenroom.providers.dcv.broker import Broker
from greenroom.providers.dcv.service import DcvSessions
from greenroom.providers.dcv.token import SECRET_MEMBERS, AccessToken
from greenroom.providers.https_service import Answer, HttpsService
from greenroom.providers.secret import Secret
from local.simulator import serve
from local.simulator.dcv import CLIENT_ID, CLIENT_SECRET
from tests.contract.dcv.document import broken_by_answer, broken_by_request
from tests.contract.support import Control
from tests.support.fakes import NOW, FakeClock
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.dcv.sessions import Sessions

SECRET_ARN = "arn:aws:secretsmanager:us-west-2:123456789012:secret:dcv"  # noqa: S105  # its name
MakeDcv = Callable[..., DcvSessions]


class WitnessedService(HttpsService):
    """A service whose calls and answers are held against the broker's document; `place` is where its URL points."""

    def __init__(self, url: str, broken: list[str], place: str = "") -> None:
        super().__init__(url, read_seconds=2)
        self._place = place
        self._broken = broken

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        self._broken += broken_by_request(method, self._place + path, body=body, form=form)
        answer = super().call(method, path, headers=headers, body=body, form=form)
        self._broken += broken_by_answer(method, self._place + path, status=answer.status, body=answer.body)
        return answer


@dataclass
class Seconds:
    """A clock of seconds, which token and secret are kept by."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture(scope="session")
def broker_clock() -> FakeClock:
    """The broker's clock, and the plug's; each test begins at NOW."""
    return FakeClock()


@pytest.fixture(scope="session")
def broker_url(broker_clock: FakeClock) -> Iterator[str]:
    with serve("dcv", clock=broker_clock) as simulator:
        yield simulator.url


@pytest.fixture
def broker(broker_url: str, broker_clock: FakeClock) -> Iterator[Control]:
    """The control calls of the broker."""
    control = Control(broker_url)
    broker_clock.now = NOW
    yield control
    control.forget()


@pytest.fixture
def secret(receiver: Receiver, aws_client: AwsClient, seconds: Seconds) -> Secret:
    """The secret of the deployment, as it should be; the receiver stands for Secrets Manager."""
    put_secret(receiver, CLIENT_SECRET)
    return Secret(aws_client, SECRET_ARN, *SECRET_MEMBERS, clock=seconds)


def put_secret(receiver: Receiver, client_secret: str) -> None:
    text = f'{{"clientId": "{CLIENT_ID}", "clientSecret": "{client_secret}"}}'
    receiver.will_answer(200, {"SecretString": text})


@pytest.fixture
def make_dcv(broker: Control, secret: Secret, seconds: Seconds, broker_clock: FakeClock) -> Iterator[MakeDcv]:
    """Make the plug with these settings, or without authorisation, as a function makes it when it starts."""
    broken: list[str] = []

    def make(*, authorised: bool = True, scope: str = "", token_minutes: int = 60, **ways: str) -> DcvSessions:
        place = "/oauth2/token"
        tokens = WitnessedService(broker.url + place, broken, place)
        token = AccessToken(tokens, secret, scope=scope, clock=seconds)
        service = WitnessedService(broker.url, broken)
        given = Broker(service, token if authorised else None)
        return DcvSessions(given, token_minutes=token_minutes, clock=broker_clock, **ways)

    yield make
    assert broken == []


@pytest.fixture
def dcv(make_dcv: MakeDcv) -> DcvSessions:
    return make_dcv()


@pytest.fixture
def sessions(broker: Control) -> Sessions:
    """The broker's sessions, behind the plug's back."""
    return Sessions(broker)
