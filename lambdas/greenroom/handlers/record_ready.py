from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow import tasks
from greenroom.flow.payloads import ReadyOutcome
from greenroom.handlers.task import task

handler = task(
    ReadyOutcome,
    tasks.record_ready,
    records=bootstrap.records(),
    clock=utc_now,
)
