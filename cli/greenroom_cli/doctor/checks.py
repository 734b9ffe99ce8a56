"""All that the doctor looks at, in order. What cannot be seen because of an earlier finding is left out."""

from __future__ import annotations

from collections.abc import Iterator

from greenroom_cli.doctor import access, operations, services
from greenroom_cli.doctor.cloud import Cloud
from greenroom_cli.doctor.finding import Finding, Health


def findings(cloud: Cloud) -> Iterator[Finding]:
    for looked_at in (access.credentials, access.region):
        finding = looked_at(cloud)
        yield finding
        if finding.health is not Health.WELL:
            return
    state, *outputs = access.stack(cloud)
    yield state
    yield from outputs
    if not outputs or "ApiUrl" not in cloud.outputs():
        return
    yield from access.identities(cloud)
    asking, providers = services.asking(cloud.api)
    yield asking
    yield from access.permissions(cloud.api)
    yield from services.reached(cloud.api, providers)
    yield from operations.quotas(cloud)
    yield from operations.queues(cloud)
    yield from operations.left(cloud)
    yield operations.alarms(cloud)
