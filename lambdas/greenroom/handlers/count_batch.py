from greenroom import bootstrap
from greenroom.flow.batch_payloads import BatchTask
from greenroom.handlers.task import task

handler = task(BatchTask, bootstrap.batch_tasks().count_batch)
