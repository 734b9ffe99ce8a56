"""The three ways in; each returns the id under which the request runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.e2e.deployed import Deployed

Submit = Callable[[Deployed, Mapping[str, Any]], str]


def by_api(deployed: Deployed, request: Mapping[str, Any]) -> str:
    status, _, body = deployed.post(request)
    assert status == 202, body
    return str(body["id"])


def by_event(deployed: Deployed, request: Mapping[str, Any]) -> str:
    return deployed.put_event(request)


def by_start_execution(deployed: Deployed, request: Mapping[str, Any]) -> str:
    return deployed.start_execution(request)


WAYS_IN: list[Submit] = [by_api, by_event, by_start_execution]
