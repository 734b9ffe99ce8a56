"""One stack for all deployed tests: the real app, deployed by the real CDK CLI, with IAM evaluated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import ACCOUNT, LOCAL_SETTINGS, LocalStack
from tests.e2e.deployed import Deployed
from tests.support import profiles

profiles.register()

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
# Sessions of the roles Artist… ask for sessions and servers of their own person; the other tests, as the account's
# root, for those of everybody.
IDENTITIES = [
    {
        "name": name,
        "callers": callers,
        "provider": provider,
        "field": field,
        "values": values,
    }
    for name, callers, provider, field, values in (
        ("own-sessions", f"arn:aws:sts::{ACCOUNT}:assumed-role/Artist*/*", "dcv", "owner", "{sessionName}"),
        ("other-tests", ROOT, "dcv", "owner", "*"),
        ("other-tests-without-callers", ["event", "execution"], "dcv", "owner", "sg-*"),
        ("own-servers", f"arn:aws:sts::{ACCOUNT}:assumed-role/Artist*/*", "jupyterhub", "user", "{sessionName}"),
        ("other-tests-of-a-hub", [ROOT, "event", "execution"], "jupyterhub", "user", "*"),
    )
]
# More than the other tests have under way at a time.
MAX_PENDING_REQUESTS, MAX_BATCH_REQUESTS = 200, 500


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    home: Path = tmp_path_factory.mktemp("stack")
    settings = {
        **LOCAL_SETTINGS,
        "identities": json.dumps(IDENTITIES),
        "maxPendingRequests": str(MAX_PENDING_REQUESTS),
        "maxBatchRequests": str(MAX_BATCH_REQUESTS),
    }
    with LocalStack(home, auth=True, settings=settings) as stack:
        yield Deployed(stack)
