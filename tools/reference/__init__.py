"""The pages of docs/reference, made from the models, so that they cannot say anything else than the code does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.reference import api, errors, messages, metrics, settings

FOLDER = "reference"
_MADE = "<!-- Made by `make schemas` from the code: change that, not this page. -->"


def pages(documents: Mapping[str, Any]) -> dict[str, str]:
    """Each page by its path below docs, from the documents by theirs."""
    made = {
        "settings": settings.page(),
        "api": api.page(documents["api/openapi.json"]),
        "messages": messages.page(documents),
        "errors": errors.page(),
        "metrics": metrics.page(),
    }
    return {f"{FOLDER}/{name}.md": f"{_MADE}\n\n{text}\n" for name, text in made.items()}
