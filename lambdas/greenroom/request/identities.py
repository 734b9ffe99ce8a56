"""Who may ask for whom: the rules of a deployment about the people and sessions that a request may name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from greenroom.domain.caller import EVENT, EXECUTION, Caller, fits, is_like
from greenroom.domain.errors import FieldError

if TYPE_CHECKING:
    from greenroom.providers.fields import ProviderFields


@dataclass(frozen=True)
class IdentityRule:
    r"""These callers may ask for these values of one field of one provider.

    `callers`: ARN patterns, or the words of EVENT and EXECUTION. `values`: texts in which `*` and `?` are patterns, and
    a part of the caller may stand in braces, such as `STUDIO\{sessionName}`.
    """

    name: str
    callers: tuple[str, ...]
    provider: str
    field: str
    values: tuple[str, ...]

    def allows(self, caller: Caller, value: str) -> bool:
        return self._is_for(caller) and any(
            fits(value, pattern) for each in self.values if (pattern := caller.pattern_of(each)) is not None
        )

    def _is_for(self, caller: Caller) -> bool:
        words = {EVENT.arn, EXECUTION.arn}
        if not caller.is_known:
            return caller.arn in self.callers
        return any(is_like(caller.arn, each) for each in self.callers if each not in words)


@dataclass(frozen=True)
class Identities:
    """A provider without a rule is open to every caller. A field that rules name is closed to all whom none lets in."""

    rules: tuple[IdentityRule, ...] = ()

    @classmethod
    def load(cls, text: str) -> Identities:
        """Read what `dump` wrote."""
        return cls(tuple(IdentityRule(**{k: _frozen(v) for k, v in rule.items()}) for rule in json.loads(text)))

    def dump(self) -> str:
        return json.dumps([asdict(rule) for rule in self.rules], ensure_ascii=False, separators=(",", ":"))

    def concern(self, provider: str) -> bool:
        return any(rule.provider == provider for rule in self.rules)

    def broken(self, caller: Caller, fields: ProviderFields) -> Iterator[FieldError]:
        """The fields by which a caller asks for somebody that no rule lets it ask for, with the names of the rules.

        A field that is absent names nobody; one that has a default names what the default says.
        """
        if not self.concern(fields.provider):
            return
        asked = fields.model_dump(by_alias=True, mode="json", exclude_none=True)
        named = dict.fromkeys(rule.field for rule in self.rules if rule.provider == fields.provider)
        for field in (each for each in named if each in asked):
            rules = [rule for rule in self.rules if (rule.provider, rule.field) == (fields.provider, field)]
            if not all(any(rule.allows(caller, value) for rule in rules) for value in _texts(asked[field])):
                names = ", ".join(dict.fromkeys(rule.name for rule in rules))
                yield FieldError(field, f"must be one that this caller may ask for (by the rules: {names})")


def _texts(value: Any) -> Iterable[str]:
    """What a field names; each item of a list is a name of its own."""
    values = value if isinstance(value, list) else [value]
    return [each if isinstance(each, str) else json.dumps(each) for each in values]


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
