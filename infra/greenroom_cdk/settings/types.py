"""The types of settings, each with its rule in words, and the text that `-c` passes for them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from aws_cdk import Token
from pydantic import AfterValidator, BeforeValidator, Field

from greenroom.domain.wire import Rule


def split(value: Any) -> Any:
    """Split text, which `-c` passes: `a,b` → ("a", "b")."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def number(value: Any) -> Any:
    """Read text, which `-c` passes: "30" → 30. Anything else stays, for the rule to refuse."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Names = Annotated[tuple[str, ...], BeforeValidator(split)]
# CloudFormation's rule for a stack's name. It takes 128 characters, but the state machine has the name too, with 80.
StackName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", max_length=80),
    Rule("must be a letter and then letters, digits or hyphens, 80 characters at most"),
]
# Without the role's path: the ARN of a session, by which a caller is known, has none.
RolePattern = Annotated[
    str,
    Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[_+=.@*?-]*[A-Za-z0-9][\w+=.@*?-]*$"),
    Rule(
        "must be the ARN of an IAM role without its path, such as arn:aws:iam::111122223333:role/RenderFarm*, with an "
        "account and a letter of the name"
    ),
]
RolePatterns = Annotated[tuple[RolePattern, ...], BeforeValidator(split)]
HostName = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"),
    Rule("must be the name of a host in lower case, such as hooks.example.com"),
]
HostNames = Annotated[tuple[HostName, ...], BeforeValidator(split)]
BucketName = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"),
    Rule("must be the names of S3 buckets, such as studio-classes"),
]
BucketNames = Annotated[tuple[BucketName, ...], BeforeValidator(split)]
_METHODS = re.compile(r"arn:aws[a-z-]*:execute-api:[a-z0-9*?-]+:(\d{12}|\*):[a-z0-9*?]+/[^\s,/]+(/[^\s,]*)?")


def _methods_of_an_api(arn: str) -> str:
    """Take an ARN with a stage, or one that an app makes of an API of its own, and that is known in deployment only.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
    """
    is_made = Token.is_unresolved(arn) and arn.count(":") == 5 and "/" in arn
    if not is_made and not _METHODS.fullmatch(arn):
        raise ValueError(
            "must be the ARN of methods of an API, such as "
            f"arn:aws:execute-api:us-west-2:111122223333:abc123/v1/POST/hooks (got {arn!r})"
        )
    return arn


CallbackApiArn = Annotated[str, AfterValidator(_methods_of_an_api)]
CallbackApiArns = Annotated[tuple[CallbackApiArn, ...], BeforeValidator(split)]
SubnetId = Annotated[
    str,
    Field(pattern=r"^subnet-([0-9a-f]{8}|[0-9a-f]{17})$"),
    Rule("must be the ids of subnets, such as subnet-0a1b2c3d4e5f60718"),
]
SubnetIds = Annotated[tuple[SubnetId, ...], BeforeValidator(split)]
SecurityGroupId = Annotated[
    str,
    Field(pattern=r"^sg-([0-9a-f]{8}|[0-9a-f]{17})$"),
    Rule("must be the ids of security groups, such as sg-0a1b2c3d4e5f60718"),
]
SecurityGroupIds = Annotated[tuple[SecurityGroupId, ...], BeforeValidator(split)]
# The URL that callers know the API by: the stack's own, or that of a custom domain.
ApiUrl = Annotated[
    str,
    Field(pattern=r"^https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~-]+)*/$"),
    Rule("must be an https URL that ends in /, such as https://streams.studio.example/"),
]
StudioName = Annotated[
    str, Field(pattern=r"^\S([^\x00-\x1f]*\S)?$", max_length=60), Rule("must be text of 1 to 60 characters")
]
Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$"), Rule("must be a colour such as #2f6f57")]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"), Rule("must be an email address")]
# What CloudWatch Logs takes for a retention.
LogRetentionDays = Annotated[
    Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
    BeforeValidator(number),
]
