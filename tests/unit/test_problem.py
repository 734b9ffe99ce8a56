"""Errors of the API by RFC 9457."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest

from greenroom.problem import problem


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
