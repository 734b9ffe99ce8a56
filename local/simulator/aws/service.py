"""A simulated service of AWS: its model says what a call is, and a subclass does it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from werkzeug import Request, Response

from local.simulator.aws.errors import ServiceError
from local.simulator.aws.protocol import AwsProtocol, Parameters, input_shape
from local.simulator.core.service import Answer, B, Invocation, Service


@dataclass(frozen=True)
class Done:
    """An operation's output by the members of the model, and what `Answer` says beside it."""

    output: Mapping[str, object] = field(default_factory=dict, repr=False)
    stream_id: str | None = None
    secret: str | None = field(default=None, repr=False)


Perform = Callable[[Parameters, datetime], Done]


class AwsService(Service[B]):
    """Inputs reach an operation only if they are valid by the model. Operations raise ServiceError."""

    throttled = "ThrottlingException"

    def __init__(self, protocol: AwsProtocol, performs: Mapping[str, Perform]) -> None:
        self._protocol = protocol
        self._performs = performs
        self.operations = protocol.operations
        self.errors = protocol.errors

    @abstractmethod
    def subject(self, members: Mapping[str, object]) -> tuple[str | None, str | None]:
        """Tell a call's key and stream id by its input, which may not be as the model says."""

    def identify(self, request: Request) -> Invocation | Response:
        found = self._protocol.operation(request)
        if isinstance(found, Response):
            return found
        operation, labels = found
        try:
            read: Parameters | ServiceError = self._protocol.read(operation, request, labels)
        except ServiceError as error:
            read = error
        given: Mapping[str, object] = labels if isinstance(read, ServiceError) else read
        key, stream_id = self.subject(given)
        return Invocation(operation, key, stream_id, self._client_token(operation, given), read)

    def perform(self, invocation: Invocation, request: Request, now: datetime) -> Answer:  # noqa: ARG002  # read already
        try:
            done = self._perform(invocation.operation, invocation.input, now)
        except ServiceError as error:
            return Answer(self._protocol.serialise_error(error))
        return Answer(self._protocol.serialise(invocation.operation, done.output), done.stream_id, done.secret)

    def refuse(self, invocation: Invocation, error: str, message: str) -> Response:  # noqa: ARG002  # the same for all
        return self._protocol.serialise_error(ServiceError(error, message))

    def _perform(self, operation: str, read: Parameters | ServiceError, now: datetime) -> Done:
        if isinstance(read, ServiceError):
            raise read
        if operation not in self._performs:
            raise ServiceError("ValidationException", f"this simulator does not implement {operation}")
        self._protocol.check(operation, read)
        return self._performs[operation](read, now)

    def _client_token(self, operation: str, given: Mapping[str, object]) -> str | None:
        members = input_shape(self._protocol.model.operation_model(operation)).members
        tokens = [given.get(name) for name, member in members.items() if member.metadata.get("idempotencyToken")]
        return next((token for token in tokens if isinstance(token, str)), None)


def text(members: Mapping[str, object], name: str) -> str | None:
    """Return a member of an input that may not be as the model says, if it is there and is text."""
    value = members.get(name)
    return value if isinstance(value, str) else None
