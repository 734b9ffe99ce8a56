"""The secrets that sign, by a real client against a receiver that plays Secrets Manager."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from greenroom.adapters.secrets import KEPT_SECONDS, SigningSecrets
from greenroom.adapters.signed_links import SignedLinks, link_key
from greenroom.adapters.webhook_signatures import SigningKey
from greenroom.domain.errors import LinkRefused, SecretUnusable
from greenroom.domain.signing import key_of
from tests.support.fakes import NOW
from tests.support.receiver import Answer, Receiver
from tests.unit.adapters.test_executions import refusal
from tests.unit.conftest import AwsClient

NEW, OLD, OLDER = ("n" * 32, "o" * 32, "r" * 32)
NONE = refusal("ResourceNotFoundException")
BAD = ("", " ", "whsec_", "o" * 31, "o" * 28, "o" * 33, "with spaces in it, and a comma", "\u00fc" * 40)


def secret(text: str) -> Answer:
    return Answer(200, json.dumps({"ARN": "arn:secret", "SecretString": text}).encode())


class Secrets:
    """A secret whose versions the receiver tells, how often it was unusable, and the clock."""

    def __init__(self, receiver: Receiver, client: Any, key: Any = key_of) -> None:
        self.receiver, self.unusable, self.seconds = receiver, 0, 0.0
        self.read = SigningSecrets(
            client, "arn:secret", name="WebhookSecretArn", key_of=key, unusable=self._count, clock=lambda: self.seconds
        )

    def are(self, *versions: Answer) -> None:
        self.receiver.answers = list(versions)
        self.receiver.received.clear()

    def _count(self) -> None:
        self.unusable += 1


@pytest.fixture
def secrets(receiver: Receiver, aws_client: AwsClient) -> Secrets:
    return Secrets(receiver, aws_client("secretsmanager"))


def test_while_a_secret_rotates_there_are_two_the_newest_first(secrets: Secrets) -> None:
    secrets.are(secret(NEW), secret(f"whsec_{OLD}\n"))
    assert secrets.read() == [key_of(NEW), key_of(OLD)]
    stages = [json.loads(got.body)["VersionStage"] for got in secrets.receiver.received]
    assert stages == ["AWSCURRENT", "AWSPREVIOUS"]


def test_before_its_first_rotation_there_is_one(secrets: Secrets) -> None:
    secrets.are(secret(NEW), NONE)
    assert secrets.read() == [key_of(NEW)]


def test_a_secret_that_may_not_be_read_is_an_error_of_aws(secrets: Secrets) -> None:
    secrets.are(refusal("AccessDeniedException"))
    with pytest.raises(ClientError, match="AccessDeniedException"):
        secrets.read()
    assert secrets.unusable == 0


@pytest.mark.parametrize(
    ("version", "said"),
    [
        *((secret(text), "is no base64 of at least 24 bytes") for text in BAD),
        (Answer(200, json.dumps({"ARN": "arn:secret", "SecretBinary": "bmV3"}).encode()), "is no base64"),
        (NONE, "has no value"),
        (refusal("InvalidRequestException"), "has no value"),
    ],
)
def test_a_secret_that_is_none_to_sign_with_is_told_and_counted_and_not_repeated(
    version: Answer, said: str, secrets: Secrets
) -> None:
    secrets.are(version)
    for count in (1, 2):
        with pytest.raises(SecretUnusable) as caught:
            secrets.read()
        assert str(caught.value).startswith(f"The secret under WebhookSecretArn {said}")
        assert secrets.unusable == count


@pytest.mark.parametrize("text", BAD)
def test_a_bad_secret_that_was_replaced_signs_nothing_and_hinders_nothing(text: str, secrets: Secrets) -> None:
    secrets.are(secret(NEW), secret(text))
    assert secrets.read() == [key_of(NEW)]
    assert secrets.unusable == 0


def test_a_secret_is_read_again_after_ten_seconds(secrets: Secrets) -> None:
    secrets.are(*[secret(NEW), NONE] * 2)
    for seconds, reads in ((1000, 2), (1000 + KEPT_SECONDS - 0.1, 2), (1000 + KEPT_SECONDS, 4)):
        secrets.seconds = seconds
        secrets.read()
        assert len(secrets.receiver.received) == reads


def test_a_secret_that_became_unusable_is_not_kept_on_with(secrets: Secrets) -> None:
    secrets.are(secret(NEW), NONE)
    secrets.read()
    secrets.seconds = KEPT_SECONDS
    secrets.are(secret("short"))
    for _ in range(2):
        with pytest.raises(SecretUnusable):
            secrets.read()


def test_a_second_rotation_ends_the_links_of_before_within_ten_seconds(
    receiver: Receiver, aws_client: AwsClient
) -> None:
    secrets = Secrets(receiver, aws_client("secretsmanager"), link_key)
    links = SignedLinks(secrets.read)
    secrets.are(secret(OLDER), NONE)
    token = links.sign("r", NOW.replace(year=2030), 0)
    secrets.are(secret(OLD), secret(OLDER))
    secrets.seconds += KEPT_SECONDS
    assert links.read(token, NOW).request_id == "r"
    secrets.are(secret(NEW), secret(OLD))
    secrets.seconds += KEPT_SECONDS
    with pytest.raises(LinkRefused):
        links.read(token, NOW)


@pytest.mark.parametrize("text", ["", " " * 40, "o" * 23])
def test_a_secret_of_links_that_is_too_short_signs_and_reads_nothing(
    text: str, receiver: Receiver, aws_client: AwsClient
) -> None:
    secrets = Secrets(receiver, aws_client("secretsmanager"), link_key)
    secrets.are(secret(text))
    with pytest.raises(SecretUnusable):
        SignedLinks(secrets.read).sign("r", NOW, 0)
    with pytest.raises(SecretUnusable):
        SignedLinks(secrets.read).read("a.b", NOW)


def test_the_key_of_links_is_the_text_as_it_is(receiver: Receiver, aws_client: AwsClient) -> None:
    secrets = Secrets(receiver, aws_client("secretsmanager"), link_key)
    secrets.are(secret(NEW * 2), NONE)
    assert secrets.read() == [NEW * 2]


@pytest.mark.parametrize("text", [*BAD, "o" * 32, "o" * 44, "whsec_" + "o" * 43])
def test_what_is_no_ed25519_key_is_none_to_sign_with(text: str) -> None:
    with pytest.raises(SecretUnusable, match="is no ed25519 key"):
        SigningKey.of(text)
