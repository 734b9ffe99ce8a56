from greenroom import flow
from greenroom.handlers.provider_task import provider_task

handler = provider_task(flow.prepare_session)
