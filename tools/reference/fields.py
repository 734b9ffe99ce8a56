"""The fields of a JSON Schema in words: a table for people, of the same schema that checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.reference.markdown import code, table

Schema = Mapping[str, Any]

_WORDS = {"boolean": "true or false", "integer": "whole number", "number": "number", "string": "text", "null": "null"}
_FORMATS = {"date-time": "time (ISO 8601, UTC)", "uri": "URL"}


@dataclass(frozen=True)
class Definitions:
    """The schemas that others refer to by name, and the names of those that have a heading on the page."""

    schemas: Mapping[str, Any]
    headings: tuple[str, ...] = ()

    def link(self, schema: Schema) -> str | None:
        name = name_of(schema)
        return f"[{name}](#{name.lower()})" if name in self.headings else None


def name_of(schema: Schema) -> str:
    """`StreamView` of a reference to it; empty for any other schema."""
    return str(schema.get("$ref", "")).rsplit("/", 1)[-1]


def fields_of(schema: Schema, definitions: Definitions) -> str:
    """A table of the fields. Of a union, first the fields that all variants have, then those of each."""
    variants = variants_of(schema, definitions)
    shared = [name for name in variants[0]["properties"] if all(name in other["properties"] for other in variants)]
    rows = [_row(name, variants, definitions) for name in shared]
    for variant in variants if len(variants) > 1 else ():
        own = [name for name in variant["properties"] if name not in shared]
        rows += [_row(name, [variant], definitions, f"only {_told_apart(variant)}") for name in own]
    return table(["field", "holds", "meaning"], rows)


def variants_of(schema: Schema, definitions: Definitions) -> list[Schema]:
    found = resolved(schema, definitions)
    nested = found.get("oneOf") or found.get("anyOf")
    return [variant for one in nested for variant in variants_of(one, definitions)] if nested else [found]


def resolved(schema: Schema, definitions: Definitions) -> Schema:
    while "$ref" in schema:
        schema = definitions.schemas[name_of(schema)]
    return schema


def type_of(schema: Schema, definitions: Definitions) -> str:
    """`whole number, 60 to 3600`."""
    found = resolved(schema, definitions)
    if link := definitions.link(schema):
        return link
    if "const" in found:
        return code(found["const"])
    if "enum" in found:
        return ", ".join(code(value) for value in found["enum"])
    if alternatives := found.get("oneOf") or found.get("anyOf"):
        kinds = [type_of(one, definitions) for one in alternatives if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    return _plain(found, definitions)


def _plain(schema: Schema, definitions: Definitions) -> str:
    if schema.get("type") == "array":
        return f"list of {type_of(schema['items'], definitions)}" if "items" in schema else "list"
    if schema.get("type") == "object":
        return _object(schema, definitions)
    kind = _FORMATS.get(schema.get("format", "")) or _WORDS.get(schema.get("type", ""), "any JSON")
    return f"{kind}{_bounds(schema)}"


def _object(schema: Schema, definitions: Definitions) -> str:
    names = list(schema.get("properties", {}))
    if not names:
        return "object"
    if "const" in (kind := schema["properties"].get("type", {})):
        more = "".join(f", {code(name)}" for name in names if name != "type")
        return f"object of type {code(kind['const'])}{more}"
    variants = variants_of(schema, definitions)
    return f"object: {', '.join(code(name) for name in variants[0]['properties'])}"


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f", {low} to {high}"
    longest = schema.get("maxLength")
    return f", at least {low}" if low is not None else f", at most {longest} characters" if longest else ""


def _told_apart(variant: Schema) -> str:
    """`provider` or `type` tells the variants of a union apart."""
    for name in ("provider", "type"):
        if "const" in (found := variant["properties"].get(name, {})):
            return code(found["const"])
    return code(variant["title"])


def _row(name: str, variants: list[Schema], definitions: Definitions, note: str = "") -> list[str]:
    schemas = [variant["properties"][name] for variant in variants]
    kinds = dict.fromkeys(type_of(schema, definitions) for schema in schemas)
    required = all(name in variant.get("required", ()) for variant in variants)
    meaning = [note, schemas[0].get("description") or resolved(schemas[0], definitions).get("description", "")]
    default = schemas[0].get("default")
    if default not in (None, {}, [], ""):
        meaning.append(f"default {code(str(default).lower() if isinstance(default, bool) else default)}")
    label = f"**{code(name)}**" if required else code(name)
    return [label, " or ".join(kinds), "; ".join(" ".join(part.split()) for part in meaning if part)]
