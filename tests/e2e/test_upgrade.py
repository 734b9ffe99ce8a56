"""From the release before to today's and back, in one stack, with requests and a batch in flight each time."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from greenroom.domain.values import to_iso, utc_now
from local.cdk import ROOT
from local.stack import LocalStack
from tests.e2e.deployed import Deployed, eventually, new_session_id
from tests.e2e.ways_in import by_api, by_event, by_start_execution
from tests.releases.frozen import RELEASES, commit_of
from tests.support.receiver import Receiver, receive

BEFORE = RELEASES[-1]
LONG = 150.0
# A deployment takes less; a batch that has begun before it ends is no worse a case.
STARTS_AFTER = timedelta(seconds=45)
# How a service is set so that a request waits, and how, so that it gets its stream.
NEVER: Mapping[str, Any] = {"readyAfterSeconds": None}
AT_ONCE: Mapping[str, Any] = {"readyAfterSeconds": 0}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the release before."""
    commit = commit_of(BEFORE)
    found = subprocess.run(  # noqa: S603  # every word is ours
        ["git", "archive", "--format=zip", commit],  # noqa: S607  # as git is found
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert not found.returncode, (
        f"The history has no commit {commit}, which is release {BEFORE}: `git fetch --unshallow` gets it. "
        f"git says: {found.stderr.decode()}"
    )
    tree = tmp_path_factory.mktemp("release")
    with zipfile.ZipFile(io.BytesIO(found.stdout)) as archive:
        archive.extractall(tree)
    return tree


@pytest.fixture(scope="module")
def upgraded(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The release before, deployed."""
    with LocalStack(tmp_path_factory.mktemp("stack"), auth=True, source=before) as stack:
        yield Deployed(stack)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as receiver:
        yield receiver


@dataclass
class InFlight:
    """Requests that wait for their services, and a batch that waits for its time.

    By id, `ends` are the outcomes, and `services` the provider and the key of what each is for.
    """

    deployed: Deployed
    receiver: Receiver
    ends: dict[str, str] = field(default_factory=dict)
    services: dict[str, tuple[str, str]] = field(default_factory=dict)
    hooked: str = ""
    claimed: str = ""
    batch: str = ""

    def begin(self) -> None:
        self.hooked = self._ask(notify=[{"type": "sns"}, {"type": "webhook", "url": f"{self.receiver.url}/hook"}])
        self.claimed = self._ask(claim=True)
        self._ask(ends="failed")
        self._ask(ends="cancelled")
        self._ask(waitingRoom=True)
        for way_in in (by_api, by_event, by_start_execution):
            self._ask(way_in=way_in)
            self._ask({"sessionState": "STOPPED", "startAfterSeconds": 3600}, way_in=way_in)
        for _ in range(3):
            fleet = {"stackName": "stack", "userId": "ada"}
            self._ask({"available": 0, **AT_ONCE}, "appstream", "fleetName", **fleet)
            self._ask(NEVER, "gameliftstreams", "streamGroupId", applicationId="a-game")
            self._ask(NEVER, "dcv", "owner")
        self.batch = self._schedule()

    def go_on(self) -> None:
        """Have every service ready, but for one stream that fails, and cancel one request."""
        for request_id, (service, key) in self.services.items():
            if self.ends[request_id] == "cancelled":
                status, _, shown = self.deployed.api.call("DELETE", f"streams/{request_id}")
                assert status == 202, shown
            else:
                self.deployed.set_session(key, service, **AT_ONCE, **_failing(self.ends[request_id]))

    def assert_that_all_end_well(self) -> None:
        for request_id, outcome in self.ends.items():
            message = self._announced(request_id)
            url = outcome == "ready" and request_id != self.claimed
            assert (message["type"], "url" in message["data"]) == (f"stream.{outcome}", url), message
            assert self.deployed.event(request_id)["detail"]["type"] == f"stream.{outcome}"
        # A webhook may come again, under one id: an attempt that the deployment broke off is made once more.
        received = eventually(lambda: self.receiver.received or None, "webhook", LONG)
        hooked = [json.loads(got.body) for got in received]
        assert {(each["type"], each["data"]["id"]) for each in hooked} == {("stream.ready", self.hooked)}
        assert len({got.headers["webhook-id"] for got in received}) == 1
        claim = f"streams/{self.claimed}/claim"
        answers = [self.deployed.api.call("POST", claim) for _ in range(2)]
        assert [status for status, _, _ in answers] == [200, 410]
        assert "url" in answers[0][2]
        self._assert_that_the_batch_ends_well()
        for request_id in self.ends:  # nor was one announced again meanwhile
            self._announced(request_id)

    def _assert_that_the_batch_ends_well(self) -> None:
        def summary() -> dict[str, Any] | None:
            found = self.deployed.topic.find(lambda message: message["data"]["id"] == self.batch)
            assert len(found) < 2
            return found[0] if found else None

        told = eventually(summary, f"summary of batch {self.batch}", LONG)
        assert (told["type"], told["data"]["counts"]["ready"]) == ("batch.finished", 2)

    def _announced(self, request_id: str) -> dict[str, Any]:
        def one() -> dict[str, Any] | None:
            found = self.deployed.topic.find(lambda message: message["data"]["id"] == request_id)
            assert len(found) < 2, found
            return found[0] if found else None

        return eventually(one, f"message of {request_id}", LONG)

    def _ask(
        self,
        setting: Mapping[str, Any] = NEVER,
        provider: str = "nimble",
        named: str = "sessionId",
        way_in: Any = by_api,
        ends: str = "ready",
        **fields: Any,
    ) -> str:
        key = new_session_id()
        self.deployed.set_session(key, provider, **setting)
        studio = {"provider": "nimble", "studioId": "studio"} if provider == "nimble" else {}
        request = {"provider": provider, named: key, **studio, "deadlineSeconds": 900, **fields}
        request_id = str(way_in(self.deployed, request))
        self.ends[request_id] = ends
        self.services[request_id] = (provider, key)
        return request_id

    def _schedule(self) -> str:
        keys = [new_session_id(), new_session_id()]
        for key in keys:
            self.deployed.set_session(key, **AT_ONCE)
        lines = [{"provider": "nimble", "studioId": "studio", "sessionId": key} for key in keys]
        body = {"requests": lines, "startAt": to_iso(utc_now() + STARTS_AFTER)}
        status, _, batch = self.deployed.api.call("POST", "batches", body)
        assert status == 202, batch
        return str(batch["id"])


def _failing(outcome: str) -> dict[str, Any]:
    return {"finalState": "CREATE_FAILED"} if outcome == "failed" else {}


def test_what_began_under_the_release_before_ends_well_under_todays(upgraded: Deployed, receiver: Receiver) -> None:
    deploy_over(upgraded, ROOT, receiver, keepOwnerIndex="true")


def test_what_began_under_todays_ends_well_after_a_rollback(
    upgraded: Deployed, before: Path, receiver: Receiver
) -> None:
    deploy_over(upgraded, before, receiver)


def deploy_over(upgraded: Deployed, source: Path, receiver: Receiver, **settings: str) -> None:
    """Deploy, as CloudFormation lets it: one update of a stack makes or deletes one index of a table."""
    requests = InFlight(upgraded, receiver)
    requests.begin()
    assert len(requests.ends) == 20
    code, indexes = code_of(upgraded), indexes_of(upgraded)
    upgraded.stack.source = source
    upgraded.stack.deploy(**settings)
    assert code_of(upgraded) != code
    assert len(indexes_of(upgraded) ^ indexes) <= 1
    requests.go_on()
    requests.assert_that_all_end_well()


def indexes_of(upgraded: Deployed) -> set[str]:
    """The indexes of the table of records."""
    table = upgraded.client("dynamodb").describe_table(TableName=upgraded.resource("StorageRecords"))["Table"]
    return {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}


def code_of(upgraded: Deployed) -> str:
    """The hash of the code that the functions run."""
    name = upgraded.resource("WorkflowGetStream")
    return str(upgraded.client("lambda").get_function_configuration(FunctionName=name)["CodeSha256"])
