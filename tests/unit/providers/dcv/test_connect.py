"""The way into a session that is ready, and into none that is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.errors import ServiceRefused, StreamNotReady
from greenroom.providers.dcv.broker import Broker
from greenroom.providers.dcv.service import DcvSessions
from greenroom.providers.https_service import HttpsService
from tests.support.fakes import FakeClock
from tests.support.receiver import Receiver
from tests.unit.providers.dcv.conftest import MakeDcv
from tests.unit.providers.dcv.sessions import TOKEN, Sessions, asked_by


def ready(dcv: DcvSessions, sessions: Sessions, owner: str = "ada", **behaviour: Any) -> str:
    sessions.behave(owner, readyAfterSeconds=0, **behaviour)
    return str(dcv.create(asked_by(owner), TOKEN).stream_id)


def test_a_ready_session_has_a_url_for_its_owner(dcv: DcvSessions, sessions: Sessions) -> None:
    session_id = ready(dcv, sessions)
    url = dcv.connect(asked_by(), session_id)
    assert url.url.startswith("https://dcv-1.example:8443/?authToken=eyJ")
    assert url.url.endswith(f"#{session_id}")
    assert "authToken" not in repr(url)


def test_it_ends_when_its_token_does(dcv: DcvSessions, sessions: Sessions, broker_clock: FakeClock) -> None:
    session_id = ready(dcv, sessions, connectionTokenSeconds=90)
    assert dcv.connect(asked_by(), session_id).expires_at == broker_clock() + timedelta(seconds=90)


def test_a_token_that_does_not_tell_its_end_lives_as_long_as_the_setting_says(
    make_dcv: MakeDcv, sessions: Sessions, broker_clock: FakeClock
) -> None:
    dcv = make_dcv(token_minutes=7)
    session_id = ready(dcv, sessions, connectionTokenIsJwt=False)
    assert dcv.connect(asked_by(), session_id).expires_at == broker_clock() + timedelta(minutes=7)


def test_a_gateway_stands_in_for_the_server(make_dcv: MakeDcv, sessions: Sessions) -> None:
    dcv = make_dcv(gateway_url="https://desktops.example:8443/")
    assert dcv.connect(asked_by(), ready(dcv, sessions)).url.startswith("https://desktops.example:8443/?authToken=eyJ")


def test_the_owner_s_name_is_encoded_in_the_path(receiver: Receiver) -> None:
    dcv = DcvSessions(Broker(HttpsService(receiver.url)), token_minutes=60)
    receiver.will_answer(200, {"Session": {"Id": "s", "Name": "", "Owner": "", "Type": "VIRTUAL", "State": "CREATING"}})
    with pytest.raises(StreamNotReady, match="CREATING"):
        dcv.connect(asked_by("DOM\\a b"), "s-1")
    assert receiver.received[-1].path == "/sessionConnectionData/s-1/DOM%5Ca%20b"


def test_an_owner_with_a_backslash_and_a_blank_is_let_in(dcv: DcvSessions, sessions: Sessions) -> None:
    session_id = ready(dcv, sessions, "DOM\\a b")
    assert dcv.connect(asked_by("DOM\\a b"), session_id).url


@pytest.mark.parametrize(
    ("behaviour", "state"),
    [
        ({"readyAfterSeconds": None}, "CREATING"),
        ({"finalState": "DELETED"}, "DELETED"),
        ({"finalState": "UNKNOWN"}, "UNKNOWN"),
        ({"url": False}, "READY"),
    ],
    ids=str,
)
def test_a_session_that_is_not_ready_has_no_way_in(
    behaviour: dict[str, Any], state: str, dcv: DcvSessions, sessions: Sessions
) -> None:
    session_id = ready(dcv, sessions)
    sessions.behave(**{"readyAfterSeconds": 0, **behaviour})
    with pytest.raises(StreamNotReady, match=f"{session_id} is {state} and has no way in yet"):
        dcv.connect(asked_by(), session_id)


def test_a_user_whom_the_broker_does_not_let_in_is_told_with_the_field(dcv: DcvSessions, sessions: Sessions) -> None:
    session_id = ready(dcv, sessions)
    with pytest.raises(ServiceRefused, match=r"does not let missing-1 into the session: .* \(field owner\)"):
        dcv.connect(asked_by("missing-1"), session_id)
