"""The tables: encrypted with one key, gone when its time is over, restorable but for URLs, followed as it changes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from simulation.dynamodb import Table
from simulation.policies import TABLES as TABLES_OF_BENCHES
from tests.infra.synthesised import Synthesised, as_text

KEPT = {
    "AWS::KMS::Key",
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
    "AWS::SecretsManager::Secret",
}
LETTERS = {"ChannelsDeadLetterQueue", "ChannelsRejectedRequestsQueue"}
TABLES = ("StorageRecords", "StorageStreamUrls", "StorageSchedules", "StoragePaces", "StorageBatches")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_encrypted_restorable_and_forgets(stack: Synthesised, name: str) -> None:
    table = stack.properties("AWS::DynamoDB::Table")[name]
    assert as_text(table["SSESpecification"]["KMSMasterKeyId"]) == "StorageKey"
    assert table["SSESpecification"]["SSEType"] == "KMS"
    # What was claimed, or has expired, is gone for good.
    restorable = name != "StorageStreamUrls"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": restorable}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_table_of_records_is_as_warm_as_a_new_one_or_as_a_setting_says(
    stack: Synthesised, changed: Synthesised
) -> None:
    warm = [
        each.properties("AWS::DynamoDB::Table")["StorageRecords"].get("WarmThroughput") for each in (stack, changed)
    ]
    assert warm == [None, {"WriteUnitsPerSecond": 4_500}]


def test_there_are_no_other_tables(stack: Synthesised) -> None:
    assert set(stack.all("AWS::DynamoDB::Table")) == set(TABLES)


def test_changes_of_records_are_streamed_with_both_images(stack: Synthesised) -> None:
    tables = stack.properties("AWS::DynamoDB::Table")
    assert tables["StorageRecords"]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_what_is_seen_of_a_pool_is_streamed_to_be_learned_from(stack: Synthesised) -> None:
    tables = stack.properties("AWS::DynamoDB::Table")
    assert tables["StorageSchedules"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


def test_urls_leave_their_table_by_no_stream_and_no_index(stack: Synthesised) -> None:
    urls = stack.properties("AWS::DynamoDB::Table")["StorageStreamUrls"]
    assert not {"StreamSpecification", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"} & set(urls)


def test_records_are_found_by_owner_by_batch_and_by_when_something_is_due(stack: Synthesised) -> None:
    assert _indexes(stack, "StorageRecords") == {
        "owned": (["owner", "createdAt"], "INCLUDE"),
        "due": (["open", "dueAt"], "KEYS_ONLY"),
        "batch": (["batch", "state"], "KEYS_ONLY"),
    }


def test_an_index_has_what_a_list_is_filtered_by(stack: Synthesised) -> None:
    """With more of the record, each change of it would be written to the partition of its owner."""
    (owned,) = (
        index
        for index in stack.properties("AWS::DynamoDB::Table")["StorageRecords"]["GlobalSecondaryIndexes"]
        if index["IndexName"] == "owned"
    )
    assert owned["Projection"]["NonKeyAttributes"] == ["state", "withdrawn", "batch"]


def test_the_index_of_release_0_1_0_stays_for_an_update_that_makes_the_new_one(changed: Synthesised) -> None:
    assert _indexes(changed, "StorageRecords")["owner"] == (["owner", "createdAt"], "ALL")


@pytest.mark.parametrize("table", TABLES_OF_BENCHES, ids=lambda table: table.name)
def test_the_tables_of_the_benchmarks_are_those_of_the_stack(stack: Synthesised, table: Table) -> None:
    name = f"Storage{''.join(word.capitalize() for word in table.name.split('-'))}"
    assert replace(Table.of(table.name, stack.properties("AWS::DynamoDB::Table")[name]), types={}) == table


def test_batches_are_found_by_when_something_is_due(stack: Synthesised) -> None:
    assert _indexes(stack, "StorageBatches") == {"due": (["open", "dueAt"], "KEYS_ONLY")}


def test_the_key_is_renewed_every_year(stack: Synthesised) -> None:
    assert stack.one("AWS::KMS::Key")["EnableKeyRotation"] is True


def test_topics_queues_and_the_secrets_are_encrypted_with_the_key(stack: Synthesised) -> None:
    keys = {
        name: as_text(item[key])
        for kind, key in (
            ("AWS::SNS::Topic", "KmsMasterKeyId"),
            ("AWS::SQS::Queue", "KmsMasterKeyId"),
            ("AWS::SecretsManager::Secret", "KmsKeyId"),
        )
        for name, item in stack.properties(kind).items()
    }
    assert len(keys) == 9
    assert set(keys.values()) == {"StorageKey"}


def test_logs_and_alarms_may_use_the_key_for_this_account_only(stack: Synthesised) -> None:
    """Logs are encrypted, and alarms publish to an encrypted topic."""
    logs, alarms, _ = _of_services(stack)
    assert as_text(logs["Principal"]["Service"]) == "logs.AWS::Region.AWS::URLSuffix"
    (groups,) = logs["Condition"]["ArnLike"].values()
    assert as_text(groups) == "arn:AWS::Partition:logs:AWS::Region:AWS::AccountId:log-group:*"
    assert alarms["Principal"]["Service"] == "cloudwatch.amazonaws.com"
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_rules_may_use_the_key_as_aws_documents_it_which_is_without_a_condition(stack: Synthesised) -> None:
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
    *_, events = _of_services(stack)
    assert events["Principal"]["Service"] == "events.amazonaws.com"
    assert events["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert "Condition" not in events


def test_no_policy_names_a_regional_service_by_one_partition_s_suffix(changed: Synthesised) -> None:
    """In China they end in `.amazonaws.com.cn`; only global names such as `events.amazonaws.com` are the same."""
    assert '{"Ref": "AWS::Region"}, ".amazonaws.com' not in json.dumps(changed.everything())


def test_data_goes_with_the_stack_unless_the_settings_keep_it(stack: Synthesised, changed: Synthesised) -> None:
    for synthesised, expected in ((stack, ("Delete", "Delete")), (changed, ("RetainExceptOnCreate", "Retain"))):
        policies = _policies(synthesised)
        for name in {name for kind in KEPT for name in synthesised.all(kind)} | LETTERS:
            assert policies[name] == expected, name


def test_a_deployment_that_failed_leaves_nothing_behind_that_is_in_the_way_of_the_next_one(
    stack: Synthesised, changed: Synthesised
) -> None:
    """Only API Gateway's role and its setting stay whatever happens, and both have names of CloudFormation's choice."""
    always = {name for each in (stack, changed) for name, (policy, _) in _policies(each).items() if policy == "Retain"}
    assert always == {"AccountLogsAccount", "AccountLogsRole"}


def _of_services(synthesised: Synthesised) -> list[Any]:
    """The statements of the key's policy for services of AWS."""
    statements = synthesised.one("AWS::KMS::Key")["KeyPolicy"]["Statement"]
    return [item for item in statements if "Service" in item["Principal"]]


def _policies(synthesised: Synthesised) -> dict[str, tuple[str | None, str | None]]:
    """What becomes of each resource when it leaves the stack, and when it is replaced."""
    kinds = {item["Type"] for item in synthesised.everything().values()}
    return {
        name: (item.get("DeletionPolicy"), item.get("UpdateReplacePolicy"))
        for kind in kinds
        for name, item in synthesised.all(kind).items()
    }


def _indexes(synthesised: Synthesised, table: str) -> dict[str, tuple[list[str], str]]:
    """The keys of each index of a table, and what it has of an item."""
    return {
        index["IndexName"]: (
            [key["AttributeName"] for key in index["KeySchema"]],
            index["Projection"]["ProjectionType"],
        )
        for index in synthesised.properties("AWS::DynamoDB::Table")[table]["GlobalSecondaryIndexes"]
    }
