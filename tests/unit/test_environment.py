"""The environment of the functions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from greenroom.environment import Environment, names
from greenroom.payloads import Schedule
from greenroom.request import SnsTarget, WebhookTarget


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ("", set()),
        (" , ,", set()),
        ("a", {"a"}),
        ("a,b", {"a", "b"}),
        (" a , b,a ", {"a", "b"}),
        ("arn:aws:iam::1:user/*, arn:aws:iam::2:root", {"arn:aws:iam::1:user/*", "arn:aws:iam::2:root"}),
    ],
)
def test_names_are_parted_by_commas(listed: str, found: set[str]) -> None:
    assert names(listed) == found


def test_the_defaults_of_requests_are_read_from_text() -> None:
    environment = Environment.model_validate(
        {
            "deadline_seconds": "900",
            "default_notify": '[{"type": "sns"}, {"type": "webhook", "url": "https://hooks.example"}]',
            "claim_by_default": "true",
            "poll_first_seconds": "5",
            "poll_backoff_rate": "1.5",
            "poll_max_seconds": "20",
            "retention_days": "7",
            "path": "/usr/bin",
        }
    )
    defaults = environment.defaults
    assert defaults.schedule == Schedule(first=5, backoff_rate=1.5, max=20)
    assert defaults.notify == (SnsTarget(type="sns"), WebhookTarget(type="webhook", url="https://hooks.example"))
    assert (defaults.deadline_seconds, defaults.claim) == (900, True)
    assert environment.retention == timedelta(days=7)


def test_a_number_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="deadline_seconds"):
        Environment.model_validate({"deadline_seconds": "soon"})
