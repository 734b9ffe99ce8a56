"""The example in a deployment that names its directory: what it adds to the template, and how the app answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from greenroom_cdk.settings import Settings
from tests.infra.privileges import CALLERS, READ
from tests.infra.synthesised import CDK_FLAGS, ROOT, Synthesised, as_text, synthesise
from tests.support.own_package import ACME

PATH = "./examples/own_provider/acme"
URL = "https://acme.example/api"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """A deployment that comes without it."""
    return _synthesised(tmp_path_factory.mktemp("code"), providers=["nimble"])


@pytest.fixture(scope="module")
def served(acme: str, tmp_path_factory: pytest.TempPathFactory) -> Synthesised:  # noqa: ARG001  # so that it is found
    return _synthesised(tmp_path_factory.mktemp("code"), providers=["nimble", str(ACME)], acmeUrl=URL)


def _synthesised(code: Path, **values: Any) -> Synthesised:
    (code / "empty.py").touch()
    return synthesise(code, Settings.from_values(values))


def variables(synthesised: Synthesised) -> dict[str, dict[str, Any]]:
    return {name: item["Environment"]["Variables"] for name, item in synthesised.functions.items()}


def granted(synthesised: Synthesised) -> dict[str, set[tuple[str, str]]]:
    """Function → resource and action, without the key, which goes with the secret."""
    return {
        name: {
            (resource, action)
            for statement in synthesised.statements(item["Role"])
            for resource in statement.resources
            for action in statement.actions
            if not action.startswith("kms:")
        }
        for name, item in synthesised.functions.items()
    }


def test_the_functions_that_call_it_may_read_its_secret_and_no_function_may_do_anything_else_for_it(
    plain: Synthesised, served: Synthesised
) -> None:
    before, after = granted(plain), granted(served)
    added = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert added == {name: {("ProvidersAcmeSecret", action) for action in READ} for name in CALLERS}


def test_they_know_its_settings_and_where_its_secret_is(plain: Synthesised, served: Synthesised) -> None:
    before, after = variables(plain), variables(served)
    for name in after:
        added = {key: as_text(value) for key, value in after[name].items() if key not in before[name]}
        expected = {"ACME_URL": URL, "ACME_SECRET_ARN": "ProvidersAcmeSecret"} if name in CALLERS else {}
        assert added == expected, name


def test_every_function_that_reads_requests_serves_it_beside_the_other(plain: Synthesised, served: Synthesised) -> None:
    told = {name for name, item in variables(plain).items() if "PROVIDERS" in item}
    assert told >= {"accept_request", "api", *CALLERS}
    assert {name: item["PROVIDERS"] for name, item in variables(served).items() if "PROVIDERS" in item} == (
        dict.fromkeys(told, "nimble,acme")
    )


def test_its_secret_is_an_encrypted_one_of_the_stack_and_an_output_names_it(
    plain: Synthesised, served: Synthesised
) -> None:
    secret = served.properties("AWS::SecretsManager::Secret")["ProvidersAcmeSecret"]
    assert as_text(secret["KmsKeyId"]) == "StorageKey"
    assert secret["GenerateSecretString"]["GenerateStringKey"] == "token"
    assert served.outputs.keys() - plain.outputs.keys() == {"AcmeSecretArn"}
    assert as_text(served.outputs["AcmeSecretArn"]["Value"]) == "ProvidersAcmeSecret"


def test_nothing_of_it_is_in_a_deployment_that_does_not_name_it(plain: Synthesised) -> None:
    assert "acme" not in json.dumps(plain.everything()).lower()


def test_the_app_deploys_it_by_the_path_in_the_setting(tmp_path: Path) -> None:
    done = _run(tmp_path, providers=f"nimble,{PATH}", acmeUrl=URL)
    assert done.returncode == 0, done.stderr
    (template,) = tmp_path.glob("*.template.json")
    assert "AcmeSecretArn" in json.loads(template.read_text())["Outputs"]
    assert {path.parent.name for path in _assets(tmp_path) if path.name == "service.py"} >= {"nimble", "acme"}


def _run(output: Path, **context: str) -> subprocess.CompletedProcess[str]:
    """Run the app as the CDK CLI does with `-c name=value`."""
    environment = os.environ | {"CDK_CONTEXT_JSON": json.dumps(CDK_FLAGS | context), "CDK_OUTDIR": str(output)}
    return subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def _assets(output: Path) -> list[Path]:
    """The files of the functions' code, which the CDK copies or names by its place."""
    manifest = json.loads(next(output.glob("*.assets.json")).read_text())
    sources = [output / item["source"]["path"] for item in manifest["files"].values()]
    return [path for source in sources if source.is_dir() for path in source.rglob("*.py")]
