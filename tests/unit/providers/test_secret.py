"""The secret of a plug: what must be in it, and how long it is kept."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import EndpointUnreachable, ServiceRefused
from greenroom.providers.secret import KEPT_SECONDS, USED_ON_SECONDS, Secret
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient

ARN = "arn:aws:secretsmanager:us-west-2:123456789012:secret:broker"
AWAY = [(400, "ThrottlingException"), (500, "InternalServiceError"), (503, "ServiceUnavailable")]


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


@pytest.mark.parametrize("name", ["ResourceNotFoundException", "AccessDeniedException", "DecryptionFailure"])
def test_what_secrets_manager_refuses_has_its_name(name: str, secret: Secret, receiver: Receiver) -> None:
    receiver.will_answer(400, {"__type": name, "Message": "no"})
    with pytest.raises(ServiceRefused) as caught:
        secret.read()
    assert caught.value.name == name


@pytest.mark.parametrize(("status", "name"), AWAY)
def test_secrets_manager_that_is_away_is_waited_for_and_not_taken_for_the_service(
    status: int, name: str, secret: Secret, receiver: Receiver
) -> None:
    receiver.will_answer(status, {"__type": name, "Message": "no"})
    with pytest.raises(EndpointUnreachable, match=receiver.url):
        secret.read()


@pytest.mark.parametrize(("status", "name"), AWAY)
def test_a_kept_secret_is_used_on_while_secrets_manager_is_away(
    status: int, name: str, secret: Secret, receiver: Receiver, seconds: Seconds
) -> None:
    receiver.will_answer(200, {"SecretString": '{"clientId": "a", "clientSecret": "old"}'})
    kept = secret.read()
    receiver.will_answer(status, {"__type": name, "Message": "no"})
    for wait, reads in ((KEPT_SECONDS, 2), (USED_ON_SECONDS - 1, 2), (1, 3), (86_400, 4)):
        seconds.now += wait
        assert secret.read() == kept
        assert len(receiver.received) == reads
    with pytest.raises(EndpointUnreachable):
        secret.read(fresh=True)
    receiver.will_answer(200, {"SecretString": '{"clientId": "a", "clientSecret": "new"}'})
    seconds.now += USED_ON_SECONDS
    assert secret.read()["clientSecret"] == "new"


def test_a_kept_secret_that_may_not_be_read_any_more_is_not_used_on(
    secret: Secret, receiver: Receiver, seconds: Seconds
) -> None:
    receiver.will_answer(200, {"SecretString": '{"clientId": "a", "clientSecret": "b"}'})
    secret.read()
    receiver.will_answer(400, {"__type": "AccessDeniedException", "Message": "no"})
    seconds.now += KEPT_SECONDS
    with pytest.raises(ServiceRefused, match="AccessDeniedException"):
        secret.read()
