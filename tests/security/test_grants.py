"""Keys and statements that are as small as they say: the key by itself, and events that announce what is not so."""

from __future__ import annotations

import json
import uuid
from operator import methodcaller

import pytest

from tests.e2e.deployed import Deployed
from tests.security.people import People, is_refused
from tests.security.roles import Roles

NOBODY: set[str] = set()
TELLERS = {"announce", "deliver"}
OUTCOMES = {"Stream Ready", "Stream Failed", "Stream Timed Out", "Stream Cancelled"}
REJECTERS = {"accept_event", "reconcile", "reject_request"}


def test_the_key_opens_nothing_by_itself(deployed: Deployed, roles: Roles) -> None:
    """Decrypt with the key what was copied elsewhere, and make a data key of your own, with the role of each function.

    Stopped by `kms:ViaService`: a role uses the key only through the service that it may call.
    """
    key = deployed.resource("StorageKey")
    sealed = deployed.client("kms").encrypt(KeyId=key, Plaintext=b"a URL")["CiphertextBlob"]
    assert roles.that_may("kms", lambda kms: kms.decrypt(CiphertextBlob=sealed, KeyId=key)) == NOBODY
    assert roles.that_may("kms", lambda kms: kms.generate_data_key(KeyId=key, KeySpec="AES_256")) == NOBODY
    assert roles.that_may("kms", lambda kms: kms.encrypt(KeyId=key, Plaintext=b"x")) == NOBODY


def _event(deployed: Deployed, source: str, detail_type: str) -> dict[str, str]:
    """An event that no rule sends anywhere but to the inbox of the tests, which looks for ids."""
    detail = json.dumps({"attack": uuid.uuid4().hex})
    bus = deployed.outputs["EventBusName"]
    return {"EventBusName": bus, "Source": source, "DetailType": detail_type, "Detail": detail}


@pytest.mark.parametrize(
    ("source", "detail_type"),
    [
        ("greenroom", "Stream Ready"),
        ("studio", "Stream Ready"),
        ("studio", "Batch Finished"),
        ("greenroom", "Stream Requested"),
        ("aws.states", "Step Functions Execution Status Change"),
        ("studio", "anything"),
    ],
)
def test_a_requester_announces_nothing(deployed: Deployed, people: People, source: str, detail_type: str) -> None:
    """Put a `Stream Ready` of your own on the bus with the policy that the documents give to those who ask by event.

    Stopped by its conditions: `events:source` is the requester's own, and `events:detail-type` a request's.
    """
    arn = f"arn:aws:events:us-west-2:000000000000:event-bus/{deployed.outputs['EventBusName']}"
    condition = {
        "ForAllValues:StringEquals": {"events:source": "studio", "events:detail-type": "Stream Requested"},
    }
    statement = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": arn, "Condition": condition}
    events = people.user("requester", statement).client("events")
    assert is_refused(lambda: events.put_events(Entries=[_event(deployed, source, detail_type)]))
    # One that is allowed does not let in another beside it.
    both = [_event(deployed, "studio", "Stream Requested"), _event(deployed, source, detail_type)]
    assert is_refused(lambda: events.put_events(Entries=both))
    assert not is_refused(lambda: events.put_events(Entries=both[:1]))


@pytest.mark.parametrize(
    ("detail_type", "tellers"),
    [
        ("Stream Ready", TELLERS),
        ("Stream Rejected", REJECTERS),
        ("Batch Finished", {"end_batch"}),
        ("Stream Requested", NOBODY),
    ],
)
def test_a_function_tells_what_is_its_own_to_tell(
    deployed: Deployed, roles: Roles, detail_type: str, tellers: set[str]
) -> None:
    """Announce with the role of one function what only another knows, or ask for a stream by an event.

    Stopped by conditions on `events:source` and `events:detail-type`.
    """
    forged = _event(deployed, "greenroom", detail_type)
    others = set(roles) - tellers
    assert roles.that_may("events", lambda events: events.put_events(Entries=[forged]), of=others) == NOBODY
    foreign = _event(deployed, "studio", detail_type)
    assert roles.that_may("events", lambda events: events.put_events(Entries=[foreign])) == NOBODY


def test_nobody_closes_or_opens_the_doors(deployed: Deployed, roles: Roles) -> None:
    """Close the doors to all requests, or open them while a stack is drained, with the role of a function that paces.

    Stopped by `dynamodb:LeadingKeys`: in the table of paces a function writes items of its own kind.
    """
    put = {"TableName": deployed.resource("StoragePaces"), "Item": {"id": {"S": "doors"}, "closed": {"BOOL": True}}}
    never = {"ConditionExpression": "attribute_exists(nothing)"}
    update = {"TableName": put["TableName"], "Key": {"id": {"S": "doors"}}, "UpdateExpression": "REMOVE closed"}
    assert roles.that_may("dynamodb", methodcaller("put_item", **put, **never)) == NOBODY
    assert roles.that_may("dynamodb", methodcaller("update_item", **update, **never)) == NOBODY
    assert (
        roles.that_may("dynamodb", methodcaller("delete_item", TableName=put["TableName"], Key=update["Key"])) == NOBODY
    )


def test_no_role_looks_which_streams_there_are(deployed: Deployed, roles: Roles) -> None:
    """Follow the changes of the tables of URLs and batches, with the roles that follow that of records.

    Stopped by IAM: a role follows the one stream that its function is for.
    """
    table = deployed.resource("StorageBatches")
    streams = deployed.client("dynamodbstreams")
    found = streams.list_streams()["Streams"]
    for each in found:
        if each["TableName"] == table:
            arn = each["StreamArn"]
            assert roles.that_may("dynamodbstreams", methodcaller("describe_stream", StreamArn=arn)) == NOBODY
