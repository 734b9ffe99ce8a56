"""What is known of a caller, by the ARNs that IAM gives."""

from __future__ import annotations

import pytest

from greenroom.domain.caller import EVENT, EXECUTION, Caller, fits, is_like

ARTIST = "arn:aws:sts::123456789012:assumed-role/Artist/ada"


@pytest.mark.parametrize(
    ("arn", "session_name", "user_name", "role"),
    [
        (ARTIST, "ada", None, "arn:aws:iam::123456789012:role/Artist"),
        ("arn:aws-cn:sts::1:assumed-role/A+=,.@-_/a=b@c", "a=b@c", None, "arn:aws-cn:iam::1:role/A+=,.@-_"),
        ("arn:aws:iam::123456789012:user/ada", None, "ada", None),
        ("arn:aws:iam::123456789012:user/team/vfx/ada", None, "ada", None),
        ("arn:aws:iam::123456789012:root", None, None, None),
        ("arn:aws:sts::123456789012:federated-user/ada", None, None, None),
        ("arn:aws:iam::123456789012:role/Artist/ada", None, None, None),
        ("", None, None, None),
        (EVENT.arn, None, None, None),
    ],
)
def test_parts_are_read_from_the_arn(arn: str, session_name: str | None, user_name: str | None, role: str) -> None:
    caller = Caller(arn)
    assert (caller.session_name, caller.user_name, caller.role) == (session_name, user_name, role)


def test_a_template_is_filled_in_with_the_parts_that_there_are() -> None:
    assert Caller(ARTIST).filled_in("classes/{sessionName}/") == "classes/ada/"
    assert Caller(ARTIST, "us-west-2:1").filled_in("{cognitoIdentityId}-{sessionName}") == "us-west-2:1-ada"
    assert Caller(ARTIST).filled_in("plain") == "plain"
    assert Caller(ARTIST).filled_in("classes/{userName}/") is None
    assert Caller(ARTIST).filled_in("classes/{unknown}/") is None


def test_the_name_that_all_people_of_a_pool_have_is_no_part() -> None:
    assert Caller("arn:aws:sts::1:assumed-role/Pool/CognitoIdentityCredentials").filled_in("{sessionName}") is None


@pytest.mark.parametrize(
    ("template", "value", "does"),
    [
        ("{sessionName}", "ada", True),
        ("{sessionName}", "adam", False),
        ("{sessionName}", "Ada", False),
        ("STUDIO\\{sessionName}", "STUDIO\\ada", True),
        ("render-*", "render-7", True),
        ("render-?", "render-77", False),
        ("a[bc]", "ab", False),
        ("a[bc]", "a[bc]", True),
        ("", "", True),
        ("*", "any\nthing", True),
    ],
)
def test_a_value_fits_a_template_of_its_caller(template: str, value: str, does: bool) -> None:  # noqa: FBT001
    pattern = Caller(ARTIST).pattern_of(template)
    assert pattern is not None
    assert fits(value, pattern) is does


@pytest.mark.parametrize("name", ["*", "a?a", "[ab]da", "a]"])
def test_a_part_of_the_caller_is_no_pattern_whatever_is_in_it(name: str) -> None:
    pattern = Caller(f"arn:aws:iam::1:user/{name}").pattern_of("{userName}")
    assert pattern is not None
    assert fits(name, pattern)
    assert not fits("ada", pattern)
    assert not fits("bda", pattern)


def test_an_arn_is_like_a_pattern_of_stars_and_question_marks_alone() -> None:
    assert is_like(ARTIST, "arn:aws:sts::123456789012:assumed-role/Artist/*")
    assert is_like(ARTIST, "arn:aws:sts::123456789012:assumed-role/Artis?/ad?")
    assert not is_like(ARTIST, "arn:aws:sts::123456789012:assumed-role/[A-Z]rtist/*")
    assert not is_like(ARTIST, "arn:aws:sts::123456789012:assumed-role/Art/*")


def test_the_senders_of_events_and_executions_are_known_to_nobody() -> None:
    assert [caller.is_known for caller in (EVENT, EXECUTION, Caller(ARTIST), Caller(""))] == [False, False, True, True]
