"""The caller of a request: who asks, as far as IAM and API Gateway say it, and the texts that are made of that."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

# The ARN of a session has the role's name, and not its path. Neither name has a slash:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
_SESSION = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/(?P<session>[^/]+)")
_USER = re.compile(r"arn:[^:]+:iam::\d+:user/(?:[^/]+/)*(?P<user>[^/]+)")
# The name of every session of an identity pool, whoever it belongs to:
# https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
COGNITO_SESSION = "CognitoIdentityCredentials"
# What IAM's authorisation tells of a caller is the ARN, and the id that an identity pool gives: neither the source
# identity nor tags. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
PARTS = ("sessionName", "userName", "cognitoIdentityId")
PART = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Caller:
    """`arn`: that of an IAM principal, or the word of a way in whose senders nobody knows, EVENT or EXECUTION."""

    arn: str
    cognito_identity_id: str | None = None

    @property
    def role(self) -> str | None:
        """The ARN of the role of a session, without the role's path."""
        found = _SESSION.fullmatch(self.arn)
        return f"arn:{found['partition']}:iam::{found['account']}:role/{found['role']}" if found else None

    @property
    def session_name(self) -> str | None:
        found = _SESSION.fullmatch(self.arn)
        return found["session"] if found else None

    @property
    def user_name(self) -> str | None:
        """The name of an IAM user, without its path."""
        found = _USER.fullmatch(self.arn)
        return found["user"] if found else None

    @property
    def is_known(self) -> bool:
        return self not in {EVENT, EXECUTION}

    @property
    def parts(self) -> Mapping[str, str | None]:
        """The parts of PARTS that this caller has. The name that all sessions of an identity pool share is not one."""
        session_name = None if self.session_name == COGNITO_SESSION else self.session_name
        return dict(zip(PARTS, (session_name, self.user_name, self.cognito_identity_id), strict=True))

    def filled_in(self, template: str) -> str | None:
        """Return a template with the parts of this caller in place of `{sessionName}`; None if it lacks one of them."""
        return self._fill(template, lambda text: text, lambda text: text)

    def pattern_of(self, template: str) -> str | None:
        """Return a template as a pattern, in which a part of the caller stands for itself, whatever it contains."""
        return self._fill(template, _only_stars, _literal)

    def _fill(self, template: str, between: Callable[[str], str], inside: Callable[[str], str]) -> str | None:
        *rest, last = PART.split(template)
        filled = ""
        for text, name in zip(rest[::2], rest[1::2], strict=True):
            part = self.parts.get(name)
            if not part:
                return None
            filled += between(text) + inside(part)
        return filled + between(last)


EVENT = Caller("event")
"""Anyone who puts events on the bus."""
EXECUTION = Caller("execution")
"""Anyone who starts executions."""


def is_like(arn: str, pattern: str) -> bool:
    """Return whether an ARN fits a pattern, in which only `*` and `?` are not literal."""
    return fnmatchcase(arn, _only_stars(pattern))


def fits(value: str, pattern: str) -> bool:
    """Return whether a value fits a pattern that `pattern_of` made."""
    return fnmatchcase(value, pattern)


def _only_stars(text: str) -> str:
    return text.replace("[", "[[]")


def _literal(text: str) -> str:
    return re.sub(r"[*?[]", r"[\g<0>]", text)
