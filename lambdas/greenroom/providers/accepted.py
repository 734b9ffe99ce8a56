"""The provider's fields of a request that was accepted, as the tasks carry them: read without a model's checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greenroom.domain.text import camel_case


class AcceptedFields:
    """Reads as the provider's own model does, `fields.session_id`; a field without a value is None.

    AcceptRequest has checked them by that model. Loading it again, and pydantic with it, would cost each function a
    third of its start. Only the model knows the names, so they are looked up when a plug reads them.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    @property
    def provider(self) -> str:
        return str(self._values["provider"])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._values.get(camel_case(name))

    def __repr__(self) -> str:
        return f"AcceptedFields({self._values!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AcceptedFields) and other._values == self._values

    __hash__ = None  # type: ignore[assignment]  # its values may be lists

    def dump(self) -> dict[str, Any]:
        """Return the fields by the names that a request uses."""
        return dict(self._values)
