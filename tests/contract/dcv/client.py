"""A client of the broker that is plain HTTP, and holds every answer against the document."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote

import urllib3

from local.simulator.dcv import CLIENT_ID, CLIENT_SECRET
from tests.contract.dcv.document import FORM, JSON, broken_by_answer

BASIC = "Basic " + b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()


class Client:
    def __init__(self, url: str) -> None:
        self.url = url
        self.headers: dict[str, str] = {}
        self.broken: list[str] = []

    def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Make a call, with a text as it is and anything else as JSON. Returns the status, and the answer's JSON."""
        sent = body if isinstance(body, str) or body is None else json.dumps(body)
        answer = urllib3.request(
            method,
            self.url + path,
            body=sent,
            headers={"content-type": JSON, **self.headers, **(headers or {})},
            retries=False,
        )
        assert answer.headers["content-type"] == JSON
        read = answer.json()
        self.broken += broken_by_answer(method, path, status=answer.status, body=read)
        return answer.status, read

    def token(self, query: str = "?grant_type=client_credentials", body: str = "", **headers: str) -> tuple[int, Any]:
        """Ask for an access token, as the broker's own server wants it unless told otherwise."""
        return self.call(
            "POST", f"/oauth2/token{query}", body, headers={"authorization": BASIC, "content-type": FORM, **headers}
        )

    def log_in(self) -> None:
        _, answer = self.token()
        self.headers = {"authorization": f"Bearer {answer['access_token']}"}

    def create(self, owner: str = "ada", **members: Any) -> dict[str, Any]:
        """Make a session; returns the broker's whole answer."""
        status, answer = self.call(
            "POST", "/createSessions", [{"Name": "a session", "Owner": owner, "Type": "VIRTUAL", **members}]
        )
        assert status == 200
        made: dict[str, Any] = answer
        return made

    def made(self, owner: str = "ada", **members: Any) -> str:
        """Make a session; returns its id."""
        return str(self.create(owner, **members)["SuccessfulList"][0]["Id"])

    def describe(self, **members: Any) -> dict[str, Any]:
        status, answer = self.call("POST", "/describeSessions", members)
        assert status == 200
        described: dict[str, Any] = answer
        return described

    def session(self, session_id: str) -> dict[str, Any]:
        (session,) = self.describe(SessionIds=[session_id])["Sessions"]
        return dict(session)

    def connection_data(self, session_id: str, user: str = "ada") -> tuple[int, Any]:
        return self.call("GET", f"/sessionConnectionData/{quote(session_id, safe='')}/{quote(user, safe='')}")

    def delete(self, session_id: str, owner: str = "ada") -> dict[str, Any]:
        _, answer = self.call("POST", "/deleteSessions", [{"SessionId": session_id, "Owner": owner, "Force": True}])
        deleted: dict[str, Any] = answer
        return deleted
