"""The errors of the broker, by the names that the state machine retries or announces."""

from __future__ import annotations

import socket

import pytest

from greenroom.domain.errors import (
    CapacityUnavailable,
    EndpointUnreachable,
    ProviderError,
    ServiceFailed,
    ServiceRefused,
    ThrottlingException,
    own_error,
)
from greenroom.providers.dcv.service import DcvSessions
from tests.contract.support import Control
from tests.unit.providers.dcv.calls import CALLS, EVERY_CALL, over
from tests.unit.providers.dcv.sessions import TOKEN, Sessions, asked_by


def path_of(operation: str) -> str:
    return {"getSessionConnectionData": "sessionConnectionData"}.get(operation, operation[0].lower() + operation[1:])


@EVERY_CALL
@pytest.mark.parametrize(
    ("error", "kind", "name"),
    [
        ("ThrottlingException", ThrottlingException, None),
        ("InternalServerException", ServiceFailed, "BrokerFailed"),
        ("ServiceUnavailableException", EndpointUnreachable, None),
        ("AccessDeniedException", ServiceRefused, "NotAuthorized"),
        ("ValidationException", ServiceRefused, "BrokerRefused"),
        ("ResourceNotFoundException", ServiceRefused, "BrokerRefused"),
    ],
)
def test_a_status_has_its_name(  # noqa: PLR0917  # the cases' parts
    operation: str, error: str, kind: type[ProviderError], name: str | None, dcv: DcvSessions, sessions: Sessions
) -> None:
    session_id = sessions.make()
    sessions.fail(operation, error, readyAfterSeconds=0)
    with pytest.raises(kind) as caught:
        CALLS[operation](dcv, session_id)
    assert getattr(caught.value, "name", None) == name
    if name:
        assert path_of(operation) in str(caught.value)
        assert own_error(kind.__name__, str(caught.value))[0] == name


def test_a_want_of_servers_is_a_name_that_the_flow_can_show(dcv: DcvSessions, sessions: Sessions) -> None:
    sessions.fail("createSessions", "NoServer")
    with pytest.raises(CapacityUnavailable) as caught:
        dcv.create(asked_by(), TOKEN)
    assert own_error("CapacityUnavailable", str(caught.value))[0] == "NoServerAvailable"


@EVERY_CALL
@pytest.mark.parametrize("fault", ["ConnectionReset", "LostResponse"])
def test_no_answer_names_the_endpoint(
    operation: str, fault: str, dcv: DcvSessions, sessions: Sessions, broker: Control
) -> None:
    session_id = sessions.make()
    sessions.fail(operation, fault, readyAfterSeconds=0)
    with pytest.raises(EndpointUnreachable, match=broker.url):
        CALLS[operation](dcv, session_id)


def test_a_broker_that_is_not_there_is_named() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        dcv = over(url)
        assert dcv.endpoint == url
        with pytest.raises(EndpointUnreachable, match=url):
            dcv.create(asked_by(), TOKEN)


def test_a_silent_broker_is_named(sessions: Sessions, broker: Control) -> None:
    sessions.behave("greenroom", authorization=False)
    sessions.fail("describeSessions", "Timeout")
    with pytest.raises(EndpointUnreachable, match=broker.url):
        over(broker.url, read_seconds=0.1).create(asked_by(), TOKEN)
