"""What holds after every run. Hard ones must never break; soft ones break where AWS delivers at least once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chaos.evidence import Evidence, seconds
from chaos.plan import FAULTS_END
from greenroom.delivery.event_requests import NO_EVENT

TERMINAL = {"ready", "failed", "timed_out", "cancelled"}
# The sweep's two minutes of grace, two of its five minutes, and the retries of a last step.
SLACK = 900.0
# Clocks differ by so much here; an hour late is what AWS may be with an event or a record of a stream.
SKEW, LATE = 120.0, 3900.0


@dataclass(frozen=True)
class Violation:
    """`invariant`: its name; `is_hard`: it must never break."""

    invariant: str
    subject: str
    words: str
    is_hard: bool = True

    def __str__(self) -> str:
        return f"{'HARD' if self.is_hard else 'soft'} {self.invariant}: {self.subject}: {self.words}"


Check = Callable[[Evidence], Iterator[tuple[str, str]]]
HARD: dict[str, Check] = {}
SOFT: dict[str, Check] = {}


def hard(check: Check) -> Check:
    HARD[check.__name__] = check
    return check


def soft(check: Check) -> Check:
    SOFT[check.__name__] = check
    return check


def violations(evidence: Evidence) -> list[Violation]:
    """Check everything."""
    return [
        Violation(name, subject, words, is_hard)
        for checks, is_hard in ((HARD, True), (SOFT, False))
        for name, check in checks.items()
        for subject, words in check(evidence)
    ]


@hard
def what_was_accepted_is_on_record(seen: Evidence) -> Iterator[tuple[str, str]]:
    """A 202, an event and a start lead to a record, or to a rejection that names the request.

    Not where somebody stops the execution before it could write the record, and EventBridge loses the one event that
    tells of it: then nothing but the history has the request.
    """
    rejected, unheard = json.dumps(seen.rejected), seen.stopped_unheard
    for told in seen.actors.told.values():
        known = told.id in seen.records or told.id in rejected or told.id in unheard
        if told.accepted_at is not None and not known:
            yield told.id, f"{told.ask.name} was accepted by {told.ask.door} and left no record and no rejection"


@hard
def every_request_has_an_outcome(seen: Evidence) -> Iterator[tuple[str, str]]:
    for request_id, record in seen.records.items():
        if record["state"] not in TERMINAL:
            yield request_id, f"it is {record['state']} still at {seen.world.scheduler.elapsed:.0f} s"


@hard
def an_outcome_comes_by_its_deadline(seen: Evidence) -> Iterator[tuple[str, str]]:
    for request_id, states in seen.states.items():
        record = seen.records[request_id]
        by = seconds(record["deadlineAt"]) + record["connectSeconds"] + SLACK
        by = max(by, _quiet_from(seen) + SLACK)
        ended = next((at for at, state in states if state in TERMINAL), None)
        if ended is not None and ended > by:
            yield request_id, f"it ended at {ended:.0f} s, and was to by {by:.0f} s"


@hard
def an_outcome_never_changes(seen: Evidence) -> Iterator[tuple[str, str]]:
    for request_id, states in seen.states.items():
        outcomes = [state for _, state in states if state in TERMINAL]
        if len(outcomes) > 1 or (outcomes and states[-1][1] not in TERMINAL):
            yield request_id, f"its states were {[state for _, state in states]}"


@hard
def every_target_is_told_or_its_letter_is_kept(seen: Evidence) -> Iterator[tuple[str, str]]:
    for request_id, record in seen.records.items():
        if record.get("withdrawn"):
            continue
        told = {sent.to for sent in seen.messages.get(request_id, ())}
        letters = {_address(each["target"]) for each in seen.letters if each.get("id") == request_id}
        for target in ({"type": "bus"}, *json.loads(record["notify"])):
            address = _address(target)
            # What a connection that is gone leaves to the topic is the topic's message, or its letter.
            falls_back = target["type"] == "websocket" and "sns" in told | letters
            if address not in told | letters and not falls_back:
                yield request_id, f"{address} was told nothing of {record['state']}, and there is no letter"


@hard
def what_was_withdrawn_is_told_to_nobody(seen: Evidence) -> Iterator[tuple[str, str]]:
    for request_id, record in seen.records.items():
        if record.get("withdrawn") and seen.messages.get(request_id):
            yield request_id, "its end was announced"


@hard
def messages_of_one_target_say_the_same(seen: Evidence) -> Iterator[tuple[str, str]]:
    for request_id, sents in seen.messages.items():
        by_target: dict[str, set[tuple[str, str]]] = {}
        for sent in sents:
            mark = sent.message_id if sent.to.startswith("https") else request_id
            by_target.setdefault(sent.to, set()).add((sent.body["type"], mark))
        for target, kinds in by_target.items():
            # The topic is told in place of several connections, each of which hears its own outcome.
            if len(kinds) > 1:
                yield request_id, f"{target} was told {sorted(kinds)}"


@hard
def messages_agree_with_the_record(seen: Evidence) -> Iterator[tuple[str, str]]:
    for request_id, sents in seen.messages.items():
        state = seen.records[request_id]["state"]
        for sent in sents:
            kind = sent.body["type"].removeprefix("stream.")
            is_expired = kind == "failed" and state == "ready" and sent.body["data"]["error"] == "UrlExpired"
            if kind != state and not is_expired:
                yield request_id, f"{sent.to} was told {kind}, and it is {state}"


@hard
def a_url_that_is_told_works_and_is_the_requests_own(seen: Evidence) -> Iterator[tuple[str, str]]:
    kept = {(each.request_id, each.url) for each in seen.world.urls}
    for request_id, sents in seen.messages.items():
        for sent in sents:
            data = sent.body["data"]
            if sent.body["type"] != "stream.ready":
                continue
            url = data.get("url")
            if url and (request_id, url) not in kept:
                yield request_id, f"{sent.to} was told a URL that is not the request's"
            if seconds(data["expiresAt"]) + SKEW < sent.at:
                yield request_id, f"{sent.to} was told a URL at {sent.at:.0f} s that had expired"


@hard
def a_url_is_locked_away_only_while_it_is_wanted(seen: Evidence) -> Iterator[tuple[str, str]]:
    """A straggler would bring back what was taken, or let go."""
    for each in seen.world.urls:
        if not each.is_wanted:
            yield each.request_id, "a URL was locked away for it after it had ended"


@hard
def nothing_is_ready_after_it_was_cancelled(seen: Evidence) -> Iterator[tuple[str, str]]:
    for told in seen.actors.told.values():
        if not told.cancelled:
            continue
        record = seen.records.get(told.id, {})
        kinds = {sent.body["type"] for sent in seen.messages.get(told.id, ())}
        if record.get("state") != "cancelled" or "stream.ready" in kinds or told.granted:
            yield told.id, f"DELETE was answered 202, it is {record.get('state')}, and its messages were {kinds}"


@hard
def a_request_makes_one_stream(seen: Evidence) -> Iterator[tuple[str, str]]:
    """And each renewal of it one more."""
    for ask in (*seen.plan.asks, *seen.plan.batch):
        made, ids = seen.made(ask), seen.asked(ask)
        renewals = [each for each in ids if "renewal" in seen.records[each]]
        if len(made) > len(ids) + len(renewals):
            yield (
                ask.name,
                f"the service made {len(made)} streams for {ids}, with {len(renewals)} renewals: {sorted(made)}",
            )


@hard
def nothing_is_left_of_what_did_not_end_as_ready(seen: Evidence) -> Iterator[tuple[str, str]]:
    for request_id, record in seen.records.items():
        if record["releaseOnFailure"] and record["state"] in TERMINAL - {"ready"} and (left := seen.left(request_id)):
            yield request_id, f"it is {record['state']}, and {left}"


@hard
def no_work_is_left(seen: Evidence) -> Iterator[tuple[str, str]]:
    for request_id, record in seen.records.items():
        if "open" in record:
            yield request_id, f"its record is open: {record['open']}"
    for queue in seen.world.queues.all():
        if queue.is_fed and queue.messages:
            yield queue.name, f"{len(queue.messages)} messages are in it"


@hard
def no_execution_outlives_its_deadline(seen: Evidence) -> Iterator[tuple[str, str]]:
    for name, run in seen.runs.items():
        record = seen.records.get(name)
        by = seconds(record["deadlineAt"]) + record["connectSeconds"] + SLACK if record else run.began + 2 * SLACK
        by = max(by, _quiet_from(seen) + SLACK)
        if not run.is_over or (run.ended or 0) > by:
            yield name, f"its execution is {run.status}, ended at {run.ended}, and was to by {by:.0f} s"


@hard
def an_execution_agrees_with_its_record(seen: Evidence) -> Iterator[tuple[str, str]]:
    for name, run in seen.runs.items():
        record = seen.records.get(name)
        if record is None:
            continue
        if run.status == "SUCCEEDED" and record["state"] not in {"ready", "cancelled", "timed_out"}:
            yield name, f"its execution succeeded, and it is {record['state']}"
        failure = record.get("failure", {}).get("error")
        is_its_own = run.error not in {"RequestEnded", "Stopped", "States.Timeout", None}
        if (
            run.status == "FAILED"
            and record["state"] in {"failed", "timed_out"}
            and is_its_own
            and failure != run.error
        ):
            yield name, f"its execution failed as {run.error}, and the record says {failure}"


@hard
def every_outcome_is_counted(seen: Evidence) -> Iterator[tuple[str, str]]:
    """Unless the function that counts died, or its change was given up after an hour and the sweep announced it."""
    counted, there = _counted(seen)
    if not seen.world.weather.struck and counted != there:
        yield "the metric Outcomes", f"counts {dict(counted)} of {dict(there)}"


def _counted(seen: Evidence) -> tuple[Counter[str], Counter[str]]:
    counted = Counter(str(each["outcome"]) for each in seen.world.output.metrics() if "outcome" in each)
    return counted, Counter(record["state"] for record in seen.records.values() if not record.get("withdrawn"))


@hard
def no_secret_is_shown(seen: Evidence) -> Iterator[tuple[str, str]]:
    secrets = seen.secrets
    for place, text in seen.shown():
        for secret in secrets:
            if secret in text:
                yield place, "what opens a stream is in it"


@hard
def a_batch_adds_up_and_is_told(seen: Evidence) -> Iterator[tuple[str, str]]:
    told = seen.actors.batch
    if told is None or not told.id:
        return
    batch = seen.world.batch(told.id)
    counts, total = batch.get("counts", {}), len(seen.plan.batch)
    if not batch.get("outcome") or sum(counts.values()) != total or counts.get("pending"):
        yield told.id, f"its outcome is {batch.get('outcome')}, its counts are {counts} of {total}"
    states = Counter(record["state"] for record in seen.records.values() if record.get("batch") == told.id)
    never_submitted = total - states.total() - counts.get("rejected", 0)
    states["cancelled"] += never_submitted if batch.get("outcome") == "cancelled" else 0
    if any(counts.get(state, 0) != count for state, count in states.items()):
        yield told.id, f"its counts are {counts}, and its requests are {dict(states)}"
    for to in ("sns", "bus"):
        kinds = {
            sent.body["type"]
            for sent in [*seen.world.sent, *seen.on_the_bus]
            if sent.to == to and sent.body["data"].get("id") == told.id
        }
        if kinds != {f"batch.{batch.get('outcome')}"}:
            yield told.id, f"{to} was told {kinds}, and it is {batch.get('outcome')}"


@hard
def what_was_accepted_is_always_found(seen: Evidence) -> Iterator[tuple[str, str]]:
    for told in seen.actors.told.values():
        for answer in told.answers:
            if told.accepted_at is not None and answer.at >= told.accepted_at and answer.status == 404:
                yield told.id, f"{answer.call} was answered 404 at {answer.at:.1f} s"


@hard
def nobody_sees_what_is_somebody_elses(seen: Evidence) -> Iterator[tuple[str, str]]:
    for told in seen.actors.told.values():
        for answer in told.spied:
            if answer.status < 400:
                yield told.id, f"{answer.call} by somebody else was answered {answer.status}"


@hard
def what_is_no_request_is_rejected(seen: Evidence) -> Iterator[tuple[str, str]]:
    """By event and by StartExecution nobody waits for an answer: the bus hears of it, and a letter is kept."""
    rejected, unheard = json.dumps(seen.rejected), seen.stopped_unheard
    for told in seen.actors.told.values():
        is_bad = told.ask.body["deadlineSeconds"] < 0 and told.accepted_at is not None
        if is_bad and told.id not in rejected and told.id not in unheard:
            yield told.id, f"it is no request, came by {told.ask.door}, and was not rejected"


@hard
def what_is_a_request_is_not_rejected_for_what_it_says(seen: Evidence) -> Iterator[tuple[str, str]]:
    for told in seen.actors.told.values():
        for rejected in map(json.dumps, seen.rejected):
            is_valid = told.ask.body["deadlineSeconds"] > 0
            is_refused = "InvalidRequest" in rejected or NO_EVENT in rejected
            if is_valid and is_refused and told.id and told.id in rejected:
                yield told.id, f"it came by {told.ask.door}, and was rejected: {rejected}"


# How a request ends whose stream was over before anybody could see it.
_TOO_LATE = {"StreamFailed", "UrlExpired"}


@hard
def an_outage_is_waited_out(seen: Evidence) -> Iterator[tuple[str, str]]:
    """Where nothing but an outage goes wrong that ends well before the deadline, what can be ready is.

    A stream cannot whose whole life fits into the outages and the pause after them, which may be as long as they were.
    """
    ends = max((outage.ends for outage in seen.plan.outages), default=0.0)
    blind = 2 * (ends - min((outage.begins for outage in seen.plan.outages), default=0.0))
    if seen.plan.chances or seen.plan.deploys_at is not None:
        return
    for told in seen.actors.told.values():
        record, setting = seen.records.get(told.id), told.ask.setting
        is_left_alone = not any(step.what in {"cancel", "stop"} for step in told.ask.steps)
        will_be_ready = setting.get("readyAfterSeconds") is not None and "finalState" not in setting
        if record is None or record.get("withdrawn") or not is_left_alone or not will_be_ready:
            continue
        if blind >= record["connectSeconds"] and record.get("failure", {}).get("error") in _TOO_LATE:
            continue
        if seconds(record["deadlineAt"]) - max(ends, seconds(record["createdAt"])) > 350 and record["state"] != "ready":
            yield told.id, f"it is {record['state']} ({record.get('failure')}), and the outage ended at {ends:.0f} s"


@hard
def one_key_is_one_request(seen: Evidence) -> Iterator[tuple[str, str]]:
    for told in seen.actors.told.values():
        ids = {a.body["id"] for a in told.answers if a.call == "POST /streams" and a.status == 202}
        if told.ask.key and len(ids) > 1:
            yield told.ask.name, f"one key led to {ids}"


@hard
def a_url_is_given_out_once(seen: Evidence) -> Iterator[tuple[str, str]]:
    for told in seen.actors.told.values():
        if told.ask.body.get("claim") and len(told.granted) > 1:
            yield told.id, f"its URL was given out {len(told.granted)} times"


@hard
def calm_days_have_no_errors(seen: Evidence) -> Iterator[tuple[str, str]]:
    """Where nothing goes wrong, no answer is a 5xx, and every stream that becomes ready is handed over soon."""
    if seen.plan.mode != "calm":
        return
    for told in seen.actors.told.values():
        for answer in told.answers:
            if answer.status >= 500:
                yield told.ask.name, f"{answer.call} was answered {answer.status}"
        yield from _late(seen, told)


def _late(seen: Evidence, told: Any) -> Iterator[tuple[str, str]]:
    record = seen.records.get(told.id, {})
    after = told.ask.setting.get("readyAfterSeconds")
    if record.get("state") == "ready" and after is not None:
        taken = seen.states[told.id][-1][0] - (told.accepted_at or 0)
        starts = sum(told.ask.setting.get(name, 0) for name in ("startAfterSeconds", "serverAfterSeconds"))
        most = 2.2 * (after + starts + 5) + 30
        if taken > most:
            yield told.id, f"it took {taken:.0f} s, and should take {most:.0f} s at most"


@soft
def a_target_is_told_once(seen: Evidence) -> Iterator[tuple[str, str]]:
    for request_id, sents in seen.messages.items():
        for target, count in Counter(sent.to for sent in sents).items():
            if count > 1:
                yield request_id, f"{target} was told {count} times"


@soft
def an_outcome_is_counted_once(seen: Evidence) -> Iterator[tuple[str, str]]:
    counted, there = _counted(seen)
    if counted != there:
        yield "the metric Outcomes", f"counts {dict(counted)} of {dict(there)}"


def _quiet_from(seen: Evidence) -> float:
    """From when on nothing goes wrong any more, and all that was put off has come."""
    ends = max((outage.ends for outage in seen.plan.outages), default=0.0)
    struck = seen.world.weather.struck
    late = LATE if any(fault.kind in {"delayed", "late"} for fault in struck) else 0.0
    last = max((fault.at for fault in struck), default=0.0)
    return max(ends, min(last, FAULTS_END)) + late if struck else ends


def _address(target: Mapping[str, Any]) -> str:
    return str(target.get("url") or target.get("connectionId") or target["type"])
