"""The settings of a deployment, from `cdk.json` or `-c name=value`, checked before anything is made of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from aws_cdk import RemovalPolicy
from constructs import Node
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_camel

from greenroom.domain.wire import Rule, rule_of


class SettingsError(ValueError):
    """At least one setting is wrong. Each complaint names one and says what would be right."""

    def __init__(self, complaints: Sequence[str]) -> None:
        lines = [f"  {complaint}" for complaint in complaints]
        super().__init__("\n".join(["Greenroom cannot be deployed with these settings:", *lines]))
        self.complaints = list(complaints)


def _split(value: Any) -> Any:
    """`-c` passes text: `a,b` → ("a", "b")."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _number(value: Any) -> Any:
    """`-c` passes text: "30" → 30; what is no number is left for the rule to refuse."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
# CloudFormation's rule for a stack's name. It takes 128 characters, but the state machine has the name too, with 80.
StackName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", max_length=80),
    Rule("must be a letter and then letters, digits or hyphens, 80 characters at most"),
]
# Without the role's path: the ARN of a session, by which a caller is known, has none.
RolePattern = Annotated[
    str,
    Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=.@*?-]+$"),
    Rule("must be the ARN of an IAM role without its path, such as arn:aws:iam::111122223333:role/RenderFarm*"),
]
RolePatterns = Annotated[tuple[RolePattern, ...], BeforeValidator(_split)]
HostName = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"),
    Rule("must be the name of a host in lower case, such as hooks.example.com"),
]
HostNames = Annotated[tuple[HostName, ...], BeforeValidator(_split)]
# What the CDK CLI itself writes into the context under plain names.
_CDK_KEYS = {"acknowledged-issue-numbers", "cli-telemetry"}
_TARGET = re.compile(r"sns|https://[A-Za-z0-9.-]+(:\d{1,5})?(/[^\s@]*)?")
# What CloudWatch Logs takes for a retention.
LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]


class Settings(BaseModel):
    """All that a deployment can choose. Times are in seconds unless the name says otherwise."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, validate_by_name=True)

    stack_name: StackName = "Greenroom"
    """Another name makes another deployment, which lives beside the first in one account and region."""
    deadline_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    """How long a request waits for its stream when it does not say."""
    poll_first_seconds: Annotated[int, Field(ge=1, le=300)] = 5
    """The first pause before a look at the service; each later one is `poll_backoff_rate` times as long."""
    poll_backoff_rate: Annotated[float, Field(ge=1.1, le=10)] = 1.5
    """Never 1: pauses that do not grow would fill an execution's history before a long deadline."""
    poll_max_seconds: Annotated[int, Field(ge=1, le=300)] = 20
    record_retention_days: Annotated[int, Field(ge=92, le=3650)] = 92
    """How long the record of a request (never its URL) can be read. Longer than Step Functions remembers the name of
    its execution (90 days after its end), so that a repeated Idempotency-Key means the same to both."""
    log_retention_days: Annotated[LogDays, BeforeValidator(_number)] = 30
    alarm_email: (
        Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"), Rule("must be an email address")] | None
    ) = None
    """The address that alarms go to; none when it is not set."""
    callback_hosts: HostNames = ()
    """The hosts that webhooks may go to; any public host when it is empty."""
    default_notify: Names = ("sns",)
    """The targets of a request that names none: `sns`, https URLs of webhooks, or both."""
    claim_by_default: bool = False
    """Announce no URL unless the request asks for it; its owner claims it."""
    renew_expired_urls: bool = False
    """Ask for a fresh stream, once, when a URL has expired before it was delivered; else announce `UrlExpired`."""
    callback_api_arns: Names = ()
    """The API Gateway methods that webhooks may call with SigV4, as `arn:aws:execute-api:…` patterns."""
    administrators: Names = ()
    """Principals, as ARN patterns, who see every request and its URL."""
    shared_roles: RolePatterns = ()
    """IAM roles, as ARN patterns (`arn:aws:iam::111122223333:role/RenderFarm*`), each of whose sessions sees the
    requests of the others. Elsewhere a session is an owner of its own."""
    nimble_endpoint_url: (
        Annotated[str, Field(pattern=r"^https?://\S+$", max_length=500), Rule("must be an http or https URL")] | None
    ) = None
    """The URL at which Nimble Studio is called; boto3's own choice when it is not set."""
    api_requests_per_second: Annotated[int, Field(ge=1, le=10_000)] = 50
    api_burst: Annotated[int, Field(ge=1, le=5_000)] = 100
    delivery_concurrency: Annotated[int, Field(ge=2, le=1000)] = 20
    """How many deliveries are under way at once; the bounds are Lambda's. Slow webhooks take no more than this of the
    account's concurrency."""
    use_account_logs_role: bool = False
    """Leave the role by which API Gateway writes logs as the account has it. Without one, stages that log are refused;
    with the default, the stack makes one and sets it for every API of the account in this region."""
    retain_data: bool = False
    """Keep tables, key, secret and logs when the stack is deleted. Before a stack of the same name is made again, its
    log group `/aws/vendedlogs/states/{stackName}` has to go."""

    @field_validator("default_notify")
    @classmethod
    def _targets(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names or not all(_TARGET.fullmatch(name) for name in names):
            raise ValueError("must name at least one of: sns, https URLs without credentials")
        return names

    @property
    def default_targets(self) -> list[dict[str, str]]:
        """`default_notify` as a request would write it."""
        return [{"type": "sns"} if name == "sns" else {"type": "webhook", "url": name} for name in self.default_notify]

    @property
    def removal_policy(self) -> RemovalPolicy:
        """For everything that holds data."""
        return RemovalPolicy.RETAIN if self.retain_data else RemovalPolicy.DESTROY

    @model_validator(mode="after")
    def _pauses_grow(self) -> Self:
        if self.poll_max_seconds < self.poll_first_seconds:
            raise ValueError("pollMaxSeconds must not be smaller than pollFirstSeconds")
        return self

    @classmethod
    def from_context(cls, node: Node) -> Self:
        """Read the app's context. The CDK's own keys have a `:` or a `/` in them; every other key is ours."""
        context = node.get_all_context()
        ours = {key: value for key, value in context.items() if not set(key) & set(":/") and key not in _CDK_KEYS}
        return cls.from_values({key: value for key, value in ours.items() if value != ""})

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Self:
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError([cls._explain(dict(item)) for item in error.errors()]) from None

    @classmethod
    def _explain(cls, item: dict[str, Any]) -> str:
        name = ".".join(str(part) for part in item["loc"])
        if item["type"] != "extra_forbidden":
            said = cls._rules().get(str(item["loc"][0])) if item["loc"] else None
            return (
                f"{name}: {said or str(item['msg']).replace('Input should', 'must', 1)} (got {item['input']!r})"
                if name
                else str(item["msg"])
            )
        known = [to_camel(field) for field in cls.model_fields]
        near = difflib.get_close_matches(name, known, n=1)
        return f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else "")

    @classmethod
    def _rules(cls) -> dict[str, str | None]:
        """The rules that are written in words, by the names of settings."""
        return {to_camel(name): rule_of(field) for name, field in cls.model_fields.items()}
