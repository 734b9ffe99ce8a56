"""Options are the fields of the models: none is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom.providers.catalogue import BUILT_IN, fields_of
from greenroom.request.stream_request import StreamRequest
from greenroom_cli.errors import WrongUsage
from greenroom_cli.provider_options import FieldOption, options_of
from greenroom_cli.request_options import COMMON
from tests.support.own_package import a_provider, forgotten_afterwards


def _options(provider: str) -> dict[str, FieldOption]:
    return {option.option: option for option in options_of(provider)[1]}


def test_every_field_that_all_requests_have_has_an_option() -> None:
    fields = {field.alias for field in StreamRequest.model_fields.values()} - {"provider"}
    assert fields <= COMMON.keys()


@pytest.mark.parametrize("provider", BUILT_IN)
def test_every_field_of_a_provider_has_an_option_that_tells_its_rule(provider: str) -> None:
    options = options_of(provider)[1]
    fields = {field.alias: field for name, field in fields_of(provider).model_fields.items() if name != "provider"}
    assert {option.field: option.required for option in options} == {
        alias: field.is_required() for alias, field in fields.items()
    }
    assert all(option.help for option in options)


def test_a_value_goes_out_as_what_it_says() -> None:
    options = _options("gameliftstreams")
    assert options["--usage-limit"].value("3") == 3
    assert options["--usage-limit"].value("three") == "three"
    assert options["--application-id"].value("12") == "12"
    assert options["--locations"].value(["us-east-1"]) == ["us-east-1"]
    assert options["--locations"].value(['["us-east-1", "us-west-2"]']) == ["us-east-1", "us-west-2"]
    assert _options("dcv")["--session-type"].value("CONSOLE") == "CONSOLE"


def test_help_tells_description_rule_and_default() -> None:
    options = _options("gameliftstreams")
    assert options["--usage-limit"].help == (
        "How often the URL may start a session; a reload is one more; must be a whole number from 1 to 50 [default: 1]"
    )
    assert options["--locations"].help.startswith("In order of preference")


FIELDS = """
from typing import Any, Literal
from greenroom.providers.fields import ProviderFields

class Fields(ProviderFields):
    provider: Literal["desks"] = "desks"
    region: str
    shape: dict[str, Any] | None = None
    share: float = 0.5

FIELDS = Fields
"""


def test_a_field_by_the_name_of_a_common_option_has_its_providers_name_in_front(tmp_path: Path) -> None:
    with forgotten_afterwards():
        options = _options(str(a_provider(tmp_path, fields=FIELDS)))

    assert list(options) == ["--desks-region", "--shape", "--share"]
    assert options["--desks-region"].field == "region"
    assert options["--shape"].value('{"wide": true}') == {"wide": True}
    assert options["--share"].value("0.25") == 0.25


@pytest.mark.parametrize("provider", ["nowhere", "json", "./nowhere"])
def test_what_is_no_provider_is_said_to_be_none(provider: str) -> None:
    with pytest.raises(WrongUsage, match=provider):
        options_of(provider)
