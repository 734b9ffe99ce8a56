"""The parts of the way into a session: its URL, every part of it encoded, and when it ends."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from greenroom.providers.bodies import read
from greenroom.providers.dcv.broker import Server
from greenroom.providers.dcv.service import end_of, web_url

HTTP = {"Port": 8444, "Protocol": "HTTP", "WebUrlPath": "/web"}


QUIC = {"Port": 9999, "Protocol": "QUIC"}


def jwt(**claims: Any) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJFUzI1NiJ9.{payload}.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("server", "base"),
    [
        ({"Hostname": "a.example", "Ip": "10.0.0.1", "Endpoints": [QUIC, HTTP]}, "https://a.example:8444/web"),
        ({"Ip": "10.0.0.1", "Endpoints": [HTTP]}, "https://10.0.0.1:8444/web"),
        ({"Ip": "10.0.0.1", "Port": "8447", "WebUrlPath": "/old"}, "https://10.0.0.1:8447/old"),
        ({"Ip": "10.0.0.1", "Port": 8447}, "https://10.0.0.1:8447/"),
        ({"Ip": "10.0.0.1", "Endpoints": [QUIC]}, "https://10.0.0.1:8443/"),
        ({"Ip": "fd00::1", "Endpoints": None}, "https://[fd00::1]:8443/"),
        ({"Ip": "10.0.0.1", "WebUrlPath": "a b?c"}, "https://10.0.0.1:8443/a%20b%3Fc"),
        ({"Hostname": "a.example/x?y#z"}, "https://a.example%2Fx%3Fy%23z:8443/"),
    ],
    ids=str,
)
def test_a_server_is_reached_by_its_name_and_its_web_endpoint(server: dict[str, Any], base: str) -> None:
    assert web_url(read(Server, server), "", "s", "t") == f"{base}?authToken=t#s"


@pytest.mark.parametrize("gateway", ["https://g.example", "https://g.example/", "https://g.example/dcv"])
def test_a_gateway_keeps_the_path_of_the_server(gateway: str) -> None:
    server = read(Server, {"Ip": "10.0.0.1", "Endpoints": [HTTP]})
    assert web_url(server, gateway, "s", "t") == f"{gateway.rstrip('/')}/web?authToken=t#s"
    assert web_url(None, gateway, "s", "t") == f"{gateway.rstrip('/')}/?authToken=t#s"


def test_without_a_host_there_is_no_url() -> None:
    assert web_url(None, "", "s", "t") is None
    assert web_url(Server(), "", "s", "t") is None


def test_token_and_id_are_encoded() -> None:
    url = urlsplit(web_url(None, "https://g.example", "a#b c", "x&y=z#/+ ") or "")
    assert (url.query, url.fragment) == ("authToken=x%26y%3Dz%23%2F%2B%20", "a%23b%20c")
    assert unquote(url.fragment) == "a#b c"


@pytest.mark.parametrize("seconds", [1_800_000_000, 1_800_000_000.9, "1800000000"])
def test_the_end_of_a_token_is_read_from_its_claims(seconds: object) -> None:
    end = end_of(jwt(exp=seconds))
    assert end
    assert end.isoformat() == "2027-01-15T08:00:00+00:00"


@pytest.mark.parametrize(
    "token",
    [
        "opaque",
        "a.b",
        "a.b.c.d",
        "a.%%%.c",
        "a.bm90IEpTT04.c",
        "a.W10.c",
        jwt(),
        jwt(exp=None),
        jwt(exp="soon"),
        jwt(exp=1e300),
        jwt(exp=-(10**20)),
        jwt(exp=[1]),
    ],
)
def test_a_token_that_tells_no_end_is_no_error(token: str) -> None:
    assert end_of(token) is None
