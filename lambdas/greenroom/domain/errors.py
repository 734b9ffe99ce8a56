"""Every error that Greenroom raises, by the name that the state machine retries or catches.

GreenroomError
├── InvalidRequest             the request breaks a rule; names each field and the rule
│   └── NotAllowed                   the request is valid, and its caller may not make it; names each field
├── BodyTooLarge               the request has more bytes than it may have
├── UnknownRequest             there is no such request, or it is none of the caller's
├── RequestConflict            the same id with another body, or what the request's state does not allow
├── NameTaken                  an execution that asks for something else has the request's name
├── StreamGone                 the URL was there once and is no more
├── UsageExceeded              the owner has as much under way as the deployment allows
├── DoorsClosed                nothing new is accepted: the deployment is being drained
├── LinkRefused                the link to the waiting room is none of ours, was revoked, or its time is over
├── RequestEnded               the request has its outcome already; there is nothing left to do
├── DeadlineExceeded           the wait is over; the outcome is `timed_out`
├── UrlExpired                 the stream's time was over before its URL was handed over
├── ProviderError              the streaming service did not do what it was asked
│   ├── ThrottlingException          asked too fast; to be waited out until the deadline
│   ├── CapacityUnavailable          no room for now; to be waited for until the deadline
│   ├── ServiceRefused               refused for good; carries the service's own name of the error
│   ├── ServiceFailed                the service's own fault; carries its own name of the error
│   ├── EndpointUnreachable          nobody there at the endpoint that the message names; to be waited for as well
│   ├── MalformedAnswer              an answer that is not the service's protocol
│   └── StreamNotReady               the URL was asked for too early
├── RecordUnavailable          the record could not be read or written now; to be waited out
├── RecordRefused              the tables will never do what they were asked: a defect, or a missing permission
├── SchedulesUnavailable       what was learned could not be read or written; no request fails by it
├── SecretUnusable             a secret that signs is missing, empty, or no secret to sign with; a person must act
├── PaceUnavailable            what executions share of a service, its pace for one, could not be read or written
└── DeliveryError              a channel did not take a message
    ├── DeliveryFailed               may succeed later, no sooner than `retry_after` seconds
    └── DeliveryRefused              will never succeed

The set is closed, so that one pair of retriers serves every task and every provider: what is final gets no further
attempt, what is throttled is waited out, and the rest gets a few attempts. For capacity the flow waits as it waits for
a stream, so that the wait can be seen. The service's own name for its error
travels in the text, and `own_error` finds it there again for the outcome.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A refusal is told to people, in answers of the API, events, letters and the cause of an execution, of which each has
# a limit. The smallest is that of a cause: 32,768 characters, JSON's escapes included.
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_ExecutionFailedEventDetails.html
MAX_ERRORS = 100
ERRORS_IN_TEXT = 20
_LONGEST_FIELD, _LONGEST_DETAIL = 120, 250


class GreenroomError(Exception):
    """The root: catch this to catch all of ours."""


@dataclass(frozen=True)
class FieldError:
    """One broken rule: `field` as a path such as `notify[0].url`, `detail` what would be right."""

    field: str
    detail: str

    def shortened(self) -> FieldError:
        """Return the error with both texts cut, so that many errors fit into one message.

        A field may have the empty name, too; it is shown as JSON writes it.
        """
        return FieldError(shortened(self.field or '""', _LONGEST_FIELD), shortened(self.detail, _LONGEST_DETAIL))


class InvalidRequest(GreenroomError):
    """The request breaks at least one rule.

    `errors` holds a FieldError for each of the first MAX_ERRORS, and the text names ERRORS_IN_TEXT of them and counts
    the others: a request can break as many rules as it has fields, at paths as long as itself.
    """

    def __init__(self, errors: Iterable[FieldError]) -> None:
        found = iter(errors)
        self.errors = tuple(error.shortened() for error in islice(found, MAX_ERRORS))
        named = [f"{error.field}: {error.detail}" for error in self.errors[:ERRORS_IN_TEXT]]
        unnamed = len(self.errors) - len(named) + sum(1 for _ in found)
        super().__init__("; ".join([*named, f"and {unnamed} more"] if unnamed else named))

    def as_dicts(self) -> list[dict[str, str]]:
        return [asdict(error) for error in self.errors]


class NotAllowed(InvalidRequest):
    """The caller may not ask for what the request names, or may not be let in at all.

    The flow fails by InvalidRequest instead, the name that the definitions of every release know: `for_the_flow`.
    """

    def for_the_flow(self) -> InvalidRequest:
        return InvalidRequest(self.errors)


class BodyTooLarge(GreenroomError):
    """The body has more bytes than a request may have."""


class UnknownRequest(GreenroomError):
    """There is no such request, or it is none of the caller's."""


