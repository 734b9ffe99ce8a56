"""botocore's data in the asset: every service that is called, as the whole botocore knows it, and no other."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from greenroom_cdk.asset.build import HOST_PLATFORM, LAMBDAS, ROOT, bundle
from greenroom_cdk.asset.service_models import NAMED_IN, SERVICES, UnknownServices, prune
from simulation.variables import ENVIRONMENT

ASSETS = ROOT / ".greenroom" / "assets"
REGIONS = ("us-west-2", "eu-central-1", "cn-north-1", "us-gov-west-1")
# An operation of each service in each region goes as far as the wire: its URL, and what its signature is for.
RESOLVE = """
import json, re, sys
sys.path[:0] = [sys.argv[1]] if sys.argv[1] else []
from botocore.config import Config
from botocore.session import Session

class OnTheWire(Exception):
    pass

def send(request, **rest):
    scope = re.search("Credential=test/[0-9]+/([^,]+)", str(request.headers["Authorization"]))
    raise OnTheWire(f"{request.url} {scope[1]}")

def resolve(service, region, config):
    try:
        client = session.create_client(service, region, config=config)
        client.meta.events.register("before-send", send)
        model = client.meta.service_model
        inputs = {name: model.operation_model(name).input_shape for name in model.operation_names}
        needed = {name: shape.required_members for name, shape in inputs.items() if shape}
        name = min(needed, key=lambda name: (len(needed[name]), name))
        client._make_api_call(name, {member: "x" for member in needed[name]})
    except OnTheWire as error:
        return f"{error} {client.meta.endpoint_url}"
    except Exception as error:
        return f"{type(error).__name__} {error}"

session = Session()
configs = {"plain": Config(), "fips": Config(use_fips_endpoint=True), "dual": Config(use_dualstack_endpoint=True)}
print(json.dumps({
    f"{service} {region} {name}": resolve(service, region, config)
    for service in sys.argv[2].split(",") for region in sys.argv[3].split(",") for name, config in configs.items()
}))
"""


@pytest.fixture(scope="module")
def asset() -> Path:
    return bundle(HOST_PLATFORM, ASSETS)


@pytest.fixture(scope="module")
def kept(asset: Path) -> Loader:
    return Loader(extra_search_paths=[str(asset / "botocore" / "data")], include_default_search_paths=False)


def test_the_services_are_those_that_clients_are_made_for() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (LAMBDAS / "greenroom").rglob("*.py")]
    assert {name for text in sources for name in re.findall(r'client\(\s*"(\w+)"', text)} == SERVICES


def test_the_asset_has_their_models_and_no_others(kept: Loader) -> None:
    assert kept.list_available_services("service-2") == sorted(SERVICES)


def test_of_each_it_has_the_newest_version_and_what_makes_a_client(asset: Path) -> None:
    found = {str(path.relative_to(asset / "botocore" / "data")) for path in (asset / "botocore" / "data").glob("*/*/*")}
    newest = {service: Loader().determine_latest_version(service, "service-2") for service in SERVICES}
    names = ("endpoint-rule-set-1.json", "service-2.json")
    with_extras = ("s3/2006-03-01", "secretsmanager/2017-10-17")
    extras = {f"{service}/service-2.sdk-extras.json" for service in with_extras}
    assert found == {f"{service}/{version}/{name}" for service, version in newest.items() for name in names} | extras


@pytest.mark.parametrize("kind", ["service-2", "endpoint-rule-set-1"])
@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_model_lacks_only_its_documentation(service: str, kind: str, kept: Loader) -> None:
    model = Loader().load_service_model(service, kind)
    read_with_it = model.pop("clientContextParams", None)
    for part in _documented(model):
        part.pop("documentation", None)
        part.pop("documentationUrl", None)
    assert kept.load_service_model(service, kind) == model | (
        {"clientContextParams": read_with_it} if read_with_it else {}
    )


def test_a_member_that_is_called_documentation_is_no_text(tmp_path: Path) -> None:
    desks = _desks(tmp_path, "wiki")
    model = tmp_path / "data" / "wiki" / "2026-11-24" / "service-2.json"
    model.parent.mkdir(parents=True)
    shape = {"type": "structure", "documentation": "A page.", "members": {"documentation": {"shape": "Text"}}}
    model.write_text(json.dumps({"metadata": {"endpointPrefix": "wiki"}, "shapes": {"Page": shape}}))
    (tmp_path / "data" / "endpoints.json").write_text('{"partitions": []}')
    prune(tmp_path / "data", [desks])
    del shape["documentation"]
    assert json.loads(model.read_text())["shapes"]["Page"] == shape


def test_each_service_has_the_endpoints_of_the_whole_botocore(asset: Path) -> None:
    found = _resolved(asset)
    assert found == _resolved(None)
    url = "https://sqs.us-west-2.amazonaws.com"
    assert found["sqs us-west-2 plain"] == f"{url}/ us-west-2/sqs/aws4_request {url}"
    assert [text for name, text in found.items() if name.endswith("plain") and not text.startswith("https://")] == []


def test_a_service_that_an_addition_names_is_there_too(tmp_path: Path) -> None:
    asset = bundle(HOST_PLATFORM, tmp_path, {"desks": _desks(tmp_path, "workspaces\nsts\n")})
    data = asset / "botocore" / "data"
    assert {path.name for path in data.iterdir() if path.is_dir()} == SERVICES | {"workspaces", "sts"}
    aws = json.loads((data / "endpoints.json").read_text())["partitions"][0]["services"]
    assert aws["sts"]["partitionEndpoint"] == "aws-global"


def test_a_service_that_botocore_does_not_know_is_named(tmp_path: Path) -> None:
    desks = _desks(tmp_path, "workspaces\nworkplaces\n")
    with pytest.raises(UnknownServices) as caught:
        bundle(HOST_PLATFORM, tmp_path, {"desks": desks})
    assert str(caught.value) == f"{desks}/services.txt names workplaces; botocore has no such service"


def _desks(parent: Path, services: str) -> Path:
    desks = parent / "desks"
    desks.mkdir()
    (desks / NAMED_IN).write_text(services)
    return desks


def _resolved(asset: Path | None) -> dict[str, str]:
    """By service, region and kind of endpoint; with this machine's botocore if there is no asset."""
    alone = ["-I", "-S"] if asset else ["-I"]
    command = [sys.executable, *alone, "-c", RESOLVE, str(asset or ""), ",".join(sorted(SERVICES)), ",".join(REGIONS)]
    shown = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)  # noqa: S603  # ours
    found: dict[str, str] = json.loads(shown.stdout)
    return found


def _documented(model: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parts of a model that may have a text."""
    yield model
    for operation in model.get("operations", {}).values():
        yield operation
        yield from (operation[part] for part in ("input", "output") if part in operation)
        yield from operation.get("errors", [])
    for shape in model.get("shapes", {}).values():
        yield shape
        yield from shape.get("members", {}).values()
        yield from (shape[part] for part in ("member", "key", "value") if part in shape)
    yield from model.get("parameters", {}).values()
