from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow import tasks
from greenroom.flow.payloads import Task
from greenroom.handlers.task import task

handler = task(
    Task,
    tasks.create_stream,
    providers=bootstrap.providers(),
    records=bootstrap.records(),
    pacer=bootstrap.pacer(),
    clock=utc_now,
)
