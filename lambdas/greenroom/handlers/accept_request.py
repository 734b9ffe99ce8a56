from greenroom import bootstrap
from greenroom.flow.payloads import Submission
from greenroom.handlers.task import task

handler = task(Submission, bootstrap.acceptance().accept_request)
