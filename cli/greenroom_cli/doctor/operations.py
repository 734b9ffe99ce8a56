"""Whether the deployment runs well: quotas, queues, alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from greenroom_cli.doctor.cloud import Cloud, NotAllowed
from greenroom_cli.doctor.finding import Finding, unknown, unwell, well
from greenroom_cli.errors import CommandError

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
        return unwell("alarms", ", ".join(raised), "docs/operations has a page for each")

    return _seen("alarms", look)


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
    except NotAllowed as error:
        return unknown(subject, f"you may not call {error}", "Ask somebody who runs the deployment")
    except CommandError as error:
        return unwell(subject, str(error), "Try again; then look at the health of AWS")
