from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow.batch_payloads import BatchTask
from greenroom.flow.batches import begin_batch
from greenroom.handlers.task import task

handler = task(
    BatchTask,
    begin_batch,
    batches=bootstrap.batches(),
    doors=bootstrap.doors(),
    clock=utc_now,
)
