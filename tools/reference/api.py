"""The page of the API, from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from tools.reference.fields import Definitions, fields_of, name_of, type_of
from tools.reference.markdown import code, sections, sentence, table

_HEAD = """# Calls of the API

Every call of the API, its parameters, bodies and answers, as [openapi.json](../api/openapi.json) has them for programs.
[api.md](../api.md) explains them. Bold fields are always there, or required."""
_METHODS = ("get", "post", "put", "patch", "delete")


def page(document: Mapping[str, Any]) -> str:
    """The calls by path, then each body that they send or answer."""
    components = document["components"]
    bodies = _bodies(document)
    definitions = Definitions(components["schemas"], tuple(bodies))
    calls = [
        _call(f"{method.upper()} {path}", item[method], item.get("parameters", ()), components, definitions)
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]
    return sections(_HEAD, *calls, "## Bodies", *(_body(name, definitions) for name in bodies))


def _call(
    title: str,
    operation: Mapping[str, Any],
    of_the_path: Sequence[Mapping[str, Any]],
    components: Mapping[str, Any],
    definitions: Definitions,
) -> str:
    parameters = [_parameter(one, definitions) for one in (*of_the_path, *operation.get("parameters", ()))]
    body = operation.get("requestBody")
    return sections(
        f"## {title}",
        f"{operation['summary']}.{'' if operation.get('security') != [] else ' It is not signed.'}",
        table(["parameter", "in", "holds", "meaning"], parameters) if parameters else "",
        f"Body: {_shown(body['content'], definitions)}." if body else "",
        table(["status", "answer"], _answers(operation["responses"], components, definitions)),
    )


def _parameter(one: Mapping[str, Any], definitions: Definitions) -> list[str]:
    default = [f"default {code(one['schema']['default'])}"] if "default" in one["schema"] else []
    meaning = "; ".join([*filter(None, [one.get("description")]), *default])
    return [code(one["name"]), one["in"], type_of(one["schema"], definitions), meaning]


def _answers(
    responses: Mapping[str, Any], components: Mapping[str, Any], definitions: Definitions
) -> Iterator[list[str]]:
    """What goes well first."""
    for status, response in sorted(responses.items()):
        found = components["responses"][name_of(response)] if "$ref" in response else response
        headers = f"; headers {', '.join(code(name) for name in found['headers'])}" if found.get("headers") else ""
        phrase = f" {HTTPStatus(int(status)).phrase}" if status.isdecimal() else ""
        is_body = "$ref" not in response and found.get("content")
        shown = _shown(found["content"], definitions) if is_body else found["description"]
        yield [f"{status}{phrase}", f"{shown}{headers}"]


def _shown(content: Mapping[str, Any], definitions: Definitions) -> str:
    """The name of a body, as a link to its fields; its media type where it is no JSON of a model."""
    ((media, found),) = content.items()
    return definitions.link(found.get("schema", {})) or code(media)


def _bodies(document: Mapping[str, Any]) -> list[str]:
    """The names of the models that calls send and answer and of those within them, in the order of their use.

    The variants of a union are told in its own table.
    """
    schemas, found = document["components"]["schemas"], dict.fromkeys([*_referred_to(document["paths"]), "Problem"])
    for name in list(found):
        if not _is_union(schemas[name]):
            found |= dict.fromkeys(inner for inner in _referred_to(schemas[name]) if "properties" in schemas[inner])
    return list(found)


def _is_union(schema: Mapping[str, Any]) -> bool:
    return "oneOf" in schema or "anyOf" in schema


def _referred_to(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "/schemas/" in value.get("$ref", ""):
            yield name_of(value)
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _referred_to(inner)


def _body(name: str, definitions: Definitions) -> str:
    schema = definitions.schemas[name]
    return sections(f"### {name}", sentence(schema.get("description")), fields_of(schema, definitions))
