"""A function that was taken over: what IAM lets its role do, asked of IAM itself, for the role of every function."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from operator import methodcaller
from typing import Any

import pytest

from tests.e2e.deployed import Deployed
from tests.security.conftest import ReadyStream
from tests.security.roles import Roles

CALLERS_OF_SERVICES = {"prepare_session", "create_stream", "get_stream", "release_session"}
READERS_OF_LINKS = {"announce", "api", "deliver"}
EVERY_TABLE = ["StorageRecords", "StorageStreamUrls", "StorageSchedules", "StoragePaces", "StorageBatches"]
NOBODY: set[str] = set()


def _url_of(deployed: Deployed, request_id: str, **how: Any) -> Callable[[Any], Any]:
    table = deployed.resource("StorageStreamUrls")
    return lambda dynamodb: dynamodb.get_item(TableName=table, Key={"id": {"S": request_id}}, **how)


def test_there_is_a_role_for_each_function(roles: Roles) -> None:
    """Find a function whose role is not among the ones that these tests try.

    Stopped by trying all: the roles are read from the deployed stack.
    """
    assert {"accept_event", "websocket", *READERS_OF_LINKS, *CALLERS_OF_SERVICES} <= set(roles)
    assert len(list(roles)) >= 22


def test_three_functions_read_a_url(deployed: Deployed, roles: Roles, ready: ReadyStream) -> None:
    """Read a stream's URL from its table with the role of each function.

    Stopped by IAM: `Announce`, `Api` and `Deliver` may, and nobody else.
    """
    assert roles.that_may("dynamodb", _url_of(deployed, ready.id)) == {"announce", "api", "deliver"}


def test_get_stream_reads_when_a_url_ends_and_not_the_url(deployed: Deployed, roles: Roles, ready: ReadyStream) -> None:
    """Read a URL with the role of `GetStream`, which may read when it ends.

    Stopped by `dynamodb:Attributes` and `dynamodb:Select`: what names no attributes, or the URL, is refused.
    """
    when = _url_of(deployed, ready.id, ProjectionExpression="id, expiresAt, lockedBy")
    assert "get_stream" in roles.that_may("dynamodb", when)
    for how in ({}, {"ProjectionExpression": "id, #u", "ExpressionAttributeNames": {"#u": "url"}},
                {"AttributesToGet": ["url"]}, {"AttributesToGet": ["id", "url"]}):  # fmt: skip
        assert "get_stream" not in roles.that_may("dynamodb", _url_of(deployed, ready.id, **how))


@pytest.mark.parametrize("operation", ["scan", "query", "batch_get_item"])
def test_nobody_reads_urls_in_bulk(deployed: Deployed, roles: Roles, ready: ReadyStream, operation: str) -> None:
    """Read all stream URLs at once with the role of each function.

    Stopped by IAM: no role may scan, query or batch-read their table.
    """
    table, key = deployed.resource("StorageStreamUrls"), {"id": {"S": ready.id}}
    arguments: dict[str, dict[str, Any]] = {
        "scan": {"TableName": table},
        "query": {
            "TableName": table,
            "KeyConditionExpression": "id = :id",
            "ExpressionAttributeValues": {":id": {"S": ready.id}},
        },
        "batch_get_item": {"RequestItems": {table: {"Keys": [key]}}},
    }
    assert roles.that_may("dynamodb", lambda db: getattr(db, operation)(**arguments[operation])) == NOBODY


def test_one_function_puts_a_url_in_place_of_another(deployed: Deployed, roles: Roles) -> None:
    """Put a URL of your own in the place of a stream's, with the role of each function.

    Stopped by IAM: `GetStream` may put one, and nobody else.
    """
    item = {"id": {"S": "attack"}, "url": {"S": "https://evil.example"}, "ttl": {"N": "1"}}
    table = deployed.resource("StorageStreamUrls")
    may = roles.that_may("dynamodb", lambda db: db.put_item(TableName=table, Item=item))
    assert may == {"get_stream"}
    deployed.client("dynamodb").delete_item(TableName=table, Key={"id": {"S": "attack"}})


@pytest.mark.parametrize(
    ("output", "readers"),
    [
        ("LinkSecretArn", READERS_OF_LINKS),
        ("WebhookSecretArn", {"deliver"}),
        ("DcvSecretArn", CALLERS_OF_SERVICES),
        ("JupyterhubSecretArn", CALLERS_OF_SERVICES),
    ],
)
def test_a_secret_is_read_by_those_who_use_it(deployed: Deployed, roles: Roles, output: str, readers: set[str]) -> None:
    """Read the secrets of links, webhooks, the broker and the hub with the role of each function.

    Stopped by IAM: each secret has its readers.
    """
    arn = deployed.outputs[output]
    assert roles.that_may("secretsmanager", lambda secrets: secrets.get_secret_value(SecretId=arn)) == readers


def test_nobody_changes_or_lists_secrets(deployed: Deployed, roles: Roles) -> None:
    """Replace a secret by one that is known, and look which others there are.

    Stopped by IAM: no role may.
    """
    arn = deployed.outputs["LinkSecretArn"]
    put = roles.that_may("secretsmanager", lambda each: each.put_secret_value(SecretId=arn, SecretString="known" * 8))
    assert (put, roles.that_may("secretsmanager", lambda each: each.list_secrets())) == (NOBODY, NOBODY)


@pytest.mark.parametrize("table", EVERY_TABLE)
def test_tables_are_not_copied(deployed: Deployed, roles: Roles, table: str) -> None:
    """Scan a table, export it, or delete it, with the role of each function.

    Stopped by IAM: only `Api` scans one, that of what was learned.
    """
    name = deployed.resource(table)
    assert roles.that_may("dynamodb", lambda db: db.scan(TableName=name, Limit=1)) <= (
        {"api"} if table == "StorageSchedules" else NOBODY
    )
    assert roles.that_may("dynamodb", lambda db: db.delete_table(TableName=name)) == NOBODY
    assert roles.that_may("dynamodb", lambda db: db.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})) == NOBODY  # fmt: skip


def test_records_are_deleted_by_nobody(deployed: Deployed, roles: Roles, pending: str) -> None:
    """Delete a record, so that its request is forgotten.

    Stopped by IAM: no role may; DynamoDB does, at the end of their retention.
    """
    records = deployed.records.name
    key = {"id": {"S": pending}}
    assert roles.that_may("dynamodb", lambda db: db.delete_item(TableName=records, Key=key)) == NOBODY


@pytest.mark.parametrize(
    ("output", "senders"),
    [
        ("DeliveryQueueUrl", {"announce", "sweep"}),
        ("DeadLetterQueueUrl", {"deliver"}),
        ("RejectedRequestsQueueUrl", {"accept_event", "reconcile", "reconcile_batch", "reject_request"}),
    ],
)
def test_a_queue_takes_messages_of_its_senders(
    deployed: Deployed, roles: Roles, output: str, senders: set[str]
) -> None:
    """Put a message of your own into each queue with the role of each function that does not send to it.

    Stopped by IAM: each queue has its senders.
    """
    others = set(roles) - senders
    url = deployed.outputs[output]
    assert roles.that_may("sqs", lambda sqs: sqs.send_message(QueueUrl=url, MessageBody="{}"), of=others) == NOBODY


def test_nobody_sends_requests_past_the_bus(deployed: Deployed, roles: Roles) -> None:
    """Put a request into the queue of events with the role of each function.

    Stopped by IAM and the queue's policy: only the bus puts any there.
    """
    url = deployed.resource("EventRequestsQueue")
    assert roles.that_may("sqs", lambda sqs: sqs.send_message(QueueUrl=url, MessageBody="{}")) == NOBODY


def test_queues_are_read_by_their_function(deployed: Deployed, roles: Roles) -> None:
    """Take messages from the queues, so that nobody gets them, or to read webhooks' addresses.

    Stopped by IAM: `Deliver` and `AcceptEvent` read one each; dead letters and rejected requests are for operators.
    """
    readers = {
        deployed.outputs["DeliveryQueueUrl"]: {"deliver"},
        deployed.resource("EventRequestsQueue"): {"accept_event"},
        deployed.outputs["DeadLetterQueueUrl"]: NOBODY,
        deployed.outputs["RejectedRequestsQueueUrl"]: NOBODY,
    }
    for url, functions in readers.items():
        others = set(roles) - functions
        assert roles.that_may("sqs", methodcaller("receive_message", QueueUrl=url), of=others) == NOBODY
        assert roles.that_may("sqs", methodcaller("purge_queue", QueueUrl=url)) == NOBODY


def test_outcomes_are_published_by_those_who_announce(deployed: Deployed, roles: Roles) -> None:
    """Publish an outcome of your own on the topic, and have the topic send to oneself.

    Stopped by IAM: `Announce`, `Deliver` and `EndBatch` publish; nobody subscribes.
    """
    topic = deployed.outputs["TopicArn"]
    others = set(roles) - {"announce", "deliver", "end_batch"}
    assert roles.that_may("sns", lambda sns: sns.publish(TopicArn=topic, Message="{}"), of=others) == NOBODY
    to = {"Protocol": "https", "Endpoint": "https://evil.example"}
    assert roles.that_may("sns", lambda sns: sns.subscribe(TopicArn=topic, **to)) == NOBODY


def test_events_are_put_by_those_who_tell(deployed: Deployed, roles: Roles) -> None:
    """Put an outcome or a request of your own on the bus, and add a rule that copies all events.

    Stopped by IAM: those who tell outcomes and rejections put events; nobody makes rules.
    """
    bus = deployed.outputs["EventBusName"]
    entry = {"EventBusName": bus, "Source": "attack", "DetailType": "Stream Ready", "Detail": "{}"}
    tellers = {"accept_event", "announce", "deliver", "end_batch", "reconcile", "reject_request"}
    others = set(roles) - tellers
    assert roles.that_may("events", lambda events: events.put_events(Entries=[entry]), of=others) == NOBODY
    rule = {"Name": "copy", "EventBusName": bus, "EventPattern": json.dumps({"source": ["greenroom"]})}
    assert roles.that_may("events", lambda events: events.put_rule(**rule)) == NOBODY


def test_executions_are_started_by_the_ways_in(deployed: Deployed, roles: Roles) -> None:
    """Start an execution of your own with the role of each function.

    Stopped by IAM: the API, events, batches and renewals start them.
    """
    machine = deployed.outputs["StateMachineArn"]
    others = set(roles) - {"accept_event", "api", "deliver", "submit_slice"}
    start = {"stateMachineArn": machine, "name": "attack", "input": "{}"}
    assert roles.that_may("stepfunctions", lambda sfn: sfn.start_execution(**start), of=others) == NOBODY


def test_nobody_reads_histories_or_changes_the_flow(deployed: Deployed, roles: Roles, ready: ReadyStream) -> None:
    """Read an execution's history, list executions, or put another definition in the flow's place.

    Stopped by IAM: no role may.
    """
    machine, arn = deployed.outputs["StateMachineArn"], deployed.execution_arn(ready.id)
    for attempt in (
        lambda sfn: sfn.get_execution_history(executionArn=arn),
        lambda sfn: sfn.list_executions(stateMachineArn=machine),
        lambda sfn: sfn.update_state_machine(stateMachineArn=machine, definition="{}"),
        lambda sfn: sfn.delete_state_machine(stateMachineArn=machine),
    ):
        assert roles.that_may("stepfunctions", attempt) == NOBODY


def test_nobody_calls_or_changes_a_function(deployed: Deployed, roles: Roles) -> None:
    """Call the function that hands URLs over, or change its code or its variables.

    Stopped by IAM: no function's role may call or change one.
    """
    name = deployed.resource("DeliveryDeliver")
    for attempt in (
        lambda each: each.invoke(FunctionName=name, Payload=b"{}"),
        lambda each: each.update_function_configuration(FunctionName=name, Environment={"Variables": {}}),
        lambda each: each.update_function_code(FunctionName=name, ZipFile=b""),
        lambda each: each.get_function(FunctionName=name),
    ):
        assert roles.that_may("lambda", attempt) == NOBODY


def test_nobody_takes_on_another_role_or_makes_one(deployed: Deployed, roles: Roles) -> None:
    """Take on the role of another function, give oneself a policy, or make a user with keys.

    Stopped by trust policies that name Lambda, and IAM: no role may.
    """
    role = deployed.resource("DeliveryDeliverRole")
    arn = f"arn:aws:iam::000000000000:role/{role}"
    policy = {"PolicyName": "more", "PolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": []})}
    assert roles.that_may("sts", lambda sts: sts.assume_role(RoleArn=arn, RoleSessionName="attack")) == NOBODY
    assert roles.that_may("iam", lambda iam: iam.put_role_policy(RoleName=role, **policy)) == NOBODY
    assert roles.that_may("iam", lambda iam: iam.create_access_key(UserName="anyone")) == NOBODY


def test_nobody_reads_logs(deployed: Deployed, roles: Roles) -> None:
    """Read the logs, or delete those of an attack.

    Stopped by IAM: a role writes its own log.
    """
    group = deployed.resource("ApiApiLogs")
    assert roles.that_may("logs", lambda logs: logs.filter_log_events(logGroupName=group)) == NOBODY
    assert roles.that_may("logs", lambda logs: logs.delete_log_group(logGroupName=group)) == NOBODY


def test_nobody_but_the_api_reads_objects_and_only_of_named_buckets(deployed: Deployed, roles: Roles) -> None:
    """Read objects of other buckets, list them, or write into those of batches.

    Stopped by IAM: `Api` reads objects of the buckets that a setting names.
    """
    for name in ("classes", "secrets"):
        # Other tests make the first of them, too.
        with suppress(deployed.client("s3").exceptions.BucketAlreadyOwnedByYou):
            location = {"LocationConstraint": deployed.session.region_name}
            deployed.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=location)
    assert roles.that_may("s3", lambda s3: s3.get_object(Bucket="classes", Key="absent")) == {"api"}
    assert roles.that_may("s3", lambda s3: s3.get_object(Bucket="secrets", Key="absent")) == NOBODY
    assert roles.that_may("s3", lambda s3: s3.put_object(Bucket="classes", Key="absent", Body=b"")) == NOBODY
    assert roles.that_may("s3", lambda s3: s3.list_objects_v2(Bucket="classes")) == NOBODY


def test_nobody_deletes_or_opens_the_key(deployed: Deployed, roles: Roles) -> None:
    """Delete the key that encrypts everything, or let oneself use it.

    Stopped by IAM and the key's policy: no role may.
    """
    key = deployed.resource("StorageKey")
    grantee = "arn:aws:iam::000000000000:root"
    for attempt in (
        lambda kms: kms.schedule_key_deletion(KeyId=key),
        lambda kms: kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"]),
        lambda kms: kms.put_key_policy(KeyId=key, PolicyName="default", Policy="{}"),
        lambda kms: kms.disable_key(KeyId=key),
    ):
        assert roles.that_may("kms", attempt) == NOBODY
