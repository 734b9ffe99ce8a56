"""The broker's API: who may call, what is called, and its answers in JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from werkzeug import Request, Response
from werkzeug.routing import Rule

from local.simulator.core.routes import Routes
from local.simulator.core.service import Answer, Invocation, Service
from local.simulator.dcv import requests
from local.simulator.dcv.fleet import Fleet
from local.simulator.dcv.settings import NO_SERVER, DcvBehaviour
from local.simulator.dcv.tokens import CLIENT_ID, AccessTokens, why_no_token
from local.simulator.dcv.wire import Refusal, about, as_json, parsed, valid

_STATUS = {
    "ValidationException": 400,
    "UnauthorizedException": 401,
    "AccessDeniedException": 403,
    "ResourceNotFoundException": 404,
    "ThrottlingException": 429,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}
# Answered with status 200, as the broker does.
_NO_SERVER = "NoServer"
_ROUTES = Routes(
    [
        Rule("/oauth2/token", methods=["POST"], endpoint="getToken"),
        Rule("/describeSessions", methods=["POST"], endpoint="describeSessions"),
        Rule("/createSessions", methods=["POST"], endpoint="createSessions"),
        Rule("/deleteSessions", methods=["POST"], endpoint="deleteSessions"),
        Rule("/sessionConnectionData/<session_id>/<user>", methods=["GET"], endpoint="getSessionConnectionData"),
    ]
)


def make() -> Broker:
    return Broker()


class Broker(Service[DcvBehaviour]):
    """The broker itself names no errors; faults and limits use these names, each of which stands for a status."""

    behaviour = DcvBehaviour
    operations = frozenset(
        {"getToken", "describeSessions", "createSessions", "deleteSessions", "getSessionConnectionData"}
    )
    errors = frozenset({*_STATUS, _NO_SERVER})
    throttled = "ThrottlingException"

    def __init__(self) -> None:
        self._fleet = Fleet()
        self._tokens = AccessTokens()
        self._operations: dict[str, Callable[[Any, datetime], Answer]] = {
            "describeSessions": self._describe,
            "createSessions": self._create,
            "deleteSessions": self._delete,
            "getSessionConnectionData": self._connection_data,
        }

    def identify(self, request: Request) -> Invocation | Response:
        matched = _ROUTES.match(request)
        if matched is None:
            return as_json({"error": f"no operation at {request.method} {request.path}"}, 404)
        operation, labels = matched
        if operation == "getToken":
            return Invocation(operation, CLIENT_ID)
        if operation == "getSessionConnectionData":
            session_id = labels["session_id"]
            return Invocation(operation, self._fleet.owner_of(session_id) or labels["user"], session_id, input=labels)
        body = parsed(request)
        told = about(body)
        owner = told.get("Owner") or self._fleet.owner_of(told.get("SessionId"))
        return Invocation(operation, owner, told.get("SessionId"), told.get("Name"), body)

    def perform(self, invocation: Invocation, request: Request, now: datetime) -> Answer:
        if invocation.operation == "getToken":
            return self._token(request, now)
        if refusal := self._why_not_let_in(request, now):
            return Answer(as_json({"error": refusal}, 401))
        try:
            return self._operations[invocation.operation](invocation.input, now)
        except Refusal as refused:
            return Answer(as_json({"error": str(refused)}, 400))

    def refuse(self, invocation: Invocation, error: str, message: str) -> Response:
        if error != _NO_SERVER or invocation.operation != "createSessions":
            return as_json({"error": message}, _STATUS.get(error, 500))
        unmade = [_unmade(wanted, NO_SERVER) for wanted in invocation.input or ()]
        return as_json({"RequestId": str(uuid4()), "SuccessfulList": [], "UnsuccessfulList": unmade})

    def set(self, key: str, behaviour: DcvBehaviour, now: datetime) -> None:
        self._fleet.set(key, behaviour, now)

    def forget(self) -> None:
        self._fleet.forget()
        self._tokens.forget()

    def _why_not_let_in(self, request: Request, now: datetime) -> str | None:
        authorization = request.headers.get("Authorization")
        if not self._fleet.behaviour_of(CLIENT_ID).authorization or self._tokens.accepts(authorization, now):
            return None
        return "The access token is not valid" if authorization else "No authorization header"

    def _token(self, request: Request, now: datetime) -> Answer:
        if refusal := why_no_token(request):
            error, status = refusal
            return Answer(as_json({"error": error}, status))
        return Answer(as_json(self._tokens.issue(now, self._fleet.behaviour_of(CLIENT_ID).access_token_seconds)))

    def _describe(self, body: Any, now: datetime) -> Answer:
        wanted = valid(requests.DESCRIBE, body)
        page, next_token = self._fleet.list(wanted, now)
        more = {"NextToken": next_token} if next_token else {}
        return Answer(as_json({"RequestId": str(uuid4()), "Sessions": page, **more}))

    def _create(self, body: Any, now: datetime) -> Answer:
        made, unmade = [], []
        for number, wanted in enumerate(valid(requests.CREATE, body)):
            if reason := self._fleet.reason_against(wanted, now):
                unmade.append(_unmade(body[number], reason))
            else:
                made.append(self._fleet.create(wanted, now))
        response = as_json({"RequestId": str(uuid4()), "SuccessfulList": made, "UnsuccessfulList": unmade})
        return Answer(response, str(made[0]["Id"]) if made else None)

    def _delete(self, body: Any, now: datetime) -> Answer:
        deleted: list[dict[str, str]] = []
        undeleted: list[dict[str, str]] = []
        for wanted in valid(requests.DELETE, body):
            if reason := self._fleet.delete(wanted, now):
                undeleted.append({"SessionId": wanted.session_id, "FailureReason": reason})
            else:
                deleted.append({"SessionId": wanted.session_id, "State": "DELETING"})
        return Answer(as_json({"RequestId": str(uuid4()), "SuccessfulList": deleted, "UnsuccessfulList": undeleted}))

    def _connection_data(self, labels: dict[str, str], now: datetime) -> Answer:
        data = self._fleet.connection_data(labels["session_id"], labels["user"], now)
        return Answer(as_json(data), secret=data.get("ConnectionToken"))


def _unmade(wanted: Any, reason: str) -> dict[str, Any]:
    return {"CreateSessionRequestData": wanted, "FailureReason": reason}
