"""Whether the deployment runs well: quotas, queues, alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from greenroom.domain.metrics import LATE_RELEASE, PENDING_AGE, RELEASE_AGE, STUCK_AGE
from greenroom_cli.doctor.cloud import Cloud, Found, NotAllowed, Sweeps
from greenroom_cli.doctor.finding import Finding, unknown, unwell, well
from greenroom_cli.errors import CommandError
from greenroom_cli.formatting import duration

# New accounts have 10, which the deliveries alone may use up:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ENOUGH_CONCURRENCY = 100

_QUEUES = {
    "dead letters": ("DeadLetterQueueUrl", "Why: docs/operations/dead-letters.md; then: greenroom redrive"),
    "rejected requests": ("RejectedRequestsQueueUrl", "Each says why: docs/operations/rejected-requests.md"),
}


def quotas(cloud: Cloud) -> Iterator[Finding]:
    yield _seen("Lambda's concurrency", lambda: _concurrency(cloud.concurrency()))
    yield _seen("the API's throttle", lambda: _throttle(*cloud.api_throttle()))


def queues(cloud: Cloud) -> Iterator[Finding]:
    outputs = cloud.outputs()
    for subject, (output, todo) in _QUEUES.items():
        if url := outputs.get(output):
            yield _queue(cloud, subject, url, todo)


def alarms(cloud: Cloud) -> Finding:
    def look() -> Finding:
        raised = cloud.raised_alarms()
        if not raised:
            return well("alarms", "none is raised")
        return unwell("alarms", ", ".join(raised), f"Read {', '.join(sorted(set(raised.values())))}")

    return _seen("alarms", look)


def left(cloud: Cloud) -> Iterator[Finding]:
    """Report what the sweeps found: waiting requests, resources not released, stuck executions."""
    subject = "what is left"
    try:
        sweeps = cloud.sweeps()
    except CommandError as error:
        yield _unseen(subject, error)
        return
    if sweeps.ran:
        yield _pending(sweeps.found.get(PENDING_AGE))
        yield _unreleased(sweeps.found.get(RELEASE_AGE))
        yield _stuck(sweeps.found.get(STUCK_AGE))
    else:
        told = "Sweep, which looks every five minutes, has not run for a quarter of an hour"
        yield unknown(subject, told, "In a new stack, wait; else: docs/operations/sweep-silent.md")
    yield _given_up(sweeps)


def _pending(found: Found | None) -> Finding:
    return well("oldest pending request", f"waits since {duration(found.oldest)}" if found else "none is pending")


def _unreleased(found: Found | None) -> Finding:
    subject = "unreleased resources"
    if not found:
        return well(subject, "none")
    told = f"{found.number}, the oldest since {duration(found.oldest)}"
    if found.oldest <= LATE_RELEASE.total_seconds():
        return well(subject, told)
    return unwell(subject, told, "ReleaseSession's log says why: docs/operations/release-age.md")


def _stuck(found: Found | None) -> Finding:
    subject = "stuck executions"
    if not found:
        return well(subject, "none")
    told = f"{found.number}, the oldest since {duration(found.oldest)}"
    return unwell(subject, told, "Sweep's log names them: docs/operations/README.md#what-is-left")


def _given_up(sweeps: Sweeps) -> Finding:
    subject = "releases given up"
    if not sweeps.given_up:
        return well(subject, "none within a day")
    todo = "Stop by hand what runs still: docs/operations/release-failed.md"
    return unwell(subject, f"{sweeps.given_up} within a day", todo)


def _queue(cloud: Cloud, subject: str, url: str, todo: str) -> Finding:
    def look() -> Finding:
        count = cloud.messages(url)
        return unwell(subject, f"{count} in the queue", todo) if count else well(subject, "the queue is empty")

    return _seen(subject, look)


def _concurrency(free: int) -> Finding:
    subject = "Lambda's concurrency"
    if free >= ENOUGH_CONCURRENCY:
        return well(subject, f"{free} functions may run at once")
    return unwell(
        subject, f"only {free} functions may run at once", "Ask for more: Service Quotas, AWS Lambda, L-B99A9384"
    )


def _throttle(rate: float, burst: int) -> Finding:
    subject = "the API's throttle"
    if rate >= 1 and burst >= 1:
        return well(subject, f"{rate:g} requests a second, bursts of {burst}")
    return unwell(subject, f"{rate:g} requests a second, bursts of {burst}", "Raise apiRequestsPerSecond and apiBurst")


def _seen(subject: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except CommandError as error:
        return _unseen(subject, error)


def _unseen(subject: str, error: CommandError) -> Finding:
    if isinstance(error, NotAllowed):
        return unknown(subject, f"you may not call {error}", "Ask somebody who runs the deployment")
    return unwell(subject, str(error), "Try again; then look at the health of AWS")
