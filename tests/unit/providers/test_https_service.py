"""One call of a service over HTTPS: what is sent, and the name of what goes wrong."""

from __future__ import annotations

import gc
import gzip
import json
import socket
import ssl
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from greenroom.domain.errors import EndpointUnreachable, MalformedAnswer, ServiceRefused, ThrottlingException
from greenroom.providers.https_service import MOST_BYTES, HttpsService
from tests.support.dripping import BODY, dripping
from tests.support.receiver import Receiver, receive
from tests.support.tracebacks import whole_text
from tests.unit.providers.certificates import make_authority

SECRET = "https://x.example/?token=secret"  # noqa: S105  # a test's


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    return make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls_receiver(authority: tuple[Path, ssl.SSLContext]) -> Iterator[Receiver]:
    with receive(authority[1]) as receiver:
        yield receiver


def test_a_body_goes_out_as_json_and_the_answer_comes_back_as_what_it_says(receiver: Receiver) -> None:
    receiver.will_answer(200, {"a": [1]})
    answer = HttpsService(f"{receiver.url}/api/").call("POST", "/things", headers={"x-a": "b"}, body=[{"c": "ü"}])
    assert (answer.status, answer.body, answer.is_success) == (200, {"a": [1]}, True)
    (got,) = receiver.received
    assert (got.path, json.loads(got.body)) == ("/api/things", [{"c": "ü"}])
    headers = {name.lower(): value for name, value in got.headers.items()}
    assert (headers["content-type"], headers["accept"], headers["x-a"]) == ("application/json", "application/json", "b")


@pytest.mark.parametrize(("form", "body"), [({}, ""), ({"a": "b c", "d": "&"}, "a=b+c&d=%26")])
def test_a_form_goes_out_as_a_form(form: dict[str, str], body: str, receiver: Receiver) -> None:
    HttpsService(receiver.url).call("POST", "?x=1", form=form)
    (got,) = receiver.received
    assert (got.path, got.body) == ("/?x=1", body)
    assert {name.lower(): value for name, value in got.headers.items()}["content-type"] == (
        "application/x-www-form-urlencoded"
    )


def test_a_path_goes_out_as_it_was_encoded(receiver: Receiver) -> None:
    HttpsService(receiver.url).call("GET", "/a%2Fb/DOM%5Ca%20b")
    assert receiver.received[0].path == "/a%2Fb/DOM%5Ca%20b"


def test_an_empty_answer_is_one_too(receiver: Receiver) -> None:
    receiver.will_answer(204)
    assert HttpsService(receiver.url).call("DELETE", "/thing").body is None


