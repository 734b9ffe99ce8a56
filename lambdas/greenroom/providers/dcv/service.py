"""Amazon DCV behind the provider port, by a Session Manager broker.

States and members follow the Session Manager Developer Guide, https://docs.aws.amazon.com/dcv/latest/sm-dev/.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from greenroom.domain.errors import ServiceRefused, StreamNotReady
from greenroom.domain.values import Progress, Status, StreamUrl, utc_now
from greenroom.providers.bodies import shown
from greenroom.providers.dcv.broker import Broker, Server, Session, SessionConnectionData
from greenroom.providers.dcv.token import SECRET_MEMBERS, AccessToken
from greenroom.providers.https_service import HttpsService
from greenroom.providers.secret import Secret

if TYPE_CHECKING:
    from greenroom.providers.dcv.fields import DcvFields
    from greenroom.providers.port import Starting, Wiring

# A token is asked for before a call or two: together they end before a function's 30 s do.
TOKEN_READ_SECONDS = 4
# Longer than a function runs, which may have been killed while the broker made the session, and than a new session is
# seen to be missing from the broker's list.
SETTLES_IN_SECONDS = 45
# A new session may be missing from the broker's list, or be in it as DELETED, before it shows as what it is.
NEW_FOR = timedelta(seconds=60)
# UNKNOWN: the broker lost sight of the server, for a moment or for good.
UNKNOWN_FOR = timedelta(minutes=5)
# Where DCV servers listen by default.
DEFAULT_PORT = 8443


def connect(wiring: Wiring) -> DcvSessions:
    variables = wiring.variables
    https = partial(HttpsService, ca_bundle=variables.get("DCV_CA_BUNDLE", ""), ca_setting="dcvCaBundle")
    token = None
    if token_url := variables.get("DCV_TOKEN_URL"):
        secret = Secret(wiring.aws_client, variables["DCV_SECRET_ARN"], *SECRET_MEMBERS)
        service = https(token_url, read_seconds=TOKEN_READ_SECONDS)
        token = AccessToken(service, secret, scope=variables.get("DCV_TOKEN_SCOPE", ""))
    return DcvSessions(
        Broker(https(variables["DCV_BROKER_URL"]), token),
        gateway_url=variables.get("DCV_GATEWAY_URL", ""),
        token_minutes=int(variables["DCV_TOKEN_MINUTES"]),
    )


class DcvSessions:
    """The provider port over a broker. A stream is a session, and its name tells for which request it was made.

    Without a `gateway_url`, people reach each server directly. `token_minutes`: how long a connection token lives that
    does not tell.
    """

    def __init__(
        self, broker: Broker, *, gateway_url: str = "", token_minutes: int, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._broker = broker
        self._gateway_url = gateway_url
        self._token_time = timedelta(minutes=token_minutes)
        self._clock = clock

    @property
    def endpoint(self) -> str:
        return self._broker.url

    @property
    def settles_in(self) -> int:
        """The broker knows no client token: what an unclear create has made shows in its list, and not at once."""
        return SETTLES_IN_SECONDS

    def prepare(self, fields: DcvFields, client_token: str, starting: Starting) -> Progress:  # noqa: ARG002
        """Poll the session that the request names. For a new one, note that there may be one to release from now on."""
        if fields.session_id is None:
            starting()
            return Progress(Status.READY)
        session = self._existing(fields)
        status = Status.FAILED if session.is_ending else Status.READY
        return Progress(status, session.state, session.substate, session.state_reason)

    def create(self, fields: DcvFields, client_token: str) -> Progress:
        if fields.session_id is not None:
            return progress_of(self._existing(fields))
        # One that is DELETED was made for this request too, and may be so for a moment only, as new ones are.
        made = sorted(self._ours(fields, client_token), key=lambda session: session.is_ending)
        session = made[0] if made else self._broker.create(_wanted(fields, client_token))
        return progress_of(session, is_new=True)

    def describe(self, fields: DcvFields, stream_id: str, age: timedelta) -> Progress:  # noqa: ARG002
        """Poll the session. A broker without persistence forgets its sessions when it is restarted.

        https://docs.aws.amazon.com/dcv/latest/sm-admin/configure-broker-persistence.html. Another create takes the
        session if the broker knows it again by then, or makes a new one.
        """
        session = self._broker.session(stream_id)
        if session is None:
            pending = Progress(Status.PENDING, detail=f"The broker knows no session {stream_id}", stream_id=stream_id)
            return pending if age < NEW_FOR else replace(pending, status=Status.FAILED, forgotten=True)
        return progress_of(session, is_new=age < NEW_FOR, is_lost=age >= UNKNOWN_FOR)

    def connect(self, fields: DcvFields, stream_id: str) -> StreamUrl:
        asked_at = self._clock()
        data = self._connection_data(fields, stream_id)
        token, url = data.connection_token, None
        if data.session.state == "READY" and token:
            url = web_url(data.session.server, self._gateway_url, stream_id, token)
        if not token or not url:
            raise StreamNotReady(f"Session {stream_id} is {data.session.state} and has no way in yet")
        return StreamUrl(url, end_of(token) or asked_at + self._token_time)

    def release(self, fields: DcvFields, stream_id: str | None, client_token: str) -> None:
        """Delete every session that was made; one that the request named is its owner's, and stays.

        Two creates at once make two sessions. The flow knows one of them, which the list may not have yet.
        """
        if fields.session_id is not None:
            return
        known = {session.id for session in self._ours(fields, client_token) if not session.is_ending}
        made = known | ({stream_id} if stream_id else set())
        if made:
            self._broker.delete(sorted(made), fields.owner)

    def _ours(self, fields: DcvFields, client_token: str) -> Iterator[Session]:
        """Yield the sessions that were made for this request, by name: the broker knows no client token."""
        name = _name(client_token)
        for session in self._broker.sessions_of(fields.owner):
            if session.name == name:
                yield session

    def _existing(self, fields: DcvFields) -> Session:
        session = self._broker.session(fields.session_id or "")
        if session is None:
            raise ServiceRefused(
                "SessionNotFound", f"The broker knows no session {fields.session_id}: sessionId must be one that exists"
            )
        if session.owner != fields.owner:
            raise ServiceRefused(
                "NotTheOwner",
                f"Session {session.id} is not {fields.owner}'s: owner must be its owner, or sessionId one of theirs",
            )
        return session

    def _connection_data(self, fields: DcvFields, stream_id: str) -> SessionConnectionData:
        """Return the connection data. One status stands for a session that is not ready and for a user who may not."""
        try:
            return self._broker.connection_data(stream_id, fields.owner)
        except ServiceRefused as refused:
            if refused.name != "BrokerRefused":
                raise
            session = self._broker.session(stream_id)
            if session is None or session.state != "READY":
                raise StreamNotReady(
                    f"Session {stream_id} is {session.state if session else 'not known'} and has no way in yet"
                ) from None
            raise ServiceRefused(
                refused.name,
                f"The broker does not let {fields.owner} into the session: {refused.message} (field owner)",
            ) from None


def _wanted(fields: DcvFields, client_token: str) -> dict[str, Any]:
    """Return the session of a request, as CreateSessions wants it."""
    return {
        "Name": _name(client_token),
        "Owner": fields.owner,
        "Type": fields.session_type or "VIRTUAL",
        # The broker's queue would make the session later, though nobody may be waiting for it any more. What it refuses
        # now, the flow asks for again until the deadline, and shows why it waits.
        "EnqueueRequest": False,
        **({"Requirements": fields.requirements} if fields.requirements else {}),
    }


def _name(client_token: str) -> str:
    return f"greenroom-{client_token[:32]}"


def progress_of(session: Session, *, is_new: bool = False, is_lost: bool = False) -> Progress:
    """Return how far a session is. If it `is_new`, DELETED may be wrong; if it `is_lost`, UNKNOWN may be for good.

    UNKNOWN may also last only a moment, as after a restart of the broker. So the session counts as forgotten: another
    create finds it again, if it exists, and gives it more time.
    """
    status, forgotten = Status.PENDING, session.state == "UNKNOWN" and is_lost
    if session.state == "READY":
        status = Status.READY
    elif (session.is_ending and not is_new) or forgotten:
        status = Status.FAILED
    seen = {
        "streamId": session.id,
        "state": session.state,
        "statusCode": session.substate,
        "statusMessage": session.state_reason,
        "name": session.name,
        "ownedBy": session.owner,
        "sessionType": session.type,
        "createdAt": session.creation_time,
    }
    return Progress(
        status,
        state=session.state,
        status_code=session.substate,
        detail=session.state_reason,
        stream_id=session.id,
        stream=shown(seen),
        forgotten=forgotten,
    )


def web_url(server: Server | None, gateway_url: str, session_id: str, token: str) -> str | None:
    """Return `https://{host}:{port}{WebUrlPath}?authToken={token}#{sessionId}`, or None if no host is known yet.

    Behind a DCV Connection Gateway, host and port are the gateway's.
    """
    server = server or Server()
    web = next((endpoint for endpoint in server.endpoints or () if endpoint.protocol == "HTTP"), None)
    path = quote((web and web.web_url_path) or server.web_url_path or "/", safe="/")
    host = server.hostname or server.ip
    if not gateway_url and not host:
        return None
    port = (web and web.port) or server.port or DEFAULT_PORT
    base = gateway_url.rstrip("/") if gateway_url else f"https://{_in_a_url(host or '')}:{quote(str(port), safe='')}"
    return f"{base}/{path.lstrip('/')}?authToken={quote(token, safe='')}#{quote(session_id, safe='')}"


def end_of(token: str) -> datetime | None:
    """Return when a connection token ends, by the `exp` of its JWT; None if it does not tell.

    The signature is not looked at: the token came from the broker itself, and only the DCV server needs to trust it.
    """
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None


def _in_a_url(host: str) -> str:
    return f"[{host}]" if ":" in host else quote(host, safe="")
