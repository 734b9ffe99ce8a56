"""A JupyterHub behind the provider port. A stream is a user's server, and its URL one that lets its bearer into it.

The single-user servers must take a token from a URL, which since JupyterHub 5 they do only where the hub's
configuration says so: `c.Spawner.environment = {"JUPYTERHUB_ALLOW_TOKEN_IN_URL": "1"}`. Others ask to log in first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin

from greenroom.domain.errors import ServiceFailed, ServiceRefused, StreamNotReady
from greenroom.domain.values import Progress, Status, StreamUrl, utc_now
from greenroom.providers.https_service import HttpsService
from greenroom.providers.jupyterhub.hub import SECRET_MEMBERS, Hub, Server
from greenroom.providers.secret import Secret

if TYPE_CHECKING:
    from greenroom.providers.jupyterhub.fields import JupyterHubFields
    from greenroom.providers.port import Starting, Wiring


# A hub waits for 10 s for what it starts or stops before it says that it is slow (`slow_spawn_timeout`,
# `slow_stop_timeout`), and for some more while it interrupts a start.
PATIENT_SECONDS = 14


def connect(wiring: Wiring) -> JupyterHub:
    variables = wiring.variables
    https = partial(
        HttpsService,
        variables["JUPYTERHUB_URL"],
        ca_bundle=variables.get("JUPYTERHUB_CA_BUNDLE", ""),
        ca_setting="jupyterhubCaBundle",
    )
    secret = Secret(wiring.aws_client, variables["JUPYTERHUB_SECRET_ARN"], *SECRET_MEMBERS)
    hub = Hub(https(), https(read_seconds=PATIENT_SECONDS), secret)
    return JupyterHub(hub, public_url=variables.get("JUPYTERHUB_PUBLIC_URL", ""))


class JupyterHub:
    """The provider port over a hub, which runs a server once, however often it is asked: client tokens are not needed.

    A server that was stopped when its request was prepared counts as started for that request.
    """

    def __init__(self, hub: Hub, *, public_url: str = "", clock: Callable[[], datetime] = utc_now) -> None:
        self._hub = hub
        self._public_url = public_url
        self._clock = clock

    @property
    def endpoint(self) -> str:
        return self._hub.url

    @property
    def settles_in(self) -> int:
        """A server that runs or starts is not started again."""
        return 0

    def prepare(self, fields: JupyterHubFields, client_token: str, starting: Starting) -> Progress:  # noqa: ARG002
        """Look whether the server runs or starts. One that is being stopped has to stop first."""
        server = self._server(fields)
        if server and server.is_in_between:
            return Progress(Status.PENDING, server.state)
        if server is None or server.is_stopped:
            starting()
        return Progress(Status.READY, server.state if server else None)

    def create(self, fields: JupyterHubFields, client_token: str) -> Progress:  # noqa: ARG002
        refusal = self._start(fields)
        server = self._server(fields)
        if refusal and (server is None or server.is_stopped):
            raise ServiceRefused(
                "ServerNotStarted", f"The hub does not start the server: {refusal} (check the field serverName)"
            )
        if refusal and server and server.is_in_between:
            return Progress(Status.PENDING, server.state, detail=refusal)
        progress = self._progress(fields, server)
        # Forgotten between our two calls: the next look tells so too, and has it started again.
        return replace(progress, status=Status.PENDING) if progress.forgotten else progress

    def describe(self, fields: JupyterHubFields, stream_id: str, age: timedelta) -> Progress:  # noqa: ARG002
        """Poll the server. A hub knows it as soon as its start is asked for, so the age makes no difference."""
        return self._progress(fields, self._server(fields))

    def connect(self, fields: JupyterHubFields, stream_id: str) -> StreamUrl:
        server = self._server(fields)
        if not server or not server.ready:
            raise StreamNotReady(
                f"Server {stream_id} is {server.state if server else 'not there'} and cannot be opened"
            )
        asked_at = self._clock()
        made = self._hub.make_token(
            fields.user, fields.server_name, seconds=fields.expiration_in_seconds, note=_note(fields)
        )
        expires_at = made.expires_at or asked_at + timedelta(seconds=fields.expiration_in_seconds)
        url = web_url(server, self.endpoint, self._public_url, fields.path, made.token)
        # Rounded down, the expiry is never late.
        return StreamUrl(url, expires_at.replace(microsecond=0))

    def release(self, fields: JupyterHubFields, stream_id: str | None, client_token: str) -> None:  # noqa: ARG002
        """Revoke the tokens that Greenroom made for the server, and stop it. It stays the user's, with all its files.

        A server that has seen a token takes it for five minutes more, but is not there any more.
        """
        self._hub.revoke_tokens(fields.user, _note(fields))
        refusal = self._hub.stop(fields.user, fields.server_name)
        if refusal and (server := self._server(fields)) and not server.is_stopped:
            raise ServiceFailed("ServerNotStopped", f"The hub does not stop the server: {refusal}")

    def _start(self, fields: JupyterHubFields) -> str | None:
        """Start the server. If a start fails while the hub waits for it, the answer does not say why; ask for that."""
        try:
            return self._hub.start(fields.user, fields.server_name)
        except ServiceFailed:
            if why := self._hub.why_it_failed(fields.user, fields.server_name):
                raise ServiceFailed("StartFailed", f"The hub could not start the server: {why}") from None
            raise

    def _server(self, fields: JupyterHubFields) -> Server | None:
        return self._hub.server(fields.user, fields.server_name)

    def _progress(self, fields: JupyterHubFields, server: Server | None) -> Progress:
        """Return how far a server is. One that neither runs nor starts has failed, if the hub says why.

        Else somebody stopped it, or the hub was restarted and has forgotten every start that was under way.
        """
        stream_id = _stream_id(fields)
        if server is None:
            detail = f"The hub has no server {stream_id}"
            return Progress(Status.FAILED, detail=detail, stream_id=stream_id, forgotten=True)
        stream = {"state": server.state, "streamId": stream_id}
        if server.started:
            stream["createdAt"] = server.started
        progress = Progress(Status.PENDING, server.state, stream_id=stream_id, stream=stream)
        if server.ready:
            return replace(progress, status=Status.READY)
        if not server.is_stopped:
            return progress
        if why := self._hub.why_it_failed(fields.user, fields.server_name):
            return replace(progress, status=Status.FAILED, detail=why)
        return replace(progress, status=Status.FAILED, detail="The server was stopped", forgotten=True)


def _stream_id(fields: JupyterHubFields) -> str:
    """Return the server as the hub writes it in its scopes; a default server has nothing after the slash."""
    return f"{fields.user}/{fields.server_name}"


def _note(fields: JupyterHubFields) -> str:
    """Return the note of a token, by which release finds it, and the user knows it in the hub's list."""
    return f"Greenroom, for {_stream_id(fields)}"


def web_url(server: Server, hub_url: str, public_url: str, path: str, token: str) -> str:
    """Return the URL of a path in a server: at the public URL, or else where the hub says, or else at the hub's own.

    A server compares paths letter by letter, and knows its own as the hub has encoded it: with `%2B`, but with `@`. The
    hub's `url` has that path; where each user has a domain, it is a whole URL.
    """
    root = urljoin(public_url or hub_url, server.url)
    if server.full_url and not public_url:
        root = server.full_url
    return f"{root.rstrip('/')}/{quote(path, safe='/:@')}?{urlencode({'token': token})}"
