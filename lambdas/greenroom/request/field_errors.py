"""The errors of a request, field by field, in the words of the request rather than of pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from greenroom.domain.errors import FieldError
from greenroom.domain.wire import rule_of
from greenroom.request.notify_targets import TARGET_MODELS

_ONE_TYPE = f"must have a type that is one of: {', '.join(TARGET_MODELS)}"
_WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this request",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_unicode": "must be text of whole characters",
    "list_type": "must be a list",
    "dict_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "union_tag_invalid": _ONE_TYPE,
    "union_tag_not_found": _ONE_TYPE,
}


def explain(error: ValidationError, model: type[BaseModel]) -> list[FieldError]:
    """One FieldError for each rule of a request's model that is broken.

    What has no place is the whole: a name that is half of a character.
    """
    return [
        FieldError(_path(item["loc"]) if item["loc"] else "body", _words(dict(item), model))
        for item in error.errors(include_url=False)
    ]


def _path(location: tuple[str | int, ...]) -> str:
    """`("notify", 0, "webhook", "url")` → `notify[0].url`: pydantic's location less the tag of the chosen type."""
    path = ""
    for index, part in enumerate(location):
        if isinstance(part, int):
            path += f"[{part}]"
        elif not (index and isinstance(location[index - 1], int)):
            path += f".{part}" if path else part
    return path


def _words(item: Mapping[str, Any], model: type[BaseModel]) -> str:
    kind = item["type"]
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "value_error":
        return str(item["ctx"]["error"])
    return _rule(item["loc"], model) or str(item["msg"]).replace("Input should be", "must be", 1)


def _rule(location: tuple[str | int, ...], model: type[BaseModel]) -> str | None:
    """The rule that is written at the field, whose model a target's tag tells; a list's is that of its items too."""
    tagged = (TARGET_MODELS[part] for part in location if isinstance(part, str) and part in TARGET_MODELS)
    owner, named = next(tagged, model), [part for part in location if isinstance(part, str)]
    for field in owner.model_fields.values():
        if field.alias == named[-1]:
            return rule_of(field)
    return None
