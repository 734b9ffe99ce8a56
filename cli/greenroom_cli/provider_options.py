"""The options of a provider's fields, made from its model: a new field is a new option."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from greenroom.domain.wire import rule_of
from greenroom.providers.catalogue import BUILT_IN, fields_of
from greenroom_cli.errors import WrongUsage
from greenroom_cli.request_options import TAKEN, json_or_text


@dataclass(frozen=True)
class FieldOption:
    """The option of one field. `field` is its name in a request, `kind` how text becomes its value."""

    option: str
    field: str
    kind: type[bool | list[Any] | str] | None
    required: bool
    help: str

    def value(self, given: Any) -> Any:
        """Return the value in the request. Text that is not JSON is sent as it is, for the API to check."""
        if self.kind is bool or self.kind is str:
            return given
        if self.kind is list:
            return list(given) if len(given) != 1 or not given[0].startswith("[") else json_or_text(given[0])
        return json_or_text(given)


def options_of(provider: str) -> tuple[str, list[FieldOption]]:
    """Return a provider's name and its options. A path is the directory of your own provider."""
    name = _package_in(provider) if "/" in provider else provider
    try:
        model = fields_of(name)
    except (ModuleNotFoundError, AttributeError):
        raise WrongUsage(
            f"There is no provider {provider}: it is one of {', '.join(BUILT_IN)}, or the directory of your own"
        ) from None
    fields = {field: info for field, info in model.model_fields.items() if field != "provider"}
    return name, [_option(name, field, info) for field, info in fields.items()]


def _package_in(path: str) -> str:
    directory = Path(path).resolve()
    if not (directory / "fields.py").is_file():
        raise WrongUsage(f"{path} must be the directory of a provider; it has no fields.py")
    # Last, so that no file beside the package stands in for a module of Python's.
    sys.path.append(str(directory.parent))
    return directory.name


def _option(provider: str, name: str, info: FieldInfo) -> FieldOption:
    plain = name.replace("_", "-")
    return FieldOption(
        # Your own provider may have a field by the name of an option that every request has.
        option=f"--{provider}-{plain}" if plain in TAKEN else f"--{plain}",
        field=info.alias or name,
        kind=_kind(info.annotation),
        required=info.is_required(),
        help=_help(info),
    )


def _kind(annotation: Any) -> Any:
    """Return bool, list or str if the field is only that; None if its text is JSON."""
    kinds = _kinds(annotation) - {NoneType}
    return next((kind for kind in (list, bool, str) if kinds == {kind}), None)


def _kinds(annotation: Any) -> set[Any]:
    """Return the types of a field's values: of `Annotated[list[str], …] | None`, list and NoneType."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kinds(inner[0])
    if origin in {Union, UnionType}:
        return {kind for part in inner for kind in _kinds(part)}
    return {type(value) for value in inner} if origin is Literal else {origin or annotation}


def _help(info: FieldInfo) -> str:
    text = "; ".join(part for part in (_description(info), rule_of(info)) if part)
    shows_default = info.default not in (None, False, "", PydanticUndefined)
    return f"{text} [default: {info.default}]".strip() if shows_default else text


def _description(info: FieldInfo) -> str | None:
    """Return the description. An optional field may have it at the inner type, as a rule."""
    inner = [data for part in get_args(info.annotation) for data in getattr(part, "__metadata__", ())]
    return next((data.description for data in (info, *inner) if isinstance(data, FieldInfo) and data.description), None)
