"""`python -m tests.chaos.recorded SEED …`: the calls of DynamoDB that these runs make, with their answers, as JSON.

It is a process of its own, as the campaign is. Indexes do not lag here and no item of a batch is left, because another
DynamoDB could not know when.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from chaos.actors import Actors
from chaos.campaign import each
from chaos.plan import FAULTS_END, plan
from chaos.runs import until_quiet
from chaos.synthesis import CHANGES, resources
from simulation.dynamodb import DynamoDbError
from simulation.weather import Weather
from simulation.world import Code, World, loaded


def calls(code: Code, seed: int) -> list[dict[str, Any]]:
    """Play a run, and return each call as `{"operation", "request", "answer" or "error"}`, in order."""
    asked = plan(seed)
    chances = {kind: chance for kind, chance in asked.chances.items() if kind not in {"lags", "left"}}
    world = World(code, Weather(asked.seed, chances, asked.outages, ends_at=FAULTS_END), asked.skews)
    world.dynamodb.lag = lambda: 0
    made: list[dict[str, Any]] = []
    perform = world.dynamodb.perform

    def recorded(operation: str, request: Any) -> Any:
        call = {"operation": operation, "request": request}
        try:
            answer = perform(operation, request)
        except DynamoDbError as error:
            made.append({**call, "error": error.code})
            raise
        made.append({**call, "answer": json.loads(json.dumps(answer))})
        return answer

    world.dynamodb.perform = recorded  # type: ignore[method-assign]
    actors = Actors(world, asked)
    with world.running():
        actors.begin()
        world.scheduler.run(until_quiet(world, actors))
    return made


def main() -> None:
    template = resources()
    with loaded(template, CHANGES) as code:
        found = list(each(lambda seed: calls(code, seed), map(int, sys.argv[1:]), 1))
    tables = {each.name: dict(each.properties) for each in code.template.of("AWS::DynamoDB::Table")}
    json.dump({"tables": tables, "runs": found}, sys.stdout)


if __name__ == "__main__":
    main()
