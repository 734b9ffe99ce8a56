from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow import tasks
from greenroom.flow.payloads import FailureOutcome
from greenroom.handlers.task import task

handler = task(
    FailureOutcome,
    tasks.record_failure,
    records=bootstrap.records(),
    clock=utc_now,
)
