"""The simulated WorkSpaces Applications (AppStream 2.0), in JSON 1.1, as boto3 and the JavaScript SDK send it.

The protocol is botocore's own service model `appstream` 2016-12-01. AWS publishes no error for a fleet that is not in
the state that a call needs; here it is OperationNotPermittedException, and ResourceNotAvailableException for one that
has no room.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from local.simulator.appstream.behaviour import AppStreamBehaviour
from local.simulator.appstream.fleets import Fleet
from local.simulator.aws.errors import ServiceError
from local.simulator.aws.json11 import Json11
from local.simulator.aws.protocol import Parameters
from local.simulator.aws.service import AwsService, Done

DEFAULT_VALIDITY_SECONDS = 60
LONGEST_VALIDITY_SECONDS = 604_800
_FLEETS_A_PAGE = 25


def make() -> AppStream:
    return AppStream()


class AppStream(AwsService[AppStreamBehaviour]):
    """Every fleet and stack exists, and the fleet is RUNNING, unless its name starts with `missing`."""

    behaviour = AppStreamBehaviour

    def __init__(self) -> None:
        self._fleets: dict[str, Fleet] = {}
        operations = {
            "DescribeFleets": self._describe_fleets,
            "StartFleet": self._start_fleet,
            "StopFleet": self._stop_fleet,
            "CreateStreamingURL": self._create_streaming_url,
            "DescribeSessions": self._describe_sessions,
            "ExpireSession": self._expire_session,
        }
        super().__init__(Json11("appstream"), operations)

    def subject(self, members: Mapping[str, object]) -> tuple[str | None, str | None]:
        """Of several fleets the first. No call is about a stream: what a streaming URL opens has no id yet."""
        match members:
            case {"FleetName": str(name)} | {"Name": str(name)} | {"Names": [str(name), *_]}:
                return name, None
        return None, None

    def set(self, key: str, behaviour: AppStreamBehaviour, now: datetime) -> None:
        self._fleets[key] = Fleet.set(key, behaviour, now)

    def forget(self) -> None:
        self._fleets.clear()

    def _describe_fleets(self, parameters: Parameters, now: datetime) -> Done:
        if "Names" in parameters:
            fleets = [self._fleet(name, now) for name in parameters["Names"]]
        else:
            fleets = list(self._fleets.values())
        pages, token = list(_pages(fleets)), parameters.get("NextToken", "0")
        if not token.isdecimal() or int(token) >= len(pages):
            raise ServiceError("ValidationException", "NextToken is not one that this operation has given")
        page = int(token)
        more = str(page + 1) if page + 1 < len(pages) else None
        return Done({"Fleets": [fleet.view(now) for fleet in pages[page]], "NextToken": more})

    def _start_fleet(self, parameters: Parameters, now: datetime) -> Done:
        fleet = self._fleet(parameters["Name"], now)
        self._fleets[fleet.name] = fleet.start(now)
        return Done()

    def _stop_fleet(self, parameters: Parameters, now: datetime) -> Done:
        fleet = self._fleet(parameters["Name"], now)
        self._fleets[fleet.name] = fleet.stop(now)
        return Done()

    def _create_streaming_url(self, parameters: Parameters, now: datetime) -> Done:
        """Make a new URL on each call, as AppStream does; it takes no room until somebody opens it."""
        _must_exist("stack", parameters["StackName"])
        fleet = self._fleet(parameters["FleetName"], now)
        _must_exist("application", parameters.get("ApplicationId", ""))
        seconds = parameters.get("Validity", DEFAULT_VALIDITY_SECONDS)
        if not 1 <= seconds <= LONGEST_VALIDITY_SECONDS:
            raise ServiceError("ValidationException", f"Validity must be 1 to {LONGEST_VALIDITY_SECONDS}")
        if (state := fleet.state_at(now)) != "RUNNING":
            raise ServiceError("OperationNotPermittedException", f"fleet {fleet.name} is {state}, not RUNNING")
        if not fleet.has_room(now):
            raise ServiceError("ResourceNotAvailableException", f"fleet {fleet.name} has no instance available")
        url = f"https://{secrets.token_hex(8)}.appstream.example/authenticate?parameters={secrets.token_urlsafe(32)}"
        shown = fleet.behaviour.url_in_place_of(url)
        return Done({"StreamingURL": shown, "Expires": now + timedelta(seconds=seconds)}, secret=url)

    def _describe_sessions(self, _parameters: Parameters, _now: datetime) -> Done:
        """None: a session begins when somebody opens a streaming URL, and nobody can open these."""
        return Done({"Sessions": []})

    def _expire_session(self, _parameters: Parameters, _now: datetime) -> Done:
        return Done()

    def _fleet(self, name: str, now: datetime) -> Fleet:
        _must_exist("fleet", name)
        return self._fleets.setdefault(name, Fleet.set(name, AppStreamBehaviour(), now))


def _must_exist(kind: str, name: str) -> None:
    if name.startswith("missing"):
        raise ServiceError("ResourceNotFoundException", f"there is no {kind} {name}")


def _pages(fleets: list[Fleet]) -> Iterator[list[Fleet]]:
    """Empty pages come before a fleet that was set to have them. There is one page at least."""
    page: list[Fleet] = []
    for fleet in fleets:
        for _ in range(fleet.behaviour.empty_pages):
            yield page
            page = []
        page.append(fleet)
        if len(page) == _FLEETS_A_PAGE:
            yield page
            page = []
    if page or not fleets:
        yield page
