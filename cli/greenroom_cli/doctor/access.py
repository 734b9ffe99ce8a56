"""Whether the caller comes to the stack at all, and what it may do there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from greenroom_cli.doctor.cloud import Cloud
from greenroom_cli.doctor.finding import Finding, unknown, unwell, well
from greenroom_cli.errors import CommandError

if TYPE_CHECKING:
    from greenroom_cli.client import Caller

OUTPUTS = {
    "ApiUrl", "WebSocketUrl", "StateMachineArn", "TopicArn", "EventBusName", "WebhookSecretArn",
    "DeliveryQueueUrl", "DeadLetterQueueUrl", "RejectedRequestsQueueUrl",
}  # fmt: skip
# No request has this id, so that the calls find nothing, and change nothing. A caller who may make them gets a 404.
NOBODY = "00000000-0000-4000-8000-000000000000"
_CALLS = [
    ("list requests", "GET", "streams?limit=1", 200),
    ("see a request", "GET", f"streams/{NOBODY}", 404),
    ("cancel a request", "DELETE", f"streams/{NOBODY}", 404),
    ("claim a URL", "POST", f"streams/{NOBODY}/claim", 404),
    ("make a link", "POST", f"streams/{NOBODY}/waiting-room", 404),
    ("see a batch", "GET", f"batches/{NOBODY}", 404),
    ("see what was learned", "GET", "schedules", 200),
]
_POLICY = "Give the caller the policy of docs/deploy.md, “What a caller needs”"


def credentials(cloud: Cloud) -> Finding:
    try:
        return well("credentials", cloud.caller())
    except CommandError as error:
        return unwell("credentials", str(error), "Set AWS_PROFILE or --profile, or sign in again: aws sso login")


def region(cloud: Cloud) -> Finding:
    if cloud.region:
        return well("region", cloud.region)
    return unwell("region", "none is set", "Set AWS_REGION or --region")


def stack(cloud: Cloud) -> Iterator[Finding]:
    """Yield the stack's state, then its outputs."""
    try:
        status = cloud.stack_status()
    except CommandError as error:
        yield unwell("stack", str(error), "make deploy")
        return
    if status.endswith("_IN_PROGRESS"):
        yield unwell("stack", f"{cloud.stack} is {status}", "Wait for the deployment to end")
    elif status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}:
        yield well("stack", f"{cloud.stack} is {status}")
    else:
        yield unwell("stack", f"{cloud.stack} is {status}", "Read the stack's events, then: make deploy")
    if missing := sorted(OUTPUTS - set(cloud.outputs())):
        yield unwell("outputs", f"{', '.join(missing)} missing", "make deploy")
    else:
        yield well("outputs", f"all {len(OUTPUTS)} are there")


def identities(cloud: Cloud) -> Iterator[Finding]:
    """Report whether the deployment has rules about who may ask for whom; nothing if an older one does not say."""
    subject, rules = "who may ask for whom", cloud.outputs().get("IdentityRules")
    if rules == "0":
        told = "there are no rules: any caller may ask for anybody's stream"
        yield unknown(subject, told, "Set identities: docs/deploy.md, “Who may ask for whom”")
    elif rules:
        yield well(subject, f"by {rules} rule{'' if rules == '1' else 's'}")


def permissions(api: Caller) -> Iterator[Finding]:
    """Make each call, about a request that does not exist. If one gets no answer, leave out the others."""
    for what, method, path, expected in _CALLS:
        try:
            yield _permission(api, what, method, path, expected)
        except CommandError as error:
            yield unwell("the API", str(error), "Is this machine let out to the API? Is the deployment complete?")
            return


def _permission(api: Caller, what: str, method: str, path: str, expected: int) -> Finding:
    subject = f"may {what}"
    status, _, body = api.call(method, path)
    if status == expected:
        return well(subject, f"{method} {path.split('?', maxsplit=1)[0].replace(NOBODY, '{id}')}")
    told = body.get("detail") or body.get("message") or "no reason given"
    todo = _POLICY if status in {401, 403} else "make deploy"
    return unwell(subject, f"{method} {path} is answered with {status}: {told}", todo)
