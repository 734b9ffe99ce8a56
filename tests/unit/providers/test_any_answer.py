"""Whatever a service answers, its plug says so by an error of the port, and hands on no URL that is not fit."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from greenroom.domain.errors import ProviderError
from greenroom.domain.values import Progress, StreamUrl
from greenroom.providers.appstream.service import AppStream
from greenroom.providers.fields import ProviderFields
from greenroom.providers.gameliftstreams.service import GameLiftStreams
from greenroom.providers.gate import GatedProvider
from greenroom.providers.https_service import HttpsService
from greenroom.providers.jupyterhub.hub import Hub
from greenroom.providers.jupyterhub.service import JupyterHub
from greenroom.providers.nimble.service import NimbleStudio
from greenroom.providers.secret import Secret
from tests.support.anything import CANARY, SECRET_URL, json_of
from tests.support.profiles import share
from tests.support.raw_answers import RawServer, answering, http
from tests.support.tracebacks import whole_text
from tests.unit.providers.appstream.calls import FLEET_TO_START
from tests.unit.providers.dcv.calls import over
from tests.unit.providers.dcv.sessions import asked_by
from tests.unit.providers.gameliftstreams.calls import GROUP
from tests.unit.providers.jupyterhub.conftest import fields
from tests.unit.providers.nimble.calls import SESSION
from tests.unit.providers.starts import starting

TOKEN, AGE = "0123456789abcdef" * 4, timedelta(0)
STATES = ("READY", "ACTIVE", "RUNNING", "STOPPED", "STARTING", "DELETED", "EXPIRED", "", "SOMETHING_NEW")
URLS = (
    SECRET_URL,
    f"http://127.0.0.1/{CANARY}",
    f"javascript:{CANARY}",
    f"https://u:{CANARY}@x.example",
    "",
    "x" * 9_000,
)
MOMENTS = ("2026-11-24T12:00:00Z", "2026-11-24T12:00:00", "soon", 1_795_000_000, 1e300, -1, "9999-12-31T23:59:59Z")


class KnownSecret(Secret):
    """The hub's token, which need not be fetched."""

    def __init__(self) -> None:
        self.arn = "arn:aws:secretsmanager:us-west-2:123456789012:secret:hub"

    def read(self, *, fresh: bool = False) -> dict[str, str]:  # noqa: ARG002  # as the secret's own
        return {"token": "t0ken"}


@dataclass(frozen=True)
class Plug:
    """One plug over a URL, what it is asked for, an id that it may have given, and answers that are right."""

    over: Callable[[str], GatedProvider]
    fields: ProviderFields
    stream_id: str
    answers: Mapping[str, Any]

    def calls(self, url: str) -> Iterator[Callable[[], Progress | StreamUrl | None]]:
        plug, asked = self.over(url), self.fields
        yield lambda: plug.prepare(asked, TOKEN, starting)
        yield lambda: plug.create(asked, TOKEN)
        yield lambda: plug.describe(asked, self.stream_id, AGE)
        yield lambda: plug.connect(asked, self.stream_id)
        yield lambda: plug.release(asked, self.stream_id, TOKEN)


def aws(service: str, plug: Callable[[Any], Any]) -> Callable[[str], GatedProvider]:
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=2)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    make: Any = boto3.client

    def over_url(url: str) -> GatedProvider:
        return GatedProvider(plug(make(service, endpoint_url=url, region_name="us-west-2", config=config, **keys)))

    return cache(over_url)


def hub(url: str) -> GatedProvider:
    service = HttpsService(url, read_seconds=2)
    return GatedProvider(JupyterHub(Hub(service, service, KnownSecret())))


