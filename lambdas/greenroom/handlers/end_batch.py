from greenroom import bootstrap
from greenroom.flow.batch_payloads import Ending
from greenroom.handlers.task import task

handler = task(Ending, bootstrap.batch_summaries().end_batch)
