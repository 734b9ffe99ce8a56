from greenroom import bootstrap
from greenroom.flow.batch_payloads import Closing
from greenroom.handlers.task import task

handler = task(Closing, bootstrap.batch_tasks().cancel_requests)
