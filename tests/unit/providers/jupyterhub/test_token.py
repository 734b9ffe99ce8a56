"""The token by which the real hub knows Greenroom, and what it must be allowed to do."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import ServiceRefused
from greenroom.domain.values import Status
from greenroom.providers.gate import GatedProvider
from greenroom.providers.jupyterhub.fields import JupyterHubFields
from tests.support.hub import HubControl
from tests.support.receiver import Receiver
from tests.unit.providers.jupyterhub.conftest import SECRET_ARN, MakePlug, fields, put_secret
from tests.unit.providers.starts import starting

TOKEN = "0" * 64


def refused(plug: GatedProvider, hub: HubControl, token: str) -> str:
    with pytest.raises(ServiceRefused) as caught:
        plug.prepare(fields(), TOKEN, starting)
    assert caught.value.name == "NotAuthorized"
    for word in (hub.url, SECRET_ARN, "scopes servers and tokens"):
        assert word in caught.value.message
    assert token not in str(caught.value)
    return caught.value.message


def test_a_token_that_the_hub_does_not_know_is_refused(make_plug: MakePlug, hub: HubControl) -> None:
    assert "Missing or invalid credentials" in refused(make_plug(hub.url, bearer="stolen"), hub, "stolen")


def test_a_token_without_the_scopes_is_refused(make_plug: MakePlug, hub: HubControl) -> None:
    """The hub lets it see the user, and only leaves the servers out."""
    token = hub.make_token("demo", "read:users!user=demo")
    assert "may not read servers" in refused(make_plug(hub.url, bearer=token), hub, token)


@pytest.mark.parametrize("call", ["create", "connect", "release"])
def test_each_call_names_the_scopes_that_it_lacks(
    call: str, make_plug: MakePlug, hub: HubControl, running: JupyterHubFields
) -> None:
    token = hub.make_token(running.user, f"read:servers!user={running.user}", f"read:tokens!user={running.user}")
    plug = make_plug(hub.url, bearer=token)
    with pytest.raises(ServiceRefused, match=r"^NotAuthorized: .*scopes servers and tokens"):
        getattr(plug, call)(running, *{"create": (TOKEN,), "connect": ("id",), "release": ("id", TOKEN)}[call])
    assert "" in hub.running(running.user)


def test_a_token_that_was_replaced_is_read_afresh(make_plug: MakePlug, hub: HubControl, receiver: Receiver) -> None:
    plug = make_plug(hub.url, bearer="old")
    with pytest.raises(ServiceRefused):
        plug.prepare(fields(), TOKEN, starting)
    put_secret(receiver, hub.token)
    assert plug.prepare(fields(), TOKEN, starting).status is Status.READY
    reads = len(receiver.received)
    assert plug.prepare(fields(), TOKEN, starting).status is Status.READY
    assert len(receiver.received) == reads


@pytest.mark.parametrize("token", ["two words", "ends with a line break\\n", "tökén"])
def test_a_secret_that_is_no_token_is_named_and_not_quoted(token: str, make_plug: MakePlug, hub: HubControl) -> None:
    with pytest.raises(ServiceRefused, match=r"^SecretIncomplete: .*must be one word") as caught:
        make_plug(hub.url, bearer=token).prepare(fields(), TOKEN, starting)
    assert SECRET_ARN in str(caught.value)
    assert token.replace("\\n", "") not in str(caught.value)
