"""A URL is revoked, also one whose id never came, and what is gone already is let go."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.domain.errors import EndpointUnreachable, ServiceFailed, ServiceRefused, ThrottlingException
from greenroom.providers.gameliftstreams.service import GameLiftStreams
from tests.contract.support import Control, connect
from tests.support.receiver import Answer, Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.gameliftstreams.calls import GROUP, PLACED, TOKEN, asked, failing, make_url, operations


def urls(simulator_url: str) -> list[tuple[str, str, str | None]]:
    """The id, state and reason of every URL of the group."""
    listed = connect(simulator_url, "gameliftstreams").list_stream_urls(StreamGroupIdentifier="sg-1")
    return [(item["StreamUrlId"], item["Status"], item.get("StatusReason")) for item in listed["Items"]]


def test_a_url_is_revoked_and_its_sessions_end(gamelift: GameLiftStreams, control: Control, simulator_url: str) -> None:
    url_id = make_url(gamelift, control)
    gamelift.release(GROUP, url_id, TOKEN)
    assert operations(control)[2:] == ["RevokeStreamUrl"]
    assert urls(simulator_url) == [(url_id, "REVOKED", "revokedAndTerminatingSessions")]


def test_letting_go_twice_is_no_error(gamelift: GameLiftStreams, control: Control) -> None:
    """Changes of a record come at least once, and again with each delivery that is marked."""
    url_id = make_url(gamelift, control)
    for _ in range(2):
        gamelift.release(GROUP, url_id, TOKEN)


@pytest.mark.parametrize("fields", [GROUP, PLACED], ids=["everywhere", "in a location"])
def test_a_url_whose_answer_was_lost_is_found_by_its_client_token_and_revoked(
    fields: Any, gamelift: GameLiftStreams, control: Control, simulator_url: str
) -> None:
    control.session("sg-1", **failing("CreateStreamUrl", "LostResponse", call=1))
    with pytest.raises(EndpointUnreachable):
        gamelift.create(fields, TOKEN)
    ((url_id, state, _),) = urls(simulator_url)
    assert state == "ACTIVE"
    gamelift.release(fields, None, TOKEN)
    assert urls(simulator_url) == [(url_id, "REVOKED", "revokedAndTerminatingSessions")]


def test_a_url_is_found_although_no_location_is_active_any_more(
    gamelift: GameLiftStreams, control: Control, simulator_url: str
) -> None:
    make_url(gamelift, control, locations=[{"status": "ERROR"}])
    gamelift.release(GROUP, None, TOKEN)
    assert [state for _, state, _ in urls(simulator_url)] == ["REVOKED"]


def test_a_request_that_made_no_url_leaves_none_behind(
    gamelift: GameLiftStreams, control: Control, simulator_url: str
) -> None:
    control.session("sg-1", readyAfterSeconds=0)
    gamelift.release(GROUP, None, TOKEN)
    assert [state for _, state, _ in urls(simulator_url)] == ["REVOKED"]


@pytest.mark.parametrize(
    "group", [{"sessionState": "DELETING"}, {"sessionState": "ACTIVATING", "readyAfterSeconds": None}], ids=str
)
def test_a_group_that_gives_no_url_has_none_of_this_request(
    group: dict[str, Any], gamelift: GameLiftStreams, control: Control
) -> None:
    control.session("sg-1", **group)
    gamelift.release(GROUP, None, TOKEN)
    assert operations(control) == ["GetStreamGroup", "CreateStreamUrl"]


def test_a_group_without_locations_has_no_url_of_this_request(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.answers = [Answer(200, b'{"Arn": "arn", "Status": "ACTIVATING"}')]
    GameLiftStreams(aws_client("gameliftstreams")).release(GROUP, None, TOKEN)
    assert [request.path for request in receiver.received] == ["/streamgroups/sg-1"]


@pytest.mark.parametrize("error", ["ServiceQuotaExceededException", "ConflictException", "ValidationException"])
def test_a_url_that_is_refused_now_is_not_there(error: str, gamelift: GameLiftStreams, control: Control) -> None:
    control.session("sg-1", **failing("CreateStreamUrl", error))
    gamelift.release(PLACED, None, TOKEN)
    assert operations(control) == ["CreateStreamUrl"]


@pytest.mark.parametrize("stream_id", ["su-gone", None])
def test_what_does_not_exist_is_let_go(stream_id: str | None, gamelift: GameLiftStreams, control: Control) -> None:
    gamelift.release(asked(streamGroupId="missing-1"), stream_id, TOKEN)
    control.session("sg-1", **failing("RevokeStreamUrl", "ResourceNotFoundException"))
    gamelift.release(GROUP, stream_id, TOKEN)


@pytest.mark.parametrize(
    ("operation", "error", "kind"),
    [
        ("CreateStreamUrl", "ThrottlingException", ThrottlingException),
        ("CreateStreamUrl", "InternalServerException", ServiceFailed),
        ("CreateStreamUrl", "ConnectionReset", EndpointUnreachable),
        # Whether there is a URL, it does not say.
        ("CreateStreamUrl", "AccessDeniedException", ServiceRefused),
        ("RevokeStreamUrl", "ThrottlingException", ThrottlingException),
        ("RevokeStreamUrl", "AccessDeniedException", ServiceRefused),
    ],
)
def test_a_release_that_could_not_be_done_is_told(
    operation: str, error: str, kind: type[Exception], gamelift: GameLiftStreams, control: Control
) -> None:
    control.session("sg-1", **failing(operation, error))
    with pytest.raises(kind, match=operation if kind is not EndpointUnreachable else "did not answer"):
        gamelift.release(PLACED, None, TOKEN)
