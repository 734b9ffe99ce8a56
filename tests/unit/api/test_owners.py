"""Owners: every caller is one of its own, but for the sessions of a shared role, which are one."""

from __future__ import annotations

import pytest

from greenroom.api.owners import Owners
from greenroom.domain.caller import Caller
from greenroom.domain.errors import NotAllowed, RequestConflict, UnknownRequest
from greenroom.domain.values import RequestState
from tests.support.desk import Desk
from tests.support.examples import OWNER, URL, a_record, a_stream_url

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Renderer"
FIRST, SECOND = (f"arn:aws:sts::{ACCOUNT}:assumed-role/Renderer/{name}" for name in ("i-0a1", "i-0b2"))
STRANGERS = {
    "another role": f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/i-0a1",
    "a role whose name begins alike": f"arn:aws:sts::{ACCOUNT}:assumed-role/Renderers/i-0a1",
    "a role whose name ends alike": f"arn:aws:sts::{ACCOUNT}:assumed-role/MyRenderer/i-0a1",
    "a name in other letters": f"arn:aws:sts::{ACCOUNT}:assumed-role/renderer/i-0a1",
    "another account": "arn:aws:sts::999999999999:assumed-role/Renderer/i-0a1",
    "another partition": f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/Renderer/i-0a1",
    "a session that is named like the role": f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/Renderer",
    "a federated user": f"arn:aws:sts::{ACCOUNT}:federated-user/Renderer",
    "no session": f"arn:aws:sts::{ACCOUNT}:assumed-role/Renderer",
    "an IAM user": f"arn:aws:iam::{ACCOUNT}:user/Renderer",
    "nobody": "",
}
EVERY_STRANGER = pytest.mark.parametrize("caller", STRANGERS.values(), ids=STRANGERS)


def sharing(*patterns: str) -> Owners:
    return Owners(shared_roles=frozenset(patterns))


@pytest.mark.parametrize("caller", [FIRST, SECOND, OWNER, *STRANGERS.values()])
def test_where_no_role_is_shared_every_caller_is_an_owner_of_its_own(caller: str) -> None:
    assert Owners().owner(caller) == caller


@pytest.mark.parametrize("pattern", [ROLE, f"arn:aws:iam::{ACCOUNT}:role/Render*", "arn:aws:iam::*:role/Rendere?", "*"])
def test_the_sessions_of_a_shared_role_are_one_owner_the_role(pattern: str) -> None:
    owners = sharing("arn:aws:iam::999999999999:role/Other", pattern)
    assert owners.owner(FIRST) == owners.owner(SECOND) == ROLE


@EVERY_STRANGER
def test_a_caller_that_is_no_session_of_that_role_stays_an_owner_of_its_own(caller: str) -> None:
    assert sharing(ROLE).owner(caller) == caller


@pytest.mark.parametrize("pattern", [FIRST, "Renderer", ROLE.upper(), ROLE[:-1], ROLE + "x", ROLE + "/*", ""])
def test_a_pattern_must_fit_the_whole_arn_of_the_role(pattern: str) -> None:
    assert sharing(pattern).owner(FIRST) == FIRST


def test_two_roles_that_one_pattern_fits_are_two_owners() -> None:
    owners, other = sharing(f"arn:aws:iam::{ACCOUNT}:role/*"), STRANGERS["another role"]
    assert owners.owner(FIRST) != owners.owner(other)
    assert not owners.may_see(other, a_record(owner=owners.owner(FIRST)))


def test_a_role_of_the_partition_in_china_is_shared_too() -> None:
    first, second = (session.replace("arn:aws:", "arn:aws-cn:") for session in (FIRST, SECOND))
    role = ROLE.replace("arn:aws:", "arn:aws-cn:")
    assert sharing(role).owner(first) == sharing(role).owner(second) == role


