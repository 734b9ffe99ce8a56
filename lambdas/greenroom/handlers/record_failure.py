from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow.payloads import FailureOutcome
from greenroom.flow.tasks import record_failure
from greenroom.handlers.task import task

handler = task(
    FailureOutcome,
    record_failure,
    records=bootstrap.records(),
    clock=utc_now,
)
