from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow.batch_payloads import SliceTask
from greenroom.flow.batches import submit_slice
from greenroom.handlers.task import task

handler = task(
    SliceTask,
    submit_slice,
    batches=bootstrap.batches(),
    records=bootstrap.records(),
    admission=bootstrap.admission(),
    executions=bootstrap.executions(),
    planner=bootstrap.planner(),
    defaults=bootstrap.defaults(),
    clock=utc_now,
)