def test_an_iam_user_is_not_touched_even_by_a_pattern_that_fits_all() -> None:
    assert sharing("*").owner(OWNER) == OWNER


def test_an_administrator_may_see_what_anybody_owns() -> None:
    owners = Owners(administrators=frozenset({OWNER, f"arn:aws:sts::{ACCOUNT}:assumed-role/Renderer/*"}))
    for owner in (ROLE, STRANGERS["an IAM user"], None):
        assert owners.may_see(OWNER, a_record(owner=owner))
        assert owners.may_see(FIRST, a_record(owner=owner))
        assert not owners.may_see(STRANGERS["another role"], a_record(owner=owner))


def test_a_shared_role_is_no_administrator() -> None:
    assert not sharing("*").may_see(FIRST, a_record())


def test_an_administrator_is_known_by_the_session_and_not_by_its_role() -> None:
    assert not Owners(frozenset({ROLE}), frozenset({ROLE})).may_see(FIRST, a_record())


def test_the_sessions_of_a_shared_role_share_their_keys() -> None:
    desk = Desk(shared_roles=ROLE)
    first, again = desk.create("key", FIRST), desk.create("key", SECOND)
    assert first.body == again.body
    assert desk.records.records.keys() == {first.body["id"]}
    with pytest.raises(RequestConflict):
        desk.create("key", SECOND, expirationInSeconds=60)


def test_one_session_of_a_shared_role_sees_and_lists_what_another_asked_for() -> None:
    desk = Desk(shared_roles=ROLE)
    id_ = desk.create(caller=FIRST).body["id"]
    assert desk.records.records[id_].owner == ROLE
    assert desk.show(SECOND, id_).body["id"] == id_
    assert [stream["id"] for stream in desk.list(SECOND)["streams"]] == [id_]


def test_one_session_of_a_shared_role_gets_the_url_and_cancels_what_another_asked_for() -> None:
    ready = Desk(a_record(owner=ROLE, state=RequestState.READY), shared_roles=ROLE, r=a_stream_url())
    assert ready.show(SECOND).body["url"] == URL
    assert Desk(a_record(owner=ROLE), shared_roles=ROLE).cancel(SECOND).status == 202


@EVERY_STRANGER
def test_others_stay_apart_from_a_shared_role(caller: str) -> None:
    desk = Desk(shared_roles=ROLE)
    id_ = desk.create("key", FIRST).body["id"]
    assert desk.list(caller) == {"streams": []}
    with pytest.raises(UnknownRequest):
        desk.show(caller, id_)
    assert desk.create("key", caller).body["id"] != id_


def test_where_no_role_is_shared_two_sessions_have_keys_of_their_own() -> None:
    desk = Desk()
    assert desk.create("key", FIRST).body["id"] != desk.create("key", SECOND).body["id"]


def test_a_caller_who_could_be_anybody_of_a_pool_is_let_in_nowhere() -> None:
    anybody = Caller(f"arn:aws:sts::{ACCOUNT}:assumed-role/Pool/CognitoIdentityCredentials", "us-west-2:1")
    with pytest.raises(NotAllowed, match="sharedRoles") as caught:
        Owners().admitted(anybody)
    assert [error.field for error in caught.value.errors] == ["caller"]
    pool = f"arn:aws:iam::{ACCOUNT}:role/Pool"
    assert Owners(shared_roles=frozenset({pool})).admitted(anybody) == anybody


@pytest.mark.parametrize("caller", [FIRST, SECOND, OWNER, *STRANGERS.values()])
def test_every_other_caller_is_let_in(caller: str) -> None:
    assert Owners().admitted(Caller(caller)).arn == caller


def test_a_bracket_of_a_pattern_is_a_bracket() -> None:
    owners = Owners(administrators=frozenset({f"arn:aws:iam::{ACCOUNT}:user/[a-z]da"}))
    assert not owners.is_administrator(f"arn:aws:iam::{ACCOUNT}:user/ada")
