"""What a request asked for is written once: no role that notes progress or an outcome can change it."""

from __future__ import annotations

import json
from operator import methodcaller
from typing import Any

import pytest

from tests.e2e.deployed import Deployed
from tests.security.conftest import ReadyStream
from tests.security.roles import Roles

NOBODY: set[str] = set()
EVIL = json.dumps([{"type": "webhook", "url": "https://evil.example/"}])


def _set(deployed: Deployed, request_id: str, name: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An update of one attribute of a record, whose condition never holds: what is let through changes nothing."""
    return {
        "TableName": deployed.records.name,
        "Key": {"id": {"S": request_id}},
        "UpdateExpression": "SET #name = :value",
        "ConditionExpression": "attribute_not_exists(id)",
        "ExpressionAttributeNames": {"#name": name},
        "ExpressionAttributeValues": {":value": value},
        **more,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("owner", {"S": "arn:aws:iam::000000000000:user/bob"}),
        ("notify", {"S": EVIL}),
        ("fields", {"S": json.dumps({"provider": "dcv", "owner": "bob"})}),
        ("identity", {"S": "{}"}),
        ("claim", {"BOOL": False}),
        ("waitingRoom", {"BOOL": True}),
        ("digest", {"S": "0"}),
        ("metadata", {"S": "{}"}),
        ("batch", {"S": "another"}),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_was_asked_for_is_changed_by_nobody(
    deployed: Deployed, roles: Roles, ready: ReadyStream, name: str, value: dict[str, Any]
) -> None:
    """Change a record's owner, targets, fields or claim with the role of each function that may update it.

    Stopped by `dynamodb:Attributes`: an update names the attributes that may change, and no others.
    """
    update = _set(deployed, ready.id, name, value)
    assert roles.that_may("dynamodb", lambda db: db.update_item(**update)) == NOBODY


def test_an_update_hides_no_attribute_among_others(deployed: Deployed, roles: Roles, ready: ReadyStream) -> None:
    """Change a record's owner in an update that also notes progress, or by REMOVE.

    Stopped by `dynamodb:Attributes`, which has every attribute that an update names.
    """
    names, values = {"#name": "owner", "#looks": "looks"}, {":value": {"S": "x"}, ":looks": {"N": "1"}}
    whole = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    both = _set(deployed, ready.id, "owner", {}, **whole, UpdateExpression="SET #looks = :looks, #name = :value")
    removed = _set(deployed, ready.id, "owner", {}, UpdateExpression="REMOVE #name")
    del removed["ExpressionAttributeValues"]
    assert roles.that_may("dynamodb", lambda db: db.update_item(**both)) == NOBODY
    assert roles.that_may("dynamodb", lambda db: db.update_item(**removed)) == NOBODY


def test_an_update_gives_a_role_that_may_not_read_no_record(
    deployed: Deployed, roles: Roles, ready: ReadyStream
) -> None:
    """Read a whole record by an update that asks for the item as it is then.

    Stopped by `dynamodb:ReturnValues`: an update returns what it wrote.
    """
    for returns in ("ALL_NEW", "ALL_OLD"):
        update = _set(deployed, ready.id, "looks", {"N": "1"}, ReturnValues=returns)
        assert roles.that_may("dynamodb", methodcaller("update_item", **update)) == NOBODY


def test_a_claimed_url_is_not_brought_back(deployed: Deployed) -> None:
    """Bring claimed and expired URLs back from a backup of their table.

    Stopped by no backup: the table of stream URLs has no point-in-time recovery.
    """
    table = deployed.resource("StorageStreamUrls")
    found = deployed.client("dynamodb").describe_continuous_backups(TableName=table)
    recovery = found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "DISABLED"
