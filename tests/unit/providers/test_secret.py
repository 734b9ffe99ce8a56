"""The secret of a plug: what must be in it, and how long it is kept."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import ServiceFailed, ServiceRefused
from greenroom.providers.secret import KEPT_SECONDS, Secret
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient

ARN = "arn:aws:secretsmanager:us-west-2:123456789012:secret:broker"


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def secret(aws_client: AwsClient, seconds: Seconds) -> Secret:
    return Secret(aws_client, ARN, "clientId", "clientSecret", clock=seconds)


def test_the_members_are_read_and_no_others(secret: Secret, receiver: Receiver) -> None:
    receiver.will_answer(200, {"SecretString": '{"clientId": "a", "clientSecret": "b", "note": "c"}'})
    assert secret.read() == {"clientId": "a", "clientSecret": "b"}
    assert ARN in receiver.received[0].body


def test_it_is_kept_for_five_minutes(secret: Secret, receiver: Receiver, seconds: Seconds) -> None:
    receiver.will_answer(200, {"SecretString": '{"clientId": "a", "clientSecret": "b"}'})
    for wait, reads in ((0, 1), (KEPT_SECONDS - 1, 1), (1, 2), (1, 2)):
        seconds.now += wait
        secret.read()
        assert len(receiver.received) == reads


def test_it_is_read_afresh_when_that_is_asked_for(secret: Secret, receiver: Receiver) -> None:
    receiver.will_answer(200, {"SecretString": '{"clientId": "a", "clientSecret": "old"}'})
    secret.read()
    receiver.will_answer(200, {"SecretString": '{"clientId": "a", "clientSecret": "new"}'})
    assert secret.read()["clientSecret"] == "old"
    assert secret.read(fresh=True)["clientSecret"] == secret.read()["clientSecret"] == "new"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ('{"clientId": "a"}', "no clientSecret"),
        ('{"clientId": "", "clientSecret": "b"}', "no clientId"),
        ('{"clientId": 1, "clientSecret": "b"}', "no clientId"),
        ("{}", "no clientId, clientSecret"),
        ("not JSON, and secret", "no clientId, clientSecret"),
        ('["a", "b"]', "no clientId, clientSecret"),
        ("", "no clientId, clientSecret"),
    ],
)
def test_an_incomplete_secret_is_named_with_what_it_lacks_and_not_quoted(
    text: str, missing: str, secret: Secret, receiver: Receiver
) -> None:
    receiver.will_answer(200, {"SecretString": text})
    with pytest.raises(ServiceRefused, match=missing) as caught:
        secret.read()
    assert caught.value.name == "SecretIncomplete"
    assert ARN in str(caught.value)
    assert "and secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["ResourceNotFoundException", "AccessDeniedException"])
def test_what_secrets_manager_refuses_has_its_name(name: str, secret: Secret, receiver: Receiver) -> None:
    receiver.will_answer(400, {"__type": name, "Message": "no"})
    with pytest.raises(ServiceRefused) as caught:
        secret.read()
    assert caught.value.name == name


def test_a_failure_of_secrets_manager_is_one_that_may_pass(secret: Secret, receiver: Receiver) -> None:
    receiver.will_answer(500, {"__type": "InternalServiceError", "Message": "no"})
    with pytest.raises(ServiceFailed, match=r"^InternalServiceError"):
        secret.read()
