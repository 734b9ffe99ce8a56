"""The followers of the virtual clock are handed changes as the deployed ones are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from simulation.followers import Following
from simulation.policies import LEARNING
from tests.infra.synthesised import Synthesised


@pytest.fixture(scope="session")
def mappings(stack: Synthesised) -> Mapping[str, Any]:
    found = stack.properties("AWS::Lambda::EventSourceMapping").values()
    return {stack.function_of(each["FunctionName"]): each for each in found if "FilterCriteria" in each}


@pytest.mark.parametrize("following", LEARNING, ids=lambda following: following.function)
def test_a_follower_of_the_virtual_clock_has_the_rules_of_the_template(
    following: Following, mappings: Mapping[str, Any]
) -> None:
    mapping = mappings[following.function.lower()]
    assert following.batch_size == mapping["BatchSize"]
    assert following.gather_seconds == mapping.get("MaximumBatchingWindowInSeconds", 0)
    assert following.parallelization_factor == mapping.get("ParallelizationFactor", 1)
    assert following.max_record_age_seconds == mapping["MaximumRecordAgeInSeconds"]
    assert following.max_retries == mapping["MaximumRetryAttempts"]
    assert mapping["BisectBatchOnFunctionError"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_pool_that_fails_holds_up_the_others_for_five_minutes_at_most(mappings: Mapping[str, Any]) -> None:
    """Nothing is lost with it: the next outcome of the pool is learned from together with all that came before."""
    learn = mappings["learn"]
    assert learn["MaximumRecordAgeInSeconds"] == 300
