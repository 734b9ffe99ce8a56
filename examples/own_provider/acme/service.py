"""Acme behind the provider port. A stream is a desk; Acme makes one for each client token."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from greenroom.domain.errors import CapacityUnavailable, MalformedAnswer, ServiceFailed, ServiceRefused, StreamNotReady
from greenroom.domain.values import Progress, Status, StreamUrl
from greenroom.providers.bodies import ABody, Body, Moment, Text, read
from greenroom.providers.https_service import Answer, HttpsService
from greenroom.providers.secret import Secret

if TYPE_CHECKING:
    from greenroom.providers.port import Starting, Wiring

    from .fields import AcmeFields

# The member of the secret by which Acme knows Greenroom.
SECRET_MEMBERS = ("token",)

# STARTING, and any state that is not here, is PENDING.
STATES = {"RUNNING": Status.READY, "BROKEN": Status.FAILED, "DELETED": Status.FAILED}


class Desk(Body, frozen=True):
    id: Annotated[str, msgspec.Meta(pattern=r"^[\w-]+$")]
    state: str
    reason: str | None = None


class Desks(Body, frozen=True):
    desks: list[Desk]


class Link(Body, frozen=True, rename="camel"):
    url: Text
    expires_at: Moment


def connect(wiring: Wiring) -> Acme:
    variables = wiring.variables
    service = HttpsService(
        variables["ACME_URL"], ca_bundle=variables.get("ACME_CA_BUNDLE", ""), ca_setting="acmeCaBundle"
    )
    return Acme(service, Secret(wiring.aws_client, variables["ACME_SECRET_ARN"], *SECRET_MEMBERS))


class Acme:
    def __init__(self, service: HttpsService, secret: Secret) -> None:
        self._service = service
        self._secret = secret

    @property
    def endpoint(self) -> str:
        return self._service.url

    @property
    def settles_in(self) -> int:
        """Acme knows the client token, so that a repeat makes no second desk."""
        return 0

    def prepare(self, fields: AcmeFields, client_token: str, starting: Starting) -> Progress:  # noqa: ARG002
        """A desk needs nothing to run on. From now on there may be one, which a release finds by the client token."""
        starting()
        return Progress(Status.READY)

    def create(self, fields: AcmeFields, client_token: str) -> Progress:
        answer = self._call("POST", "/desks", {"user": fields.user, "token": client_token})
        if answer.status == 409:
            raise CapacityUnavailable("NoDeskFree", answer.words)
        if answer.status == 404:
            raise ServiceRefused("UserNotFound", f"Acme has no user {fields.user}: the field user must name one")
        return _progress(self._read(Desk, answer))

    def describe(self, fields: AcmeFields, stream_id: str, age: timedelta) -> Progress:  # noqa: ARG002
        return _progress(self._read(Desk, self._call("GET", f"/desks/{stream_id}")))

    def connect(self, fields: AcmeFields, stream_id: str) -> StreamUrl:
        answer = self._call("POST", f"/desks/{stream_id}/url", {"seconds": fields.expiration_in_seconds})
        if answer.status == 409:
            raise StreamNotReady(f"Desk {stream_id} cannot be opened yet: {answer.words}")
        link = self._read(Link, answer)
        return StreamUrl(link.url, link.expires_at)

    def release(self, fields: AcmeFields, stream_id: str | None, client_token: str) -> None:  # noqa: ARG002
        found = self._read(Desks, self._call("GET", f"/desks?token={client_token}"))
        for desk in found.desks:
            answer = self._call("DELETE", f"/desks/{desk.id}")
            if answer.status != 404:
                self._ensure_it_is_done(answer)

    def _call(self, method: str, path: str, body: Any = None) -> Answer:
        """Make one attempt; a second one if the token that we keep is refused, because it may have been changed."""
        answer = self._service.call(method, path, headers=self._authorisation(), body=body)
        if answer.status == 401:
            answer = self._service.call(method, path, headers=self._authorisation(fresh=True), body=body)
        if answer.status == 401:
            right = f"the secret {self._secret.arn} must have the token that Acme gave you"
            raise ServiceRefused("TokenRefused", f"{self.endpoint} refuses the token: {right}")
        if answer.status >= 500:
            raise ServiceFailed("AcmeFailed", f"{self.endpoint} failed: {answer.words} (status {answer.status})")
        return answer

    def _authorisation(self, *, fresh: bool = False) -> dict[str, str]:
        return {"authorization": f"Bearer {self._secret.read(fresh=fresh)['token']}"}

    def _ensure_it_is_done(self, answer: Answer) -> None:
        if not answer.is_success:
            raise ServiceRefused("AcmeRefused", f"{self.endpoint} refused: {answer.words} (status {answer.status})")

    def _read(self, model: type[ABody], answer: Answer) -> ABody:
        self._ensure_it_is_done(answer)
        try:
            return read(model, answer.body)
        except ValueError:
            raise MalformedAnswer(f"{self.endpoint} gave an answer that is not Acme's protocol") from None


def _progress(desk: Desk) -> Progress:
    return Progress(
        STATES.get(desk.state, Status.PENDING),
        desk.state,
        detail=desk.reason,
        stream_id=desk.id,
        stream={"streamId": desk.id, "state": desk.state},
    )
