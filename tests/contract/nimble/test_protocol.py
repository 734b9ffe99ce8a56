"""Routes, inputs and errors, as the service model has them."""

from __future__ import annotations

import pytest
import urllib3

from tests.contract.support import Client, Control

HERE = {"studioId": "studio", "sessionId": "s"}
SIMULATED = {
    "create_streaming_session_stream": HERE,
    "get_streaming_session_stream": HERE | {"streamId": "stream"},
    "get_streaming_session": HERE,
    "start_streaming_session": HERE,
    "stop_streaming_session": HERE,
    "delete_streaming_session": HERE,
}


@pytest.mark.parametrize(
    ("operation", "name"), [(operation, name) for operation, names in SIMULATED.items() for name in names]
)
def test_an_id_that_starts_with_missing_is_not_found(operation: str, name: str, client: Client) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException) as raised:
        getattr(client, operation)(**SIMULATED[operation] | {name: "missing-1"})
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert raised.value.response["context"] == {name: "missing-1"}
    assert "missing-1" in raised.value.response["Error"]["Message"]


@pytest.mark.parametrize("operation", ["create_streaming_session_stream", "start_streaming_session"])
@pytest.mark.parametrize("token", ["", "x" * 65])
def test_a_client_token_has_1_to_64_characters(token: str, operation: str, client: Client) -> None:
    with pytest.raises(client.exceptions.ValidationException) as raised:
        getattr(client, operation)(**HERE, clientToken=token)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "clientToken" in raised.value.response["Error"]["Message"]


@pytest.mark.parametrize("seconds", [59, 3601, "120", 60.5, True])
def test_an_expiration_out_of_range_or_of_another_type_is_refused(seconds: object, client: Client) -> None:
    with pytest.raises(client.exceptions.ValidationException, match="expirationInSeconds"):
        client.create_streaming_session_stream(**HERE, expirationInSeconds=seconds)


@pytest.mark.parametrize("seconds", [60, 3600])
def test_the_ends_of_the_expiration_range_are_accepted(seconds: int, client: Client) -> None:
    assert client.create_streaming_session_stream(**HERE, clientToken="x" * 64, expirationInSeconds=seconds)


def test_a_value_outside_an_enum_is_refused(client: Client) -> None:
    with pytest.raises(client.exceptions.ValidationException, match="volumeRetentionMode"):
        client.stop_streaming_session(**HERE, volumeRetentionMode="SHRED")


def test_an_error_has_its_name_in_its_body_too(control: Control, client: Client) -> None:
    shapes = client.meta.service_model.operation_model("GetStreamingSession").error_shapes
    assert len(shapes) == 7
    for shape in shapes:
        control.session("s", faults=[{"operation": "GetStreamingSession", "call": 1, "error": shape.name}])
        with pytest.raises(getattr(client.exceptions, shape.name)) as raised:
            client.get_streaming_session(**HERE)
        assert raised.value.response["code"] == shape.name


@pytest.mark.parametrize("session_id", ["a/b", "a b", "ä", "a%2Fb", ".."])
def test_an_id_survives_the_url(session_id: str, client: Client) -> None:
    session = client.get_streaming_session(studioId="studio", sessionId=session_id)["session"]
    assert session["sessionId"] == session_id


def test_a_path_of_no_operation_is_an_unknown_operation(url: str) -> None:
    answer = urllib3.request("GET", f"{url}/2020-08-01/studios/x/streaming-sessions/s/bogus/t")
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (404, "UnknownOperationException")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(body: bytes, url: str) -> None:
    answer = urllib3.request("POST", f"{url}/2020-08-01/studios/x/streaming-sessions/s/streams", body=body)
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationException")


def test_ids_in_the_body_do_not_override_those_in_the_path(url: str, control: Control) -> None:
    control.session("s", sessionState="STOPPED")
    path = f"{url}/2020-08-01/studios/x/streaming-sessions/s/streams"
    assert urllib3.request("POST", path, json={"sessionId": "other"}).status == 409
