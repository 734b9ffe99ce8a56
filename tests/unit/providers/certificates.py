"""An authority that a site made itself, and a server on 127.0.0.1 whose certificate it signed."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make_authority(folder: Path, host: str = "127.0.0.1") -> tuple[Path, ssl.SSLContext]:
    """Return the authority's PEM file, and what a server for that host needs.

    The authority says nothing of the use of its key, as those that `openssl req -x509` makes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    own_name = _name("Studio CA")
    own = (
        _certificate(own_name, own_name, own_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(own_key, hashes.SHA256())
    )
    address = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
    signed = (
        _certificate(own_name, _name(host), key)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(own_key, hashes.SHA256())
    )
    authority, server = folder / "authority.pem", folder / "server.pem"
    authority.write_bytes(own.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    return authority, context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer,
        subject,
        key.public_key(),
        x509.random_serial_number(),
        now - timedelta(hours=1),
        now + timedelta(hours=1),
    )
