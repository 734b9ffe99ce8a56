from greenroom import bootstrap
from greenroom.delivery.batch_summary import end_batch
from greenroom.domain.values import utc_now
from greenroom.flow.batch_payloads import Ending
from greenroom.handlers.task import task

handler = task(
    Ending,
    end_batch,
    batches=bootstrap.batches(),
    channels=bootstrap.public_channels(),
    clock=utc_now,
)
