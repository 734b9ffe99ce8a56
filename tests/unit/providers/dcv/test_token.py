"""The access token: asked for in both ways, kept, and asked for again once when the broker refuses it."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import ServiceRefused
from greenroom.providers.dcv.service import DcvSessions
from greenroom.providers.secret import KEPT_SECONDS, Secret
from local.simulator.dcv import CLIENT_ID, CLIENT_SECRET, SCOPE
from tests.contract.support import Control
from tests.support.fakes import FakeClock
from tests.support.receiver import Receiver
from tests.support.tracebacks import whole_text
from tests.unit.providers.dcv.conftest import SECRET_ARN, MakeDcv, Seconds, put_secret
from tests.unit.providers.dcv.sessions import TOKEN, Sessions, asked_by


def look(dcv: DcvSessions) -> None:
    """Make one call of the broker."""
    dcv.release(asked_by(), None, TOKEN)


def tokens(sessions: Sessions) -> int:
    """Count the tokens that were asked for, less the one of the test itself."""
    return sessions.calls("getToken") - 1


@pytest.mark.parametrize("scope", [None, SCOPE])
def test_a_token_is_asked_for_in_the_way_that_the_settings_say(
    scope: str | None, make_dcv: MakeDcv, sessions: Sessions
) -> None:
    look(make_dcv(scope=scope))
    assert tokens(sessions) == 1


def test_a_broker_without_authorisation_is_sent_no_token(
    make_dcv: MakeDcv, sessions: Sessions, receiver: Receiver
) -> None:
    sessions.behave(CLIENT_ID, authorization=False)
    look(make_dcv(authorised=False))
    assert tokens(sessions) == 0
    assert receiver.received == []


def test_a_broker_that_does_ask_for_a_token_names_the_setting(make_dcv: MakeDcv, broker: Control) -> None:
    with pytest.raises(ServiceRefused, match=r"No authorization header .* set dcvTokenUrl, and put clientId") as caught:
        look(make_dcv(authorised=False))
    assert caught.value.name == "NotAuthorized"
    assert broker.url in str(caught.value)


def test_a_token_is_kept_until_80_percent_of_its_life_are_over(
    dcv: DcvSessions, sessions: Sessions, seconds: Seconds
) -> None:
    sessions.behave(CLIENT_ID, accessTokenSeconds=1000)
    for wait, asked in ((0, 1), (0, 1), (799, 1), (1, 2), (799, 2), (1, 3)):
        seconds.now += wait
        look(dcv)
        assert tokens(sessions) == asked


def test_a_refused_token_is_asked_for_again_once(dcv: DcvSessions, sessions: Sessions, broker_clock: FakeClock) -> None:
    look(dcv)
    broker_clock.advance(3600)  # it ended before it was to
    look(dcv)
    assert tokens(sessions) == 2
    look(dcv)
    assert tokens(sessions) == 2


def test_the_secret_is_read_afresh_for_the_second_token(
    dcv: DcvSessions, sessions: Sessions, receiver: Receiver, broker_clock: FakeClock
) -> None:
    look(dcv)
    assert len(receiver.received) == 1
    broker_clock.advance(3600)
    look(dcv)
    assert len(receiver.received) == 2
    assert tokens(sessions) == 2


def test_a_token_that_is_refused_twice_names_broker_secret_and_settings(
    dcv: DcvSessions, sessions: Sessions, broker: Control
) -> None:
    sessions.fail("describeSessions", "UnauthorizedException", call="*")
    with pytest.raises(ServiceRefused, match="dcvTokenUrl and dcvTokenScope") as caught:
        look(dcv)
    assert caught.value.name == "NotAuthorized"
    assert broker.url in str(caught.value)
    assert SECRET_ARN in str(caught.value)
    assert (sessions.calls("describeSessions"), tokens(sessions)) == (2, 2)


def test_a_refused_secret_names_the_token_endpoint_secret_and_settings(
    dcv: DcvSessions, sessions: Sessions, broker: Control, receiver: Receiver
) -> None:
    put_secret(receiver, "a-wrong-secret")
    with pytest.raises(ServiceRefused, match=r"gives no access token \(invalid_client, status 401\)") as caught:
        look(dcv)
    assert caught.value.name == "TokenRefused"
    for word in (f"{broker.url}/oauth2/token", SECRET_ARN, "clientId", "clientSecret", "dcvTokenUrl", "dcvTokenScope"):
        assert word in str(caught.value)
    assert "a-wrong-secret" not in whole_text(caught.value)
    assert (sessions.calls("describeSessions"), tokens(sessions)) == (0, 1)


def test_a_wrong_scope_is_named(make_dcv: MakeDcv) -> None:
    with pytest.raises(ServiceRefused, match=r"invalid_scope, status 400.*dcvTokenScope"):
        look(make_dcv(scope="other/scope"))  # a scope is no secret


def test_a_secret_that_was_changed_is_read_again_before_it_is_given_up(
    dcv: DcvSessions, secret: Secret, sessions: Sessions, receiver: Receiver
) -> None:
    put_secret(receiver, "the-old-one")
    secret.read()
    put_secret(receiver, CLIENT_SECRET)
    look(dcv)
    assert tokens(sessions) == 2


def test_a_kept_secret_is_read_again_after_its_time(
    dcv: DcvSessions, sessions: Sessions, receiver: Receiver, seconds: Seconds
) -> None:
    sessions.behave(CLIENT_ID, accessTokenSeconds=1)
    for wait, reads in ((0, 1), (KEPT_SECONDS - 1, 1), (1, 2)):
        seconds.now += wait
        look(dcv)
        assert len(receiver.received) == reads
