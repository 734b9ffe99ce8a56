"""From what was counted to what it costs, line by line."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench import prices
from bench.cold_starts import FULL_VCPU_MEGABYTES
from bench.costs.meter import Counted, Cpu
from bench.costs.stage import CALL_SECONDS
from bench.prices import Price
from greenroom_cdk.functions import MEMORY_MEGABYTES
from greenroom_cdk.settings import Settings
from simulation.deployment import DEFINITION
from simulation.machine import Execution

# CPU is rounded up to this, so that the same code costs the same in each run.
CPU_STEP_SECONDS = 0.01
# A log event of a state machine without data, and a line of the API's access log, with what CloudWatch adds.
STATE_EVENT_BYTES, ACCESS_LINE_BYTES = 400, 400
# Every state is entered and exited; between the two, a task is scheduled and started, and has succeeded or failed.
EVENTS = {"Task": 5, "Choice": 2, "Wait": 2, "Fail": 1, "Succeed": 2}
EVENTS_OF_A_RETRY, EVENTS_OF_AN_EXECUTION = 3, 2
# Keys are cached, and X-Ray records the first trace of each second and 5 % of the others:
# https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
KMS_BUSY, TRACES_BUSY = 0.0, 0.05
RETENTION_MONTHS = Settings().record_retention_days * 12 / 365
# What the index `owned` has of a record, with the 100 bytes that DynamoDB counts for each entry:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.StorageConsiderations
ENTRY_BYTES = 300
_TYPES = {name: state["Type"] for name, state in json.loads(DEFINITION.read_text(encoding="utf-8"))["States"].items()}


@dataclass(frozen=True)
class Line:
    """So many units of a service at a price. `busy`: the share of them that is left where streams come all the time."""

    service: str
    count: float
    price: Price
    busy: float = 1.0

    @property
    def dollars(self) -> float:
        return self.price.of(self.count)

    @property
    def busy_dollars(self) -> float:
        return self.dollars * self.busy


def bill(counted: Counted, cpu: Cpu, execution: Execution | None = None, record_bytes: int = 0) -> list[Line]:
    """Every line, those with nothing too. Left out, as too small: data transfer, and keeping logs for a month."""
    kept = record_bytes * RETENTION_MONTHS
    return [
        Line("Step Functions", execution.transitions if execution else 0, prices.STATE_TRANSITION),
        Line("API Gateway", counted.times("Api"), prices.API_REQUEST),
        Line("Lambda", counted.times(), prices.LAMBDA_REQUEST),
        Line("Lambda", gigabyte_seconds(counted, cpu), prices.LAMBDA_DURATION),
        Line("DynamoDB", counted.write_units.total(), prices.WRITE_UNIT),
        Line("DynamoDB", counted.half_read_units.total() / 2, prices.READ_UNIT),
        Line("DynamoDB", kept + ENTRY_BYTES * RETENTION_MONTHS * bool(record_bytes), prices.STORAGE),
        Line("DynamoDB", kept, prices.RECOVERY),
        Line("SNS", counted.count("sns"), prices.SNS_REQUEST),
        Line("EventBridge", counted.count("eventbridge"), prices.EVENT),
        Line("SQS", _sqs(counted), prices.SQS_REQUEST),
        Line("Secrets Manager", counted.count("secrets-manager"), prices.SECRET_REQUEST),
        Line("KMS", _kms(counted), prices.KMS_REQUEST, busy=KMS_BUSY),
        Line("CloudWatch Logs", log_bytes(counted, execution), prices.LOG_INGESTION),
        Line("X-Ray", _traces(counted), prices.TRACE, busy=TRACES_BUSY),
    ]


def total(lines: Sequence[Line]) -> float:
    return sum(line.dollars for line in lines)


def busy_total(lines: Sequence[Line]) -> float:
    return sum(line.busy_dollars for line in lines)


def history_events(execution: Execution) -> int:
    states = sum(EVENTS[_TYPES[state]] for state in execution.states)
    return EVENTS_OF_AN_EXECUTION + states + EVENTS_OF_A_RETRY * execution.retries


def gigabyte_seconds(counted: Counted, cpu: Cpu) -> float:
    """CPU at the functions' share of a vCPU, and the time of the calls that they wait for."""
    share = MEMORY_MEGABYTES / FULL_VCPU_MEGABYTES
    seconds = 0.0
    for function, times in counted.functions.items():
        alone = math.ceil(cpu[function] / share / CPU_STEP_SECONDS) * CPU_STEP_SECONDS
        calls = sum(count for (caller, _, _), count in counted.calls.items() if caller == function)
        seconds += alone * times + CALL_SECONDS * calls
    return seconds * MEMORY_MEGABYTES / 1024


def log_bytes(counted: Counted, execution: Execution | None) -> int:
    """The bytes that the functions, the state machine and the API write."""
    events = history_events(execution) if execution else 0
    return counted.log_bytes + STATE_EVENT_BYTES * events + ACCESS_LINE_BYTES * counted.times("Api")


def _sqs(counted: Counted) -> int:
    """Those of the functions, and Lambda's own two for each message: ReceiveMessage and DeleteMessage."""
    return counted.count("sqs") + 2 * counted.times("Deliver")


def _kms(counted: Counted) -> int:
    """One request for each table that somebody touches, each message and each secret, as if no key were cached.

    DynamoDB keeps a table's key for five minutes, SQS and SNS a data key too:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html,
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
    A message is encrypted (GenerateDataKey, and Decrypt to prove that it can be read) and decrypted.
    """
    messages = counted.count("sns") + counted.count("sqs", "SendMessage")
    followed = counted.times("Announce", "Learn")
    return len(counted.touched) + 3 * messages + counted.count("secrets-manager") + followed


def _traces(counted: Counted) -> int:
    """One for each call of the API, the POST's with the execution in it, and each function that follows from that."""
    return counted.times("Api", "Announce", "Learn", "Deliver", "Reconcile")
