from greenroom import bootstrap
from greenroom.flow.payloads import Task
from greenroom.handlers.task import task

handler = task(Task, bootstrap.flow().prepare_session)
