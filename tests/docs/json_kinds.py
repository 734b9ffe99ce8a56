"""What a block of JSON in the documents is, and how it is checked: by the schemas and rules that the code has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from greenroom.api.waiting_room.studio import own_texts
from greenroom.providers.catalogue import BUILT_IN, settings_of
from greenroom_cdk.settings import Settings
from simulation.event_patterns import matches
from tests.support.documents import fits_component, fits_event

Json = Mapping[str, Any]
OUTCOMES = ("Ready", "Failed", "Timed Out", "Cancelled")


def kind_of(block: Json) -> str:
    """The name of the kind. AssertionError when it is none that is known."""
    for name, (belongs, _) in KINDS.items():
        if belongs(block):
            return name
    raise AssertionError(f"Say in {__name__} what such a block is, and how it is checked: {json.dumps(block)[:200]}")


def holds(block: Json) -> bool:
    """Whether the block is what its kind must be."""
    return KINDS[kind_of(block)][1](block)


def _names_a_setting(block: Json) -> bool:
    return bool(block.keys() & _settings())


def _settings() -> set[str]:
    models: list[type[BaseModel]] = [Settings, *filter(None, (settings_of(name) for name in BUILT_IN))]
    return {to_camel(name) for model in models for name in model.model_fields} - {"deadlineSeconds"}


def _are_settings(block: Json) -> bool:
    Settings.from_values(dict(block))
    return True


def _matches_an_outcome(pattern: Json) -> bool:
    events = [{"source": "greenroom", "detail-type": f"Stream {outcome}"} for outcome in OUTCOMES]
    return any(matches(pattern, event) for event in events)


def _is_a_rejection(block: Json) -> bool:
    rejection = {name: value for name, value in block.items() if name not in {"reason", "request"}}
    return block["reason"] == "Stream Rejected" and fits_event("stream-rejected", rejection)


def _is_a_policy(block: Json) -> bool:
    """What somebody may do, or, in a trust policy, who may assume a role."""
    statements = block["Statement"]
    return block["Version"] == "2012-10-17" and all(
        statement["Effect"] == "Allow"
        and ":" in statement["Action"]
        and "arn:aws:" in json.dumps(statement.get("Resource") or statement["Principal"])
        for statement in statements
    )


def _are_texts(block: Json) -> bool:
    """Own texts of the waiting room, by the names of those that come with it."""
    return block.keys() <= own_texts().keys() and all(isinstance(text, str) for text in block.values())


KINDS: Mapping[str, tuple[Callable[[Json], bool], Callable[[Json], bool]]] = {
    "summary": (
        lambda block: str(block.get("type")).startswith("batch."),
        lambda block: fits_event("batch", block),
    ),
    "message": (
        lambda block: {"type", "timestamp", "data"} <= block.keys(),
        lambda block: fits_event("message", block),
    ),
    "problem": (lambda block: {"type", "status"} <= block.keys(), lambda block: fits_component("Problem", block)),
    "batch": (lambda block: "requests" in block, lambda block: fits_component("BatchRequest", block)),
    "texts": (lambda block: "lang" in block, _are_texts),
    "request": (
        lambda block: bool(block.keys() & {"provider", "studioId"}),
        lambda block: fits_event("stream-requested", block),
    ),
    "rejection": (lambda block: "reason" in block, _is_a_rejection),
    "policy": (lambda block: "Statement" in block, _is_a_policy),
    "pattern": (lambda block: "detail-type" in block, _matches_an_outcome),
    "settings": (_names_a_setting, _are_settings),
}
