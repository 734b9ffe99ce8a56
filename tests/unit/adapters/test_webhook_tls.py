"""Webhooks over TLS: the name is verified though the address is fixed, and API Gateway is called with SigV4."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.credentials import Credentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks.webhooks import Webhook

from greenroom.adapters.webhook import ApiGateways, Webhooks
from greenroom.delivery.message import compose
from greenroom.domain.errors import DeliveryFailed
from greenroom.domain.values import RequestState
from greenroom.request.callback_hosts import CallbackHosts
from tests.support.examples import a_record, a_stream_url
from tests.support.fakes import NOW
from tests.support.receiver import Receiver, receive
from tests.support.webhooks import signatures, sigv4_of

HOOK, GATEWAY = "hooks.example", "abc123.execute-api.eu-central-1.amazonaws.com"
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"  # noqa: S105  # a test's
CREDENTIALS = Credentials("AKIDEXAMPLE", "a secret key", "a session token")
MESSAGE = compose(a_record(state=RequestState.READY, settled_at=NOW), a_stream_url(), NOW)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a self-signed certificate for HOOK and GATEWAY, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOOK)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOOK), x509.DNSName(GATEWAY)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture
def tls_receiver(certificate: Path) -> Iterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with receive(context) as receiver:
        yield receiver


@pytest.fixture
def trusting_the_certificate(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let OpenSSL trust it, as an operator would: by the environment."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def send(host: str, receiver: Receiver) -> None:
    hosts = CallbackHosts(trusted=frozenset({host}))
    gateways = ApiGateways(("eu-central-1/abc123",), lambda: CREDENTIALS)
    webhooks = Webhooks(signatures(SECRET), hosts, gateways, lambda _host, _port: ["127.0.0.1"])
    webhooks.deliver(MESSAGE, {"type": "webhook", "url": f"https://{host}:{receiver.port}/prod/hook?a=b%20c&A=1"})


@pytest.mark.usefixtures("trusting_the_certificate")
def test_an_api_gateway_url_is_called_with_a_signature_that_its_service_computes_too(tls_receiver: Receiver) -> None:
    send(GATEWAY, tls_receiver)
    (got,) = tls_receiver.received
    authorization = got.headers["Authorization"]
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-central-1/execute-api/aws4_request, " in authorization
    assert {authorization.rpartition("Signature=")[2]} == sigv4_of(got, "a secret key")
    assert got.headers["X-Amz-Security-Token"] == "a session token"


@pytest.mark.usefixtures("trusting_the_certificate")
def test_sigv4_covers_the_host_and_the_webhook_s_own_signature(tls_receiver: Receiver) -> None:
    send(GATEWAY, tls_receiver)
    (got,) = tls_receiver.received
    for header in ("host", "webhook-id", "webhook-signature", "webhook-timestamp", "x-amz-security-token"):
        assert header in got.headers["Authorization"]
    assert Webhook(SECRET).verify(got.body, dict(got.headers)) == MESSAGE.as_dict()


@pytest.mark.usefixtures("trusting_the_certificate")
def test_any_other_host_gets_no_aws_signature_and_no_token(tls_receiver: Receiver) -> None:
    send(HOOK, tls_receiver)
    (got,) = tls_receiver.received
    assert not {"authorization", "x-amz-date", "x-amz-security-token"} & {name.lower() for name in got.headers}


@pytest.mark.usefixtures("trusting_the_certificate")
@pytest.mark.parametrize("host", ["other.example", "127.0.0.1", "evil.execute-api.eu-central-1.amazonaws.com"])
def test_a_certificate_for_another_name_is_not_accepted(host: str, tls_receiver: Receiver) -> None:
    with pytest.raises(DeliveryFailed, match=f"{host} did not answer"):
        send(host, tls_receiver)
    assert tls_receiver.received == []


def test_a_certificate_that_nobody_trusts_is_not_accepted(tls_receiver: Receiver) -> None:
    with pytest.raises(DeliveryFailed):
        send(HOOK, tls_receiver)
    assert tls_receiver.received == []
