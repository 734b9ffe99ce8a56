"""The script that a page's commands make."""

from __future__ import annotations

import subprocess

import pytest

from tests.docs.shell import replaced, script
from tests.docs.treatments import pages_with_commands


@pytest.mark.parametrize("page", pages_with_commands())
def test_the_script_of_a_page_can_be_read_by_the_shell(page: str) -> None:
    done = subprocess.run(  # noqa: S603  # it reads, and runs nothing
        ["bash", "-n", "-c", script(page)],  # noqa: S607  # as a reader's shell is found
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def test_a_page_that_signs_calls_has_the_function_that_does() -> None:
    assert script("docs/api.md").count("signed() {") == script("docs/requests.md").count("signed() {") == 1
    assert "signed() {" not in script("docs/deploy.md")


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("make up    # AUTH=true: with IAM", ": make up"),
        ("make down; kill %1", ": make down; kill %1"),
        ("make redrive ARGS=--dry-run", "make -C $GREENROOM redrive ARGS=--dry-run"),
        ('PATH="$PWD/.venv/bin:$PATH" cdk deploy -c a=b', 'PATH="$GREENROOM/.venv/bin:$PATH" true cdk deploy -c a=b'),
        ("make deploy    # the providers", "true make deploy"),
        ("greenroom request nimble", "greenroom request nimble"),
    ],
)
def test_what_cannot_be_run_has_a_stand_in(text: str, runs: str) -> None:
    assert replaced(text) == runs
