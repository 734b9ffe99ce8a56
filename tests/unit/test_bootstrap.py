"""The settings of a deployment, from the variables of a function to what its parts are given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from greenroom import bootstrap
from greenroom.api.owners import Owners
from greenroom.environment import environment
from greenroom.flow.learning import unlearned
from greenroom.flow.schedules import Pool
from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.rules import Rules
from tests.support.fakes import InMemorySchedules

HOOK = '{"type": "webhook", "url": "https://hooks.example"}'
CACHED = (environment, bootstrap.hosts, bootstrap.rules, bootstrap.defaults, bootstrap.owners, bootstrap.planner)


@pytest.fixture(autouse=True)
def _read_again() -> Iterator[None]:
    """Read the variables as a function that starts does, and leave nothing of them to other tests."""
    for function in CACHED:
        function.cache_clear()
    yield
    for function in CACHED:
        function.cache_clear()


def set_variables(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name.upper(), value)


def test_the_defaults_of_requests_are_read_from_text(monkeypatch: pytest.MonkeyPatch) -> None:
    default_notify = f'[{{"type": "sns"}}, {HOOK}]'
    set_variables(monkeypatch, deadline_seconds="900", default_notify=default_notify, claim_by_default="true")
    defaults = bootstrap.defaults()
    assert (defaults.deadline_seconds, defaults.claim) == (900, True)
    assert defaults.notify == ({"type": "sns"}, {"type": "webhook", "url": "https://hooks.example"})


def test_the_rules_say_which_providers_are_served_and_where_webhooks_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, providers="nimble,dcv", callback_hosts="hooks.example, b.example")
    set_variables(monkeypatch, trusted_callback_hosts="127.0.0.1")
    hosts = CallbackHosts(frozenset({"hooks.example", "b.example"}), frozenset({"127.0.0.1"}))
    assert bootstrap.hosts() == hosts
    assert bootstrap.rules() == bootstrap.defaults().rules == Rules(("nimble", "dcv"), hosts)


def test_owners_are_read_from_text(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, administrators="arn:a, arn:b", shared_roles="arn:r")
    owners = bootstrap.owners()
    assert owners == Owners(frozenset({"arn:a", "arn:b"}), frozenset({"arn:r"}))


@pytest.mark.parametrize("seconds", ["0.1", "5"])
def test_looks_are_planned_by_what_a_look_costs(seconds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, look_cost_seconds=seconds)
    monkeypatch.setattr(bootstrap, "schedules", InMemorySchedules)
    planned = bootstrap.planner().plan(Pool("nimble", "studio"))
    assert set(planned.values()) == {unlearned(look_cost=float(seconds))}


def test_a_number_that_is_none_is_an_error_when_the_function_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, deadline_seconds="soon")
    with pytest.raises(ValueError, match="soon"):
        bootstrap.defaults()
