"""A provider that lives in a package outside of this project, named by its directory in the setting `providers`."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

from greenroom.providers.catalogue import BUILT_IN, settings_of
from greenroom.providers.fields import ProviderFields
from greenroom.request.stream_request import StreamRequest

PARTS = ("__init__.py", "fields.py", "service.py", "infrastructure.py")
# Settings, variables and outputs begin with it, and of these CloudFormation's outputs take the fewest characters.
_NAME = re.compile(r"[a-z][a-z0-9]*")


def is_path(entry: str) -> bool:
    """Return whether an entry is a path, which has a slash: `./acme` is the directory acme."""
    return "/" in entry


def find(entry: str) -> str:
    """Return the name of the package in a directory, which can be imported from then on. ValueError if it is none."""
    path = Path(entry).resolve()
    if not path.is_dir():
        raise ValueError(f"{entry} must be the directory of a provider; there is no such directory")
    if missing := [part for part in PARTS if not (path / part).is_file()]:
        raise ValueError(f"{entry} must be the directory of a provider; it has no {', '.join(missing)}")
    _ensure_the_name_is_free(entry, path)
    if complaint := _complaint(path.name):
        raise ValueError(f"{entry}/{complaint}")
    return path.name


def _ensure_the_name_is_free(entry: str, path: Path) -> None:
    if not _NAME.fullmatch(path.name):
        raise ValueError(f"{entry}: the directory's name must be lower-case letters and digits, such as acme")
    if path.name in BUILT_IN:
        raise ValueError(f"{entry}: Greenroom has a provider {path.name} already; the directory needs another name")
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    found = find_spec(path.name)
    if found is None or not found.origin or Path(found.origin).resolve().parent != path:
        raise ValueError(f"{entry}: another package has the name {path.name} already; the directory needs another name")


def _complaint(name: str) -> str | None:
    """Say what is wrong with a package that would be deployed, and then refuse every request."""
    fields: Any = getattr(import_module(f"{name}.fields"), "FIELDS", None)
    if not _is_model_for(name, fields):
        return f'fields.py must have FIELDS, a model under ProviderFields with the field provider: Literal["{name}"]'
    if taken := (StreamRequest.model_fields.keys() & fields.model_fields.keys()) - {"provider"}:
        return f"fields.py: every request has a field {', '.join(sorted(taken))} already; it needs another name"
    settings = settings_of(name)
    if settings and (others := [field for field in settings.model_fields if not field.startswith(f"{name}_")]):
        return f"settings.py: the names of settings must begin with {name}_, unlike {', '.join(others)}"
    return None


def _is_model_for(name: str, fields: Any) -> bool:
    is_model = isinstance(fields, type) and issubclass(fields, ProviderFields)
    return is_model and get_args(fields.model_fields["provider"].annotation) == (name,)
