"""The simulated GameLift Streams, of which Greenroom uses stream URLs.

The protocol is botocore's own service model `gameliftstreams` 2018-05-10. Quotas, and the limits that the model leaves
to them: https://docs.aws.amazon.com/gameliftstreams/latest/developerguide/regions-quotas-rande.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from local.simulator.aws.errors import ServiceError
from local.simulator.aws.protocol import Parameters
from local.simulator.aws.rest_json import RestJson
from local.simulator.aws.service import AwsService, Done, text
from local.simulator.gameliftstreams.behaviour import GameLiftStreamsBehaviour
from local.simulator.gameliftstreams.groups import Group
from local.simulator.gameliftstreams.identifiers import existing, id_of
from local.simulator.gameliftstreams.stream_urls import MadeUrl

ACTIVE_URLS_A_GROUP = 5
ACTIVE_URLS_AN_ACCOUNT = 20
_LARGEST = {"UrlExpiresAfterMinutes": 1440, "UsageLimit": 50}
_STREAMS = {"ACTIVE", "ACTIVE_WITH_ERRORS"}
_PAGE = 25


def make() -> GameLiftStreams:
    return GameLiftStreams()


class GameLiftStreams(AwsService[GameLiftStreamsBehaviour]):
    """Every group and application exists, and the group is ACTIVE, unless its id starts with `missing`."""

    behaviour = GameLiftStreamsBehaviour

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self._urls: dict[str, MadeUrl] = {}
        self._by_token: dict[str, Done] = {}
        operations = {
            "GetStreamGroup": self._get_stream_group,
            "CreateStreamUrl": self._create_stream_url,
            "GetStreamUrl": self._get_stream_url,
            "RevokeStreamUrl": self._revoke_stream_url,
            "ListStreamUrls": self._list_stream_urls,
        }
        super().__init__(RestJson("gameliftstreams"), operations)

    def subject(self, members: Mapping[str, object]) -> tuple[str | None, str | None]:
        group = text(members, "Identifier") or text(members, "StreamGroupIdentifier")
        url = text(members, "StreamUrlIdentifier")
        return id_of(group) if group else None, id_of(url) if url else None

    def set(self, key: str, behaviour: GameLiftStreamsBehaviour, now: datetime) -> None:
        """Put the group into its state; the URLs that it has already are as they were."""
        self._groups[key] = Group(key, behaviour, now)

    def forget(self) -> None:
        self._groups.clear()
        self._urls.clear()
        self._by_token.clear()

    def _get_stream_group(self, parameters: Parameters, now: datetime) -> Done:
        return Done(self._group(parameters, now).view(now))

    def _create_stream_url(self, parameters: Parameters, now: datetime) -> Done:
        """Make a URL, also of a group without idle capacity. The same client token brings the first answer again."""
        group = self._group(parameters, now)
        existing("application", parameters["ApplicationIdentifier"])
        token = parameters.get("ClientToken")
        if token in self._by_token:
            return self._by_token[token]
        for name, limit in _LARGEST.items():
            if parameters.get(name, 1) > limit:
                raise ServiceError("ValidationException", f"{name} must be at most {limit}")
        if (state := group.state_at(now)) not in _STREAMS:
            raise ServiceError("ConflictException", f"stream group {group.group_id} is {state}, and cannot stream")
        self._check_quotas(group, now)
        made = MadeUrl(group.group_id, parameters, now)
        self._urls[made.url_id] = made
        done = Done(made.view("ACTIVE", group.behaviour), made.url_id, made.url)
        if token:
            self._by_token[token] = done
        return done

    def _get_stream_url(self, parameters: Parameters, now: datetime) -> Done:
        made, group = self._url(parameters, now), self._group(parameters, now)
        return Done(made.view(self._state(made, now), group.behaviour), made.url_id, made.url)

    def _revoke_stream_url(self, parameters: Parameters, now: datetime) -> Done:
        made = self._url(parameters, now)
        self._urls[made.url_id] = made.revoke(parameters.get("RevocationMode", "REVOKE_URL"), now)
        return Done({}, made.url_id, made.url)

    def _list_stream_urls(self, parameters: Parameters, now: datetime) -> Done:
        """The newest first."""
        found = [(made, self._state(made, now)) for made in reversed(self._urls.values())]
        if "StreamGroupIdentifier" in parameters:
            group_id = existing("stream group", parameters["StreamGroupIdentifier"])
            found = [(made, state) for made, state in found if made.group_id == group_id]
        items = [made.view(state) for made, state in found if parameters.get("Status") in {None, state}]
        token, size = parameters.get("NextToken", "0"), parameters.get("MaxResults", _PAGE)
        if not token.isdecimal():
            raise ServiceError("ValidationException", "NextToken is not one that this operation has given")
        end = int(token) + size
        more = str(end) if end < len(items) else None
        return Done({"Items": items[int(token) : end], "NextToken": more})

    def _check_quotas(self, group: Group, now: datetime) -> None:
        active = [made for made in self._urls.values() if made.state_at(now) == "ACTIVE"]
        if len(active) >= ACTIVE_URLS_AN_ACCOUNT:
            message = f"the account has {len(active)} active stream URLs, which is its quota"
            raise ServiceError("ServiceQuotaExceededException", message)
        in_group = [made for made in active if made.group_id == group.group_id]
        if len(in_group) >= ACTIVE_URLS_A_GROUP:
            message = f"stream group {group.group_id} has {len(in_group)} active stream URLs, which is its quota"
            raise ServiceError("ServiceQuotaExceededException", message)

    def _group(self, parameters: Parameters, now: datetime) -> Group:
        group_id = existing("stream group", parameters["Identifier"])
        return self._groups.setdefault(group_id, Group(group_id, GameLiftStreamsBehaviour(), now))

    def _url(self, parameters: Parameters, now: datetime) -> MadeUrl:
        group = self._group(parameters, now)
        made = self._urls.get(existing("stream URL", parameters["StreamUrlIdentifier"]))
        if made is None or made.group_id != group.group_id:
            raise ServiceError("ResourceNotFoundException", f"there is no {parameters['StreamUrlIdentifier']}")
        return made

    def _state(self, made: MadeUrl, now: datetime) -> str:
        """Say what GetStreamUrl says: an ACTIVE URL is in the state that its group was set to show."""
        state = made.state_at(now)
        group = self._groups.get(made.group_id)
        return group.behaviour.url_state if group and state == "ACTIVE" else state
