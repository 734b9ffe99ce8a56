from greenroom import bootstrap
from greenroom.delivery.rejection import reject
from greenroom.environment import environment
from greenroom.flow.payloads import Rejection
from greenroom.handlers.task import task

handler = task(
    Rejection,
    reject,
    rules=environment().rules,
    bus=bootstrap.bus(),
    letters=bootstrap.rejected_requests(),
)
