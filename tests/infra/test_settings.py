"""The settings of a deployment: from text, from JSON, and what is said of a wrong one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Annotations, Match
from aws_cdk.aws_lambda import Code

from greenroom.providers.nimble.settings import NimbleSettings
from greenroom_cdk.greenroom import Greenroom
from greenroom_cdk.settings import Settings, SettingsError
from greenroom_cdk.settings.providers import warnings

CDK_JSON = Path(__file__).parents[2] / "cdk.json"


def complaint(**values: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_values(values)
    return "\n".join(caught.value.complaints)


def test_everything_has_a_default() -> None:
    settings = Settings.from_values({})
    assert (settings.deadline_seconds, settings.look_cost_seconds, settings.log_retention_days) == (900, 0.5, 30)
    assert (settings.callback_hosts, settings.administrators, settings.callback_api_arns) == ((), (), ())
    assert (settings.alarm_email, settings.retain_data, settings.provider_names) == (None, False, ("nimble",))
    assert settings.of(NimbleSettings).nimble_endpoint_url is None


def test_the_file_that_comes_with_the_app_says_the_defaults() -> None:
    context = json.loads(CDK_JSON.read_text())["context"]
    ours = {name: value for name, value in context.items() if "/" not in name and ":" not in name}
    assert Settings.from_values(ours) == Settings.from_values({})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("deadlineSeconds", "60", 60),
        ("lookCostSeconds", "2", 2.0),
        ("logRetentionDays", "90", 90),
        ("retainData", "true", True),
        ("retainData", "false", False),
        ("alarmEmail", "ops@example.com", "ops@example.com"),
        ("nimbleEndpointUrl", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("callbackHosts", "hooks.example, a.b-c.example,", ("hooks.example", "a.b-c.example")),
        ("administrators", "arn:aws:iam::111122223333:root", ("arn:aws:iam::111122223333:root",)),
        *(
            ("callbackApiArns", arn, (arn,))
            for arn in (
                "arn:aws:execute-api:us-west-2:111122223333:abc123/v1/POST/hooks",
                "arn:aws-cn:execute-api:cn-north-1:111122223333:abc123/*",
                "arn:aws:execute-api:*:*:*/*/POST/*",
                "arn:aws:execute-api:eu-west-?:111122223333:abc12?/v1/POST/a/{b}",
            )
        ),
        ("sharedWebhookSignature", "false", False),
        ("stackName", "Greenroom-2", "Greenroom-2"),
        ("batchBuckets", "classes, studio.shifts", ("classes", "studio.shifts")),
        (
            "sharedRoles",
            "arn:aws-cn:iam::111122223333:role/Farm*",
            ("arn:aws-cn:iam::111122223333:role/Farm*",),
        ),
        ("deliveryConcurrency", "1000", 1000),
        ("maxPendingRequests", "20", 20),
        ("maxBatchRequests", "1000", 1000),
        ("warmWriteUnits", "4500", 4_500),
        ("useAccountLogsRole", "true", True),
        ("disableDefaultEndpoint", "false", False),
        ("apiUrl", "https://streams.studio.example/v1/", "https://streams.studio.example/v1/"),
        ("apiUrl", "https://streams.studio.example/", "https://streams.studio.example/"),
        ("studioName", "Atelier n° 5", "Atelier n° 5"),
        ("studioName", "X", "X"),
        ("studioColor", "#8A2BE2", "#8A2BE2"),
    ],
)
def test_the_command_line_passes_text(name: str, text: str, value: object) -> None:
    field = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    assert getattr(Settings.from_values({name: text}), field) == value


def test_a_list_may_be_an_array_too() -> None:
    assert Settings.from_values({"callbackHosts": ["a.example", "b.example"]}).callback_hosts == (
        "a.example",
        "b.example",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("deadlineSeconds", "0"),
        ("deadlineSeconds", "86401"),
        ("deadlineSeconds", "soon"),
        ("deadlineSeconds", None),
        ("lookCostSeconds", "0"),
        ("lookCostSeconds", "nan"),
        ("lookCostSeconds", "61"),
        ("recordRetentionDays", "1"),
        ("logRetentionDays", "8"),
        ("logRetentionDays", "many"),
        ("logRetentionDays", None),
        ("alarmEmail", "nobody"),
        ("alarmEmail", "a b@example.com"),
        ("nimbleEndpointUrl", "ftp://x"),
        ("nimbleEndpointUrl", "nimble.example"),
        ("apiRequestsPerSecond", "0"),
        ("stackName", "2nd"),
        ("stackName", "green_room"),
        ("stackName", "G" * 81),
        ("deliveryConcurrency", "1"),
        ("deliveryConcurrency", "1001"),
        ("maxPendingRequests", "0"),
        ("maxBatchRequests", "many"),
        ("sharedRoles", "arn:aws:sts::111122223333:assumed-role/RenderFarm/*"),
        ("sharedRoles", "arn:aws:iam::*:role/RenderFarm"),
        ("sharedRoles", "arn:aws:iam::111122223333:role/service/RenderFarm"),
        ("sharedRoles", "RenderFarm"),
        ("useAccountLogsRole", "perhaps"),
        ("retainData", "perhaps"),
        ("callbackHosts", "https://hooks.example"),
        ("callbackApiArns", "*"),
        ("callbackApiArns", "abc123"),
        ("callbackApiArns", "https://abc123.execute-api.us-west-2.amazonaws.com/v1/hooks"),
        ("callbackApiArns", "arn:aws:execute-api:us-west-2:111122223333:abc123"),
        ("callbackApiArns", "arn:aws:execute-api:us-west-2:111122223333:*"),
        ("callbackApiArns", "arn:aws:execute-api:us-west-2:1111:abc123/v1/POST/hooks"),
        ("callbackApiArns", "arn:aws:execute-api:us-west-2:111122223333:[a-z]/v1/POST/hooks"),
        ("callbackApiArns", "arn:aws:lambda:us-west-2:111122223333:function:hooks"),
        ("sharedWebhookSignature", "perhaps"),
        ("batchBuckets", "s3://classes"),
        ("batchBuckets", "arn:aws:s3:::classes"),
        ("callbackHosts", "hooks.example/x"),
        ("callbackHosts", "*.example"),
        ("callbackHosts", 5),
        ("defaultNotify", "email"),
        ("defaultNotify", ""),
        ("defaultNotify", "http://hooks.example"),
        ("defaultNotify", "https://"),
        ("defaultNotify", "https://ada:secret@hooks.example"),
        ("apiUrl", "http://api.example/"),
        ("apiUrl", "https://api.example"),
        ("apiUrl", "https://api.example/?x=/"),
        ("apiUrl", "https://ada:secret@api.example/"),
        ("studioName", " "),
        ("studioName", "N" * 61),
        ("studioName", "North\nlight"),
        ("studioColor", "green"),
        ("studioColor", "#2f6f5"),
        ("studioColor", "#2f6f57;"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: object) -> None:
    assert name in complaint(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("sharedRoles", "RenderFarm", "must be the ARN of an IAM role without its path, such as arn:aws:iam::"),
        ("stackName", "2nd", "must be a letter and then letters, digits or hyphens"),
        ("callbackHosts", "https://hooks.example", "must be the name of a host in lower case, such as"),
        ("alarmEmail", "nobody", "must be an email address"),
        ("deliveryConcurrency", "1", "must be greater than or equal to 2"),
    ],
)
def test_a_wrong_setting_is_told_what_would_be_right(name: str, value: str, right: str) -> None:
    assert right in complaint(**{name: value})


def test_every_wrong_setting_is_named_at_once() -> None:
    text = complaint(deadlineSeconds="0", alarmEmail="nobody", colour="red")
    assert all(name in text for name in ("deadlineSeconds", "alarmEmail", "colour"))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("deadlineSecond", "deadlineSeconds"), ("callbackhosts", "callbackHosts"), ("alarmMail", "alarmEmail")],
)
def test_a_setting_that_does_not_exist_is_answered_with_the_nearest(wrong: str, right: str) -> None:
    assert complaint(**{wrong: "1"}) == f"{wrong}: there is no such setting; did you mean {right}?"


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    assert complaint(xyzzy="1") == "xyzzy: there is no such setting"


def test_the_context_is_read_without_the_cdk_s_own_keys() -> None:
    context = {
        "deadlineSeconds": "60",
        "alarmEmail": "",
        "@aws-cdk/core:stackRelativeExports": True,
        "aws:cdk:enable-path-metadata": True,
        "availability-zones:account=1:region=us-west-2": ["us-west-2a"],
    }
    assert Settings.from_context(App(context=context).node) == Settings.from_values({"deadlineSeconds": 60})


def test_what_cdk_acknowledge_leaves_behind_is_no_setting_of_ours() -> None:
    """`cdk acknowledge` keeps this key in cdk.context.json, which is part of the context."""
    context = {"acknowledged-issue-numbers": [32775]}
    assert Settings.from_context(App(context=context).node) == Settings.from_values({})


def test_the_default_endpoint_is_disabled_only_beside_a_domain() -> None:
    domain = {"apiUrl": "https://streams.studio.example/"}
    assert Settings.from_values({"disableDefaultEndpoint": "true", **domain}).disable_default_endpoint
    assert complaint(disableDefaultEndpoint=True) == (
        "disableDefaultEndpoint must be set with apiUrl, or nobody would reach the API"
    )


@pytest.mark.parametrize(("names", "warned"), [(["nimble"], 1), (["nimble", "gameliftstreams"], 0), (["appstream"], 0)])
def test_there_is_a_warning_of_a_deployment_whose_only_service_has_closed(names: list[str], warned: int) -> None:
    assert len(list(warnings(names))) == warned


def test_synth_shows_that_warning_and_the_setting(tmp_path: Path) -> None:
    (tmp_path / "empty.py").touch()
    stack = Stack(App(), "Studio")
    Greenroom(stack, "Greenroom", settings=Settings.from_values({}), code=Code.from_asset(str(tmp_path)))
    said = Match.string_like_regexp("closed on 2024-06-19, and the setting providers names no other")
    assert len(Annotations.from_stack(stack).find_warning("*", said)) == 1
