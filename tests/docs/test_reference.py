"""The pages of docs/reference say all that the models say."""

from __future__ import annotations

import pytest
from pydantic.alias_generators import to_camel

from greenroom.domain import errors
from greenroom.providers.catalogue import BUILT_IN, settings_of
from greenroom_cdk.settings import Settings
from tools.reference import fields, pages
from tools.reference.errors import all_errors
from tools.reference.settings import meanings
from tools.schemas import documents

PAGES = pages(documents())
MODELS = [Settings, *filter(None, (settings_of(name) for name in BUILT_IN))]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_setting_has_a_meaning_and_a_row(model: type[Settings]) -> None:
    said = meanings(model)
    assert [name for name in model.model_fields if not said.get(name)] == []
    assert [name for name in model.model_fields if f"`{to_camel(name)}`" not in PAGES["reference/settings.md"]] == []


def test_every_error_is_there_with_who_sees_it() -> None:
    rows = {line.split("`")[1]: line for line in PAGES["reference/errors.md"].splitlines() if line.startswith("| `")}
    assert {error.__name__ for error in all_errors()} <= rows.keys()
    assert "as 404" in rows[errors.UnknownRequest.__name__]
    assert "Stream Rejected" in rows[errors.InvalidRequest.__name__]
    assert "by the service's own name" in rows[errors.ServiceRefused.__name__]


def test_every_call_is_there_with_its_bodies() -> None:
    page, document = PAGES["reference/api.md"], documents()["api/openapi.json"]
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            assert f"\n## {method.upper()} {path}\n" in page
    for body in ("StreamRequest", "StreamView", "StreamPage", "Problem"):
        assert f"\n### {body}\n" in page


def test_the_message_has_its_secret_marked() -> None:
    page = PAGES["reference/messages.md"]
    assert "| `url` | text | A bearer secret. Absent if the owner has to claim it |" in page
    assert page.count("### `stream.ready`") == 1


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, "whole number, 1 to 9"),
        ({"type": "integer", "minimum": 1}, "whole number, at least 1"),
        ({"type": "string", "maxLength": 9}, "text, at most 9 characters"),
        ({"type": "string", "format": "date-time"}, "time (ISO 8601, UTC)"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "true or false"),
        ({"enum": ["a", "b"]}, "`a`, `b`"),
        ({"type": "array", "items": {"$ref": "#/$defs/Page"}}, "list of [Page](#page)"),
        ({"type": "object", "properties": {"a": {}, "b": {}}}, "object: `a`, `b`"),
        ({}, "any JSON"),
    ],
    ids=str,
)
def test_a_schema_in_words(schema: fields.Schema, words: str) -> None:
    assert fields.type_of(schema, fields.Definitions({"Page": {"type": "object"}}, ("Page",))) == words
