"""Write docs/api/openapi.json, docs/events/*.schema.json and docs/reference, from the models that Greenroom uses.

With --check nothing is written: it says which files are not what the models make.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from greenroom.delivery.announcements import BatchMessage, ProgressFrame, ReadyData, RejectedData
from tools import openapi, reference
from tools.json_schema import Incoming, Outgoing
from tools.provider_models import FailureMessage, ReadyMessage, StreamRequest

DOCS = Path(__file__).parents[1] / "docs"
# Whatever is there is made here.
MADE = ("events/*.schema.json", f"{reference.FOLDER}/*.md")

_Message = Annotated[ReadyMessage | FailureMessage, Field(discriminator="type")]


def documents() -> dict[str, dict[str, Any]]:
    """Every document by its path below docs."""
    return {
        "api/openapi.json": openapi.document(),
        "events/stream-requested.schema.json": _schema("A request: the detail of Stream Requested", StreamRequest),
        "events/message.schema.json": _schema("The message to the topic, a webhook, a WebSocket", _Message),
        "events/outcome.schema.json": _outcome(),
        "events/stream-rejected.schema.json": _schema("A rejection: the detail of Stream Rejected", RejectedData),
        "events/batch.schema.json": _schema("The summary of a batch, to the topic and the bus", BatchMessage),
        "events/progress.schema.json": _schema("The frame that shows progress to a WebSocket", ProgressFrame),
    }


def write(docs: Path = DOCS) -> None:
    for name, text in _texts().items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text)


def drifted(docs: Path = DOCS) -> list[str]:
    """The paths below `docs` that are missing, differ from what the models make, or are made by no model."""
    made = _texts()
    kept = {path.relative_to(docs).as_posix(): path.read_text() for glob in MADE for path in docs.glob(glob)}
    kept |= {name: (docs / name).read_text() for name in made if (docs / name).exists()}
    return sorted(name for name in made | kept if made.get(name) != kept.get(name))


def _texts() -> dict[str, str]:
    made = documents()
    return {name: _text(document) for name, document in made.items()} | reference.pages(made)


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


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


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.schemas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file would change")
    if not parser.parse_args().check:
        write()
        return 0
    for name in (found := drifted()):
        print(f"docs/{name} is not what the models make: run make schemas", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
