"""The gate between a plug and the rest: words are cleaned, ids and URLs are taken as they are or not at all."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from greenroom.domain.errors import (
    CapacityUnavailable,
    EndpointUnreachable,
    MalformedAnswer,
    ProviderError,
    RequestEnded,
    ServiceFailed,
    ServiceRefused,
    StreamNotReady,
    ThrottlingException,
    own_error,
)
from greenroom.domain.values import Progress, Status, StreamUrl
from greenroom.providers.accepted import AcceptedFields
from greenroom.providers.connected import ConnectedProviders
from greenroom.providers.gate import LONGEST_URL, GatedProvider
from tests.support.fakes import NOW, ScriptedProvider
from tests.support.tracebacks import whole_text

FIELDS = AcceptedFields({"provider": "nimble"})
SECRET = "https://x.example/?token=secret"  # noqa: S105  # a test's
HOSTILE = f"\x1b[31mSpawn failed:\r\n see {SECRET}\u202e or token=secret"
CLEANED = "[31mSpawn failed: see <url> or token=<secret>"
AGE = timedelta(0)

Call = Callable[[GatedProvider], Any]
CALLS: dict[str, Call] = {
    "prepare": lambda gate: gate.prepare(FIELDS, "token", lambda: None),
    "create": lambda gate: gate.create(FIELDS, "token"),
    "describe": lambda gate: gate.describe(FIELDS, "s", AGE),
    "connect": lambda gate: gate.connect(FIELDS, "s"),
    "release": lambda gate: gate.release(FIELDS, "s", "token"),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
EVERY_PROGRESS = pytest.mark.parametrize("call", [CALLS["prepare"], CALLS["create"], CALLS["describe"]])


class Player(ScriptedProvider):
    """A provider on a host of its own that declares schemes."""

    def __init__(self, endpoint: str = "https://provider.example", schemes: Iterable[str] = (), **given: Any) -> None:
        super().__init__(**given)
        self.endpoint = endpoint
        self.URL_SCHEMES = tuple(schemes)


def opened(url: object, **player: Any) -> StreamUrl:
    given: Any = url
    return GatedProvider(Player(url=StreamUrl(given, NOW), **player)).connect(FIELDS, "s")


@EVERY_PROGRESS
def test_the_words_of_a_progress_are_cleaned(call: Call) -> None:
    stream = {"state": HOSTILE, "createdAt": "2026-11-24T12:00:00Z", HOSTILE: "x"}
    said = Progress(Status.FAILED, HOSTILE, HOSTILE, HOSTILE, "s-1", stream, forgotten=True)
    got = call(GatedProvider(ScriptedProvider(said)))
    cleaned = {"state": CLEANED, "createdAt": "2026-11-24T12:00:00Z", CLEANED: "x"}
    assert got == Progress(Status.FAILED, CLEANED, CLEANED, CLEANED, "s-1", cleaned, forgotten=True)


def test_a_progress_is_no_larger_than_a_history_and_a_record_take() -> None:
    long = "x" * 100_000
    many = {f"name{number}": long for number in range(1000)}
    got = GatedProvider(ScriptedProvider(Progress(Status.PENDING, long, long, long, None, many))).create(FIELDS, "t")
    assert [len(text or "") for text in (got.state, got.status_code, got.detail)] == [100, 500, 1200]
    assert len(str(got.stream)) < 30_000


@pytest.mark.parametrize(
    "stream_id",
    [
        "s-1",
        "stack/fleet/ada@x.example",
        "ada/",
        "Zoë/my server",
        "a.b:c_d+e=",
        "x" * 600,
        "ProductionStack1/ProductionFleet1/AdaLovelace1",
    ],
)
@EVERY_PROGRESS
def test_an_id_is_taken_as_it_is(stream_id: str, call: Call) -> None:
    assert call(GatedProvider(ScriptedProvider(Progress(Status.PENDING, stream_id=stream_id)))).stream_id == stream_id


@pytest.mark.parametrize(
    "stream_id", ["", "x" * 601, "a\nb", "a\x1b[0m", "a\u202eb", "\ud800", SECRET, "token=secret1"]
)
@EVERY_PROGRESS
def test_an_id_that_cannot_be_shown_is_no_answer_and_not_quoted(stream_id: str, call: Call) -> None:
    with pytest.raises(MalformedAnswer, match=r"^https://provider\.example named a stream by an id") as caught:
        call(GatedProvider(ScriptedProvider(Progress(Status.PENDING, stream_id=stream_id))))
    assert "secret" not in str(caught.value)


@EVERY_CALL
@pytest.mark.parametrize("kind", [ThrottlingException, EndpointUnreachable, MalformedAnswer, StreamNotReady])
def test_the_text_of_an_error_is_cleaned(kind: type[ProviderError], call: Call) -> None:
    with pytest.raises(kind) as caught:
        call(GatedProvider(Player(url=StreamUrl(SECRET, NOW), error=kind(HOSTILE))))
    assert (type(caught.value), str(caught.value)) == (kind, CLEANED)


@EVERY_CALL
@pytest.mark.parametrize("kind", [CapacityUnavailable, ServiceRefused, ServiceFailed])
def test_an_error_that_the_service_names_keeps_its_name(
    kind: type[CapacityUnavailable | ServiceRefused | ServiceFailed], call: Call
) -> None:
    with pytest.raises(kind) as caught:
        call(GatedProvider(Player(url=StreamUrl(SECRET, NOW), error=kind("NoRoom", HOSTILE))))
    error = caught.value
    assert (error.name, error.message, str(error)) == ("NoRoom", CLEANED, f"NoRoom: {CLEANED}")
    assert own_error(kind.__name__, str(error)) == ("NoRoom", CLEANED)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Odd_Name-1", "OddName1"),
        ("", "UnknownError"),
        ("404", "UnknownError"),
        (SECRET, "UnknownError"),
        ("a\x1bb", "UnknownError"),
        ("x" * 100, "UnknownError"),
        ("No.Such.Thing", "No.Such.Thing"),
    ],
)
def test_the_name_of_an_error_is_one_that_is_found_again(name: str, kept: str) -> None:
    with pytest.raises(ServiceRefused) as caught:
        GatedProvider(ScriptedProvider(error=ServiceRefused(name, "no"))).create(FIELDS, "t")
    assert (caught.value.name, own_error("ServiceRefused", str(caught.value))) == (kept, (kept, "no"))


@EVERY_CALL
@pytest.mark.parametrize("error", [KeyError(SECRET), ValueError(HOSTILE), OSError(1, SECRET)])
def test_a_defect_of_a_plug_is_named_by_its_class_alone(error: Exception, call: Call) -> None:
    with pytest.raises(ServiceFailed, match=rf"^PluginFailed: .* raised {type(error).__name__}$") as caught:
        call(GatedProvider(Player(url=StreamUrl(SECRET, NOW), error=error)))
    assert "secret" not in whole_text(caught.value)
    assert "fakes.py" in "".join(traceback.format_tb(caught.value.__traceback__)), "the place of the defect is shown"


@pytest.mark.parametrize("error", [RequestEnded("over"), KeyError("ours")])
def test_what_greenroom_s_own_note_raises_is_none_of_the_plug_s(error: Exception) -> None:
    provider = ScriptedProvider()
    provider.starts = True

    def starting() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        GatedProvider(provider).prepare(FIELDS, "token", starting)
    assert caught.value is error


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example",
        "https://x.example:8443/a%20b/?authToken=eyJ.a.b&x=[1]|{2}#console",
        "HTTPS://[2001:db8::1]/",
        "https://x.example/" + "a" * (LONGEST_URL - 18),
    ],
)
def test_an_https_url_is_taken_as_it_is(url: str) -> None:
    assert opened(url) == StreamUrl(url, NOW)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://x.example/?token=secret", "is none of https"),
        ("dcv://x.example/?token=secret", "is none of https"),
        ("javascript://x.example/%0aalert('secret')", "is none of https"),
        ("file://x/secret", "is none of https"),
        ("data:text/html,secret", "has no host"),
        ("javascript:alert(/secret/)", "has no host"),
        ("//x.example/?token=secret", "is none of https"),
        ("https:///secret", "has no host"),
        ("https:secret", "has no host"),
        ("https://x.example:secret/", "a port that is none"),
        ("https://x.example:99999/secret", "a port that is none"),
        ("https://[secret/", "has no host"),
        ("https://ada:secret@x.example/", "has a user or a password"),
        ("https://@x.example/secret", "has a user or a password"),
        ("https://x.example/ secret", "must be encoded"),
        ("https://x.example/\nsecret", "must be encoded"),
        ("https://x.example/\x1bsecret", "must be encoded"),
        ("https://x.example/\u202esecret", "must be encoded"),
        ("https://x.ex\u0430mple/secret", "must be encoded"),
        ('https://x.example/"secret', "must be encoded"),
        ("https://x.example/<secret>", "must be encoded"),
        ("https://x.example\\@y.example/secret", "must be encoded"),
        ("-https://x.example/secret", "has no host"),
        ("", "no text of 1 to 8192"),
        (None, "no text of 1 to 8192"),
        ("https://x.example/" + "secret" * LONGEST_URL, "no text of 1 to 8192"),
    ],
)
@pytest.mark.parametrize("way", ["connect", "describe"])
def test_any_other_url_fails_the_request_for_good_and_is_not_quoted(url: Any, rule: str, way: str) -> None:
    seen = Progress(Status.READY, url=StreamUrl(url, NOW))
    gate = GatedProvider(Player(progress=seen, url=StreamUrl(url, NOW)))
    with pytest.raises(ServiceRefused, match=f"^UrlNotAllowed: https://provider.example gave a URL .*{rule}") as caught:
        CALLS[way](gate)
    assert caught.value.name == "UrlNotAllowed"
    assert "secret" not in str(caught.value)


def test_a_plug_declares_the_schemes_of_its_own_clients() -> None:
    assert opened("dcv://x.example:8443/?authToken=a#s", schemes=["DCV"]).url.startswith("dcv:")
    with pytest.raises(ServiceRefused, match="is none of dcv, https"):
        opened("other://x.example/", schemes=["dcv"])


@pytest.mark.parametrize("scheme", ["javascript", "data", "file", "http", "blob", "vbscript"])
def test_no_plug_can_declare_a_scheme_that_runs_or_reads_something(scheme: str) -> None:
    with pytest.raises(ServiceRefused, match="UrlNotAllowed"):
        opened(f"{scheme}://x.example/a", schemes=[scheme])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.9.10"])
def test_a_service_on_this_machine_may_lead_to_this_machine_without_tls(host: str) -> None:
    assert opened(f"http://{host}:8000/user/ada", endpoint="http://127.0.0.1:8000").url.startswith("http:")
    with pytest.raises(ServiceRefused, match="UrlNotAllowed"):
        opened(f"http://{host}:8000/user/ada")
    with pytest.raises(ServiceRefused, match="UrlNotAllowed"):
        opened("http://x.example/user/ada", endpoint="http://127.0.0.1:8000")


def test_a_stream_that_is_not_ready_has_no_url() -> None:
    seen = Progress(Status.PENDING, url=StreamUrl("javascript:alert(1)", NOW))
    assert GatedProvider(ScriptedProvider(seen)).describe(FIELDS, "s", AGE).url is None


@pytest.mark.parametrize("expires_at", [None, "2026-11-24T12:00:00Z", datetime(2026, 11, 24)])  # noqa: DTZ001  # the case
def test_a_url_without_a_moment_at_which_it_ends_is_no_answer(expires_at: Any) -> None:
    with pytest.raises(MalformedAnswer, match="without the moment"):
        GatedProvider(Player(url=replace(StreamUrl(SECRET, NOW), expires_at=expires_at))).connect(FIELDS, "s")


def test_messages_may_show_the_addresses_of_the_deployment() -> None:
    told = "https://provider.example refused, by https://token.example/oauth2; see https://provider.example/?a=b"
    provider = ScriptedProvider(error=ThrottlingException(told))
    served = ConnectedProviders(["nimble"], lambda _name: provider, ["https://token.example/oauth2"])
    with pytest.raises(ThrottlingException) as caught:
        served["nimble"].create(FIELDS, "t")
    assert str(caught.value) == told.replace("https://provider.example/?a=b", "<url>")


def test_every_provider_that_a_deployment_serves_is_behind_the_gate() -> None:
    served = ConnectedProviders(["nimble", "acme"], lambda _name: ScriptedProvider())
    assert {type(provider) for provider in served.values()} == {GatedProvider}
    assert (served["acme"].endpoint, served["acme"].settles_in) == (ScriptedProvider.endpoint, 0)
