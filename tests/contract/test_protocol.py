"""Errors and inputs, as the service models have them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.services import APPSTREAM, GAMELIFTSTREAMS, Api
from tests.contract.support import Control


def test_every_modelled_error_arrives_as_its_exception_with_its_status(control: Control, api: Api) -> None:
    model = api.client.meta.service_model
    for operation, call in ((api.service.looks, api.look), (api.service.makes, api.make)):
        shapes = model.operation_model(operation).error_shapes
        assert shapes
        for shape in shapes:
            control.session("s", faults=[{"operation": operation, "call": 1, "error": shape.name}])
            with pytest.raises(getattr(api.client.exceptions, shape.name)) as raised:
                call()
            status = raised.value.response["ResponseMetadata"]["HTTPStatusCode"]
            assert status == shape.metadata["error"]["httpStatusCode"]
            assert raised.value.response["Error"]["Message"]


def test_an_operation_that_is_not_simulated_says_so(api: Api) -> None:
    operation, parameters = api.service.unsimulated
    with pytest.raises(api.client.exceptions.ClientError, match=f"does not implement {operation}"):
        api.call(operation, parameters)


@pytest.mark.parametrize("service", [APPSTREAM, GAMELIFTSTREAMS], ids=lambda service: service.name)
def test_every_missing_member_is_named(api: Api) -> None:
    shape = api.client.meta.service_model.operation_model(api.service.makes).input_shape
    in_the_body = [name for name in shape.required_members if "location" not in shape.members[name].serialization]
    nothing: dict[str, Any] = dict.fromkeys(in_the_body)
    with pytest.raises(api.client.exceptions.ClientError) as raised:
        api.make(**nothing)
    error = raised.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert all(f'"{name}"' in error["Message"] for name in in_the_body)
