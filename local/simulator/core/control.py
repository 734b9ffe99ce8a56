"""The control calls under /_simulator: what a test says to the simulator, and asks of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError
from werkzeug import Request, Response
from werkzeug.routing import Rule

from local.simulator.core.calls import Calls
from local.simulator.core.clock import Clock
from local.simulator.core.limits import Limits
from local.simulator.core.outage import Outages
from local.simulator.core.service import Service
from local.simulator.core.settings import Limit, Names, Operation, Outage

_LIMITS = TypeAdapter(dict[Operation, Limit])


class Control:
    """Answers control calls in JSON. Not thread safe: the caller holds the lock."""

    def __init__(self, service: Service[Any], limits: Limits, calls: Calls, outages: Outages, clock: Clock) -> None:
        self._service = service
        self._names = Names(service.operations, service.errors)
        self._limits = limits
        self._calls = calls
        self._outages = outages
        self._clock = clock

    def rules(self) -> Iterator[Rule]:
        """Routes whose endpoints are the methods that answer them."""
        yield Rule("/_simulator/sessions/<key>", methods=["PUT"], endpoint=self.set_session)
        yield Rule("/_simulator/limits", methods=["PUT"], endpoint=self.set_limits)
        yield Rule("/_simulator/outage", methods=["PUT"], endpoint=self.set_outage)
        yield Rule("/_simulator/calls", methods=["GET"], endpoint=self.list_calls)
        yield Rule("/_simulator", methods=["DELETE"], endpoint=self.forget)

    def set_session(self, request: Request, labels: Mapping[str, str]) -> Response:
        """200 with the whole setting, defaults filled in; or 400."""
        try:
            behaviour = self._service.behaviour.model_validate_json(request.get_data() or b"{}", context=self._names)
        except ValidationError as error:
            return _bad_request(error)
        self._service.set(labels["key"], behaviour, self._clock())
        self._calls.plan(labels["key"], behaviour.faults)
        return _json(behaviour.model_dump(mode="json", by_alias=True))

    def set_limits(self, request: Request, _labels: Mapping[str, str]) -> Response:
        """200 with the limits, which replace all earlier ones; or 400."""
        try:
            limits = _LIMITS.validate_json(request.get_data() or b"{}", context=self._names)
        except ValidationError as error:
            return _bad_request(error)
        self._limits.set(limits, self._clock())
        return _json({operation: limit.model_dump(mode="json", by_alias=True) for operation, limit in limits.items()})

    def set_outage(self, request: Request, _labels: Mapping[str, str]) -> Response:
        """200 with the outage, which begins now and replaces an earlier one; or 400."""
        try:
            outage = Outage.model_validate_json(request.get_data() or b"{}", context=self._names)
        except ValidationError as error:
            return _bad_request(error)
        self._outages.begin(outage, self._clock())
        return _json(outage.model_dump(mode="json", by_alias=True))

    def list_calls(self, request: Request, _labels: Mapping[str, str]) -> Response:
        """200 with the calls so far, in order; `?sessionId=` picks those about one key."""
        return _json([call.as_dict() for call in self._calls.list(request.args.get("sessionId"))])

    def forget(self, _request: Request, _labels: Mapping[str, str]) -> Response:
        """204; settings, streams, client tokens, faults, limits, an outage and calls are gone."""
        self._service.forget()
        self._limits.set({}, self._clock())
        self._calls.forget()
        self._outages.forget()
        return Response(status=204)


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


def _bad_request(error: ValidationError) -> Response:
    """400 `{"message", "errors": [{"field": "faults[0].error", "detail"}]}`; field `body` is the body itself."""
    errors = [{"field": _path(problem["loc"]), "detail": problem["msg"]} for problem in error.errors()]
    fields = ", ".join(problem["field"] for problem in errors)
    return _json({"message": f"cannot set this: {fields}", "errors": errors}, 400)


def _path(location: Sequence[str | int]) -> str:
    """Write a field's path as `faults[0].error`. The `[key]` with which pydantic marks a map's key is left out."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location if part != "[key]")
    return "".join(parts).removeprefix(".") or "body"
