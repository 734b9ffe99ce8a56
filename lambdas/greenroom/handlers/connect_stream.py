from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow import tasks
from greenroom.flow.payloads import Task
from greenroom.handlers.task import task

handler = task(
    Task,
    tasks.connect_stream,
    providers=bootstrap.providers(),
    stream_urls=bootstrap.stream_urls(),
    clock=utc_now,
)
