"""Two stacks for all tests here: as it comes, and with every setting changed. Nothing is bundled for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import Settings
from tests.infra.privileges import CALLBACK_API
from tests.infra.synthesised import Synthesised, synthesise

CHANGED = Settings(
    stack_name="Studio",
    deadline_seconds=60,
    poll_first_seconds=2,
    poll_backoff_rate=3,
    poll_max_seconds=9,
    record_retention_days=100,
    log_retention_days=90,
    alarm_email="ops@studio.example",
    callback_hosts=("hooks.example", "b.example"),
    default_notify=("sns", "https://hooks.example/x"),
    claim_by_default=True,
    renew_expired_urls=True,
    callback_api_arns=(CALLBACK_API,),
    administrators=("arn:aws:iam::123456789012:role/admin",),
    shared_roles=("arn:aws:iam::123456789012:role/RenderFarm*",),
    nimble_endpoint_url="https://nimble.example",
    api_requests_per_second=7,
    api_burst=8,
    delivery_concurrency=3,
    use_account_logs_role=True,
    retain_data=True,
)


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("code")
    (directory / "empty.py").touch()
    return directory


@pytest.fixture(scope="session")
def stack(code: Path) -> Synthesised:
    """The stack with the settings that come with the app."""
    return synthesise(code, Settings())


@pytest.fixture(scope="session")
def changed(code: Path) -> Synthesised:
    """The stack with every setting changed."""
    return synthesise(code, CHANGED)