@pytest.mark.parametrize("status", [301, 400, 401, 404, 500, 501, 505])
def test_any_other_status_is_for_the_plug_to_judge(status: int, receiver: Receiver) -> None:
    receiver.will_answer(status, {"message": "no"}, Location=f"{receiver.url}/elsewhere")
    answer = HttpsService(receiver.url).call("GET", "/")
    assert (answer.status, answer.is_success, answer.words) == (status, False, "no")
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"Message": "a"}, "a"),
        ({"error": "No authorization header"}, "No authorization header"),
        ({"message": "x" * 900}, "x" * 499 + "…"),
        ({"message": {"a": 1}}, "no reason given"),
        (["a"], "no reason given"),
        (f"<html>{SECRET}</html>".encode(), "no reason given"),
        (b"", "no reason given"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_the_service_s_words_are_those_of_its_json_and_not_long(body: object, words: str, receiver: Receiver) -> None:
    receiver.will_answer(400, body)
    answer = HttpsService(receiver.url).call("GET", "/")
    assert answer.words == words
    assert "token=secret" not in repr(answer)


def test_too_many_calls_are_named_alike_for_every_service(receiver: Receiver) -> None:
    receiver.will_answer(429, b"slow down")
    with pytest.raises(ThrottlingException, match=receiver.url):
        HttpsService(receiver.url).call("GET", "/")


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("body", [b"<html>Bad Gateway", {"message": f"see {SECRET} please"}], ids=["html", "json"])
def test_a_gateway_without_a_service_is_as_silence(status: int, body: object, receiver: Receiver) -> None:
    receiver.will_answer(status, body)
    with pytest.raises(EndpointUnreachable, match=rf"^{receiver.url} is unavailable: .* \(GET, status {status}\)$"):
        HttpsService(receiver.url).call("GET", "/")


@pytest.mark.parametrize("body", [f"<a>{SECRET}".encode(), b"\xff\xfe", f'{{"a": "{SECRET}"'.encode()])
def test_a_success_that_is_no_json_is_malformed_and_not_quoted(body: bytes, receiver: Receiver) -> None:
    receiver.will_answer(200, body)
    with pytest.raises(MalformedAnswer, match=receiver.url) as caught:
        HttpsService(receiver.url).call("GET", "/")
    assert "token=secret" not in whole_text(caught.value)


def test_an_answer_may_be_compressed(receiver: Receiver) -> None:
    receiver.will_answer(200, gzip.compress(b'{"a": 1}'), Content_Encoding="gzip")
    assert HttpsService(receiver.url).call("GET", "/").body == {"a": 1}


@pytest.mark.parametrize("encoding", ["identity", "gzip", "deflate"])
def test_an_answer_that_is_too_long_is_not_read_to_its_end(encoding: str, receiver: Receiver) -> None:
    """A bomb: 100 MB in 100 kB. It costs little more memory than an answer may have."""
    spaces = b" " * 100_000_000
    packed = {"gzip": gzip.compress(spaces), "deflate": zlib.compress(spaces), "identity": spaces[: MOST_BYTES + 1]}
    receiver.will_answer(200, packed[encoding], Content_Encoding=encoding)
    tracemalloc.start()
    with pytest.raises(MalformedAnswer, match=f"{receiver.url} gave an answer that has more than {MOST_BYTES} bytes"):
        HttpsService(receiver.url).call("GET", "/")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5 * MOST_BYTES


def test_a_failure_that_is_too_long_is_judged_by_its_status(receiver: Receiver) -> None:
    receiver.will_answer(400, b"[" * (MOST_BYTES + 1))
    assert HttpsService(receiver.url).call("GET", "/").words == "no reason given"


def test_lists_in_lists_without_end_are_malformed(receiver: Receiver) -> None:
    receiver.will_answer(200, b"[" * 1_000_000)
    with pytest.raises(MalformedAnswer, match="not JSON"):
        HttpsService(receiver.url).call("GET", "/")


def test_what_is_not_compressed_as_it_says_is_malformed(receiver: Receiver) -> None:
    receiver.will_answer(200, b'{"a": 1}', Content_Encoding="gzip")
    with pytest.raises(MalformedAnswer, match="not JSON"):
        HttpsService(receiver.url).call("GET", "/")


def test_a_body_that_drips_ends_with_the_time_of_the_call() -> None:
    with dripping(BODY, b"1") as dripper, pytest.raises(EndpointUnreachable, match="did not answer within"):
        HttpsService(dripper.url, connect_seconds=0.2, read_seconds=0.3).call("GET", "/")


def test_a_closed_port_is_named_without_the_path() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(EndpointUnreachable, match=rf"^{url} did not answer \(\w+\)$") as caught:
            HttpsService(url).call("GET", "/a/secret")
    assert caught.value.__suppress_context__


def test_a_silent_service_is_named() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(EndpointUnreachable, match=f"{url} did not answer"):
            HttpsService(url, read_seconds=0.1).call("GET", "/")


def test_a_service_that_speaks_no_tls_is_unreachable_and_not_untrusted(receiver: Receiver) -> None:
    with pytest.raises(EndpointUnreachable, match="TLS"):
        HttpsService(receiver.url.replace("http:", "https:")).call("GET", "/")


def test_a_certificate_that_nobody_trusts_names_the_setting(tls_receiver: Receiver) -> None:
    url = tls_receiver.url.replace("http:", "https:")
    with pytest.raises(ServiceRefused, match=rf"{url} is not trusted \(.+\); set dcvCaBundle to a PEM file") as caught:
        HttpsService(url, ca_setting="dcvCaBundle").call("GET", "/")
    assert caught.value.name == "CertificateNotTrusted"
    assert tls_receiver.received == []


def test_an_authority_of_one_s_own_is_trusted_by_its_bundle(
    authority: tuple[Path, ssl.SSLContext], tls_receiver: Receiver
) -> None:
    url = tls_receiver.url.replace("http:", "https:")
    assert HttpsService(url, ca_bundle=str(authority[0]), ca_setting="dcvCaBundle").call("GET", "/").status == 200


def test_a_bundle_adds_to_the_system_s_authorities(
    authority: tuple[Path, ssl.SSLContext], tmp_path: Path, tls_receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the broker has an authority of its own, and the token comes from Amazon Cognito."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    other, _ = make_authority(tmp_path)
    url = tls_receiver.url.replace("http:", "https:")
    assert HttpsService(url, ca_bundle=str(other)).call("GET", "/").status == 200


def test_a_certificate_for_another_host_is_not_trusted(tmp_path: Path) -> None:
    bundle, context = make_authority(tmp_path, host="other.example")
    with receive(context) as receiver, pytest.raises(ServiceRefused, match="not valid for") as caught:
        HttpsService(receiver.url.replace("http:", "https:"), ca_bundle=str(bundle)).call("GET", "/")
    assert caught.value.name == "CertificateNotTrusted"


@pytest.mark.parametrize("token", ["two\nlines", "t\u2026ken"])
def test_a_header_that_cannot_be_sent_is_refused_and_not_quoted(token: str, receiver: Receiver) -> None:
    with pytest.raises(ServiceRefused, match=r"HeaderNotSendable: .*look at the secret") as caught:
        HttpsService(receiver.url).call("GET", "/", headers={"authorization": f"Bearer {token}"})
    assert token not in whole_text(caught.value)
    assert receiver.received == []


def test_an_answer_is_not_kept_since_it_may_hold_a_token(receiver: Receiver) -> None:
    def answers() -> int:
        gc.collect()
        return sum(isinstance(item, urllib3.BaseHTTPResponse) for item in gc.get_objects())

    receiver.will_answer(200, {"access_token": "secret"})
    service, before = HttpsService(receiver.url), answers()
    for _ in range(3):
        service.call("GET", "/")
    assert answers() <= before
