from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.environment import environment
from greenroom.flow import tasks
from greenroom.flow.payloads import Submission
from greenroom.handlers.task import task

handler = task(
    Submission,
    tasks.accept_request,
    records=bootstrap.records(),
    defaults=environment().defaults,
    clock=utc_now,
)
