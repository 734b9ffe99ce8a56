"""The page of messages and events, from their JSON Schemas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from tools.reference.fields import Definitions, Schema, fields_of, resolved, variants_of
from tools.reference.markdown import code, sections, sentence

_HEAD = """# Messages and events

Everything that arrives or leaves as an event or a message, as the JSON Schemas in docs/events have it for programs.
[outcomes.md](../outcomes.md) explains who gets what. Bold fields are always there, or required."""

# What is said of a schema in place of its fields.
_SAID = {"events/outcome.schema.json": "The fields are those of the message, without `url`."}


def page(documents: Mapping[str, Any]) -> str:
    events = {path: schema for path, schema in documents.items() if path.startswith("events/")}
    return sections(_HEAD, *(_event(path, schema) for path, schema in events.items()))


def _event(path: str, schema: Schema) -> str:
    definitions = Definitions(schema.get("$defs", {}))
    variants = variants_of(schema, definitions)
    if path in _SAID:
        parts = [_SAID[path]]
    elif _is_message(variants):
        parts = [_part(variant, definitions, alone=len(variants) == 1) for variant in variants]
    else:
        parts = [fields_of(schema, definitions)]
    link = f"[{PurePosixPath(path).name}](../{path})"
    return sections(f"## {schema['title'].partition(':')[0]}", f"{_about(schema)}{link}", *parts)


def _about(schema: Schema) -> str:
    about = schema["title"].partition(": ")[2]
    return f"{about[:1].upper()}{about[1:]}: " if about else ""


def _is_message(variants: list[Schema]) -> bool:
    """Whether `type` says what is in `data`."""
    return all({"type", "data"} <= variant.get("properties", {}).keys() for variant in variants)


def _part(message: Schema, definitions: Definitions, *, alone: bool) -> str:
    kind = resolved(message["properties"]["type"], definitions)
    names = ", ".join(code(name) for name in kind.get("enum", [kind.get("const")]))
    about = [sentence(message.get("description"))] if alone else []
    if others := [code(name) for name in message["properties"] if name not in ("type", "data")]:
        about.append(f"Beside `data`: {', '.join(others)}.")
    return sections(
        "" if alone else f"### {names}",
        " ".join([*about, "The fields of `data`:"]),
        fields_of(message["properties"]["data"], definitions),
    )