class RequestConflict(GreenroomError):
    """A request under this id asked for something else, or is in a state that does not allow what is wanted."""


class NameTaken(GreenroomError):
    """An execution that asks for something else has the name that the request's execution must have."""


class StreamGone(GreenroomError):
    """The URL was claimed already, or has expired."""


class UsageExceeded(GreenroomError):
    """The owner has as much under way as the deployment allows; None if no time will change that."""

    def __init__(self, message: str, retry_after: int | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DoorsClosed(GreenroomError):
    """Nothing new is accepted: the deployment is being drained."""


class LinkRefused(GreenroomError):
    """The link is none of ours, was changed, was revoked, or has ended. The text does not repeat it: it is a secret."""


class RequestEnded(GreenroomError):
    """The request has its outcome already."""


class DeadlineExceeded(GreenroomError):
    """The deadline passed before the stream was ready."""


class UrlExpired(GreenroomError):
    """The stream was ready, and its time was over before its URL was handed over."""


class ProviderError(GreenroomError):
    """The streaming service did not do what it was asked."""


class ThrottlingException(ProviderError):
    """The service asks for fewer calls."""


class _ServiceError(ProviderError):
    """An error that the service itself named: the text begins with that name."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        self.message = message
        super().__init__(f"{name}: {message}")


class CapacityUnavailable(_ServiceError):
    """The service has no room for one more now; it may have some later."""


class ServiceRefused(_ServiceError):
    """The service will never do what was asked."""


class ServiceFailed(_ServiceError):
    """The service failed by its own fault; a later call may succeed."""


class EndpointUnreachable(ProviderError):
    """Nothing answered at the endpoint, or a gateway that has no service behind it; the message names it."""


class MalformedAnswer(ProviderError):
    """The answer could not be read. Its text is left out: it may hold the stream's URL."""


class StreamNotReady(ProviderError):
    """The stream has no URL yet."""


class RecordUnavailable(GreenroomError):
    """The tables did not do what they were asked; the message says which call and why."""


class RecordRefused(GreenroomError):
    """The tables will never do what they were asked; the message says which call and why."""


class SchedulesUnavailable(GreenroomError):
    """The table of schedules did not do what it was asked."""


class PaceUnavailable(GreenroomError):
    """The table of paces did not do what it was asked. A call is made without its pace then."""


class SecretUnusable(GreenroomError):
    """A secret that signs is missing, empty, or no secret to sign with. The text names it and does not repeat it."""


class DeliveryError(GreenroomError):
    """A channel did not take a message."""


class DeliveryFailed(DeliveryError):
    """This attempt failed, a later one may not. `retry_after`: seconds the receiver asked us to wait, if it did.

    `is_unclear`: nobody knows whether the receiver got the message. `hung`: the receiver used up its time.
    """

    def __init__(
        self, message: str, retry_after: float | None = None, *, is_unclear: bool = False, hung: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.is_unclear = is_unclear
        self.hung = hung


class DeliveryRefused(DeliveryError):
    """No later attempt can succeed: the receiver is gone, or may not be called."""


_NAMED_BY_THE_SERVICE = {error.__name__ for error in (CapacityUnavailable, ServiceRefused, ServiceFailed)}
_NAMED = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9.]*): (?P<message>.*)", re.DOTALL)


def shortened(text: str, length: int) -> str:
    """Return at most so many characters, each one whole; a text that was cut ends in `…`."""
    whole = text.encode(errors="replace").decode()  # half of a surrogate pair is no character, and no UTF-8
    return whole if len(whole) <= length else f"{whole[: length - 1]}…"


def own_error(error: str, cause: str) -> tuple[str, str]:
    """Return the error's name and its text for people, from what Step Functions caught.

    Lambda wraps an exception in JSON, whose `errorMessage` is the text. Of an error that a service named, the name is
    the service's own.
    """
    message = _unwrapped(cause)
    named = _NAMED.fullmatch(message) if error in _NAMED_BY_THE_SERVICE else None
    return (named["name"], named["message"]) if named else (error, message)


def _unwrapped(cause: str) -> str:
    try:
        wrapped = json.loads(cause)
    except ValueError:
        return cause
    return str(wrapped["errorMessage"]) if isinstance(wrapped, dict) and "errorMessage" in wrapped else cause
