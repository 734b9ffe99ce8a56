"""docs/api/openapi.json and docs/events/*.schema.json, from the models that Greenroom uses."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from greenroom.delivery.announcements import BatchMessage, ProgressFrame, ReadyData, RejectedData
from tools import openapi
from tools.json_schema import Incoming, Outgoing
from tools.provider_models import FailureMessage, ReadyMessage, StreamRequest

_Message = Annotated[ReadyMessage | FailureMessage, Field(discriminator="type")]


def documents() -> dict[str, dict[str, Any]]:
    """Return every document by its path below docs."""
    return {
        "api/openapi.json": openapi.document(),
        "events/stream-requested.schema.json": _schema("A request: the detail of Stream Requested", StreamRequest),
        "events/message.schema.json": _schema("The message to the topic, a webhook, a WebSocket", _Message),
        "events/outcome.schema.json": _outcome(),
        "events/stream-rejected.schema.json": _schema("A rejection: the detail of Stream Rejected", RejectedData),
        "events/batch.schema.json": _schema("The summary of a batch, to the topic and the bus", BatchMessage),
        "events/progress.schema.json": _schema("The frame that shows progress to a WebSocket", ProgressFrame),
    }


def _schema(title: str, model: Any) -> dict[str, Any]:
    mode: JsonSchemaMode = "validation" if model is StreamRequest else "serialization"
    generator = Incoming if model is StreamRequest else Outgoing
    schema = TypeAdapter(model).json_schema(mode=mode, schema_generator=generator)
    return schema | {"$schema": generator.schema_dialect, "title": title}


def _outcome() -> dict[str, Any]:
    """The message as the bus gets it."""
    schema = _schema("An outcome: the detail of Stream Ready, Failed, Timed Out, Cancelled", _Message)
    for name, model in schema["$defs"].items():
        if name.endswith(ReadyData.__name__):
            for secret in ("url", "waitingRoom"):
                model.get("properties", {}).pop(secret, None)
    return schema
