"""The part of botocore's data that is used: the models of the services that are called, and where those services are.

botocore reads all of endpoints.json (1.25 MB) for a process's first client, and looks into the directory of each of
its 400 services. Of a service, it reads the newest version.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

# By botocore's names: those that Greenroom calls, and those of the providers that come with it.
SERVICES = frozenset(
    {
        "apigatewaymanagementapi",
        "appstream",
        "dynamodb",
        "events",
        "gameliftstreams",
        "nimble",
        "s3",
        "secretsmanager",
        "sns",
        "sqs",
        "stepfunctions",
    }
)
# A file of your own provider that names more of them, one a line.
NAMED_IN = "services.txt"
# botocore reads each parameter's documentation, which has to be there.
_READ_WITH_DOCUMENTATION = "clientContextParams"
# What botocore reads to make a client. `service-2.sdk-extras.json` is one of them.
_MODELS = ("service-2.*", "endpoint-rule-set-1.*")


class UnknownServices(ValueError):
    """A file of services names some that botocore does not have."""


def prune(data: Path, sources: Iterable[Path]) -> None:
    """Take out of botocore's directory `data` what no client reads. Kept are SERVICES and what the sources name.

    UnknownServices if there is no model of what one names.
    """
    services = set(SERVICES)
    for path in [source / NAMED_IN for source in sources if (source / NAMED_IN).is_file()]:
        named = path.read_text(encoding="utf-8").split()
        if unknown := [name for name in named if not list(data.glob(f"{name}/*/service-2.json*"))]:
            raise UnknownServices(f"{path} names {', '.join(unknown)}; botocore has no such service")
        services.update(named)
    for directory in [path for path in data.iterdir() if path.is_dir()]:
        if directory.name in services:
            _keep_newest(directory)
        else:
            shutil.rmtree(directory)
    _keep_endpoints(data / "endpoints.json", set(_endpoint_prefixes(data)))


def _keep_newest(service: Path) -> None:
    newest = max(path.parent for path in service.glob("*/service-2.json*"))
    for version in [path for path in service.iterdir() if path != newest]:
        shutil.rmtree(version)
    read = {path for pattern in _MODELS for path in newest.glob(pattern)}
    for path in list(newest.iterdir()):
        model = _without_documentation(_read(path)) if path in read else None
        path.unlink()
        if model is not None:
            # Not compressed, since the asset is: botocore then inflates nothing at a cold start.
            _write(path.with_name(path.name.removesuffix(".gz")), model)


def _endpoint_prefixes(data: Path) -> Iterator[str]:
    """Return the names that endpoints.json has for the services."""
    for model in data.glob("*/*/service-2.json"):
        yield _read(model)["metadata"]["endpointPrefix"]


def _keep_endpoints(path: Path, services: Collection[str]) -> None:
    """Keep the regions and defaults of all partitions, and the exceptions of these services."""
    places = _read(path)
    for partition in places["partitions"]:
        partition["services"] = {name: found for name, found in partition["services"].items() if name in services}
    path.unlink()
    _write(path, places)


def _without_documentation(model: Any) -> Any:
    """Return a model without documentation. A member of this name is a shape, not text; S3's parameters need it."""
    if isinstance(model, dict):
        texts = {name for name in ("documentation", "documentationUrl") if isinstance(model.get(name), str)}
        return {
            name: value if name == _READ_WITH_DOCUMENTATION else _without_documentation(value)
            for name, value in model.items()
            if name not in texts
        }
    return [_without_documentation(value) for value in model] if isinstance(model, list) else model


def _read(path: Path) -> Any:
    content = path.read_bytes()
    return json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")
