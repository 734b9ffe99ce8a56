"""Every cell of the table in docs/providers.md is a case that is run."""

from __future__ import annotations

from greenroom.providers.catalogue import BUILT_IN
from tests.conformance.subjects import SUBJECTS
from tests.conformance.suite import CASES
from tools.conformance import table


def test_every_provider_is_a_subject_with_a_scene_for_every_case() -> None:
    assert {subject.provider for subject in SUBJECTS} == set(BUILT_IN)
    for subject in SUBJECTS:
        assert list(subject.scenes) == list(CASES), subject.provider


def test_every_note_of_a_scene_is_below_the_table() -> None:
    for subject in SUBJECTS:
        for scene in subject.scenes.values():
            assert scene.note in table()
