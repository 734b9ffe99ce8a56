from greenroom import bootstrap
from greenroom.delivery.rejection import reject
from greenroom.flow.payloads import Rejection
from greenroom.handlers.task import task

handler = task(
    Rejection,
    reject,
    rules=bootstrap.rules(),
    bus=bootstrap.bus(),
    letters=bootstrap.rejected_requests(),
)
