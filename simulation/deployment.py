"""A deployment on virtual time: the real definition, the real functions, their tables and the streaming service."""

from __future__ import annotations

import io
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from pydantic.alias_generators import to_snake
from sfnx.testing import Call, Failure

from local.simulator.nimble.service import make
from simulation.dynamodb import DynamoDb, Table
from simulation.dynamodb.limits import Throughput
from simulation.followers import Follower, Following
from simulation.functions import Functions
from simulation.machine import Machine, on_virtual_time
from simulation.payloads import take
from simulation.portal import Portal
from simulation.process import chance, environment, functions
from simulation.scheduler import Scheduler
from simulation.service import SimulatedService
from simulation.wire import Answer, answered

DEFINITION = Path(__file__).parents[1] / "statemachine" / "stream.asl.json"
UPDATE_ITEM = "arn:aws:states:::dynamodb:updateItem"
# The part of a function's time that one call takes.
DYNAMODB_SECONDS = 0.005
SERVICE_SECONDS = 0.02
AWS = {"AWS_ACCESS_KEY_ID": "virtual", "AWS_SECRET_ACCESS_KEY": "virtual", "AWS_DEFAULT_REGION": "us-west-2"}
_QUIET = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_METRICS_NAMESPACE": "Greenroom"}
# Messages are taken, and nobody reads them.
_TAKEN = ("apigatewaymanagementapi", "eventbridge", "sns", "sqs")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Deployment:
    """`machine` runs executions, in processes of `scheduler`. `metrics`: how often each was counted."""

    scheduler: Scheduler
    machine: Machine
    functions: Functions
    dynamodb: DynamoDb
    service: SimulatedService
    metrics: Counter[str]
    throughput: Throughput | None
    portal: Portal
    followers: Sequence[Follower]

    @property
    def discarded(self) -> Mapping[str, int]:
        """How many changes of tables were given up, by the function that followed them."""
        return {follower.function: follower.discarded for follower in self.followers if follower.discarded}


@contextmanager
def deployed(
    variables: Mapping[str, str],
    tables: Iterable[Table],
    *,
    concurrency: int,
    seed: int,
    followings: Sequence[Following] = (),
    has_partitions: bool = False,
) -> Iterator[Deployment]:
    """Deploy, on a clock that is virtual until the block ends.

    `has_partitions`: the tables are new ones, which take no more in a second than AWS promises.
    """
    scheduler, service = Scheduler(), SimulatedService(make())
    throughput = Throughput(lambda: scheduler.elapsed) if has_partitions else None
    dynamodb = DynamoDb(tables, lambda: scheduler.elapsed, throughput)
    latencies, jitter = random.Random(f"latencies {seed}"), random.Random(f"jitter {seed}")  # noqa: S311
    text = definition(variables)

    def call_dynamodb(model: OperationModel, params: Mapping[str, Any]) -> Answer:
        scheduler.sleep(DYNAMODB_SECONDS)
        return dynamodb.answer(model, params)

    def call_service(model: OperationModel, params: Mapping[str, Any]) -> Answer:
        if invocation := lambdas.current:
            invocation.service_calls += 1
        scheduler.sleep(SERVICE_SECONDS)
        return service.answer(model, params)

    everything = {**AWS, **_QUIET, **variables}
    by_chance = chance(f"functions {seed}")
    with environment(everything), by_chance, scheduler.running(), on_virtual_time(), _counted() as metrics:
        with answered({"dynamodb": call_dynamodb, "nimble": call_service, **dict.fromkeys(_TAKEN, take)}):
            names = [*_functions_in(text), *(following.function for following in followings)]
            lambdas = Functions(functions(names, everything), scheduler, concurrency, latencies)
            call = caller(lambdas.call)
            portal = Portal(botocore.session.get_session().create_client("dynamodb"), scheduler)

        followers = [Follower(following, scheduler, lambdas.call) for following in followings]
        dynamodb.on_change += [follower.changed for follower in followers]
        machine = Machine(json.loads(text), scheduler, call, jitter)
        yield Deployment(scheduler, machine, lambdas, dynamodb, service, metrics, throughput, portal, followers)


class _Metrics(io.StringIO):
    """The standard output of functions: a metric is a line of JSON there."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: Counter[str] = Counter()

    def write(self, text: str) -> int:
        if text.startswith('{"_aws"'):
            (directive,) = json.loads(text)["_aws"]["CloudWatchMetrics"]
            self.counted.update(metric["Name"] for metric in directive["Metrics"])
        return len(text)


@contextmanager
def _counted() -> Iterator[Counter[str]]:
    with redirect_stdout(_Metrics()) as metrics:
        yield metrics.counted


def update_item(client: Any, arguments: Any) -> Any:
    """Step Functions' own UpdateItem. Its errors are named `DynamoDB.{code}`, `Exception` at the end of each."""
    try:
        answer = client.update_item(**arguments)
    except ClientError as error:
        name = error.response["Error"]["Code"].removesuffix("Exception")
        raise Failure(f"DynamoDB.{name}Exception", error.response["Error"]["Message"]) from error
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def definition(variables: Mapping[str, str]) -> str:
    """The definition with the tables that it names itself: `${Records}` is what the functions have as RECORDS_TABLE."""
    text = DEFINITION.read_text(encoding="utf-8")
    return _PLACEHOLDER.sub(lambda found: variables.get(f"{to_snake(found[1]).upper()}_TABLE", found[0]), text)


def caller(call: Callable[[str, Any], Any]) -> Callable[[Call], Any]:
    """Do what a Task asks for: an UpdateItem of Step Functions' own, or the call of a function.

    Made within `answered`, since it has a client.
    """
    client = botocore.session.get_session().create_client("dynamodb")

    def do(task: Call) -> Any:
        if task.resource == UPDATE_ITEM:
            return update_item(client, task.arguments)
        return call(_function_of(task.resource), task.arguments)

    return do


def _functions_in(text: str) -> list[str]:
    """The functions are the placeholders that are left: `"Resource": "${GetStream}"`."""
    return sorted(set(re.findall(r'"Resource":\s*"\$\{(\w+)\}"', text)))


def _function_of(resource: str) -> str:
    found = _PLACEHOLDER.fullmatch(resource)
    if found is None:
        raise ValueError(f"nobody does {resource} here")
    return found[1]
