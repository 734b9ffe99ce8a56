"""A provider of your own: found by its directory, refused with a sentence where it cannot be served, and bundled."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenroom_cdk.asset.additions import additions
from greenroom_cdk.asset.build import HOST_PLATFORM, LAMBDA_PLATFORM, Platform, bundle, compile_sources, digest
from greenroom_cdk.settings import Settings, SettingsError
from greenroom_cdk.settings.own_provider import PARTS, find, is_path
from tests.infra.synthesised import ROOT
from tests.support.own_package import ACME, a_provider, forgotten_afterwards
from tests.unit.providers.certificates import make_authority

ASSETS = ROOT / ".greenroom" / "assets"
FIELDS = (
    "from typing import Literal\n"
    "from greenroom.providers.fields import ProviderFields\n"
    'class Fields(ProviderFields):\n    provider: Literal["{}"]\n    {}\n'
    "FIELDS = Fields\n"
)
SETTINGS = (
    "from greenroom.providers.settings import ProviderSettings\n"
    "class Settings(ProviderSettings):\n    {}\n"
    "SETTINGS = Settings\n"
)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    with forgotten_afterwards():
        yield


def complaint(entry: Path | str, **values: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        additions(Settings.from_values({"providers": [str(entry)], **values}))
    (text,) = caught.value.complaints
    return text


def pinned(package: str) -> str:
    """The lines of the project's own lock for a package: its version and its hashes."""
    lock = (ROOT / "requirements.lock").read_text()
    found = re.search(rf"^{package}==.*\n( +--hash=.*\n)+", lock, re.MULTILINE)
    assert found
    return found[0]


@pytest.mark.parametrize(("entry", "answer"), [("nimble", False), ("./acme", True), ("../x/acme", True)])
def test_a_path_is_known_by_its_slash(entry: str, answer: object) -> None:
    assert is_path(entry) is answer


def test_it_is_found_by_its_path_however_that_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "examples")
    written = [str(ACME), f"{ACME}/", "./own_provider/acme", "../examples/own_provider/acme/"]
    assert {find(entry) for entry in written} == {"acme"}


def test_once_it_is_found_it_is_a_provider_like_any_other() -> None:
    settings = Settings.from_values({"providers": ["nimble", str(ACME)], "acmeUrl": "https://acme.example"})
    assert settings.provider_names == ("nimble", "acme")
    assert getattr(settings, "acme_url", None) == "https://acme.example"


