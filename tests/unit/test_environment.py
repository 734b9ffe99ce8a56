"""The environment of the functions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from greenroom.environment import Environment, names, variables
from greenroom.flow.schedule import Schedule
from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.notify_targets import SnsTarget, WebhookTarget


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


def test_variables_are_written_as_a_function_reads_them() -> None:
    written = variables(records_table="records", poll_first_seconds="5")
    assert written == {"RECORDS_TABLE": "records", "POLL_FIRST_SECONDS": "5"}
    read = Environment.model_validate({name.lower(): value for name, value in written.items()})
    assert (read.records_table, read.poll_first_seconds) == ("records", 5)


def test_a_variable_that_no_function_reads_is_not_written() -> None:
    with pytest.raises(KeyError, match="Environment has no colour, request_table"):
        variables(records_table="records", request_table="requests", colour="red")


def test_the_hosts_of_webhooks_are_read_from_text() -> None:
    environment = Environment(callback_hosts="hooks.example, b.example", trusted_callback_hosts="127.0.0.1")
    hosts = CallbackHosts(frozenset({"hooks.example", "b.example"}), frozenset({"127.0.0.1"}))
    assert environment.hosts == environment.rules.hosts == environment.defaults.rules.hosts == hosts


def test_a_number_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="deadline_seconds"):
        Environment.model_validate({"deadline_seconds": "soon"})
