"""The settings about callers: who may ask for whom, whose objects become batches, who sees everything; with warnings.

A pattern that could let in more people than it seems to is refused at synth, or has a warning with the reason.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic.alias_generators import to_camel

from greenroom.domain.caller import EVENT, EXECUTION, PART, PARTS
from greenroom.domain.wire import Rule
from greenroom.providers.catalogue import fields_of
from greenroom.request.identities import IdentityRule
from greenroom_cdk.settings.types import split

if TYPE_CHECKING:
    from greenroom_cdk.settings import Settings

_WORDS = (EVENT.arn, EXECUTION.arn)
_KEYS = ("name", "callers", "provider", "field", "values")
_NAME = r"[\w+=,.@*?-]+"
_ADMINISTRATOR = re.compile(
    rf"arn:aws[a-z-]*:(?:iam::\d{{12}}:(?:root|(?:user|role)/(?P<user>(?:[^\s\[\]]+/)?{_NAME}))"
    rf"|sts::\d{{12}}:(?:assumed-role/(?P<role>{_NAME})/(?P<session>{_NAME})|federated-user/(?P<federated>{_NAME})))"
)
_CALLER = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::(?:\d{12}|\*):\S+")
_ROLE = re.compile(r"arn:(?P<partition>[^:]+):iam::(?P<account>[^:]+):role/(?:.*/)?(?P<role>[^/]+)")
_NAMED_SESSION = re.compile(r"arn:[^:]+:sts::[^:]+:(?:assumed-role/[^/]+|federated-user)/(?P<session>[^/]+)")
_PREFIX = re.compile(r"[^{}]*(?:\{[^{}]*\}[^{}]*)+/")

_NO_RULES = (
    "Any caller of the API, and whoever may put events on the bus or start executions, may ask for anybody's stream: "
    "the setting identities has no rules. See docs/deploy.md, “Who may ask for whom”"
)
_ANY_OBJECT = (
    "Any caller of the API may have any object of the buckets that batchBuckets names read, and made into requests: "
    "batchPrefix is not set. See docs/batches.md"
)
_CHOSEN = (
    "{pattern} goes by the name of a session, and whoever may assume the role chooses that name, unless the role's "
    "trust policy pins it by sts:RoleSessionName. See docs/deploy.md, “Who may ask for whom”"
)


def _administrator(arn: str) -> str:
    found = _ADMINISTRATOR.fullmatch(arn)
    named = [part for part in (found["user"], found["role"], found["federated"]) if part] if found else []
    if not found or not all(re.search(r"[A-Za-z0-9]", part) for part in named):
        raise ValueError(
            "must be ARNs of callers, with an account and a letter of the name, such as "
            f"arn:aws:sts::111122223333:assumed-role/Admin/* or arn:aws:iam::111122223333:user/ada (got {arn!r})"
        )
    return arn


def _instead_of_a_role(arn: str) -> str:
    found = _ROLE.fullmatch(arn)
    if not found:
        return ""
    return (
        f"; a role calls by its sessions: arn:{found['partition']}:sts::{found['account']}:assumed-role/"
        f"{found['role']}/*"
    )


Administrator = Annotated[
    str,
    AfterValidator(_administrator),
    Rule(
        "must be the ARN of a caller, with an account and a letter of the name, such as "
        "arn:aws:sts::111122223333:assumed-role/Admin/*"
    ),
]
Administrators = Annotated[tuple[Administrator, ...], BeforeValidator(split)]


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError(
            f"must end in / and have a part of the caller in it, such as classes/{{sessionName}}/ (got {text!r})"
        )
    if complaint := _unknown_part(text):
        raise ValueError(complaint)
    return text


BatchPrefix = Annotated[
    str,
    AfterValidator(_prefix),
    Rule(f"must be the beginning of a key with a part of the caller in braces ({', '.join(PARTS)}), and end in /"),
]


def _rules(given: Any) -> Any:
    """Read the rules from JSON, or from its text, as `-c` passes it. ValueError says what is wrong with which."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            raise ValueError(_IS_A_LIST) from None
    if not isinstance(given, list | tuple):
        raise ValueError(_IS_A_LIST)  # noqa: TRY004  # pydantic passes on the words of a ValueError
    return tuple(_rule(f"rule {number}", rule) for number, rule in enumerate(given, 1))


