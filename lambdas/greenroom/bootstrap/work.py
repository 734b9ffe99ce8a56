"""What the flow works with: services, schedules, the shared pace, executions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from greenroom.bootstrap.clients import client, dynamodb
from greenroom.bootstrap.kept import schedules
from greenroom.bootstrap.policy import identities, owners
from greenroom.domain.metrics import SCHEDULES_UNAVAILABLE
from greenroom.domain.values import utc_now
from greenroom.environment import environment, flag
from greenroom.observability import emit
from greenroom.providers.catalogue import connector_of
from greenroom.providers.connected import ConnectedProviders
from greenroom.providers.port import Wiring

if TYPE_CHECKING:
    from greenroom.flow.admission import Admission, Origins
    from greenroom.flow.executions import Executions
    from greenroom.flow.pacing import Pacer
    from greenroom.flow.release import Holders
    from greenroom.flow.schedules import Planner
    from greenroom.providers.port import StreamProvider


@cache
def providers() -> Mapping[str, StreamProvider[Any]]:
    """Every provider that this deployment serves, by its name. Messages may show the URLs that its settings have."""
    wiring = Wiring(client, os.environ)
    addresses = [value.rstrip("/") for name, value in os.environ.items() if name.endswith("_URL")]
    return ConnectedProviders(environment().providers.split(","), lambda name: connector_of(name)(wiring), addresses)


@cache
def planner() -> Planner:
    from greenroom.flow.schedules import Planner

    return Planner(schedules(), float(environment().look_cost_seconds), lambda: emit({SCHEDULES_UNAVAILABLE: 1}))


@cache
def pacer() -> Pacer:
    from greenroom.adapters.paces_table import DynamoDbPaces
    from greenroom.flow.pacing import WatchedPacer

    return WatchedPacer(DynamoDbPaces(dynamodb(), environment().paces_table), utc_now, emit)


@cache
def origins() -> Origins:
    from greenroom.adapters.origins_table import DynamoDbOrigins

    return DynamoDbOrigins(dynamodb(), environment().paces_table)


@cache
def admission() -> Admission:
    from greenroom.flow.admission import Admission

    return Admission(identities(), origins(), owners())


@cache
def holders() -> Holders:
    from greenroom.adapters.holders_table import DynamoDbHolders

    return DynamoDbHolders(dynamodb(), environment().paces_table)


@cache
def executions() -> Executions:
    from greenroom.adapters.stepfunctions import StepFunctionsExecutions

    return StepFunctionsExecutions(client("stepfunctions"), environment().state_machine_arn, others_start=True)


@cache
def batch_runs() -> Executions:
    """The executions of the state machine that runs batches."""
    from greenroom.adapters.stepfunctions import StepFunctionsExecutions

    return StepFunctionsExecutions(client("stepfunctions"), environment().batch_machine_arn)


@cache
def renew() -> Executions | None:
    """The executions that renew an expired URL, where the deployment wants that."""
    return executions() if flag(environment().renew_expired_urls) else None
