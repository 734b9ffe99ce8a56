"""Every error that Greenroom raises, by the name that the state machine retries or catches.

GreenroomError
├── InvalidRequest             the request breaks a rule; names each field and the rule
├── BodyTooLarge               the request has more bytes than it may have
├── UnknownRequest             there is no such request, or it is none of the caller's
├── RequestConflict            the same id with another body, or what the request's state does not allow
├── StreamGone                 the URL was there once and is no more
├── RequestEnded               the request has its outcome already; there is nothing left to do
├── DeadlineExceeded           the wait is over; the outcome is `timed_out`
├── ProviderError              the streaming service did not do what it was asked
│   ├── ThrottlingException          asked too fast; try again later
│   ├── InternalServerErrorException its own fault; try again later
│   ├── EndpointUnreachable          no answer from the endpoint that the message names
│   ├── MalformedAnswer              an answer that is not the service's protocol
│   └── StreamNotReady               the URL was asked for too early
├── RecordUnavailable          the record could not be read or written; try again later
└── DeliveryError              a target did not take a message
    ├── DeliveryFailed               may succeed later, no sooner than `retry_after` seconds
    └── DeliveryRefused              will never succeed

What a service refuses for good (ResourceNotFoundException, AccessDeniedException, …) keeps the service's own
exception class: Step Functions sees its name, and so does whoever reads the outcome.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class GreenroomError(Exception):
    """The root: catch this to catch all of ours."""


@dataclass(frozen=True)
class FieldError:
    """One broken rule: `field` as a path such as `notify[0].url`, `detail` what would be right."""

    field: str
    detail: str


class InvalidRequest(GreenroomError):
    """The request breaks at least one rule; `errors` holds one FieldError for each."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.field}: {error.detail}" for error in self.errors))

    def as_dicts(self) -> list[dict[str, str]]:
        return [asdict(error) for error in self.errors]


class BodyTooLarge(GreenroomError):
    """The body has more bytes than a request may have."""


class UnknownRequest(GreenroomError):
    """There is no such request, or it is none of the caller's."""


class RequestConflict(GreenroomError):
    """A request under this id asked for something else, or is in a state that does not allow what is wanted."""


class StreamGone(GreenroomError):
    """The URL was claimed already, or has expired."""


class RequestEnded(GreenroomError):
    """The request has its outcome already."""


class DeadlineExceeded(GreenroomError):
    """The deadline passed before the stream was ready."""


class ProviderError(GreenroomError):
    """The streaming service did not do what it was asked."""


class ThrottlingException(ProviderError):
    """The service asks for fewer calls."""


class InternalServerErrorException(ProviderError):
    """The service failed by its own fault."""


class EndpointUnreachable(ProviderError):
    """Nothing answered at the endpoint; the message names it."""


class MalformedAnswer(ProviderError):
    """The answer could not be read. Its text is left out: it may hold the stream's URL."""


class StreamNotReady(ProviderError):
    """The stream has no URL yet."""


class RecordUnavailable(GreenroomError):
    """The tables did not do what they were asked; the message says which call and why."""


class DeliveryError(GreenroomError):
    """A target did not take a message."""


class DeliveryFailed(DeliveryError):
    """This attempt failed, a later one may not. `retry_after`: seconds the target asked us to wait, if it did."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeliveryRefused(DeliveryError):
    """No later attempt can succeed: the target is gone, or may not be called."""
