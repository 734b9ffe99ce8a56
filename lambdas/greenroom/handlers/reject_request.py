from greenroom import bootstrap
from greenroom.flow.payloads import Rejection
from greenroom.handlers.task import task

handler = task(Rejection, bootstrap.rejections().reject)
