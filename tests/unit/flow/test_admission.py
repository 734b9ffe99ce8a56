"""Who may ask for whom: at the API, by event, by StartExecution, and what is on record already."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.domain.caller import EVENT, EXECUTION, Caller
from greenroom.domain.errors import InvalidRequest, NotAllowed, RequestConflict
from greenroom.flow.acceptance import Defaults
from greenroom.flow.admission import Admission
from greenroom.flow.payloads import Submission
from greenroom.request.identities import Identities, IdentityRule
from greenroom.request.rules import Rules
from greenroom.request.stream_request import StreamRequest, parse_request
from tests.support.admission import NOTEBOOKS, InMemoryOrigins, an_admission
from tests.support.examples import an_acceptance
from tests.support.fakes import InMemoryRecords

SERVED = Rules(("nimble", "jupyterhub", "dcv", "gameliftstreams"))
DEFAULTS = Defaults(900, SERVED)
ADA, BOB = (Caller(f"arn:aws:sts::123456789012:assumed-role/Artist/{name}") for name in ("ada", "bob"))
EVENTS = IdentityRule("classes", ("event",), "jupyterhub", "user", ("class-*",))
CONNECTED = [{"type": "sns"}, {"type": "websocket", "connectionId": "c="}]


def a_notebook(user: str = "ada", **fields: Any) -> dict[str, Any]:
    return {"provider": "jupyterhub", "user": user, **fields}


def a_request(body: Any) -> StreamRequest:
    return parse_request(body, SERVED)


def refused(admission: Admission, caller: Caller, body: Any) -> dict[str, str]:
    """The fields that a caller is refused, with the reasons."""
    try:
        admission.check(caller, a_request(body))
    except NotAllowed as error:
        return {each.field: each.detail for each in error.errors}
    return {}


def taken_up(body: Any, admission: Admission, records: InMemoryRecords | None = None) -> str:
    return an_acceptance(records, admission=admission, defaults=DEFAULTS).accept_request(Submission("r", body)).id


def accepted(body: Any, caller: Caller, admission: Admission, records: InMemoryRecords) -> None:
    an_acceptance(records, admission=admission, defaults=DEFAULTS).accept(
        Submission("r", body), caller=caller, owner=caller.arn
    )


def test_a_caller_asks_for_its_own_person_and_for_nobody_else() -> None:
    admission = an_admission(NOTEBOOKS)
    assert refused(admission, ADA, a_notebook("ada")) == {}
    (reason,) = refused(admission, BOB, a_notebook("ada")).values()
    assert reason == "must be one that this caller may ask for (by the rules: own-notebooks)"


def test_what_is_refused_is_put_on_no_record() -> None:
    records = InMemoryRecords()
    with pytest.raises(NotAllowed, match="user: must be one that this caller may ask for"):
        accepted(a_notebook("ada"), BOB, an_admission(NOTEBOOKS), records)
    assert records.records == {}


def test_without_a_rule_for_its_provider_a_request_is_open_to_all() -> None:
    body = {"provider": "nimble", "studioId": "studio", "sessionId": "session"}
    for caller in (BOB, EVENT, EXECUTION):
        assert refused(an_admission(NOTEBOOKS), caller, body) == {}


def test_a_caller_whom_no_rule_names_asks_for_nobody() -> None:
    others = ("arn:aws:iam::123456789012:user/bob", "arn:aws:sts::210987654321:assumed-role/Artist/ada", "")
    for arn in others:
        assert list(refused(an_admission(NOTEBOOKS), Caller(arn), a_notebook("ada"))) == ["user"]


def test_an_administrator_needs_a_rule_like_everybody() -> None:
    assert list(refused(an_admission(NOTEBOOKS, administrators="*"), BOB, a_notebook())) == ["user"]


def test_any_rule_of_a_field_lets_in_and_each_field_that_rules_name_needs_one() -> None:
    teachers = IdentityRule("teachers", (ADA.arn,), "jupyterhub", "user", ("*",))
    default = IdentityRule("default-server", (ADA.arn, BOB.arn), "jupyterhub", "serverName", ("",))
    admission = an_admission(NOTEBOOKS, teachers, default)
    assert refused(admission, ADA, a_notebook("bob")) == {}
    assert list(refused(admission, ADA, a_notebook("bob", serverName="gpu"))) == ["serverName"]
    assert list(refused(admission, BOB, a_notebook("ada", serverName="gpu"))) == ["user", "serverName"]


def test_a_field_that_is_absent_names_nobody() -> None:
    sessions = IdentityRule("sessions", (ADA.arn,), "dcv", "sessionId", ("ada-*",))
    admission = an_admission(sessions)
    assert refused(admission, BOB, {"provider": "dcv", "owner": "bob"}) == {}
    assert list(refused(admission, BOB, {"provider": "dcv", "owner": "bob", "sessionId": "ada-1"})) == ["sessionId"]
    assert refused(admission, ADA, {"provider": "dcv", "owner": "ada", "sessionId": "ada-1"}) == {}


def test_each_item_of_a_list_is_asked_for() -> None:
    near = IdentityRule("near", (ADA.arn,), "gameliftstreams", "locations", ("eu-*",))
    body = {"provider": "gameliftstreams", "streamGroupId": "g", "applicationId": "a"}
    assert refused(an_admission(near), ADA, {**body, "locations": ["eu-west-1", "eu-central-1"]}) == {}
    assert refused(an_admission(near), ADA, {**body, "locations": ["eu-west-1", "us-east-1"]})


def test_rules_come_through_the_environment_as_they_are() -> None:
    rules = Identities((NOTEBOOKS, EVENTS))
    assert Identities.load(rules.dump()) == rules


@pytest.mark.parametrize("pattern", ["*", "arn:*", "?vent", "e*"])
def test_no_pattern_lets_in_events_or_executions(pattern: str) -> None:
    anybody = IdentityRule("anybody", (pattern,), "jupyterhub", "user", ("*",))
    for caller in (EVENT, EXECUTION):
        assert refused(an_admission(anybody), caller, a_notebook())


def test_no_caller_is_taken_for_an_event() -> None:
    assert refused(an_admission(EVENTS), ADA, a_notebook("class-a"))


def test_what_came_as_an_event_is_judged_as_one() -> None:
    admission = an_admission(EVENTS)
    admission.take_event("r", a_request(a_notebook("class-a")))
    assert taken_up(a_notebook("class-a"), admission) == "r"
    with pytest.raises(NotAllowed):
        admission.take_event("r", a_request(a_notebook("ada")))


def test_an_execution_cannot_pass_itself_off_as_an_event() -> None:
    origins = InMemoryOrigins()
    admission = an_admission(EVENTS, origins=origins)
    with pytest.raises(InvalidRequest, match="user: must be one"):
        taken_up(a_notebook("class-a"), admission)
    admission.take_event("r", a_request(a_notebook("class-a")))
    with pytest.raises(InvalidRequest, match="user: must be one"):
        taken_up(a_notebook("class-b"), admission)


def test_an_execution_fails_by_the_name_that_every_release_knows() -> None:
    with pytest.raises(InvalidRequest) as caught:
        taken_up(a_notebook(), an_admission(NOTEBOOKS))
    assert type(caught.value) is InvalidRequest
    assert [error.field for error in caught.value.errors] == ["user"]


def test_what_is_on_record_was_asked_for_by_somebody_who_might() -> None:
    origins, records = InMemoryOrigins(**{"c=": ADA.arn}), InMemoryRecords()
    admission = an_admission(NOTEBOOKS, origins=origins)
    accepted(a_notebook("ada", notify=CONNECTED), ADA, admission, records)
    origins.looked_up.clear()
    assert taken_up(a_notebook("ada", notify=CONNECTED), admission, records) == "r"
    assert origins.looked_up == []
    with pytest.raises(RequestConflict):
        taken_up(a_notebook("bob"), admission, records)


def test_nothing_is_looked_up_for_a_request_that_no_rule_concerns() -> None:
    origins = InMemoryOrigins()
    taken_up(
        {"provider": "nimble", "studioId": "studio", "sessionId": "session"}, an_admission(NOTEBOOKS, origins=origins)
    )
    assert origins.looked_up == []


def test_an_event_that_no_rule_concerns_leaves_no_note() -> None:
    origins = InMemoryOrigins()
    an_admission(origins=origins).take_event("r", a_request(a_notebook()))
    assert origins.events == {}


def test_a_connection_is_told_of_its_own_caller_s_requests_alone() -> None:
    admission = an_admission(origins=InMemoryOrigins(**{"c=": ADA.arn}))
    assert refused(admission, ADA, a_notebook(notify=CONNECTED)) == {}
    not_theirs = refused(admission, BOB, a_notebook(notify=CONNECTED))
    assert list(not_theirs) == ["notify[1].connectionId"]
    unknown = [{"type": "sns"}, {"type": "websocket", "connectionId": "unknown"}]
    assert refused(admission, BOB, a_notebook(notify=unknown)) == not_theirs


def test_an_administrator_has_any_connection_told() -> None:
    assert refused(an_admission(administrators=BOB.arn), BOB, a_notebook(notify=CONNECTED)) == {}


@pytest.mark.parametrize("sender", [EVENT, EXECUTION])
def test_whoever_sends_no_signature_has_no_connection_told(sender: Caller) -> None:
    origins = InMemoryOrigins(**{"c=": sender.arn})
    admission = an_admission(origins=origins, administrators="*")
    assert list(refused(admission, sender, a_notebook(notify=CONNECTED))) == ["notify[1].connectionId"]


def test_the_sessions_of_a_shared_role_share_their_connections() -> None:
    role = "arn:aws:iam::123456789012:role/Artist"
    admission = an_admission(origins=InMemoryOrigins(**{"c=": role}), shared_roles=role)
    assert refused(admission, BOB, a_notebook(notify=CONNECTED)) == {}


def test_a_connection_that_many_requests_name_is_looked_up_once() -> None:
    origins = InMemoryOrigins(**{"c=": ADA.arn})
    check = an_admission(origins=origins).of(ADA).check
    for _ in range(3):
        check(a_request(a_notebook(notify=CONNECTED)))
    assert origins.looked_up == ["c="]
