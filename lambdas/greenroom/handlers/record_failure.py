from greenroom import bootstrap
from greenroom.flow.payloads import FailureOutcome
from greenroom.handlers.task import task

handler = task(FailureOutcome, bootstrap.flow().record_failure)
