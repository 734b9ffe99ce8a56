"""Planted defects: each is a change of the real code, or of the template, that the campaign has to catch.

`make chaos MUTANTS=true` plants them one after the other, each in a process of its own, and plays runs until one breaks
an invariant. A defect whose text is no longer in the code is an error: it has to follow the code.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]
TEMPLATE = "template"


@dataclass(frozen=True)
class Mutant:
    """`where`: a module of `greenroom`, or the template. `breaks`: the invariant; `by`: what has to go wrong for it."""

    where: str
    old: str
    new: str
    breaks: str
    by: str


MUTANTS: Mapping[str, Mutant] = {
    "an outcome is written over": Mutant(
        "adapters.records_table",
        'changes, condition=at_work(renewal=False), once=("settledBy", _token()))',
        'changes, condition=_EXISTS, once=("settledBy", _token()))',
        "an outcome never changes",
        "a DELETE at any moment",
    ),
    "ready is recorded over any outcome": Mutant(
        TEMPLATE,
        '"ConditionExpression": "#outcome = :before"',
        '"ConditionExpression": "attribute_exists(id) OR #outcome = :before"',
        "an outcome never changes",
        "a DELETE while the URL is recorded",
    ),
    "the queue is forgotten": Mutant(
        "delivery.outbox",
        "self.queue.put([each for each in left if each not in announcement.delivered])",
        "announcement.delivered",
        "every target is told or its letter is kept",
        "nothing: a webhook",
    ),
    "announced before it is queued": Mutant(
        "delivery.outbox",
        "        self.queue.put([each for each in left if each not in announcement.delivered])\n"
        "        self.records.mark_announced("
        "record, [each.key for each in announcement.delivered], announcement.withdrawn)\n",
        "        self.records.mark_announced("
        "record, [each.key for each in announcement.delivered], announcement.withdrawn)\n"
        "        self.queue.put([each for each in left if each not in announcement.delivered])\n",
        "every target is told or its letter is kept",
        "a function that dies between two calls, and a change that is given up",
    ),
    "what was not announced is not swept": Mutant(
        "delivery.sweep",
        "self.queue.put(deliveries(record))\n"
        "            self.records.mark_announced(record, [])\n"
        "            return True",
        "return False",
        "no work is left",
        "a change of the table that is given up after an hour",
    ),
    "what is overdue is not swept": Mutant(
        "delivery.sweep",
        "ended = self.records.settle(request_id, RequestState.TIMED_OUT, self.clock(), failure, to_stop=True)",
        "ended = False",
        "every request has an outcome",
        "a start that is lost",
    ),
    "each create has a token of its own": Mutant(
        "providers.nimble.service",
        "            clientToken=client_token,\n            expirationInSeconds",
        "            clientToken=__import__('uuid').uuid4().hex,\n            expirationInSeconds",
        "a request makes one stream",
        "an answer that is lost after the effect",
    ),
    "an unclear create is made again at once": Mutant(
        "providers.dcv.service",
        "        return SETTLES_IN_SECONDS",
        "        return 0",
        "a request makes one stream",
        "a function that runs twice",
    ),
    "nothing is noted before a start": Mutant(
        "adapters.records_table",
        "return self._update(request_id, {started.value: client_token}, condition=at_work(renewal=renewal))",
        "return True",
        "nothing is left of what did not end as ready",
        "nothing: a stream that fails",
    ),
    "the second release is left out": Mutant(
        "delivery.sweep",
        "                self.records.ask_for_release(record, self.clock() - _ASKED_BEFORE)",
        "                self.records.mark_released(request_id)",
        "nothing is left of what did not end as ready",
        "a create in flight at a cancel",
    ),
    "a release that fails is done": Mutant(
        "flow.release",
        "        if not isinstance(error, ServiceRefused) and clock() < record.ended_at + TRIED_FOR:\n"
        "            raise\n",
        "",
        "nothing is left of what did not end as ready",
        "a service that is away",
    ),
    "a URL is locked away whatever became of the request": Mutant(
        "adapters.stream_urls_table",
        'if codes[:1] == ["ConditionalCheckFailed"]:\n                return False',
        'if codes[:1] == ["ConditionalCheckFailed"]:\n'
        "                self._client.put_item(**kept)\n                return True",
        "a url is locked away only while it is wanted",
        "a task that is repeated",
    ),
    "a URL that has expired is told": Mutant(
        "delivery.message",
        "    if left == 0 or not (url or record.claim):",
        "    if not (url or record.claim):",
        "a url that is told works and is the requests own",
        "a message that is handed out an hour late",
    ),
    "a claimed URL stays": Mutant(
        "adapters.stream_urls_table",
        'untaken: Condition = {"id": True, _TAKEN_BY: False}',
        'untaken: Condition = {"id": True}',
        "a url is given out once",
        "a claim and a room at once",
    ),
    "a URL is logged": Mutant(
        "flow.tasks",
        "return _connected(report, url.expires_at)",
        "return _connected(report.replace(detail=url.url), url.expires_at)",
        "no secret is shown",
        "nothing",
    ),
    "the bus is told the URL": Mutant(
        "delivery.message",
        '_SECRETS = {"url", "waitingRoom"}',
        '_SECRETS = {"waitingRoom"}',
        "no secret is shown",
        "nothing",
    ),
    "a key is forgotten": Mutant(
        "api.input",
        "def request_id_for(",
        "def request_id_for(owner: str, idempotency_key: str | None) -> str:\n"
        "    return __import__('uuid').uuid4().hex\n\n\ndef _unused(",
        "one key is one request",
        "an answer that is lost, and a second call",
    ),
    "the owner is not asked for": Mutant(
        "api.owners",
        "    def may_see(",
        "    def may_see(self, *_: object) -> bool:\n        return True\n\n    def _unused(",
        "nobody sees what is somebody elses",
        "somebody else who asks",
    ),
    "a throttled start is an answer": Mutant(
        "delivery.event_requests",
        "            self.queue.hide(receipt, pause(number))\n            raise",
        "            return",
        "what was accepted is on record",
        "Step Functions that throttles",
    ),
    "a letter is thrown away": Mutant(
        "delivery.attempts",
        '            self.dead_letters.put({"reason": str(refused), **delivery.as_dict()})\n            return refused',
        "            return refused",
        "every target is told or its letter is kept",
        "a receiver that is gone",
    ),
    "a failed delivery does not come again": Mutant(
        "handlers.deliver",
        "return message_id if isinstance(error, DeliveryFailed) else None",
        "return None",
        "every target is told or its letter is kept",
        "a receiver that answers 500",
    ),
    "each attempt at a webhook has an id of its own": Mutant(
        "adapters.webhook_signatures",
        '            "webhook-id": message_id,',
        '            "webhook-id": f"{message_id}{self.keys and now}",',
        "messages of one target say the same",
        "a webhook that answers 500 at first",
    ),
    "the deadline is not looked at": Mutant(
        "flow.tasks",
        "        if self.clock() >= work.deadline_at:",
        "        if False:",
        "no execution outlives its deadline",
        "a stream that never becomes ready",
    ),
    "an outage is an error": Mutant(
        TEMPLATE,
        '"ThrottlingException", "EndpointUnreachable", "RecordUnavailable", "PaceUnavailable",',
        '"EndpointUnreachable", "PaceUnavailable",',
        "an outage is waited out",
        "a table that is away for minutes",
    ),
    "what passes is retried twice": Mutant(
        TEMPLATE,
        '"MaxDelaySeconds": 30, "JitterStrategy": "FULL", "MaxAttempts": 99999999',
        '"MaxDelaySeconds": 30, "JitterStrategy": "FULL", "MaxAttempts": 2',
        "an outage is waited out",
        "a table, Lambda, or KMS that is away for minutes",
    ),
    "a cancel is not announced": Mutant(
        TEMPLATE,
        '\\"failed\\",\\"timed_out\\",\\"cancelled\\"]},\\"settledAt\\"',
        '\\"failed\\",\\"timed_out\\"]},\\"settledAt\\"',
        "every target is told or its letter is kept",
        "a DELETE",
    ),
    "outcomes are not counted": Mutant(
        "flow.outcomes",
        "    emit({OUTCOMES: 1}, provider=record.provider, outcome=record.state.value)\n",
        "",
        "every outcome is counted",
        "nothing",
    ),
    "a batch counts what timed out as failed": Mutant(
        "record.batch",
        "return cls(pending=max(0, total - sum(named.values()) - rejected), rejected=rejected, **named)",
        'named["failed"] += named.pop("timed_out")\n'
        "        return cls(pending=max(0, total - sum(named.values()) - rejected), rejected=rejected, **named)",
        "a batch adds up and is told",
        "a request of a batch that times out",
    ),
    "a batch is told to one channel": Mutant(
        "delivery.batch_summary",
        "for name in sorted(set(self.channels) - batch.told):",
        "for name in sorted(set(self.channels) - batch.told)[:1]:",
        "a batch adds up and is told",
        "nothing: a batch",
    ),
    "a withdrawn request is announced": Mutant(
        "adapters.records_table",
        "remove=(Attribute.OPEN, Attribute.DUE_AT))\n\n    @record_errors()\n    def mark_announced",
        "remove=())\n\n    @record_errors()\n    def mark_announced",
        "no work is left",
        "a start that fails, without a key",
    ),
    "what is no request is dropped": Mutant(
        "delivery.rejection",
        "    def reject(",
        "    def reject(self, _: object) -> None:\n        pass\n\n    def _unused(",
        "what is no request is rejected",
        "an event that is no request",
    ),
}


@dataclass(frozen=True)
class Tried:
    """What came of a planted defect. `invariant`: the one that broke, if any did; `words`: for people."""

    name: str
    words: str
    seed: int | None = None
    invariant: str = ""


def try_all(template: Mapping[str, Any], names: Sequence[str], runs: int, seed: int, processes: int) -> Iterator[Tried]:
    """Plant each defect, play so many runs at most, and yield what came of it."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file, ThreadPoolExecutor(processes) as threads:
        json.dump(template, file)
        file.flush()
        yield from threads.map(lambda name: _try(name, file.name, runs, seed), names)


