"""The settings about callers: what is refused at synth, and what there is a warning of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Annotations, Match
from aws_cdk.aws_lambda import Code

from greenroom.request.identities import IdentityRule
from greenroom_cdk.greenroom import Greenroom
from greenroom_cdk.settings import Settings, SettingsError
from greenroom_cdk.settings.identities import warnings

ARTISTS = "arn:aws:sts::111122223333:assumed-role/Artist/*"
HUB = {"providers": ["nimble", "jupyterhub"], "jupyterhubUrl": "https://hub.example"}
OWN = {"callers": [ARTISTS], "provider": "jupyterhub", "field": "user", "values": ["{sessionName}"]}


def complaint(**values: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_values(values)
    return "\n".join(caught.value.complaints)


def wrong(**changes: Any) -> str:
    return complaint(**HUB, identities=[{**OWN, **changes}])


@pytest.mark.parametrize(
    "given",
    [
        [OWN],
        [{**OWN, "callers": ARTISTS, "values": "{sessionName}"}],
        json.dumps([OWN]),
        [IdentityRule("jupyterhub.user", (ARTISTS,), "jupyterhub", "user", ("{sessionName}",))],
    ],
    ids=["JSON", "texts", "JSON as text", "Python"],
)
def test_rules_are_read_as_they_may_be_written(given: Any) -> None:
    (rule,) = Settings.from_values({**HUB, "identities": given}).identities
    assert rule == IdentityRule("jupyterhub.user", (ARTISTS,), "jupyterhub", "user", ("{sessionName}",))


def test_a_rule_may_have_a_name() -> None:
    (rule,) = Settings.from_values({**HUB, "identities": [{**OWN, "name": "own-notebooks"}]}).identities
    assert rule.name == "own-notebooks"


@pytest.mark.parametrize(
    "callers", ["event", "execution", ["event", ARTISTS], "arn:aws:iam::111122223333:root", "arn:aws-cn:sts::*:*"]
)
def test_callers_are_arns_or_the_words_of_a_way_in(callers: Any) -> None:
    assert Settings.from_values({**HUB, "identities": [{**OWN, "callers": callers}]}).identities


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"provider": "jupiterhub"}, "the setting providers does not name jupiterhub; did you mean jupyterhub?"),
        ({"provider": "dcv"}, "the setting providers does not name dcv"),
        ({"field": "usr"}, "a request of jupyterhub has no field usr; did you mean user?"),
        ({"field": "server_name"}, "has no field server_name; did you mean serverName?"),
        ({"field": "provider"}, "has no field provider"),
        ({"values": "{session}"}, "no caller has a {session}; did you mean sessionName?"),
        ({"values": "{sessionName"}, "a brace must belong to a part"),
        ({"values": [7]}, "values must be a text, or a list of texts"),
        ({"values": []}, "it lacks values"),
        ({"callers": []}, "it lacks callers"),
        ({"callers": "*"}, "callers must be ARNs such as"),
        ({"callers": "events"}, "or the words event and execution"),
        ({"callers": "arn:aws:iam::111122223333:role/Artist"}, "arn:aws:sts::111122223333:assumed-role/Artist/*"),
        ({"valeus": "x"}, "rule 1 has no valeus; did you mean values?"),
    ],
    ids=str,
)
def test_a_wrong_rule_is_told_what_would_be_right(changes: dict[str, Any], said: str) -> None:
    told = wrong(**changes)
    assert told.startswith("identities: ")
    assert said in told


@pytest.mark.parametrize("given", ["", "own", "{}", "{", [7], 7, {"callers": "event"}])
def test_what_is_no_list_of_rules_is_refused(given: Any) -> None:
    assert "must be" in complaint(**HUB, identities=given)


@pytest.mark.parametrize("prefix", ["classes/", "classes/{sessionName}", "{sessionName", "{name}/", "{}/", "/"])
def test_a_prefix_is_of_one_caller_and_of_no_other_whose_name_begins_alike(prefix: str) -> None:
    assert complaint(batchPrefix=prefix).startswith("batchPrefix: ")


@pytest.mark.parametrize("prefix", ["{sessionName}/", "classes/{userName}/new/", "a/{cognitoIdentityId}/"])
def test_a_prefix_has_a_part_of_the_caller(prefix: str) -> None:
    assert Settings.from_values({"batchPrefix": prefix}).batch_prefix == prefix


@pytest.mark.parametrize(
    "arn",
    [
        "*",
        "arn:*",
        "arn:aws:iam::*:root",
        "arn:aws:iam::1111:root",
        "arn:aws:iam::111122223333:*",
        "arn:aws:iam::111122223333:user/*",
        "arn:aws:iam::111122223333:user/??*",
        "arn:aws:sts::111122223333:assumed-role/*/ada",
        "arn:aws:sts::111122223333:assumed-role/*",
        "arn:aws:sts::111122223333:assumed-role/Admin*",
        "arn:aws:sts::111122223333:federated-user/*",
        "arn:aws:iam::111122223333:user/[a-z]*",
    ],
)
def test_an_administrator_has_an_account_and_a_name(arn: str) -> None:
    told = complaint(administrators=[arn])
    assert told.startswith("administrators.0: must be ARNs of callers")


@pytest.mark.parametrize("role", ["*", "?*", "--*", "_"])
def test_a_shared_role_has_a_name(role: str) -> None:
    assert "sharedRoles" in complaint(sharedRoles=[f"arn:aws:iam::111122223333:role/{role}"])


def warned(**values: Any) -> list[str]:
    return [name.removeprefix("greenroom:") for name, _ in warnings(Settings.from_values({**HUB, **values}))]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ["identities"]),
        ({"identities": [OWN]}, []),
        ({"identities": [OWN], "batchBuckets": "classes"}, ["batch-prefix"]),
        ({"identities": [OWN], "batchBuckets": "classes", "batchPrefix": "{sessionName}/"}, []),
        ({"identities": [{**OWN, "callers": ARTISTS.replace("*", "ada-*")}]}, ["identity-callers"]),
        ({"identities": [OWN], "administrators": "arn:aws:iam::111122223333:user/ada*"}, []),
        ({"identities": [OWN], "administrators": "arn:aws:sts::111122223333:assumed-role/Admin*/ada"}, []),
        ({"identities": [OWN], "administrators": ARTISTS}, ["administrators"]),
        ({"identities": [OWN], "administrators": ARTISTS.replace("*", "ada?")}, ["administrators"]),
        ({"identities": [OWN], "administrators": "arn:aws:iam::111122223333:role/Admin"}, ["administrators"]),
    ],
    ids=str,
)
def test_what_lets_in_more_people_than_it_seems_to_has_a_warning(values: dict[str, Any], expected: list[str]) -> None:
    assert warned(**values) == expected


def test_the_warning_of_a_name_that_anybody_may_choose_has_the_reason() -> None:
    ((_, text),) = warnings(Settings.from_values({**HUB, "identities": [OWN], "administrators": ARTISTS}))
    assert ARTISTS in text
    assert "sts:RoleSessionName" in text


def test_synth_warns_once_of_a_deployment_that_is_open_to_all(tmp_path: Path) -> None:
    (tmp_path / "empty.py").touch()
    stack = Stack(App(), "Studio")
    Greenroom(stack, "Greenroom", code=Code.from_asset(str(tmp_path)))
    found = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("may ask for anybody's stream"))
    assert len(found) == 1
