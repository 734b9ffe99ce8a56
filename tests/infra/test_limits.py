"""Lambda takes 4 KB of environment, IAM 10,240 characters of policies: longer lists are refused at synth."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom_cdk.limits import LIMIT_BYTES, POLICY_LIMIT
from greenroom_cdk.settings import Settings, SettingsError
from tests.infra.synthesised import synthesise

SESSIONS = "arn:aws:sts::111122223333:assumed-role/Artist"
ROLE = "arn:aws:iam::111122223333:role/RenderFarm"


def test_the_function_and_the_settings_that_are_too_long_are_named_the_longest_first(code: Path) -> None:
    settings = Settings(
        administrators=tuple(f"{ROLE}{number}" for number in range(50)),
        shared_roles=tuple(f"{ROLE}{number}" for number in range(40)),
        callback_hosts=("hooks.example",),
    )
    with pytest.raises(SettingsError) as caught:
        synthesise(code, settings)
    complaints = dict(complaint.split(":", 1) for complaint in caught.value.complaints)
    assert complaints.keys() == {"Api", "SubmitSlice", "Websocket"}
    for complaint in complaints.values():
        assert complaint.startswith(" its environment would have ")
        assert complaint.endswith("shorten administrators (2189 bytes), sharedRoles (1749 bytes)")
        assert f"Lambda takes {LIMIT_BYTES:,}" in complaint


def test_rules_that_are_too_long_are_named(code: Path) -> None:
    rules = [
        {"callers": f"{SESSIONS}{number}/*", "provider": "nimble", "field": "sessionId", "values": "{sessionName}"}
        for number in range(40)
    ]
    with pytest.raises(SettingsError) as caught:
        synthesise(code, Settings(identities=rules))
    assert all("shorten identities" in complaint for complaint in caught.value.complaints)


def test_every_function_that_gets_a_list_is_checked(code: Path) -> None:
    hosts = tuple(f"hooks-{number}.studio.example" for number in range(200))
    with pytest.raises(SettingsError) as caught:
        synthesise(code, Settings(callback_hosts=hosts))
    named = {complaint.split(":")[0] for complaint in caught.value.complaints}
    assert named == {"AcceptEvent", "AcceptRequest", "Api", "Deliver", "Reconcile", "RejectRequest", "SubmitSlice"}


def test_lists_of_a_usual_length_pass(code: Path) -> None:
    names = tuple(f"{ROLE}{number}" for number in range(20))
    hosts = tuple(f"hooks-{number}.studio.example" for number in range(40))
    synthesise(code, Settings(administrators=names, callback_hosts=hosts))


def hooks(count: int, *, path: str = "hook") -> tuple[str, ...]:
    api = "arn:aws:execute-api:us-west-2:111122223333:abc123"
    return tuple(f"{api}/v1/POST/{path}/{number}" for number in range(count))


def test_apis_that_make_the_policies_of_a_role_too_long_are_named_by_their_setting(code: Path) -> None:
    synthesise(code, Settings(callback_api_arns=hooks(30)))
    with pytest.raises(SettingsError) as caught:
        synthesise(code, Settings(callback_api_arns=hooks(150)))
    (complaint,) = caught.value.complaints
    assert complaint.startswith("callbackApiArns: the policies of Deliver would have ")
    assert f"IAM takes {POLICY_LIMIT:,} of a role" in complaint


def test_apis_that_make_the_environment_too_long_are_named_by_their_setting(code: Path) -> None:
    arns = tuple(f"arn:aws:execute-api:us-west-2:111122223333:api{number:07}/*" for number in range(400))
    with pytest.raises(SettingsError) as caught:
        synthesise(code, Settings(callback_api_arns=arns))
    assert "callbackApiArns" in str(caught.value)
