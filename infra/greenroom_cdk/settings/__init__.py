"""The settings of a deployment, from `cdk.json` or `-c name=value`, checked before anything is made of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import Annotated, Any, Self, TypeVar

from aws_cdk import RemovalPolicy
from constructs import Node
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, field_validator, model_validator
from pydantic.alias_generators import to_camel, to_snake

from greenroom.domain.wire import rule_of
from greenroom.providers.settings import ProviderSettings
from greenroom_cdk.settings.identities import Administrators, BatchPrefix, IdentityRules, ensure_they_are_served
from greenroom_cdk.settings.providers import models_of, name_of, provider_with
from greenroom_cdk.settings.types import (
    ApiUrl,
    BucketNames,
    CallbackApiArns,
    Color,
    Email,
    HostNames,
    LogRetentionDays,
    Names,
    RolePatterns,
    SecurityGroupIds,
    StackName,
    StudioName,
    SubnetIds,
    split,
)


class SettingsError(ValueError):
    """At least one setting is wrong. Each complaint names one and says what would be right."""

    def __init__(self, complaints: Sequence[str]) -> None:
        lines = [f"  {complaint}" for complaint in complaints]
        super().__init__("\n".join(["Greenroom cannot be deployed with these settings:", *lines]))
        self.complaints = list(complaints)


P = TypeVar("P", bound=ProviderSettings)
# What the CDK CLI itself writes into the context under plain names.
_CDK_KEYS = {"acknowledged-issue-numbers", "cli-telemetry"}
_TARGET = re.compile(r"sns|https://[A-Za-z0-9.-]+(:\d{1,5})?(/[^\s@]*)?")


class _ProvidersSettingsToo(type(BaseModel)):  # type: ignore[misc]  # pydantic names its metaclass in private only
    """`Settings(…)` takes the settings of the providers that it names, and raises SettingsError."""

    def __call__(cls: type[Settings], **values: Any) -> Any:
        return cls.from_values(values)


class Settings(BaseModel, metaclass=_ProvidersSettingsToo):
    """All that a deployment can choose. Times are in seconds unless the name says otherwise.

    `Settings(providers=("dcv",), dcv_broker_url="https://…")`, in Python's names or in those of `cdk.json`;
    SettingsError names each setting as it was given.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, validate_by_name=True)

    stack_name: StackName = "Greenroom"
    """Another name makes another deployment, which lives beside the first in one account and region."""
    providers: Names = ("nimble",)
    """The services that streams come from: names, or directories of your own providers, such as `./acme`. Each has
    settings of its own beside these; only what these providers need is deployed."""
    subnet_ids: SubnetIds = ()
    """The subnets in which the functions run that call the services; outside of any VPC when it is empty."""
    security_group_ids: SecurityGroupIds = ()
    """The security groups of these functions; needed with `subnet_ids`."""
    deadline_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    """How long a request waits for its stream when it does not say."""
    look_cost_seconds: Annotated[float, Field(ge=0.05, le=60)] = 0.5
    """How many seconds of delay one poll of the service is worth: the schedule of polls weighs the two by it."""
    record_retention_days: Annotated[int, Field(ge=92, le=3650)] = 92
    """How long the record of a request (never its URL) can be read. Longer than Step Functions remembers the name of
    its execution (90 days after its end), so that a repeated Idempotency-Key means the same to both."""
    log_retention_days: LogRetentionDays = 30
    """How long every log group keeps what is written to it."""
    alarm_email: Email | None = None
    """The address that alarms go to; none when it is not set."""
    callback_hosts: HostNames = ()
    """The hosts that webhooks may go to; any public host when it is empty."""
    default_notify: Names = ("sns",)
    """The targets of a request that names none: `sns`, https URLs of webhooks, or both."""
    claim_by_default: bool = False
    """Announce no URL unless the request asks for it; its owner claims it."""
    renew_expired_urls: bool = False
    """Ask for a fresh stream, once, when a URL has expired before it was delivered; else announce `UrlExpired`."""
    callback_api_arns: CallbackApiArns = ()
    """The API Gateway methods that webhooks may call with SigV4, as `arn:aws:execute-api:…` patterns. An API that is
    not among them is called like any other webhook, without SigV4."""
    shared_webhook_signature: bool = True
    """Sign webhooks also with the secret of all receivers itself, for receivers that hold it. Each of them could sign
    as Greenroom does, so switch it off when none holds it any more, and then change the secret twice."""
    batch_buckets: BucketNames = ()
    """The S3 buckets whose objects may be batches. With none, a batch is a list in the call itself."""
    batch_prefix: BatchPrefix | None = None
    """How the keys begin of the objects that a caller may have read, such as `classes/{sessionName}/`; without it,
    whoever may call the API can have any object of the buckets read."""
    identities: IdentityRules = ()
    """The people, sessions and other things that callers may ask for, as rules; without any, every caller may ask for
    everybody's stream."""
    administrators: Administrators = ()
    """Principals, as ARN patterns, who see every request and its URL, and may name every connection."""
    shared_roles: RolePatterns = ()
    """IAM roles, as ARN patterns (`arn:aws:iam::111122223333:role/RenderFarm*`), each of whose sessions sees the
    requests of the others. Elsewhere a session is an owner of its own."""
    api_url: ApiUrl | None = None
    """The URL at which callers and people reach the API, where a custom domain stands before it; the stack's own when
    it is not set. Links to the waiting room begin with it."""
    disable_default_endpoint: bool = False
    """Close the API's own address, `https://{id}.execute-api…`; the output `ApiUrl` is then `api_url`, which it needs.
    Set it once the domain answers: links to the waiting room that begin with the old address end with it."""
    studio_name: StudioName = "Greenroom"
    """The name that the waiting room shows."""
    studio_color: Color = "#2f6f57"
    """The colour of its button and its bar. It is shown as much darker or lighter as it needs to be seen."""
    studio_logo: str | None = None
    """The path of an SVG or PNG file of 8 KiB at most, which stands there in place of the name."""
    waiting_room_texts: str | None = None
    """The path of a JSON file with some or all texts of the waiting room, in other words or another language."""
    api_requests_per_second: Annotated[int, Field(ge=1, le=10_000)] = 300
    """The calls of each method of the API that are let through in a second, of all callers together; by default as many
    as Step Functions starts executions."""
    api_burst: Annotated[int, Field(ge=1, le=5_000)] = 600
    """The calls of each method of the API that are let through at once, after a pause."""
    max_pending_requests: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """How many requests of one owner may be pending at a time, those of batches apart; any number when it is not set.
    `POST streams` answers 429 beyond it."""
    max_batch_requests: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """How many requests the batches of one owner may have that have not ended; any number when it is not set. `POST
    batches` answers 429 beyond it."""
    delivery_concurrency: Annotated[int, Field(ge=2, le=1000)] = 20
    """How many calls of `Deliver` are under way at once, with up to ten deliveries each; the bounds are Lambda's. Slow
    webhooks take no more than this of the account's concurrency."""
    warm_write_units: Annotated[int, Field(ge=4_000, le=40_000)] | None = None
    """The write units a second that the table of records takes from its first minute on, 13 or 14 a stream. DynamoDB
    charges once for what is above the 4,000 of a new table, and never takes it back: on a table that has grown past it,
    an update to a lower value fails."""
    use_account_logs_role: bool = False
    """Leave the role by which API Gateway writes logs as the account has it. Without one, stages that log are refused;
    with the default, the stack makes one and sets it for every API of the account in this region."""
    keep_owner_index: bool = False
    """Keep the index `owner` of the records, which release 0.1.0 lists by. Only for an update from that release, or
    back to it: one update of a stack makes or deletes one index of a table."""
    retain_data: bool = False
    """Keep tables, key, secrets, logs and the queues of dead letters and rejected requests when the stack is deleted.
    Before a stack of the same name is made again, its log groups `/aws/vendedlogs/states/{stackName}` and
    `/aws/vendedlogs/states/{stackName}/batches` have to go."""

    @field_validator("default_notify")
    @classmethod
    def _targets(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names or not all(_TARGET.fullmatch(name) for name in names):
            raise ValueError("must name at least one of: sns, https URLs without credentials")
        return names

    @field_validator("providers")
    @classmethod
    def _served(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        names = [name_of(entry) for entry in entries]
        if not names or len(set(names)) < len(names):
            raise ValueError("must name at least one provider, and none twice")
        return entries

    @model_validator(mode="after")
    def _rules_are_about_what_is_served(self) -> Self:
        try:
            ensure_they_are_served(self.identities, self.provider_names)
        except ValueError as error:
            raise ValueError(f"identities: {error}") from None
        return self

    @property
    def provider_names(self) -> tuple[str, ...]:
        """The providers by the names that requests use."""
        return tuple(name_of(entry) for entry in self.providers)

    def of(self, model: type[P]) -> P:
        """Return the settings of one provider."""
        return model.model_validate({name: getattr(self, name) for name in model.model_fields if hasattr(self, name)})

    @property
    def default_targets(self) -> list[dict[str, str]]:
        """`default_notify` as a request would write it."""
        return [{"type": "sns"} if name == "sns" else {"type": "webhook", "url": name} for name in self.default_notify]

    @property
    def removal_policy(self) -> RemovalPolicy:
        """The policy of everything that holds data.

        A failed deployment removes what it made, data or not: otherwise its names would block the next attempt. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
        """
        return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if self.retain_data else RemovalPolicy.DESTROY

    @model_validator(mode="after")
    def _network_is_whole(self) -> Self:
        if bool(self.subnet_ids) != bool(self.security_group_ids):
            raise ValueError("subnetIds and securityGroupIds must be set both, or neither")
        return self

    @model_validator(mode="after")
    def _an_endpoint_is_left(self) -> Self:
        if self.disable_default_endpoint and not self.api_url:
            raise ValueError("disableDefaultEndpoint must be set with apiUrl, or nobody would reach the API")
        return self

    @classmethod
    def from_context(cls, node: Node) -> Self:
        """Read the app's context. The CDK's own keys have a `:` or a `/` in them; every other key is ours."""
        context = node.get_all_context()
        ours = {key: value for key, value in context.items() if not set(key) & set(":/") and key not in _CDK_KEYS}
        return cls.from_values({key: value for key, value in ours.items() if value != ""})

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Self:
        model: type[Self] = _with_those_of(
            cls, *models_of(split(values.get("providers", cls.model_fields["providers"].default)))
        )
        try:
            return model.model_validate(values)
        except ValidationError as error:
            raise SettingsError([model.explain(dict(item), values) for item in error.errors()]) from None

    @classmethod
    def explain(cls, item: dict[str, Any], given: Collection[str] = ()) -> str:
        """Say what is wrong with one setting, in Python's names where the given ones are Python's."""
        in_python = any("_" in key for key in given)
        name = ".".join(to_snake(str(part)) if in_python else str(part) for part in item["loc"])
        if item["type"] != "extra_forbidden":
            if item["type"] == "value_error":
                return f"{name}: {item['ctx']['error']}" if name else str(item["ctx"]["error"])
            if item["type"] == "missing":
                return f"{name}: must be set, since the setting providers names the provider that needs it"
            said = cls._rules().get(str(item["loc"][0])) or str(item["msg"]).replace("Input should", "must", 1)
            return f"{name}: {said} (got {item['input']!r})"
        if provider := provider_with(to_snake(name)):
            return f"{name}: is a setting of the provider {provider}, which the setting providers does not name"
        known = [field if in_python else to_camel(field) for field in cls.model_fields]
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
        return f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else "")

    @classmethod
    def _rules(cls) -> dict[str, str | None]:
        """Return the rules that are written in words, by setting."""
        return {to_camel(name): rule_of(field) for name, field in cls.model_fields.items()}


@cache
def _with_those_of(settings: type[Settings], *providers: type[ProviderSettings]) -> Any:
    """Return a model of the settings that has those of the providers, too."""
    return create_model("Settings", __base__=(settings, *providers))
