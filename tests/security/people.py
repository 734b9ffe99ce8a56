"""People who call the API: each is a principal with real keys and with the policies that a test gives it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from greenroom_cli.client import Answer, Api
from local.stack import ACCOUNT, REGION
from tests.e2e.deployed import Deployed

# What the services of AWS call a refusal by IAM.
_REFUSALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"}


def is_refused(call: Callable[[], Any]) -> bool:
    """Whether IAM refuses a call. Any other error means that it was let through."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"] in _REFUSALS
    return False


@dataclass(frozen=True)
class Person:
    """A principal. `call` signs as any client does; `signed` gives the headers of a call, for one that is changed."""

    arn: str
    session: boto3.Session
    deployed: Deployed

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.deployed.stack.endpoint)  # type: ignore[call-overload]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        api = Api(self.session, self.deployed.outputs["ApiUrl"])
        return api.call(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def signed(self, method: str, path: str, body: str | bytes = "") -> dict[str, str]:
        return self.signed_for(self.deployed.outputs["ApiUrl"] + path, method, body)

    def signed_for(self, url: str, method: str = "GET", body: str | bytes = "") -> dict[str, str]:
        """The headers of a call of any URL. Those of a `ws://` one are as for `http://`."""
        request = AWSRequest(method, url.replace("ws://", "http://"), headers={}, data=body)
        if body:
            request.headers["content-type"] = "application/json"
        credentials = self.session.get_credentials()
        assert credentials is not None
        SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
        return dict(request.headers)

    def ask(self, **fields: Any) -> str:
        """Ask for a stream of the simulated Nimble Studio. Returns the request's id."""
        request = {
            "provider": "nimble",
            "studioId": "studio",
            "sessionId": f"session-{uuid.uuid4().hex[:12]}",
            **fields,
        }
        status, _, body = self.call("POST", "streams", request)
        assert status == 202, body
        return str(body["id"])

    def ask_for_ready(self, **fields: Any) -> str:
        """Ask for a stream that is ready at once. Returns the request's id, once the outcome is announced."""
        session_id = f"session-{uuid.uuid4().hex[:12]}"
        self.deployed.set_session(session_id, readyAfterSeconds=0)
        request_id = self.ask(sessionId=session_id, **{"expirationInSeconds": 3600, **fields})
        assert self.deployed.message(request_id)["type"] == "stream.ready"
        return request_id

    def ask_for_pending(self, **fields: Any) -> str:
        """Ask for a stream that is not ready for as long as the tests run."""
        session_id = f"session-{uuid.uuid4().hex[:12]}"
        self.deployed.set_session(session_id, readyAfterSeconds=None)
        return self.ask(sessionId=session_id, **fields)

    def link(self, request_id: str) -> str:
        """A link to the request's waiting room: the page's URL, `#`, and the token."""
        status, _, body = self.call("POST", f"streams/{request_id}/waiting-room")
        assert status == 201, body
        return str(body["url"])

    def sees(self, request_id: str) -> dict[str, Any]:
        status, _, body = self.call("GET", f"streams/{request_id}")
        assert status == 200, body
        return body


class People:
    """Makes principals in the deployed account."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._iam, self._sts = deployed.client("iam"), deployed.client("sts")

    def user(self, name: str, *statements: Mapping[str, Any]) -> Person:
        """An IAM user, which may do what the statements allow; without any, nothing."""
        unique = f"{name}-{uuid.uuid4().hex[:8]}"
        self._iam.create_user(UserName=unique)
        if statements:
            self._iam.put_user_policy(UserName=unique, PolicyName="may", PolicyDocument=_policy(*statements))
        key = self._iam.create_access_key(UserName=unique)["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
        return Person(f"arn:aws:iam::{ACCOUNT}:user/{unique}", session, self._deployed)

    def role(self, name: str, *statements: Mapping[str, Any]) -> str:
        """A role that the account's root may take on. Returns its ARN."""
        unique = f"{name}-{uuid.uuid4().hex[:8]}"
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        self._iam.create_role(RoleName=unique, AssumeRolePolicyDocument=_policy(trust))
        self._iam.put_role_policy(RoleName=unique, PolicyName="may", PolicyDocument=_policy(*statements))
        return f"arn:aws:iam::{ACCOUNT}:role/{unique}"

    def session_of(self, role_arn: str, session_name: str) -> Person:
        """Somebody who has taken on a role."""
        taken = self._sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name)
        keys = taken["Credentials"]
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION)
        return Person(taken["AssumedRoleUser"]["Arn"], session, self._deployed)


def may_invoke(deployed: Deployed, path: str = "*") -> dict[str, Any]:
    """The statement of a caller's policy: `path` is a method and a resource of the API, such as `GET/streams/*`."""
    api_id = deployed.outputs["ApiUrl"].split("/restapis/")[1].split("/")[0]
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api_id}/*/{path}"
    return {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arn}


def send(deployed: Deployed, method: str, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
    """Call the API without a signature, or with what the options say."""
    return deployed.http.request(method, deployed.outputs["ApiUrl"] + path, **options)


def _policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
