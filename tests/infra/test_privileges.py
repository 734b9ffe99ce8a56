"""Every grant is in the tables of `privileges.py`: one that is not there, or is there and not made, fails a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from greenroom.providers.catalogue import BUILT_IN
from greenroom.record.items import EXPIRY_OF_URL, STATES
from greenroom_cdk.network import ACTIONS
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.key import TO_RECEIVE, TO_SEND
from greenroom_cdk.storage.tables import KEY_ACTIONS
from tests.infra.conftest import NEEDED
from tests.infra.privileges import (
    BATCHES,
    BUS,
    BY_LAMBDA,
    CALLERS,
    EVENTS,
    ITEMS,
    LINK_SECRET,
    MAY,
    MAY_IF_SET,
    OF_A_MACHINE,
    OF_PROVIDER,
    PACES,
    QUEUES,
    RECORDS,
    SCHEDULES,
    SECRET,
    SIGNING_KEY,
    STREAM_URLS,
    TOPIC,
    expected,
    on_anything,
)
from tests.infra.synthesised import Synthesised, listed, synthesise

ANY_FUNCTION = "arn:AWS::Partition:lambda:AWS::Region:AWS::AccountId:function:*"


@pytest.mark.parametrize("provider", BUILT_IN)
def test_each_function_may_do_what_the_tables_say_of_the_enabled_provider_and_no_more(
    provider: str, code: Path
) -> None:
    alone = synthesise(code, Settings.from_values({"providers": [provider], **NEEDED.get(provider, {})}))
    assert {name: _granted(alone, name) for name in alone.functions} == expected(MAY, OF_PROVIDER[provider])


@pytest.mark.parametrize("name", sorted(MAY))
def test_each_function_writes_its_own_log_and_no_other(stack: Synthesised, name: str) -> None:
    function = stack.functions[name]
    writes = [item for item in stack.statements(function["Role"]) if "logs:PutLogEvents" in item.actions]
    assert [item.actions for item in writes] == [{"logs:CreateLogStream", "logs:PutLogEvents"}]
    assert writes[0].resources == {function["LoggingConfig"]["LogGroup"]["Ref"][:-8]}


@pytest.mark.parametrize("name", sorted(MAY))
def test_the_key_opens_what_a_function_is_linked_to_by_way_of_the_service_that_holds_it(
    stack: Synthesised, name: str
) -> None:
    uses = [item for item in stack.statements(stack.functions[name]["Role"]) if _is_about_the_key(item.actions)]
    opened = {item.conditions()["StringEquals"]["kms:ViaService"]: item.actions for item in uses}

    assert all(item.resources == {"StorageKey"} for item in uses)
    assert opened == {
        f"{service}.AWS::Region.AWS::URLSuffix": actions for service, actions in _needed_of_the_key(name).items()
    }


def test_urls_are_read_by_the_api_and_the_delivery_alone_and_written_by_one_task() -> None:
    holders = {name: may[STREAM_URLS] for name, may in MAY.items() if STREAM_URLS in may}
    readers = {name for name, actions in holders.items() if "dynamodb:GetItem" in actions}
    assert readers - {"get_stream"} == {"announce", "api", "deliver"}
    assert {name for name, actions in holders.items() if "dynamodb:PutItem" in actions} == {"get_stream"}


def test_get_stream_reads_no_url(stack: Synthesised) -> None:
    """Only when the URL ends that it has locked away: that it was locked away is all that a repeat has to know."""
    statements = stack.statements(stack.functions["get_stream"]["Role"])
    (reads,) = [item for item in statements if "dynamodb:GetItem" in item.actions and STREAM_URLS in item.resources]
    assert reads.condition == {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": list(EXPIRY_OF_URL)},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    assert "url" not in EXPIRY_OF_URL


def test_get_stream_reads_of_a_record_whether_it_has_ended_and_no_more(stack: Synthesised) -> None:
    statements = stack.statements(stack.functions["get_stream"]["Role"])
    (reads,) = [item for item in statements if "dynamodb:GetItem" in item.actions and RECORDS in item.resources]
    assert reads.condition == {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": list(STATES)},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }


@pytest.mark.parametrize(("name", "beginning"), [("accept_event", "event/*"), ("websocket", "connection/*")])
def test_each_origin_has_one_writer(stack: Synthesised, name: str, beginning: str) -> None:
    """Whoever can write to the table of paces could otherwise say that a connection is theirs."""
    statements = stack.statements(stack.functions[name]["Role"])
    (puts,) = [item for item in statements if "dynamodb:PutItem" in item.actions]
    assert puts.actions == {"dynamodb:PutItem"}
    assert puts.condition == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [beginning]}}


def test_the_state_machine_may_invoke_its_tasks_and_end_a_record_and_nothing_else(stack: Synthesised) -> None:
    machine = stack.properties("AWS::StepFunctions::StateMachine")["WorkflowStateMachine"]
    statements = [item for item in stack.statements(machine["RoleArn"]) if item.resources != {"*"}]
    arns = [value for value in machine["DefinitionSubstitutions"].values() if "Fn::GetAtt" in value]
    tasks = {arn["Fn::GetAtt"][0][:-8] for arn in arns}
    may = {tuple(sorted(item.actions)): item.resources for item in statements}
    assert may.pop(tuple(sorted(KEY_ACTIONS))) == {"StorageKey"}
    assert may == {("lambda:InvokeFunction",): tasks, ("dynamodb:UpdateItem",): {RECORDS}}


def test_the_state_machine_of_batches_may_invoke_its_tasks_and_nothing_else(stack: Synthesised) -> None:
    machine = stack.properties("AWS::StepFunctions::StateMachine")["BatchesStateMachine"]
    (statement,) = [item for item in stack.statements(machine["RoleArn"]) if item.resources != {"*"}]
    tasks = {arn["Fn::GetAtt"][0][:-8] for arn in machine["DefinitionSubstitutions"].values()}
    assert (statement.actions, statement.resources) == ({"lambda:InvokeFunction"}, tasks)


def test_what_is_allowed_on_any_resource_is_what_takes_none(changed: Synthesised) -> None:
    for name, function in changed.functions.items():
        assert changed.on_anything(function["Role"]) == on_anything(name), name
    for machine in changed.properties("AWS::StepFunctions::StateMachine").values():
        assert changed.on_anything(machine["RoleArn"]) == OF_A_MACHINE


def test_actions_are_named_not_matched_by_patterns(changed: Synthesised) -> None:
    found = {action for role in _roles(changed) for item in changed.statements(role) for action in item.actions}
    assert not {action for action in found if "*" in action}


def test_what_lambda_reads_for_a_function_the_functions_own_code_may_not_read(stack: Synthesised) -> None:
    """Not a message of a queue, not a change of a table: a function gets what it was called with."""
    of_lambda = {"ArnNotLike": {"lambda:SourceFunctionArn": ANY_FUNCTION}}
    for name, function in stack.functions.items():
        for item in stack.statements(function["Role"]):
            by_lambda = item.conditions() == of_lambda
            assert item.actions <= BY_LAMBDA if by_lambda else not item.actions & BY_LAMBDA, name


@pytest.mark.parametrize("name", sorted(name for name, may in MAY.items() if PACES in may))
def test_of_the_table_of_paces_a_function_may_touch_the_items_of_its_kind(stack: Synthesised, name: str) -> None:
    statements = [item for item in stack.statements(stack.functions[name]["Role"]) if PACES in item.resources]
    assert statements
    assert tuple(each for item in statements for each in _items(item.conditions())) == ITEMS[name]


@pytest.mark.parametrize("name", sorted(name for name, may in MAY.items() if BUS in may))
def test_a_function_may_put_its_own_events_on_the_bus(stack: Synthesised, name: str) -> None:
    (item,) = [each for each in stack.statements(stack.functions[name]["Role"]) if BUS in each.resources]
    (operator, keys), *others = item.conditions().items()
    assert (operator, others) == ("ForAllValues:StringEquals", [])
    assert set(keys) == {"events:source", "events:detail-type"}
    assert keys["events:source"] in ("greenroom", ["greenroom"])
    assert set(listed(keys["events:detail-type"])) == EVENTS[name]


def test_every_policy_belongs_to_a_function_or_to_the_state_machine(changed: Synthesised) -> None:
    holders = {role["Ref"] for policy in changed.properties("AWS::IAM::Policy").values() for role in policy["Roles"]}
    assert holders <= {role["Fn::GetAtt"][0] for role in _roles(changed)}


def test_settings_add_what_their_table_says_and_no_more(changed: Synthesised) -> None:
    granted = {name: _granted(changed, name) for name in changed.functions}
    assert granted == expected(MAY, MAY_IF_SET, *OF_PROVIDER.values())


def test_in_a_vpc_lambda_may_make_network_interfaces_and_the_functions_themselves_may_not(changed: Synthesised) -> None:
    for name, function in changed.functions.items():
        about_ec2 = {item.effect: item for item in changed.statements(function["Role"]) if item.actions & set(ACTIONS)}
        assert about_ec2.keys() == ({"Allow", "Deny"} if name in CALLERS else set()), name
        assert all(item.actions >= set(ACTIONS) for item in about_ec2.values())
        assert ("VpcConfig" in function) == (name in CALLERS)
    own_calls = {"ArnLike": {"lambda:SourceFunctionArn": ANY_FUNCTION}}
    assert _condition(changed, "get_stream", "Deny") == own_calls


def _needed_of_the_key(name: str) -> dict[str, set[str]]:
    """Service → actions, by what the ledger lets a function do with what the service keeps."""
    held = set(MAY[name])
    needed: dict[str, set[str]] = {}
    if held & {RECORDS, STREAM_URLS, SCHEDULES, PACES, BATCHES, f"{RECORDS}/index/batch"}:
        needed["dynamodb"] = set(KEY_ACTIONS)
    if held & {SECRET, SIGNING_KEY, LINK_SECRET}:
        needed["secretsmanager"] = {"kms:Decrypt"}
    if TOPIC in held:
        needed["sns"] = set(TO_SEND)
    actions = {action for resource in held & QUEUES for action in MAY[name][resource]}
    if actions:
        needed["sqs"] = set(TO_SEND if "sqs:SendMessage" in actions else TO_RECEIVE)
    return needed


def _items(conditions: dict[str, Any]) -> list[str]:
    """The ids of a statement, as the ledger has them."""
    ((operator, keys),) = conditions.items()
    before = {"ForAllValues:StringLike": "", "ForAllValues:StringNotLike": "not "}[operator]
    return [f"{before}{each}" for each in listed(keys["dynamodb:LeadingKeys"])]


def _roles(synthesised: Synthesised) -> list[dict[str, list[str]]]:
    machines = synthesised.properties("AWS::StepFunctions::StateMachine").values()
    return [item["Role"] for item in synthesised.functions.values()] + [item["RoleArn"] for item in machines]


def _granted(synthesised: Synthesised, name: str) -> dict[str, set[str]]:
    """Resource → actions of one function, without its log, its traces and the key, which have tests of their own."""
    granted: dict[str, set[str]] = {}
    for item in synthesised.statements(synthesised.functions[name]["Role"]):
        if item.effect == "Deny":
            continue
        for resource in item.resources - {"*"}:
            if not _is_about_the_key(item.actions) and "logs:PutLogEvents" not in item.actions:
                named = resource.replace(f":{synthesised.name}:", ":{stack}:")
                granted.setdefault(named, set()).update(item.actions)
    return granted


def _condition(synthesised: Synthesised, name: str, effect: str) -> dict[str, Any]:
    (found,) = [item for item in synthesised.statements(synthesised.functions[name]["Role"]) if item.effect == effect]
    return found.conditions()


def _is_about_the_key(actions: set[str]) -> bool:
    return all(action.startswith("kms:") for action in actions)
