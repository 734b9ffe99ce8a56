"""A case on its stage: a service, a deployment that serves it, and all that can be seen of what they do."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.domain.values import Failure, RequestState, utc_now
from greenroom.flow.reconciliation import SETTLED
from greenroom.observability import logger
from greenroom.record.attribute_values import from_item as plain
from greenroom.record.items import from_item
from greenroom.record.model import Record
from greenroom_cdk.flow.stream_filters import RELEASED
from simulation.event_patterns import matches
from tests.conformance.deployment import Deployment, Item
from tests.conformance.execution import Execution, Pause, execute
from tests.conformance.subject import Scene, Subject

# The name of every execution in sfnx.
REQUEST_ID = "execution"
# A URL that carries something, as every stream's does.
_TELLING_URL = re.compile(r"\b[a-z]+://[^\s\"'\\]+\?[^\s\"'\\]*=")


@dataclass(frozen=True)
class Run:
    """A request that has ended. `seen`: its record at each pause; `made`: what the service had made by then.

    `url`: what is in the table of stream URLs for it.
    """

    execution: Execution
    record: Record
    seen: list[Record]
    made: list[int]
    url: dict[str, Any] | None

    @property
    def reason(self) -> str:
        """All that the outcome says about why there is no stream."""
        failure = self.record.failure
        assert failure
        return f"{failure.error}: {failure.message} [{failure.state}, {failure.status_code}]"

    def assert_ready(self) -> None:
        assert self.record.state is RequestState.READY, self.record.failure
        assert self.execution.error is None
        assert self.url
        assert self.record.expires_at

    def assert_ended_as(self, state: RequestState) -> None:
        """It has ended without a stream, and says the same in its record and as an execution."""
        assert self.record.state is state
        assert self.record.failure
        assert self.execution.error == self.record.failure.error
        assert self.url is None


class Stage:
    """One case at one service."""

    def __init__(self, case: str, subject: Subject, deployment: Deployment, pause: Pause) -> None:
        self.subject = subject
        self.scene: Scene = subject.scenes[case]
        self._deployment = deployment
        self._pause = pause
        self._items: list[Item] = []
        self._made: list[int] = []
        self._shown: list[str] = []
        self._secrets: set[str] = set()
        self._after_a_pause: Callable[[], None] | None = None
        self._records = DynamoDbRecords(deployment.records.client, deployment.records.name, timedelta(days=7))

    def play(self, **request: Any) -> Run:
        """Set the service as the scene says, ask for a stream, and run the flow to its end."""
        self.subject.arrange(self.scene.setting)
        return self._run(request)

    def play_with_an_outage(self, **request: Any) -> Run:
        """The same; after the first pause, the service is away for a minute."""
        self._after_a_pause = lambda: self.subject.proxy.go_away(60)
        return self.play(**request)

    def play_with_a_cancel(self, **request: Any) -> Run:
        """The same; what is started reaches the service after the request was cancelled and released."""
        self.subject.arrange(self.scene.setting)
        self.subject.proxy.plan([replace(self.subject.start, held=True)])
        self._after_a_pause = self._cancel
        return self._run(request)

    def sweep(self) -> None:
        """Ask for the last release, as the sweep does once nothing can be under way any more."""
        self._records.mark_announced(from_item(plain(self._item())), [])
        self._pause("Sweep", SETTLED.total_seconds())
        self._items.append(self._item())
        self._records.ask_for_release(from_item(plain(self._item())), utc_now())
        self.release()

    def _run(self, request: Mapping[str, Any]) -> Run:
        body = {"provider": self.subject.provider, **self.subject.request, **self.scene.request, **request}
        execution = execute(self._deployment.tasks, body, self._let_time_pass)
        kept = self._deployment.stream_urls.item(REQUEST_ID)
        url = plain(kept) if kept else None
        self._secrets |= _secrets_in(url["url"]) if url else set()
        self._shown.append(execution.shown)
        record = from_item(plain(self._item()))
        return Run(execution, record, [from_item(plain(item)) for item in self._items], self._made, url)

    def _cancel(self) -> None:
        failure = Failure("RequestCancelled", "The owner cancelled it")
        assert self._records.settle(REQUEST_ID, RequestState.CANCELLED, utc_now(), failure)
        self.release()

    def release(self) -> None:
        """Tell ReleaseSession of the record's last change, if the filters of the table's stream let it through."""
        images = {"OldImage": self._items[-1], "NewImage": self._item()}
        assert any(matches(pattern, images) for pattern in RELEASED)
        change = {"Keys": {"id": {"S": REQUEST_ID}}, "SequenceNumber": "1", **images}
        event = {"eventID": "1", "eventName": "MODIFY", "eventSource": "aws:dynamodb", "dynamodb": change}
        answer = self._deployment.release_session({"Records": [event]})
        assert answer == {"batchItemFailures": []}
        assert "releaseFailure" not in self._item()

    def assert_nothing_leaked(self, log: str) -> None:
        """A secret, of stream or service, is in no state of the execution, no line of a log, and not in the record."""
        shown = "\n".join([*self._shown, log, json.dumps(self._item())])
        for secret in self._secrets | self.subject.secrets():
            assert secret not in shown
        assert not _TELLING_URL.search(shown)

    def _let_time_pass(self, state: str, seconds: float) -> None:
        self._items.append(self._item())
        self._made.append(self.subject.made())
        self._pause(state, seconds)
        if self._after_a_pause:
            self._after_a_pause()
            self._after_a_pause = None
        if (setting := self.scene.changes.get(len(self._items))) is not None:
            self.subject.arrange(setting)

    def _item(self) -> Item:
        item = self._deployment.records.item(REQUEST_ID)
        assert item, "the request is not on record"
        return item


def _secrets_in(url: str) -> set[str]:
    """The URL, and what it carries."""
    return {url, *(value for _, value in parse_qsl(urlsplit(url).query))}


@contextmanager
def staged(case: str, subject: Subject, deployment: Deployment) -> Iterator[Stage]:
    """Begin a case with no record and no pace; at its end, hold everything that was shown against what is secret."""
    deployment.forget()
    with subject.time() as pause, _logged() as log:
        stage = Stage(case, subject, deployment, pause)
        yield stage
        stage.assert_nothing_leaked(log.getvalue())


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    """Read all that is logged, by the functions' own logger and by libraries."""
    lines = io.StringIO()
    own, root, libraries = logger.registered_handler, logging.getLogger(), logging.StreamHandler(lines)
    assert isinstance(own, logging.StreamHandler)
    stdout = own.setStream(lines)
    root.addHandler(libraries)
    try:
        yield lines
    finally:
        root.removeHandler(libraries)
        own.setStream(stdout)
