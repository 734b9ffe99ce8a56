"""Receivers of webhooks that sign for one another, and links that were handed on and are to end."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from greenroom.adapters.secrets import KEPT_SECONDS
from greenroom.domain.signing import host_secret, key_of
from tests.e2e.deployed import Deployed, eventually
from tests.e2e.logs import log_lines
from tests.security.people import Person, send
from tests.support.receiver import Received, Receiver, receive
from tests.support.webhooks import is_signed_by


def _got(receiver: Receiver) -> Received:
    """The first message that a receiver gets."""
    return eventually(lambda: receiver.received[0] if receiver.received else None, "webhook")


@pytest.fixture(scope="module")
def receivers(alice: Person) -> Iterator[tuple[Receiver, Receiver]]:
    """Two receivers that have the message of one request each."""
    with receive() as one, receive() as other:
        for receiver in (one, other):
            target = {"type": "webhook", "url": f"{receiver.url}/hook"}
            alice.ask_for_ready(notify=[target, {"type": "sns"}])
            _got(receiver)
        yield one, other


def _secret_of(deployed: Deployed, receiver: Receiver) -> str:
    """The secret that a receiver is given: that of its host."""
    secret = deployed.client("secretsmanager").get_secret_value(SecretId=deployed.outputs["WebhookSecretArn"])
    return host_secret(key_of(secret["SecretString"]), receiver.url.removeprefix("http://"))


def _public_keys(deployed: Deployed) -> list[str]:
    answer = send(deployed, "GET", "webhook-keys")
    assert answer.status == 200
    return [key["publicKey"] for key in answer.json()["keys"]]


def _verifies(secret: str, got: Received, **changed: str) -> bool:
    try:
        Webhook(secret).verify(changed.pop("body", got.body), {**got.headers, **changed})
    except WebhookVerificationError:
        return False
    return True


def test_a_receiver_signs_for_no_other(deployed: Deployed, receivers: tuple[Receiver, Receiver]) -> None:
    """Sign, as a receiver with its own secret, a message to another receiver.

    Stopped by a secret of each host: what one holds verifies nothing at another.
    """
    one, other = receivers
    ours, theirs = _secret_of(deployed, one), _secret_of(deployed, other)
    assert _verifies(theirs, other.received[0])
    assert not _verifies(ours, other.received[0])
    assert not _verifies(theirs, one.received[0])


def test_a_message_taken_at_one_receiver_is_not_valid_at_another(
    deployed: Deployed, receivers: tuple[Receiver, Receiver]
) -> None:
    """Take the message that one receiver got, and send it to another under the id that it has there.

    Stopped by the signed id, which is made of the target too.
    """
    one, other = (receiver.received[0] for receiver in receivers)
    (key, *_) = _public_keys(deployed)
    assert is_signed_by(key, one.headers, one.body)
    assert one.headers["webhook-id"] != other.headers["webhook-id"]
    for changed in ({"webhook-id": other.headers["webhook-id"]}, {"webhook-timestamp": "1"}):
        assert not is_signed_by(key, {**one.headers, **changed}, one.body)
    assert not is_signed_by(key, one.headers, other.body)


def test_one_request_s_targets_get_ids_of_their_own(deployed: Deployed, alice: Person) -> None:
    """Take a message at one of a request's targets, and send it to another of the same request.

    Stopped by the signed id, which is made of the target too.
    """
    with receive() as one, receive() as other:
        targets = [{"type": "webhook", "url": f"{receiver.url}/hook"} for receiver in (one, other)]
        alice.ask_for_ready(notify=[*targets, {"type": "sns"}])
        first, second = _got(one), _got(other)
    assert json.loads(first.body)["data"]["id"] == json.loads(second.body)["data"]["id"]
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert all(is_signed_by(_public_keys(deployed)[0], each.headers, each.body) for each in (first, second))


def test_a_message_that_was_changed_verifies_nowhere(deployed: Deployed, receivers: tuple[Receiver, Receiver]) -> None:
    """Change a message on its way: its URL, its outcome, its time.

    Stopped by signatures over id, time and body.
    """
    got = receivers[0].received[0]
    secret, (key, *_) = _secret_of(deployed, receivers[0]), _public_keys(deployed)
    message = json.loads(got.body)
    message["data"]["url"] = "https://evil.example/"
    assert not _verifies(secret, got, body=json.dumps(message))
    assert not is_signed_by(key, got.headers, json.dumps(message))


def test_the_keys_that_anyone_may_have_have_no_private_half(deployed: Deployed) -> None:
    """Ask for the keys that sign, unsigned, and for more than they say.

    Stopped by a function of its own, which answers with public halves, whatever it is asked.
    """
    secret = deployed.client("secretsmanager").get_secret_value(SecretId=deployed.outputs["WebhookSigningKeyArn"])
    seed = secret["SecretString"].removeprefix("whsk_")
    for path in ("webhook-keys", "webhook-keys?private=true", "webhook-keys?format=pem"):
        answer = send(deployed, "GET", path)
        assert answer.status == 200
        assert seed[:20] not in answer.data.decode()
        assert {tuple(key) for key in answer.json()["keys"]} == {("publicKey",)}
        assert len(base64.b64decode(answer.json()["keys"][0]["publicKey"].removeprefix("whpk_"))) == 32
    assert send(deployed, "POST", "webhook-keys", json={"publicKey": "whpk_x"}).status in {403, 404}


def test_a_link_that_was_revoked_opens_nothing(deployed: Deployed, alice: Person, bob: Person) -> None:
    """Use a link after its owner took it back; take back the links of somebody else.

    Stopped by the record, which tells the generation of its links; a new link works.
    """
    request_id = alice.ask_for_ready(waitingRoom=True)
    told = deployed.message(request_id)["data"]["waitingRoom"]["url"].split("#")[1]
    made = alice.link(request_id).split("#")[1]
    assert bob.call("DELETE", f"streams/{request_id}/waiting-room")[0] == 404
    room = "waiting-room/stream"
    assert send(deployed, "GET", room, headers={"Authorization": f"Bearer {made}"}).status == 200
    assert alice.call("DELETE", f"streams/{request_id}/waiting-room")[0] == 204
    for token in (told, made):
        headers = {"Authorization": f"Bearer {token}"}
        assert send(deployed, "GET", room, headers=headers).status == 401
        assert send(deployed, "POST", f"{room}/claim", headers=headers).status == 401
    fresh = {"Authorization": f"Bearer {alice.link(request_id).split('#')[1]}"}
    assert send(deployed, "POST", f"{room}/claim", headers=fresh).status == 200


def test_nothing_goes_out_under_a_secret_that_is_none(deployed: Deployed, alice: Person) -> None:
    """Have a message with a live URL go out unsigned, by a secret that is empty, no base64, or too short.

    Stopped by `Deliver`: the delivery fails and is tried again, and goes out once there is a secret.
    """
    secrets, arn = deployed.client("secretsmanager"), deployed.outputs["WebhookSecretArn"]
    good = secrets.get_secret_value(SecretId=arn)["SecretString"]
    log = deployed.resource("DeliveryDeliverLogs")
    with receive() as receiver:
        try:
            secrets.put_secret_value(SecretId=arn, SecretString="c2hvcnQ=")
            # As long as a function keeps a secret.
            time.sleep(KEPT_SECONDS + 1)
            request_id = alice.ask_for_ready(notify=[{"type": "webhook", "url": receiver.url}, {"type": "sns"}])

            def failed() -> bool | None:
                reasons = [line for line in log_lines(deployed, log) if request_id in line and "base64" in line]
                return bool(reasons) or None

            eventually(failed, "delivery that failed")
            assert receiver.received == []
        finally:
            secrets.put_secret_value(SecretId=arn, SecretString=good)
        got = _got(receiver)
    assert got.headers["webhook-signature"]
