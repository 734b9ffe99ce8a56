"""The signatures of webhooks, as the libraries that others wrote verify them."""

from __future__ import annotations

import base64
import json
import subprocess
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks.webhooks import Webhook

from greenroom.adapters.webhook_signatures import SigningKey
from greenroom.domain.errors import SecretUnusable
from greenroom.domain.signing import host_secret, key_of
from local.cdk import ROOT
from tests.support.webhooks import NEW_KEY, OLD_KEY, is_signed_by, signatures

SECRET = "c" * 32
BODY = '{"type": "stream.ready", "data": {"id": "r"}}'
# A key of the specification's own form: https://datatracker.ietf.org/doc/html/rfc8032#section-7.1
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
OF_NOTHING = bytes.fromhex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)
# Verifies by npm's library, with the secret, and by Node's own ed25519, with the public key.
NODE = """
import { verify, createPublicKey } from "node:crypto";
import { Webhook } from "standardwebhooks";
const [secret, publicKey, headers, body] = JSON.parse(process.argv[1]);
new Webhook(secret).verify(body, headers);
const x = Buffer.from(publicKey.slice(5), "base64").toString("base64url");
const key = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
const content = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
const given = headers["webhook-signature"].split(" ").filter((each) => each.startsWith("v1a,"));
console.log(given.map((each) => verify(null, content, key, Buffer.from(each.slice(4), "base64"))).join(" "));
"""


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def headers(**how: object) -> dict[str, str]:
    return signatures(SECRET, **how)().headers("msg_x", BODY, "hooks.example", datetime.now(UTC))  # type: ignore[arg-type]


def test_a_key_signs_as_the_specification_of_ed25519_has_it() -> None:
    key = SigningKey.of(f"whsk_{base64_of(SEED)}")
    assert (key.public_key, key.sign(b"")) == (f"whpk_{base64_of(PUBLIC)}", OF_NOTHING)


@pytest.mark.parametrize(
    "text", [base64_of(SEED).rstrip("="), f"{base64_of(SEED)}\n", f"whsk_{base64_of(SEED + PUBLIC)}"]
)
def test_a_key_is_a_seed_or_a_whole_pair_with_its_prefix_or_without(text: str) -> None:
    assert SigningKey.of(text) == SigningKey.of(f"whsk_{base64_of(SEED)}")


def test_a_pair_whose_halves_do_not_belong_together_is_refused() -> None:
    said = "^is no ed25519 key: whsk_ and base64 of 32 bytes, or of 64 with the public half$"
    with pytest.raises(SecretUnusable, match=said):
        SigningKey.of(f"whsk_{base64_of(SEED + PUBLIC[::-1])}")


def test_what_secrets_manager_generates_is_a_key_whatever_its_letters() -> None:
    for letter in "azAZ09":
        key = SigningKey.of(letter * 43)
        seed = base64.b64decode(f"{letter * 43}=")
        raw = (
            Ed25519PrivateKey.from_private_bytes(seed)
            .public_key()
            .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        )
        assert key.public_key == f"whpk_{base64_of(raw)}"


def test_a_key_is_not_shown_by_chance() -> None:
    assert repr(NEW_KEY) == "SigningKey()"
    assert SECRET not in repr(signatures(SECRET)())
    assert str(key_of(SECRET)) not in repr(signatures(SECRET)())


@pytest.mark.parametrize("secret", [SECRET, host_secret(key_of(SECRET), "hooks.example")], ids=["shared", "host"])
def test_the_libraries_of_receivers_in_their_newest_versions_verify_with_a_secret(secret: str) -> None:
    signed = headers()
    assert Webhook(secret).verify(BODY, signed)
    assert by_node(secret, NEW_KEY, signed) == ["true"]


def test_while_the_key_rotates_each_public_half_verifies_its_own_signature() -> None:
    signed = headers(keys=(NEW_KEY, OLD_KEY))
    assert all(is_signed_by(key.public_key, signed, BODY) for key in (NEW_KEY, OLD_KEY))
    assert by_node(SECRET, OLD_KEY, signed) == ["false", "true"]


def test_the_secret_of_a_host_is_one_that_the_specification_knows() -> None:
    secret = host_secret(key_of(SECRET), "hooks.example")
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert secret != host_secret(key_of(SECRET), "hooks.example:8443")


def by_node(secret: str, key: SigningKey, signed: dict[str, str]) -> list[str]:
    """What npm's library and Node say, after they have verified with the secret."""
    given = json.dumps([secret, key.public_key, signed, BODY])
    done = subprocess.run(  # noqa: S603  # our own words
        [ROOT / ".venv/bin/node", "--input-type=module", "-e", NODE, given],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()
