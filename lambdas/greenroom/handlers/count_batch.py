from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow.batch_payloads import BatchTask
from greenroom.flow.batches import count_batch
from greenroom.handlers.task import task

handler = task(
    BatchTask,
    count_batch,
    batches=bootstrap.batches(),
    members=bootstrap.members(),
    clock=utc_now,
)
