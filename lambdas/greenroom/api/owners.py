"""The owner of a request, and the others who may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from greenroom.domain.caller import COGNITO_SESSION, Caller, is_like
from greenroom.domain.errors import FieldError, NotAllowed
from greenroom.record.batch import Batch
from greenroom.record.model import Record

_NOBODY = (
    f"must be a caller of its own: every session of an identity pool has the name {COGNITO_SESSION}, so all its people "
    "would be one owner. The setting sharedRoles may name their role, if that is what they are"
)


@dataclass(frozen=True)
class Owners:
    """Both are ARN patterns with `*` and `?`.

    The sessions of a role in `shared_roles` are one owner, that role; every other caller is an owner of its own.
    """

    administrators: frozenset[str] = frozenset()
    shared_roles: frozenset[str] = frozenset()

    def owner(self, caller: str) -> str:
        """Return the owner of a caller's requests: the caller's ARN, or that of the shared role."""
        role = Caller(caller).role
        return role if role and _matches(role, self.shared_roles) else caller

    def may_see(self, caller: str, what: Record | Batch) -> bool:
        return self.owner(caller) == what.owner or self.is_administrator(caller)

    def is_administrator(self, caller: str) -> bool:
        return _matches(caller, self.administrators)

    def admitted(self, caller: Caller) -> Caller:
        """Return the caller. Raise NotAllowed for one that cannot be told from others."""
        if caller.session_name == COGNITO_SESSION and self.owner(caller.arn) == caller.arn:
            raise NotAllowed([FieldError("caller", _NOBODY)])
        return caller


def _matches(arn: str, patterns: Iterable[str]) -> bool:
    return any(is_like(arn, pattern) for pattern in patterns)
