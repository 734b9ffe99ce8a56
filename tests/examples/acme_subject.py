"""Acme as a subject of the suite: a real server, its calls by way of a proxy that breaks some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import time_machine

from tests.conformance.deployment import PutSecret
from tests.conformance.execution import Execution, Pause
from tests.conformance.faulty_proxy import Break, faulty_proxy
from tests.conformance.subject import Scene, Subject
from tests.examples.acme_server import AcmeServer, Manners, serve_acme

_START = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
_CREATE, _LOOK = "POST /desks", "GET /desks/[^/]+"
# More often than what is not throttled is retried.
_OFTEN = range(1, 9)


def _manners(**manners: Any) -> dict[str, Any]:
    return {"manners": Manners(**manners)}


def _broken(pattern: str, **how: Any) -> dict[str, Any]:
    return {"breaks": [Break(pattern, **how)]}


def _in_a_state(state: str) -> Callable[[Any], Any]:
    return lambda desk: {**desk, "state": state}


@dataclass
class Secret:
    """What Secrets Manager keeps for Acme."""

    put: PutSecret

    def put_token(self, token: str) -> str:
        return self.put({"token": token})


class Acme(Subject):
    """`setting` of a scene: the server's `manners`, the proxy's `breaks`, and the `token` that the server takes."""

    provider, start = "acme", Break(_CREATE, range(1, 2))
    request: ClassVar[Mapping[str, Any]] = {"user": "ada"}
    scenes: ClassVar[Mapping[str, Scene]] = {
        "ready at once": Scene(setting=_manners(ready_after=0)),
        "ready later": Scene(setting=_manners(ready_after=30)),
        "failed": Scene(setting=_manners(state="BROKEN", reason="the disk is full"), words=("the disk is full",)),
        "no room yet": Scene(setting=_manners(room=0), changes={4: _manners()}, words=("no desk is free",)),
        "throttled at the create": Scene(setting=_broken(_CREATE, status=429, calls=_OFTEN)),
        "throttled at a look": Scene(setting=_broken(_LOOK, status=429, calls=_OFTEN)),
        "answer of the create lost": Scene(setting=_broken(_CREATE, lost=True, calls=range(1, 2))),
        "away while it is waited for": Scene(setting=_manners(ready_after=30)),
        "away during the create": Scene(setting=_broken(_CREATE, lost=True, calls=range(1, 2))),
        "connect before ready": Scene(setting=_manners(ready_after=0, opens=False), changes={3: _manners()}),
        "expiry": Scene(request={"expirationInSeconds": 600}, seconds=600),
        "release": Scene(setting=_manners(ready_after=None)),
        "release of what is gone": Scene(setting=_manners(ready_after=None)),
        "ended while the create is in flight": Scene(),
        "unknown state": Scene(
            setting=_broken(f"{_CREATE}|{_LOOK}", edit=_in_a_state("DREAMING")), words=("DREAMING",)
        ),
        "endpoint unreachable": Scene(setting=_broken(_CREATE, cut=True)),
        "credentials refused": Scene(setting={"token": "another"}, words=("TokenRefused",)),
        # Beside the suite's.
        "no answer of the create comes": Scene(setting=_broken(_CREATE, lost=True)),
        "throttled for ever": Scene(setting=_broken("POST /desks/.+/url", status=429)),
        "unknown user": Scene(request={"user": "nobody"}),
        "refused": Scene(setting=_broken(_CREATE, status=418)),
        "secret changed": Scene(setting={"token": "t0ken-of-next-year"}),
    }
    acme: AcmeServer
    secret: Secret
    clock: time_machine.Traveller

    @contextmanager
    def running(self) -> Iterator[None]:
        with serve_acme() as self.acme, faulty_proxy(self.acme.url) as self.proxy:
            self.url = self.proxy.url
            yield

    def variables(self, put_secret: PutSecret) -> Mapping[str, str]:
        self.secret = Secret(put_secret)
        return {"ACME_URL": self.url, "ACME_SECRET_ARN": self.secret.put_token(self.acme.token)}

    @contextmanager
    def time(self) -> Iterator[Pause]:
        with time_machine.travel(_START, tick=False) as self.clock:
            self.acme.forget()
            self.proxy.forget()
            self.secret.put_token(self.acme.token)
            yield lambda _state, seconds: self.clock.shift(seconds)

    def arrange(self, setting: Mapping[str, Any]) -> None:
        self.acme.manners = setting.get("manners", Manners())
        self.acme.token = setting.get("token", AcmeServer.token)
        self.proxy.plan(setting.get("breaks", ()))

    def made(self) -> int:
        return self.acme.made

    def held(self) -> int:
        return len(self.acme.desks)

    def lose(self) -> None:
        self.acme.desks.clear()

    def expiry(self, url: str, execution: Execution) -> datetime:  # noqa: ARG002  # Acme counts from the call
        opened_at = execution.of("GetStream")[-1].begun
        return (opened_at + timedelta(seconds=self.scenes["expiry"].seconds)).replace(microsecond=0)

    def secrets(self) -> set[str]:
        return {AcmeServer.token, "t0ken-of-next-year"}
