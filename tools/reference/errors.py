"""The page of errors, from the tree that the state machine retries by and the statuses of the API."""

from __future__ import annotations

from collections.abc import Iterator

from greenroom.api.problem import status_of
from greenroom.domain import errors
from tools.openapi import PROBLEMS
from tools.reference.markdown import code, sections, sentence, table

_HEAD = """# Errors

## What a caller of the API sees

`application/problem+json`; the fields are those of [Problem](api.md#problem)."""
_OUTCOMES = """## What an outcome says

`error` of a message and of a request's view is one of those below that show in the outcome, a service's own name for an
error, or one of these. A consumer should not switch over all of them: a service's own names are the service's to
choose. [outcomes.md](../outcomes.md) says what to make of them."""
_TREE = """## All of them

The names that the state machine retries or catches, each below the one that it is a kind of."""

_IN_THE_OUTCOME = "the outcome, as `error`"
_BY_THE_SERVICES_NAME = "the outcome, as `error`, by the service's own name"
_OPERATORS = "operators: the log of `Deliver`, the reason in the dead-letter queue"
_NOBODY = "nobody"
# Only those that neither the API nor a base says something of.
_SEEN_BY: dict[type[errors.GreenroomError], str] = {
    errors.GreenroomError: _NOBODY,
    errors.RequestEnded: _NOBODY,
    errors.DeadlineExceeded: _IN_THE_OUTCOME,
    errors.UrlExpired: _IN_THE_OUTCOME,
    errors.ProviderError: _IN_THE_OUTCOME,
    errors.CapacityUnavailable: _BY_THE_SERVICES_NAME,
    errors.ServiceRefused: _BY_THE_SERVICES_NAME,
    errors.ServiceFailed: _BY_THE_SERVICES_NAME,
    errors.RecordUnavailable: _IN_THE_OUTCOME,
    errors.RecordRefused: _IN_THE_OUTCOME,
    errors.SchedulesUnavailable: "operators: a metric of this name",
    errors.PaceUnavailable: "operators: a metric of this name",
    errors.SecretUnusable: "operators: a metric of this name, and the log of the function; callers of the API, as 5xx",
    errors.DeliveryError: _OPERATORS,
}
_REJECTIONS = (errors.InvalidRequest, errors.RequestConflict, errors.NameTaken, errors.DoorsClosed)
_OTHERS = [
    ["SessionFailed", "the service says that it could not start the session"],
    ["StreamFailed", "the service says that it could not make the stream"],
    ["ExecutionTimedOut", "the execution ran into the state machine's own timeout"],
    ["ExecutionAborted", "the execution was stopped; or the error that the caller of StopExecution gave"],
    ["DeploymentDrained", "the request was cancelled by `greenroom drain`"],
    ["NameTaken", "an execution that asked for something else has the request's name, so none can run for it"],
    ["RequestCancelled", "the request was cancelled by the API"],
    [
        "ExecutionFailed",
        "Greenroom's own functions failed; or the name of Lambda's own error, such as `Lambda.Unknown`",
    ],
]


def page() -> str:
    statuses = table(["status", "when"], [[status, text] for status, text in PROBLEMS.items()])
    others = [[code(name), meaning] for name, meaning in _OTHERS]
    tree = [[code(error.__name__), sentence(error.__doc__), _seen_by(error)] for error in all_errors()]
    return sections(
        _HEAD,
        statuses,
        _OUTCOMES,
        table(["error", "meaning"], others),
        _TREE,
        table(["error", "meaning", "seen by"], tree),
    )


def all_errors(root: type[errors.GreenroomError] = errors.GreenroomError) -> Iterator[type[errors.GreenroomError]]:
    """The tree from its root, each before those below it; a base that is only shared code is left out."""
    if not root.__name__.startswith("_"):
        yield root
    for error in root.__subclasses__():
        if error.__module__ == errors.__name__:
            yield from all_errors(error)


def _seen_by(error: type[errors.GreenroomError]) -> str:
    if status := status_of(error):
        also = "; the bus, as `Stream Rejected`" if error in _REJECTIONS else ""
        return f"the caller of the API, as {status.value}{also}"
    bases = (error,) if error is errors.GreenroomError else error.__mro__[: -len(errors.GreenroomError.__mro__)]
    if seen := next((_SEEN_BY[base] for base in bases if base in _SEEN_BY), None):
        return seen
    raise LookupError(f"Say in {__name__} who sees {error.__name__}")
