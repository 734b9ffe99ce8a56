"""Lambda's limit on the environment of a function, checked before CloudFormation finds out."""

from __future__ import annotations

import json

from aws_cdk import Token
from constructs import Construct
from pydantic.alias_generators import to_camel

from greenroom_cdk.functions import Function
from greenroom_cdk.provider_settings import provider_with
from greenroom_cdk.settings import Settings, SettingsError

# "The total size of all environment variables doesn't exceed 4 KB":
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
# Lambda's refusal shows what it measures: all variables together, as JSON.
LIMIT_BYTES = 4096
# Only lists get long; what is shorter than this is not worth naming.
_SHORT_BYTES = 100


def check_environments(scope: Construct, settings: Settings) -> None:
    """SettingsError for the functions whose variables are too long, with the settings that make them so."""
    functions = [item for item in scope.node.find_all() if isinstance(item, Function)]
    complaints = [complaint for item in functions if (complaint := _complaint(item, settings.stack_name))]
    if complaints:
        raise SettingsError(complaints)


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
    """A value as long as the deployed one at most. What is known only then is an ARN, a URL or a name.

    Of these the longest is a secret's ARN or a state machine's: under 128 characters around the deployment's name.
    """
    return "x" * (128 + len(name)) if Token.is_unresolved(value) else value


def _is_ours(variable: str, sized: dict[str, str]) -> bool:
    return _setting(variable) != variable and len(sized[variable]) > _SHORT_BYTES


def _setting(variable: str) -> str:
    """The setting that a variable was made of, which has its name; else the variable itself."""
    field = variable.lower()
    known = field in Settings.model_fields or provider_with(field)
    return to_camel(field) if known else variable
