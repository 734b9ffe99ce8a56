"""A real JupyterHub, behind a proxy that breaks calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

import time_machine

from tests.conformance.deployment import PutSecret
from tests.conformance.execution import Execution, Pause
from tests.conformance.faulty_proxy import Break, faulty_proxy
from tests.conformance.hub import ADA, BOB, CLARA, DAN, USERS, Hub, running_hub
from tests.conformance.subject import Scene, Subject

_START, _LOOK = r"POST /hub/api/users/\w+/server", r"GET /hub/api/users/\w+"
_OFTEN = range(1, 9)
_LONGEST_PAUSE = 0.5
_NOTE = "a proxy in front of the real hub breaks a call"


def _as(pending: str) -> Callable[[Any], Any]:
    """Make an answer say that the user's servers are doing this, but for those that are stopped."""

    def edit(user: Any) -> Any:
        for server in user["servers"].values():
            if not server["stopped"]:
                server |= {"ready": False, "pending": pending}
        return user

    return edit


def _broken(how: Break, **scene: Any) -> Scene:
    return Scene(setting={"breaks": [how]}, note=_NOTE, **scene)


class JupyterHub(Subject):
    """`starting`: whose server starts already when a case begins, beside Ada's, which runs.

    The hub has its own time: a pause of the flow takes a little of it, and our clock is put on.
    """

    provider, deadline_seconds, start = "jupyterhub", 10, Break(_START, range(1, 2))
    request: ClassVar[Mapping[str, Any]] = {"user": ADA}
    scenes: ClassVar[Mapping[str, Scene]] = {
        "ready at once": Scene(),
        "ready later": Scene(request={"user": BOB}),
        "failed": Scene(request={"user": CLARA}, words=("could not start the server",)),
        "no room yet": Scene(
            request={"user": BOB}, setting={"starting": DAN}, changes={3: {}}, words=("ActiveServerLimit",)
        ),
        "throttled at the create": _broken(Break(_START, _OFTEN, status=429)),
        "throttled at a look": _broken(Break(_LOOK, _OFTEN, status=429)),
        "answer of the create lost": _broken(Break(_START, range(1, 2), lost=True), request={"user": BOB}),
        "away while it is waited for": Scene(request={"user": BOB}, note=_NOTE),
        "away during the create": _broken(Break(_START, range(1, 2), lost=True), request={"user": BOB}),
        "connect before ready": _broken(Break(_LOOK, range(3, 6), edit=_as("spawn"))),
        "expiry": Scene(request={"expirationInSeconds": 600}, seconds=600),
        "release": Scene(request={"user": DAN}),
        "release of what is gone": Scene(request={"user": DAN}),
        "ended while the create is in flight": Scene(request={"user": BOB}, note=_NOTE),
        "unknown state": _broken(Break(_LOOK, edit=_as("hibernate")), words=("hibernate",)),
        "endpoint unreachable": _broken(Break(".*", cut=True)),
        "credentials refused": Scene(
            # The hub has forgotten the token that is kept, and the new one in the secret may do less.
            setting={"narrow": True, "breaks": [Break(".*", range(1, 2), status=401)]},
            words=("must be that of a service of the hub which has the scopes servers and tokens",),
        ),
    }
    _hub: Hub
    _put_secret: PutSecret
    _narrow = ""

    @contextmanager
    def running(self) -> Iterator[None]:
        with running_hub() as self._hub, faulty_proxy(self._hub.url) as self.proxy:
            self.url = self.proxy.url
            yield

    def variables(self, put_secret: PutSecret) -> Mapping[str, str]:
        self._put_secret = put_secret
        return {"JUPYTERHUB_URL": self.url, "JUPYTERHUB_SECRET_ARN": put_secret({"token": self._hub.token})}

    @contextmanager
    def time(self) -> Iterator[Pause]:
        self._put_secret({"token": self._hub.token})
        self.proxy.forget()
        self._hub.wait_until_ready(ADA)
        self._hub.revoke_tokens()
        with time_machine.travel(datetime.now(UTC), tick=True) as clock:

            def pause(_state: str, seconds: float) -> None:
                slept = min(seconds, _LONGEST_PAUSE)
                time.sleep(slept)
                clock.shift(seconds - slept)

            yield pause

    def arrange(self, setting: Mapping[str, Any]) -> None:
        for user in USERS:
            if user != ADA and self._hub.runs(user):
                self._hub.stop(user)
        if "starting" in setting:
            self._hub.begin_to_start(setting["starting"])
        if "narrow" in setting:
            self._narrow = self._hub.make_token(ADA, f"read:users:name!user={ADA}")
            self._put_secret({"token": self._narrow})
        self.proxy.plan(setting.get("breaks", ()))

    def made(self) -> int:
        """The servers that start, or run already, since they were asked for; or the tokens for them, if more."""
        servers, tokens = (self.proxy.posted(end, 201, 202, 400) for end in ("/server", "/tokens"))
        return max(len(set(servers)), len(tokens))

    def held(self) -> int:
        """All but Ada's server, which was there before."""
        return len([user for user in USERS if user != ADA and (self._hub.tokens(user) or self._hub.runs(user))])

    def lose(self) -> None:
        self._hub.stop(DAN)

    def expiry(self, url: str, execution: Execution) -> datetime:  # noqa: ARG002  # the hub knows its tokens
        """To the second."""
        (token,) = self._hub.tokens(ADA)
        return datetime.fromisoformat(str(token["expires_at"])).replace(microsecond=0)

    def secrets(self) -> set[str]:
        return {self._hub.token, self._narrow} - {""}
