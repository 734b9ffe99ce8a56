"""The table in docs/providers.md is the suite's, and every cell of it is a case that is run."""

from __future__ import annotations

import pytest

from greenroom.providers.catalogue import BUILT_IN
from tests.conformance.subjects import SUBJECTS
from tests.conformance.suite import CASES
from tools.conformance import PART, table


def test_the_table_is_what_the_suite_makes() -> None:
    page = PART.page.read_text()
    assert page == PART.written(page), "run python -m tools.conformance"


def test_every_provider_is_a_subject_with_a_scene_for_every_case() -> None:
    assert {subject.provider for subject in SUBJECTS} == set(BUILT_IN)
    for subject in SUBJECTS:
        assert list(subject.scenes) == list(CASES), subject.provider


def test_every_note_of_a_scene_is_below_the_table() -> None:
    for subject in SUBJECTS:
        for scene in subject.scenes.values():
            assert scene.note in table()


def test_a_page_without_a_place_for_the_table_is_an_error() -> None:
    with pytest.raises(ValueError, match="must have the lines"):
        PART.written("# Providers\n")