def test_two_directories_of_one_name_are_not_two_providers(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    first, second = a_provider(tmp_path), a_provider(tmp_path / "b")
    assert find(str(first)) == "desks"
    assert "another package has the name desks already" in complaint(second)
    with pytest.raises(SettingsError, match="none twice"):
        Settings.from_values({"providers": [str(first), f"{first}/"]})


def test_a_directory_that_is_not_there_is_named() -> None:
    assert complaint("./nowhere") == (
        "providers: ./nowhere must be the directory of a provider; there is no such directory"
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_is_named(part: str, tmp_path: Path) -> None:
    directory = a_provider(tmp_path)
    (directory / part).unlink()
    assert complaint(directory) == f"providers: {directory} must be the directory of a provider; it has no {part}"


@pytest.mark.parametrize("name", ["json", "boto3", "greenroom", "bench", "local"])
def test_the_name_of_another_package_is_taken(name: str, tmp_path: Path) -> None:
    assert complaint(a_provider(tmp_path, name)).endswith(
        f"another package has the name {name} already; the directory needs another name"
    )


def test_the_name_of_a_provider_that_comes_with_greenroom_is_taken(tmp_path: Path) -> None:
    assert "Greenroom has a provider nimble already" in complaint(a_provider(tmp_path, "nimble"))


@pytest.mark.parametrize("name", ["Acme", "our-desks", "our_desks", "2desks", "d,e"])
def test_a_name_that_settings_and_outputs_cannot_begin_with_is_refused(name: str, tmp_path: Path) -> None:
    assert complaint(a_provider(tmp_path, name)).endswith("must be lower-case letters and digits, such as acme")


@pytest.mark.parametrize(
    "fields",
    ["", "FIELDS = 1", "class FIELDS: pass", FIELDS.format("another", "x: str")],
    ids=["none", "no model", "another model", "the fields of another provider"],
)
def test_fields_that_would_refuse_every_request_are_refused_themselves(fields: str, tmp_path: Path) -> None:
    directory = a_provider(tmp_path, fields=fields)
    assert complaint(directory) == (
        f"providers: {directory}/fields.py must have FIELDS, a model under ProviderFields "
        'with the field provider: Literal["desks"]'
    )


def test_a_field_that_every_request_has_is_refused(tmp_path: Path) -> None:
    directory = a_provider(tmp_path, fields=FIELDS.format("desks", "metadata: str"))
    assert complaint(directory).endswith("every request has a field metadata already; it needs another name")


def test_a_setting_without_the_provider_s_name_is_refused(tmp_path: Path) -> None:
    directory = a_provider(tmp_path, settings=SETTINGS.format("desks_url: str\n    deadline_seconds: int = 3"))
    assert complaint(directory).endswith("the names of settings must begin with desks_, unlike deadline_seconds")


def test_a_setting_of_it_that_is_wrong_is_told_by_its_own_rule() -> None:
    assert complaint(ACME, acmeUrl="acme.example").startswith("acmeUrl: must be an https URL without credentials")


def test_without_a_slash_it_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(a_provider(tmp_path).parent)
    assert complaint("desks").startswith("providers: must be a list of nimble, ")


def test_where_it_is_not_enabled_there_are_no_settings_of_it() -> None:
    assert complaint("nimble", acmeUrl="https://acme.example") == "acmeUrl: there is no such setting"


def test_a_setting_of_it_that_is_misspelt_is_answered_with_the_nearest() -> None:
    assert "did you mean acmeUrl?" in complaint(ACME, acmeUrl="https://acme.example", acmeUr="x")


def test_its_directory_goes_into_the_asset_by_its_name() -> None:
    settings = Settings.from_values({"providers": [str(ACME)], "acmeUrl": "https://acme.example"})
    assert additions(settings) == {"acme": ACME}


def test_nothing_is_added_where_all_providers_come_with_greenroom() -> None:
    assert additions(Settings()) == {}


def test_its_certificates_go_into_the_asset_too(tmp_path: Path) -> None:
    bundled, _ = make_authority(tmp_path)
    values = {"providers": [str(ACME)], "acmeUrl": "https://acme.example", "acmeCaBundle": str(bundled)}
    assert additions(Settings.from_values(values)) == {"acme": ACME, "certificates/acme.pem": bundled}


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_bundle_that_is_none_is_named(text: str | None, tmp_path: Path) -> None:
    bundled = tmp_path / "ca.pem"
    if text:
        bundled.write_text(text)
    assert complaint(ACME, acmeUrl="https://acme.example", acmeCaBundle=str(bundled)) == (
        f"acmeCaBundle: must be a PEM file with the certificates of the authorities to trust (got '{bundled}')"
    )


def test_a_lock_that_would_change_what_greenroom_runs_on_is_refused(tmp_path: Path) -> None:
    directory = a_provider(tmp_path)
    (directory / "requirements.lock").write_text(
        "isodate==0.7.2 \\\n    --hash=sha256:0\nBotocore==1.2.3 ; os == 'x'\n"
    )
    text = complaint(directory)
    assert f"{directory}/requirements.lock has botocore 1.2.3, and Greenroom's functions have 1." in text
    assert text.endswith("compile it with --constraint lambdas/requirements.lock")


def test_what_its_lock_names_is_in_the_asset_beside_it(tmp_path: Path) -> None:
    directory = a_provider(tmp_path, service="import iniconfig, six")
    (directory / "requirements.lock").write_text(pinned("iniconfig") + pinned("six"))
    asset = bundle(HOST_PLATFORM, tmp_path / "assets", additions(Settings.from_values({"providers": [str(directory)]})))
    assert (asset / "desks" / "service.py").read_bytes() == (directory / "service.py").read_bytes()
    for package in ("iniconfig/__init__.pyc", "six.pyc"):
        assert (asset / package).is_file()


def test_each_file_of_it_decides_which_asset_it_is(tmp_path: Path) -> None:
    shutil.copytree(ACME, tmp_path / "acme", ignore=shutil.ignore_patterns("__pycache__"))
    same = digest(HOST_PLATFORM, {"acme": ACME})
    assert digest(HOST_PLATFORM, {"acme": tmp_path / "acme"}) == same
    assert digest(HOST_PLATFORM, {}) != same
    with (tmp_path / "acme" / "fields.py").open("a") as fields:
        fields.write("# changed\n")
    assert digest(HOST_PLATFORM, {"acme": tmp_path / "acme"}) != same


@pytest.mark.parametrize("platform", [LAMBDA_PLATFORM, HOST_PLATFORM], ids=["lambda", "this machine"])
def test_a_file_of_it_that_does_not_compile_ends_the_build(platform: Platform, tmp_path: Path) -> None:
    for name in ("greenroom", "desks"):
        (tmp_path / name).mkdir()
    (tmp_path / "desks" / "service.py").write_text("def")
    compile_sources(platform, tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        compile_sources(platform, tmp_path, "desks")


def test_a_function_can_import_it_from_the_asset_alone() -> None:
    asset = bundle(HOST_PLATFORM, ASSETS, {"acme": ACME})
    assert asset.name == digest(HOST_PLATFORM, {"acme": ACME})
    script = (
        "import sys; sys.path = [sys.argv[1], *[place for place in sys.path if 'site-packages' not in place]]\n"
        "from greenroom.providers.catalogue import connector_of, fields_of, settings_of\n"
        "print(connector_of('acme').__name__, fields_of('acme').__name__, settings_of('acme').__name__)\n"
        "print(*sorted({module.__file__.partition('/acme/')[0] for name, module in sys.modules.items()"
        " if name.startswith('acme')}))\n"
        "print('greenroom_cdk' in sys.modules)\n"
    )
    shown = subprocess.run(  # noqa: S603  # our own code, without this machine's packages
        [sys.executable, "-I", "-S", "-c", script, str(asset)], capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines() == ["connect AcmeFields AcmeSettings", str(asset), "False"]
