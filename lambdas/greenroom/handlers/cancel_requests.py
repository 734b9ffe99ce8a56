from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow.batch_payloads import Closing
from greenroom.flow.batches import cancel_requests
from greenroom.handlers.task import task

handler = task(
    Closing,
    cancel_requests,
    batches=bootstrap.batches(),
    members=bootstrap.members(),
    records=bootstrap.records(),
    executions=bootstrap.executions(),
    clock=utc_now,
)