def _rule(which: str, given: Any) -> IdentityRule:
    if isinstance(given, IdentityRule):
        given = asdict(given)
    if not isinstance(given, Mapping):
        raise ValueError(f"{which} {_IS_A_RULE}")  # noqa: TRY004  # as above
    if unknown := [key for key in given if key not in _KEYS]:
        raise ValueError(f"{which} has no {unknown[0]}{_near(unknown[0], _KEYS)}")
    if missing := [key for key in _KEYS[1:] if not given.get(key)]:
        raise ValueError(f"{which} {_IS_A_RULE}; it lacks {', '.join(missing)}")
    provider, field = given["provider"], given["field"]
    if not isinstance(provider, str) or not isinstance(field, str):
        raise ValueError(f"{which}: provider and field must be texts")  # noqa: TRY004  # as above
    name = given.get("name") or f"{provider}.{field}"
    rule = IdentityRule(str(name), _texts(which, given, "callers"), provider, field, _texts(which, given, "values"))
    for complaint in (*map(_wrong_caller, rule.callers), *map(_unknown_part, rule.values)):
        if complaint:
            raise ValueError(f"{which} ({rule.name}): {complaint}")
    return rule


def _texts(which: str, given: Mapping[str, Any], key: str) -> tuple[str, ...]:
    texts = [given[key]] if isinstance(given[key], str) else given[key]
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{which}: {key} must be a text, or a list of texts")
    return tuple(texts)


def _wrong_caller(caller: str) -> str:
    if caller in _WORDS or (_CALLER.fullmatch(caller) and not _ROLE.fullmatch(caller)):
        return ""
    return (
        "callers must be ARNs such as arn:aws:sts::111122223333:assumed-role/Artist/*, or the words "
        f"{' and '.join(_WORDS)} (got {caller!r}){_instead_of_a_role(caller)}"
    )


def _unknown_part(text: str) -> str:
    if unknown := [name for name in PART.findall(text) if name not in PARTS]:
        return f"no caller has a {{{unknown[0]}}}{_near(unknown[0], PARTS)}; there are {', '.join(PARTS)}"
    return f"a brace must belong to a part of the caller (got {text!r})" if set("{}") & set(PART.sub("", text)) else ""


_IS_A_RULE = "must be an object with callers, provider, field and values"
_IS_A_LIST = "must be a JSON list of rules, such as " + json.dumps(
    [
        {
            "name": "own-notebooks",
            "callers": "arn:aws:sts::111122223333:assumed-role/Artist/*",
            "provider": "jupyterhub",
            "field": "user",
            "values": ["{sessionName}"],
        }
    ]
)
IdentityRules = Annotated[
    tuple[IdentityRule, ...],
    BeforeValidator(_rules),
    Rule("must be a JSON list of rules, each with callers, provider, field, values, and a name if you like"),
]


def ensure_they_are_served(rules: Iterable[IdentityRule], providers: Collection[str]) -> None:
    """Raise ValueError for a rule about a provider that is not served, or a field that its requests lack."""
    for rule in rules:
        if rule.provider not in providers:
            near = _near(rule.provider, providers)
            raise ValueError(f"{rule.name}: the setting providers does not name {rule.provider}{near}")
        model = fields_of(rule.provider).model_fields
        known = [field.alias or to_camel(name) for name, field in model.items() if name != "provider"]
        if rule.field not in known:
            near = _near(rule.field, known)
            raise ValueError(f"{rule.name}: a request of {rule.provider} has no field {rule.field}{near}")


def warnings(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield settings that let in more people than one may think, each with the id to acknowledge it by."""
    if not settings.identities:
        yield "greenroom:identities", _NO_RULES
    if settings.batch_buckets and not settings.batch_prefix:
        yield "greenroom:batch-prefix", _ANY_OBJECT
    for arn in settings.administrators:
        if instead := _instead_of_a_role(arn):
            yield "greenroom:administrators", f"{arn} is no caller{instead}"
        if _chooses_by_session(arn):
            yield "greenroom:administrators", _CHOSEN.format(pattern=arn)
    for arn in dict.fromkeys(arn for rule in settings.identities for arn in rule.callers):
        # Of all sessions of a role the names do not matter; the values may have them, of which deploy.md speaks.
        if _chooses_by_session(arn) and not arn.endswith("/*"):
            yield "greenroom:identity-callers", _CHOSEN.format(pattern=arn)


def _chooses_by_session(arn: str) -> bool:
    found = _NAMED_SESSION.fullmatch(arn)
    return bool(found and set("*?") & set(found["session"]))


def _near(given: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