PLUGS = {
    "nimble": Plug(
        aws("nimble", NimbleStudio),
        SESSION,
        "stream",
        {
            "session": {"state": "READY", "statusCode": "OK", "sessionId": "s"},
            "stream": {"state": "READY", "streamId": "stream", "url": SECRET_URL, "expiresAt": MOMENTS[0]},
        },
    ),
    "appstream": Plug(
        aws("appstream", AppStream),
        FLEET_TO_START,
        "stack/f/ada",
        {
            "Fleets": [{"Name": "f", "State": "RUNNING", "ComputeCapacityStatus": {"Available": 1, "InUse": 0}}],
            "StreamingURL": SECRET_URL,
            "Expires": 1_795_000_000,
        },
    ),
    "gameliftstreams": Plug(
        aws("gameliftstreams", GameLiftStreams),
        GROUP,
        "su-1",
        {
            "Arn": "arn:aws:gameliftstreams:us-west-2:123456789012:streamurl/sg-1/su-1",
            "Status": "ACTIVE",
            "StreamUrl": SECRET_URL,
            "ExpiresAt": 1_795_000_000,
            "LocationStates": [{"LocationName": "us-west-2", "Status": "ACTIVE", "IdleCapacity": 1}],
        },
    ),
    "dcv": Plug(
        over,
        asked_by(),
        "s",
        {
            "Sessions": [{"Id": "s", "State": "READY", "Name": "n", "Owner": "ada"}],
            "SuccessfulList": [{"Id": "s", "State": "READY"}],
            "Session": {"Id": "s", "State": "READY", "Server": {"Ip": "192.0.2.1", "Endpoints": [{"Port": 8443}]}},
            "ConnectionToken": CANARY,
            "UnsuccessfulList": [],
        },
    ),
    "jupyterhub": Plug(
        hub,
        fields(),
        "demo/",
        {
            "servers": {"": {"ready": True, "url": "/user/demo/", "pending": None}},
            "token": CANARY,
            "expires_at": MOMENTS[0],
            "api_tokens": [{"id": "a1", "note": "x"}],
        },
    ),
}
odd: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([*STATES, *URLS, *MOMENTS, None, True, [], {}, -1, 10**30, f"token={CANARY}"]),
    json_of("state", "State", "Status", "url", "Id", "message"),
)


def spoiled(answer: Any) -> st.SearchStrategy[Any]:
    """Make an answer of which any part may be something else, or missing, at any depth."""
    if isinstance(answer, dict):
        members = st.fixed_dictionaries({}, optional={name: spoiled(value) for name, value in answer.items()})
        inner: st.SearchStrategy[Any] = st.one_of(st.just(answer), members)
    elif isinstance(answer, list):
        inner = st.one_of(st.just(answer), *(st.lists(spoiled(each), max_size=3) for each in answer))
    else:
        inner = st.just(answer)
    return st.one_of(inner, inner, odd)


NO_JSON = (
    b"",
    b"[" * 100_000,
    b"\xff\xfe{",
    b'{"a":' * 2_000,
    b'"' + b"x" * 5_000_000 + b'"',
    f"<a href={SECRET_URL}>".encode(),
)


def bodies(answer: Any) -> st.SearchStrategy[bytes]:
    written = spoiled(answer).map(lambda found: json.dumps(found).encode())
    return st.one_of(
        written,
        written,
        st.builds(lambda body, end: body[: end % (len(body) + 1)], written, st.integers(min_value=0)),
        st.sampled_from(NO_JSON),
    )


def answers(answer: Any) -> st.SearchStrategy[bytes]:
    """Make answers that are HTTP, most of them well; some have a length that is not theirs, and some are no HTTP."""
    statuses = st.sampled_from([200, 200, 200, 201, 202, 204, 302, 400, 403, 404, 409, 429, 500, 503])
    named = st.sampled_from([(), (("x-amzn-ErrorType", "OddException"),), (("x-amzn-ErrorType", SECRET_URL),)])
    return st.one_of(
        st.builds(lambda status, body, more: http(status, body, *more), statuses, bodies(answer), named),
        st.builds(lambda body, more: http(200, body, length=len(body) + more), bodies(answer), st.integers(-3, 3)),
        st.binary(max_size=100),
    )


ANSWERS = {name: st.lists(answers(plug.answers), min_size=1, max_size=4) for name, plug in PLUGS.items()}


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with answering() as server:
        yield server


@pytest.fixture
def no_finalizer_runs() -> Iterator[None]:
    """One that runs at the deepest point of a deep JSON raises RecursionError, which pytest takes for a defect."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_finalizer_runs")
@pytest.mark.parametrize("name", PLUGS)
@given(data=st.data())
@share(0.4)
def test_any_answer_is_progress_or_an_error_of_the_port(name: str, data: st.DataObject, server: RawServer) -> None:
    plug = PLUGS[name]
    for call in plug.calls(server.url):
        server.will_answer(*data.draw(ANSWERS[name]))
        try:
            _ensure_it_is_fit(call())
        except ProviderError as error:
            _ensure_it_is_the_port_s(error)


def _ensure_it_is_the_port_s(error: ProviderError) -> None:
    """No defect of the plug is among them, and nothing of the answer that may be a secret."""
    assert getattr(error, "name", "") != "PluginFailed"
    assert CANARY not in whole_text(error)


def _ensure_it_is_fit(found: Progress | StreamUrl | None) -> None:
    url = found.url if isinstance(found, Progress) else found
    if isinstance(found, Progress):
        words = (found.state, found.status_code, found.detail, found.stream_id, *found.stream.values())
        assert CANARY not in " ".join(map(str, words))
    if url:
        assert url.expires_at.tzinfo
        assert url.url.isascii()
        parts = urlsplit(url.url)
        assert parts.hostname
        assert not parts.password
        assert parts.scheme == "https" or parts.hostname == "127.0.0.1"
