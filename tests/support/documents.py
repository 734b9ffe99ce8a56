"""The documents for others, read from docs, and whether something fits them."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

from tools.generated import DOCS


def openapi() -> dict[str, Any]:
    return dict(json.loads((DOCS / "api" / "openapi.json").read_text()))


def fits_event(name: str, instance: object) -> bool:
    schema = json.loads((DOCS / "events" / f"{name}.schema.json").read_text())
    return bool(Draft202012Validator(schema).is_valid(instance))


def fits_component(name: str, instance: object) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": openapi()["components"]}
    return bool(Draft202012Validator(schema).is_valid(instance))
