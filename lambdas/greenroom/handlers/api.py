from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from greenroom.api.problem import problem, problem_of
from greenroom.domain.errors import GreenroomError
from greenroom.handlers.routes import batches, schedules, streams, waiting_room
from greenroom.observability import logged

# In its debug mode, by POWERTOOLS_DEV, it prints each event, and answers errors with their traceback.
app = APIGatewayRestResolver(debug=False)
for routes in (streams, batches, waiting_room, schedules):
    app.include_router(routes.calls)


@app.exception_handler(GreenroomError)  # type: ignore[untyped-decorator]
def _refuse(error: GreenroomError) -> Response[str]:
    return problem_of(error)


@app.not_found
def _no_route(_: Exception) -> Response[str]:
    return problem(HTTPStatus.NOT_FOUND, f"There is nothing at {app.current_event.path}")


@partial(logged, clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)
