"""The example at work: every case of the suite, as for the providers that come with Greenroom, and its own ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from greenroom.domain.values import RequestState
from tests.conformance.deployment import Deployment, deploy
from tests.conformance.stage import staged
from tests.conformance.suite import CASES, check
from tests.examples.acme_subject import Acme

Served = tuple[Acme, Deployment]


@pytest.fixture(scope="module")
def served(acme: str, aws: str) -> Iterator[Served]:
    subject = Acme()
    with subject.running():
        yield subject, deploy(acme, subject.variables, aws)


@pytest.mark.parametrize("case", CASES)
def test_the_flow_keeps_its_promise(case: str, served: Served) -> None:
    check(case, *served)


def test_a_desk_of_which_no_answer_told_is_found_by_the_client_token_and_let_go(served: Served) -> None:
    with staged("no answer of the create comes", *served) as stage:
        run = stage.play(releaseOnFailure=True, deadlineSeconds=stage.subject.deadline_seconds)
        run.assert_ended_as(RequestState.TIMED_OUT)
        assert run.record.stream_id is None
        assert (stage.subject.made(), stage.subject.held()) == (1, 1)
        stage.release()
        assert stage.subject.held() == 0


def test_the_url_of_a_desk_is_tried_for_as_long_as_acme_keeps_the_desk(served: Served) -> None:
    with staged("throttled for ever", *served) as stage:
        run = stage.play()
        run.assert_ended_as(RequestState.FAILED)
        assert run.reason.startswith("UrlExpired: ")
        tried = [attempt.begun for attempt in run.execution.of("GetStream")]
        assert (tried[-1] - tried[0]).total_seconds() == pytest.approx(600, abs=10)


def test_a_user_whom_acme_does_not_have_is_named_with_the_field(served: Served) -> None:
    with staged("unknown user", *served) as stage:
        run = stage.play()
        run.assert_ended_as(RequestState.FAILED)
        assert run.reason.startswith("UserNotFound: Acme has no user nobody: the field user must name one")


def test_a_refusal_that_nobody_foresaw_is_told_in_acme_s_words(served: Served) -> None:
    with staged("refused", *served) as stage:
        run = stage.play()
        run.assert_ended_as(RequestState.FAILED)
        assert run.reason.startswith(f"AcmeRefused: {stage.subject.url} refused: as the test says (status 418)")


def test_a_token_that_was_changed_is_read_again_at_once(served: Served) -> None:
    subject, _ = served
    with staged("secret changed", *served) as stage:
        subject.secret.put_token("t0ken-of-next-year")
        stage.play().assert_ready()


@pytest.mark.parametrize("token", ["two\nlines", "t0ken\n", "tökĕn"])
def test_a_token_that_no_header_can_hold_is_not_shown(token: str, served: Served) -> None:
    subject, _ = served
    with staged("credentials refused", *served) as stage:
        subject.secret.put_token(token)
        run = stage.play()
        run.assert_ended_as(RequestState.FAILED)
        assert run.reason.startswith("HeaderNotSendable: ")
        assert not any(part in run.execution.shown for part in token.split())
