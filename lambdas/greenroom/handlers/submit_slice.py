from greenroom import bootstrap
from greenroom.flow.batch_payloads import SliceTask
from greenroom.handlers.task import task

handler = task(SliceTask, bootstrap.batch_tasks().submit_slice)