def table(tried: Iterable[Tried]) -> str:
    """Return what came of them as a table of Markdown."""
    rows = [
        f"| {each.name} | {MUTANTS[each.name].by} | {each.invariant.replace('_', ' ')} | {each.seed} |"
        for each in tried
    ]
    return "\n".join(
        ["| planted | what has to happen for it | what broke | seed |", "| --- | --- | --- | --- |", *rows]
    )


def _try(name: str, template: str, runs: int, seed: int) -> Tried:
    command = [sys.executable, "-m", "chaos.planted", name, template, str(runs), str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # ourselves
    if done.returncode:
        return Tried(name, f"could not be tried: {done.stderr.strip()[-2000:]}")
    found = json.loads(done.stdout)
    return Tried(name, found["words"], found.get("seed"), found.get("invariant", ""))


def plant(mutant: Mutant, template: str) -> str:
    """Have the defect in what is imported from now on. Returns the template, as JSON, with those of its own."""
    if mutant.where != TEMPLATE:
        sys.meta_path.insert(0, _Planter(f"greenroom.{mutant.where}", lambda text: _replaced(mutant, text)))
        return template
    # The definitions, and the patterns of filters, are texts in the JSON.
    for old, new in ((mutant.old, mutant.new), (_in_json(mutant.old), _in_json(mutant.new))):
        if old in template:
            return template.replace(old, new)
    raise LookupError(f"{mutant.old!r} is not in the template any more")


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _replaced(mutant: Mutant, text: str) -> str:
    if text.count(mutant.old) != 1:
        raise LookupError(f"{mutant.old!r} is in {mutant.where} {text.count(mutant.old)} times, and not once")
    return text.replace(mutant.old, mutant.new)


class _Planter(MetaPathFinder):
    """Imports one module with another text than its file has."""

    def __init__(self, module: str, change: Callable[[str], str]) -> None:
        self._module = module
        self._change = change

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            raise LookupError(f"there is no {fullname}")
        loader = _Loader(fullname, spec.origin)
        loader.change = self._change
        return importlib.util.spec_from_file_location(fullname, spec.origin, loader=loader)


class _Loader(SourceFileLoader):
    change: Callable[[str], str]

    def get_code(self, fullname: str) -> CodeType:
        text = Path(self.get_filename(fullname)).read_text(encoding="utf-8")
        return compile(self.change(text), self.get_filename(fullname), "exec")
