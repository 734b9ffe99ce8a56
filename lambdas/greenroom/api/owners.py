"""The owner of a request, and the others who may see it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from greenroom.record.batch import Batch
from greenroom.record.model import Record

# The ARN by which IAM knows a caller that has assumed a role; it has the role's name, and not its path.
_SESSION = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/.+")


@dataclass(frozen=True)
class Owners:
    """Both are ARN patterns with `*` and `?`.

    The sessions of a role in `shared_roles` are one owner, that role; every other caller is an owner of its own.
    """

    administrators: frozenset[str] = frozenset()
    shared_roles: frozenset[str] = frozenset()

    def owner(self, caller: str) -> str:
        """The owner of what a caller asks for: the caller's ARN, or that of the shared role."""
        if session := _SESSION.fullmatch(caller):
            role = f"arn:{session['partition']}:iam::{session['account']}:role/{session['role']}"
            if _matches(role, self.shared_roles):
                return role
        return caller

    def may_see(self, caller: str, what: Record | Batch) -> bool:
        return self.owner(caller) == what.owner or self.is_administrator(caller)

    def is_administrator(self, caller: str) -> bool:
        return _matches(caller, self.administrators)


def _matches(arn: str, patterns: frozenset[str]) -> bool:
    return any(fnmatchcase(arn, pattern) for pattern in patterns)
