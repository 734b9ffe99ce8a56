"""Signatures as the command line's client makes them, for the HTTP library that Schemathesis calls by."""

from __future__ import annotations

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests.auth import AuthBase

# What the client signs beside the host and the time; a proxy in between may change others.
_SIGNED = {"content-type", "idempotency-key"}


class SigV4(AuthBase):
    """Signs each call that it is given, with the credentials and the region of a session."""

    def __init__(self, session: boto3.Session) -> None:
        self._credentials = session.get_credentials() or Credentials("", "")
        self._region = session.region_name

    def __call__(self, call: requests.PreparedRequest) -> requests.PreparedRequest:
        headers = {name: value for name, value in call.headers.items() if name.lower() in _SIGNED}
        signed = AWSRequest(call.method, call.url, headers=headers, data=call.body or b"")
        SigV4Auth(self._credentials, "execute-api", self._region).add_auth(signed)
        call.headers.update({name: value for name, value in signed.headers.items() if name not in headers})
        return call
