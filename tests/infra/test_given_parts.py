"""A topic, a bus, a key and a VPC of your own: they are used, nothing else is made, and what is missing is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aws_cdk import Environment
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from greenroom_cdk import Settings, SettingsError
from tests.infra.own_app import Own, OwnApp
from tests.infra.privileges import CALLERS
from tests.infra.synthesised import as_text

KEY_ARN = "arn:aws:kms:us-west-2:111122223333:key/0a1b2c3d-0000-4000-8000-4e5f60718293"
TOPIC_ARN = "arn:aws:sns:us-west-2:444455556666:outcomes"
HOME = Environment(account="111122223333", region="us-west-2")


@pytest.fixture(scope="module")
def given(code: Path) -> Own:
    app = OwnApp(code)
    key = kms.Key(app.stack, "StudioKey", enable_key_rotation=True)
    topic = sns.Topic(app.stack, "StudioTopic", master_key=key)
    app.greenroom(key=key, topic=topic, bus=events.EventBus(app.stack, "StudioBus"))
    return app.template()


@pytest.fixture(scope="module")
def elsewhere(code: Path) -> Own:
    """With a key and a topic that the app knows by their ARNs."""
    app = OwnApp(code, env=HOME)
    key = kms.Key.from_key_arn(app.stack, "StudioKey", KEY_ARN)
    app.greenroom(key=key, topic=sns.Topic.from_topic_arn(app.stack, "StudioTopic", TOPIC_ARN))
    return app.template()


@pytest.fixture(scope="module")
def in_a_vpc(code: Path) -> Own:
    app = OwnApp(code)
    greenroom = app.greenroom(vpc=ec2.Vpc(app.stack, "Vpc"))
    broker = ec2.SecurityGroup(app.stack, "Broker", vpc=ec2.Vpc(app.stack, "Other"))
    broker.connections.allow_from(greenroom.connections, ec2.Port.tcp(8443), "Greenroom")
    return app.template()


def role(synthesised: Own, name: str) -> object:
    return synthesised.functions[name]["Role"]


def test_no_other_topic_bus_or_key_is_made(given: Own) -> None:
    assert set(given.all("AWS::SNS::Topic")) == {"StudioTopic", "GreenroomMonitoringAlarms"}
    assert set(given.all("AWS::Events::EventBus")) == {"StudioBus"}
    assert set(given.all("AWS::KMS::Key")) == {"StudioKey"}


def test_everything_is_encrypted_with_the_given_key(given: Own) -> None:
    tables = given.properties("AWS::DynamoDB::Table").values()
    queues = given.properties("AWS::SQS::Queue").values()
    groups = given.properties("AWS::Logs::LogGroup").values()
    found = {
        *(as_text(item["SSESpecification"]["KMSMasterKeyId"]) for item in tables),
        *(as_text(item["KmsMasterKeyId"]) for item in queues),
        *(as_text(item["KmsKeyId"]) for item in groups),
        as_text(given.properties("AWS::SecretsManager::Secret")["GreenroomDeliveryWebhookSecret"]["KmsKeyId"]),
    }
    assert found == {"StudioKey"}


def test_the_functions_publish_to_the_given_topic_and_bus_and_to_no_other(given: Own) -> None:
    for name in ("announce", "deliver"):
        variables = given.functions[name]["Environment"]["Variables"]
        assert (as_text(variables["TOPIC_ARN"]), as_text(variables["EVENT_BUS_NAME"])) == ("StudioTopic", "StudioBus")
        may = {
            action: item.resources
            for item in given.statements(role(given, name))
            for action in item.actions & {"sns:Publish", "events:PutEvents"}
        }
        assert may == {"sns:Publish": {"StudioTopic"}, "events:PutEvents": {"StudioBus"}}


def test_requests_are_taken_from_the_given_bus(given: Own) -> None:
    rule = given.properties("AWS::Events::Rule")["GreenroomEventRequestsStreamRequested"]
    assert as_text(rule["EventBusName"]) == "StudioBus"


def test_services_of_aws_may_encrypt_with_the_given_key_for_this_account(given: Own) -> None:
    statements = given.one("AWS::KMS::Key")["KeyPolicy"]["Statement"]
    named = [item["Principal"].get("Service", []) for item in statements]
    services = {as_text(name) for names in named for name in (names if isinstance(names, list) else [names])}
    assert services >= {"logs.AWS::Region.AWS::URLSuffix", "cloudwatch.amazonaws.com", "events.amazonaws.com"}


def test_the_key_of_the_app_brings_no_warning(given: Own) -> None:
    assert given.warnings == []


def test_a_key_that_is_no_construct_of_the_app_brings_a_warning_with_the_statements_that_it_must_have(
    elsewhere: Own,
) -> None:
    (warning,) = [item for item in elsewhere.warnings if "policy of the key" in item]
    statements, _ = json.JSONDecoder().raw_decode(warning.partition("writes them: ")[2])
    assert [as_text(item["Principal"]["Service"]) for item in statements] == [
        "logs.us-west-2.AWS::URLSuffix",
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
    ]
    assert all(item["Effect"] == "Allow" for item in statements)
    assert ["Condition" in item for item in statements] == [True, True, False]


def test_a_key_that_is_no_construct_is_used_by_way_of_the_service_as_an_own_one_is(elsewhere: Own) -> None:
    uses = [item for item in elsewhere.statements(role(elsewhere, "api")) if KEY_ARN in item.resources]
    assert uses
    assert all(item.condition and "kms:ViaService" in json.dumps(item.condition) for item in uses)


def test_the_topic_of_another_account_brings_a_warning_with_the_statement_that_it_must_have(
    elsewhere: Own,
) -> None:
    (warning,) = [item for item in elsewhere.warnings if "policy of the topic" in item]
    assert '"Action": "sns:Publish"' in warning
    assert f'"Resource": "{TOPIC_ARN}"' in warning
    assert "111122223333" in warning


def test_a_topic_whose_key_is_not_known_brings_a_warning_with_the_way_to_name_it_and_the_statement_that_it_needs(
    elsewhere: Own,
) -> None:
    (warning,) = [item for item in elsewhere.warnings if "is encrypted" in item]
    assert "key_arn" in warning
    _is_for_those_who_publish(warning)


def test_a_topic_with_a_key_of_its_own_that_is_no_construct_brings_a_warning_and_the_functions_may_use_the_key(
    code: Path,
) -> None:
    app = OwnApp(code, env=HOME)
    home_topic = TOPIC_ARN.replace("444455556666", "111122223333")
    topic = sns.Topic.from_topic_attributes(app.stack, "StudioTopic", topic_arn=home_topic, key_arn=KEY_ARN)
    app.greenroom(topic=topic)
    found = app.template()
    (warning,) = found.warnings
    assert "policy of the key of the topic" in warning
    _is_for_those_who_publish(warning)
    for name in ("announce", "deliver", "end_batch"):
        (used,) = [item for item in found.statements(role(found, name)) if KEY_ARN in item.resources]
        assert used.actions == {"kms:Decrypt", "kms:GenerateDataKey"}, name
        assert used.conditions() == {"StringEquals": {"kms:ViaService": "sns.AWS::Region.AWS::URLSuffix"}}, name


def test_a_topic_that_the_app_makes_without_a_key_brings_no_warning(code: Path) -> None:
    app = OwnApp(code)
    app.greenroom(topic=sns.Topic(app.stack, "StudioTopic"))
    found = app.template()
    assert found.warnings == []
    opened = {str(item.conditions()) for item in found.statements(role(found, "end_batch")) if item.condition}
    assert not [each for each in opened if "sns." in each]


def test_a_bus_that_is_no_construct_of_the_app_brings_no_warning_since_eventbridge_uses_its_key_itself(
    code: Path,
) -> None:
    app = OwnApp(code, env=HOME)
    app.greenroom(bus=events.EventBus.from_event_bus_name(app.stack, "StudioBus", "studio"))
    assert app.template().warnings == []


def _is_for_those_who_publish(warning: str) -> None:
    statement, _ = json.JSONDecoder().raw_decode(warning.partition("have this statement: ")[2])
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert "111122223333" in json.dumps(statement["Principal"])
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": "sns.us-west-2.AWS::URLSuffix"}} or (
        "kms:ViaService" in json.dumps(statement["Condition"])
    )


def test_the_topic_of_another_region_is_refused(code: Path) -> None:
    app = OwnApp(code, env=HOME)
    topic = sns.Topic.from_topic_arn(app.stack, "StudioTopic", "arn:aws:sns:eu-west-1:111122223333:outcomes")
    with pytest.raises(ValueError, match=r"topic: .* is in another region than the stack Studio"):
        app.greenroom(topic=topic)


def test_the_bus_of_another_account_is_refused(code: Path) -> None:
    app = OwnApp(code, env=HOME)
    bus = events.EventBus.from_event_bus_arn(
        app.stack, "StudioBus", "arn:aws:events:us-west-2:444455556666:event-bus/x"
    )
    with pytest.raises(ValueError, match=r"bus: .* is in another account or region than the stack Studio"):
        app.greenroom(bus=bus)


def test_in_a_vpc_run_the_functions_that_call_services_and_no_others(in_a_vpc: Own) -> None:
    inside = {name: item["VpcConfig"] for name, item in in_a_vpc.functions.items() if "VpcConfig" in item}
    assert inside.keys() == set(CALLERS)
    for where in inside.values():
        assert {as_text(subnet) for subnet in where["SubnetIds"]} == {
            "VpcPrivateSubnet1Subnet",
            "VpcPrivateSubnet2Subnet",
        }
        assert [as_text(group) for group in where["SecurityGroupIds"]] == ["GreenroomSecurityGroup.GroupId"]


def test_they_wait_for_the_way_out_of_their_subnets(in_a_vpc: Own) -> None:
    function = in_a_vpc.all("AWS::Lambda::Function")["GreenroomWorkflowGetStream"]
    assert [name for name in function["DependsOn"] if name.startswith("VpcPrivateSubnet1DefaultRoute")]


def test_a_broker_can_let_their_security_group_in(in_a_vpc: Own) -> None:
    (rule,) = in_a_vpc.properties("AWS::EC2::SecurityGroupIngress").values()
    assert as_text(rule["SourceSecurityGroupId"]) == "GreenroomSecurityGroup.GroupId"
    assert rule["FromPort"] == 8443


def test_subnets_and_security_groups_can_be_chosen(code: Path) -> None:
    app = OwnApp(code)
    vpc = ec2.Vpc(app.stack, "Vpc")
    group = ec2.SecurityGroup(app.stack, "Group", vpc=vpc)
    app.greenroom(
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, one_per_az=True),
        security_groups=[group],
    )
    where = app.template().functions["get_stream"]["VpcConfig"]
    assert [as_text(item) for item in where["SecurityGroupIds"]] == ["Group.GroupId"]


def test_security_groups_without_a_vpc_are_refused(code: Path) -> None:
    app = OwnApp(code)
    group = ec2.SecurityGroup(app.stack, "Group", vpc=ec2.Vpc(app.stack, "Vpc"))
    with pytest.raises(SettingsError, match="vpc: must be given"):
        app.greenroom(security_groups=[group])


def test_a_vpc_in_two_places_is_refused(code: Path) -> None:
    app = OwnApp(code)
    settings = Settings(subnet_ids=("subnet-0a1b2c3d",), security_group_ids=("sg-0a1b2c3d",))
    with pytest.raises(SettingsError, match="subnet_ids: must not be set where the construct is given a vpc"):
        app.greenroom(settings=settings, vpc=ec2.Vpc(app.stack, "Vpc"))
