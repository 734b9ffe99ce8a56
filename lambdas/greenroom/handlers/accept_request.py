from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow.acceptance import accept_request
from greenroom.flow.payloads import Submission
from greenroom.handlers.task import task

handler = task(
    Submission,
    accept_request,
    records=bootstrap.records(),
    admission=bootstrap.admission(),
    planner=bootstrap.planner(),
    defaults=bootstrap.defaults(),
    doors=bootstrap.doors(),
    clock=utc_now,
)
