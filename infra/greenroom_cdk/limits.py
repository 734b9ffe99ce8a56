"""Limits of AWS that a long setting meets, checked before CloudFormation finds out.

Lambda has one on the environment of a function, IAM one on the policies of its role.
"""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import Stack, Token
from aws_cdk import aws_iam as iam
from constructs import Construct
from pydantic.alias_generators import to_camel

from greenroom_cdk.functions import Function
from greenroom_cdk.settings import Settings, SettingsError
from greenroom_cdk.settings.providers import provider_with

# "The total size of all environment variables doesn't exceed 4 KB":
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
# Lambda's refusal shows what it measures: all variables together, as JSON.
LIMIT_BYTES = 4096
# "the total aggregate policy size (the sum size of all inline policies) per entity" of a role, without white space:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
POLICY_LIMIT = 10_240
_INTRINSICS = {"Ref", "Fn::GetAtt", "Fn::Join", "Fn::Sub", "Fn::Select", "Fn::ImportValue"}
# Only lists get long; what is shorter than this is not worth naming.
_SHORT_BYTES = 100
# The settings of variables that have another name.
_MADE_OF = {"callback_apis": "callback_api_arns"}


def check_environments(scope: Construct, settings: Settings) -> None:
    """Raise SettingsError if a function's variables are too long, and name the settings that make them so."""
    functions = [item for item in scope.node.find_all() if isinstance(item, Function)]
    complaints = [complaint for item in functions if (complaint := _complaint(item, settings.stack_name))]
    if complaints:
        raise SettingsError(complaints)


def check_policy(function: Function, settings: Settings, setting: str) -> None:
    """Raise SettingsError for a list that makes the policies of a function's role too long."""
    policies = [item for item in function.own_role.node.find_all() if isinstance(item, iam.Policy)]
    documents = [Stack.of(policy).resolve(policy.document) for policy in policies]
    size = sum(len(json.dumps(_deployed(each, settings.stack_name), separators=(",", ":"))) for each in documents)
    if size > POLICY_LIMIT:
        complaint = (
            f"{to_camel(setting)}: the policies of {function.node.id} would have {size:,} characters, and IAM takes "
            f"{POLICY_LIMIT:,} of a role; name fewer ARNs, or patterns with a * in them"
        )
        raise SettingsError([complaint])


def _deployed(value: Any, name: str) -> Any:
    """Return a document in which values known only at deployment are as long as they can be."""
    if isinstance(value, list):
        return [_deployed(item, name) for item in value]
    if isinstance(value, dict):
        is_made = len(value) == 1 and next(iter(value)) in _INTRINSICS
        return _made(name) if is_made else {key: _deployed(item, name) for key, item in value.items()}
    return value


def _complaint(function: Function, name: str) -> str | None:
    sized = {variable: _estimate(value, name) for variable, value in function.variables.items()}
    size = len(json.dumps(sized, separators=(",", ":")).encode())
    if size <= LIMIT_BYTES:
        return None
    by_length = sorted(sized, key=lambda variable: len(sized[variable]), reverse=True)
    culprits = [f"{_setting(item)} ({len(sized[item].encode())} bytes)" for item in by_length if _is_ours(item, sized)]
    return (
        f"{function.node.id}: its environment would have {size:,} bytes, and Lambda takes {LIMIT_BYTES:,}; "
        f"shorten {', '.join(culprits)}"
    )


def _estimate(value: str, name: str) -> str:
    """Return a value as long as the deployed one at most, which is an ARN, a URL or a name.

    The longest of these is a secret's ARN or a state machine's: under 128 characters around the deployment's name.
    """
    return _made(name) if Token.is_unresolved(value) else value


def _made(name: str) -> str:
    return "x" * (128 + len(name))


def _is_ours(variable: str, sized: dict[str, str]) -> bool:
    return _setting(variable) != variable and len(sized[variable]) > _SHORT_BYTES


def _setting(variable: str) -> str:
    """Return the setting with a variable's name; else the variable itself."""
    field = _MADE_OF.get(variable.lower(), variable.lower())
    known = field in Settings.model_fields or provider_with(field)
    return to_camel(field) if known else variable
