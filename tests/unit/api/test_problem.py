"""Errors of the API by RFC 9457."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from greenroom.api.problem import problem, problem_of
from greenroom.domain.errors import (
    BodyTooLarge,
    DoorsClosed,
    FieldError,
    GreenroomError,
    InvalidRequest,
    LinkRefused,
    NameTaken,
    NotAllowed,
    RequestConflict,
    StreamGone,
    ThrottlingException,
    UnknownRequest,
    UsageExceeded,
)

ANSWERS = {
    InvalidRequest([FieldError("studioId", "is required")]): 400,
    NotAllowed([FieldError("user", "must be one that this caller may ask for")]): 403,
    UnknownRequest("There is no request r of yours"): 404,
    RequestConflict("Request r has ended already"): 409,
    NameTaken("The name r was taken"): 409,
    StreamGone("The URL was claimed already"): 410,
    LinkRefused("The link has ended"): 401,
    BodyTooLarge("The body is too large"): 413,
    ThrottlingException("Step Functions starts no more executions for now"): 429,
    UsageExceeded("2 requests of yours are pending", 7): 429,
    DoorsClosed("Nothing new is accepted"): 503,
}


def kinds(root: type[GreenroomError] = GreenroomError) -> Iterator[type[GreenroomError]]:
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


NO_ANSWERS = [kind for kind in kinds() if kind not in {type(error) for error in ANSWERS}]


@pytest.mark.parametrize("status", [HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS])
def test_a_problem_says_what_is_wrong_as_the_rfc_has_it(status: HTTPStatus) -> None:
    answer = problem(status, "There is no such request")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status.value, "application/problem+json")
    assert json.loads(answer.body or "") == {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": "There is no such request",
    }


def test_a_problem_names_each_bad_field() -> None:
    errors = [{"field": "studioId", "detail": "is required"}, {"field": "notify[0].url", "detail": "is required"}]
    answer = problem(HTTPStatus.BAD_REQUEST, "Two fields are missing", errors)
    assert json.loads(answer.body or "")["errors"] == errors


def test_a_problem_may_say_when_to_come_back() -> None:
    answer = problem(HTTPStatus.TOO_MANY_REQUESTS, "Slow down", headers={"Retry-After": "5"})
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize(("error", "status"), ANSWERS.items(), ids=lambda value: type(value).__name__)
def test_an_error_that_is_the_caller_s_is_a_problem_with_its_status(error: GreenroomError, status: int) -> None:
    answer = problem_of(error)
    body = json.loads(answer.body or "")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert (body["status"], body["title"], body["detail"]) == (status, HTTPStatus(status).phrase, str(error))


def test_a_start_that_was_throttled_may_be_asked_for_again_after_a_pause() -> None:
    assert problem_of(ThrottlingException("not now")).headers["Retry-After"] == "2"


def test_a_limit_of_usage_says_when_there_may_be_room_if_ever_there_is() -> None:
    assert problem_of(UsageExceeded("2 requests of yours are pending", 7)).headers["Retry-After"] == "7"
    assert "Retry-After" not in problem_of(UsageExceeded("A batch may have 5 requests here", None)).headers


def test_what_a_problem_says_is_bounded() -> None:
    answer = problem(HTTPStatus.NOT_FOUND, f"There is nothing at /{'x' * 50_000}")
    assert len(answer.body or "") < 11_000


def test_only_a_request_that_breaks_rules_names_fields() -> None:
    named = {type(error): json.loads(problem_of(error).body or "").get("errors") for error in ANSWERS}
    assert named.pop(InvalidRequest) == [{"field": "studioId", "detail": "is required"}]
    assert named.pop(NotAllowed) == [{"field": "user", "detail": "must be one that this caller may ask for"}]
    assert set(named.values()) == {None}


@pytest.mark.parametrize("kind", NO_ANSWERS)
def test_an_error_that_is_not_the_caller_s_is_raised(kind: type[GreenroomError]) -> None:
    """The API's function fails, so that the error counts, and the caller gets a 502 that says nothing of it."""
    error = kind.__new__(kind, "our own trouble")
    with pytest.raises(kind) as caught:
        problem_of(error)
    assert caught.value is error


@pytest.mark.parametrize("error", ANSWERS, ids=lambda error: type(error).__name__)
def test_no_cache_keeps_a_problem(error: GreenroomError) -> None:
    """By default it may keep a 404 or a 410: https://www.rfc-editor.org/rfc/rfc9110#section-15.1."""
    assert problem_of(error).headers["Cache-Control"] == "no-store"


def test_who_has_no_link_learns_how_to_show_one_and_nobody_else_does() -> None:
    """Every 401 has a challenge: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2."""
    challenges = {type(error): problem_of(error).headers.get("WWW-Authenticate") for error in ANSWERS}
    assert challenges.pop(LinkRefused) == 'Bearer realm="waiting room"'
    assert set(challenges.values()) == {None}


def test_closed_doors_say_when_to_come_again() -> None:
    assert problem_of(DoorsClosed("Nothing new is accepted")).headers["Retry-After"] == "300"
