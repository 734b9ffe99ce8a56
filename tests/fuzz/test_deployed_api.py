"""Calls by chance of the API that the deployed tests have deployed: `python -m tests.fuzz` makes many more."""

from __future__ import annotations

from tests.e2e.deployed import Deployed
from tests.fuzz.run import fuzz
from tests.security.people import People, may_invoke

CASES, SEED = 300, 19


def test_no_call_of_the_api_is_a_fault_of_ours_and_every_answer_is_as_the_document_has_it(deployed: Deployed) -> None:
    caller = People(deployed).user("fuzz", may_invoke(deployed))
    tally = fuzz(caller.session, deployed.outputs["ApiUrl"], cases=CASES, seed=SEED)
    assert tally.cases >= CASES
    assert not tally.findings, str(tally)
