"""What the OpenAPI document allows is taken by the rules, and what it forbids is refused, by the names of fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation

from greenroom.domain.errors import InvalidRequest
from greenroom.providers.catalogue import BUILT_IN
from greenroom.request.batch_request import parse_batch
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request
from tests.fuzz.by_document import is_beyond_a_schema
from tests.support.documents import openapi
from tests.support.profiles import share

ALL = Rules(tuple(BUILT_IN))
READ: dict[str, Callable[[Any], object]] = {
    "/streams": lambda body: parse_request(body, ALL),
    "/batches": lambda body: parse_batch(body, ALL, lambda _: None),
}
DOCUMENT: Any = schemathesis.openapi.from_dict(openapi())


def bodies(path: str, mode: GenerationMode) -> st.SearchStrategy[Any]:
    found: st.SearchStrategy[Any] = DOCUMENT[path]["POST"].as_strategy(generation_mode=mode)
    return found


def errors_of(path: str, body: Any) -> list[dict[str, str]]:
    try:
        READ[path](body)
    except InvalidRequest as refused:
        return refused.as_dicts()
    return []


@pytest.mark.parametrize("path", READ)
@given(data=st.data())
@share(0.5)
def test_what_the_document_allows_is_taken_but_for_what_no_schema_says(path: str, data: st.DataObject) -> None:
    body = data.draw(bodies(path, GenerationMode.POSITIVE)).body
    assert all(map(is_beyond_a_schema, errors_of(path, body))), errors_of(path, body)


@pytest.mark.parametrize("path", READ)
@given(data=st.data())
@share(0.5)
def test_what_the_document_forbids_is_refused(path: str, data: st.DataObject) -> None:
    case = data.draw(bodies(path, GenerationMode.NEGATIVE))
    body = case.meta.components.get(ParameterLocation.BODY)
    if body and body.mode is GenerationMode.NEGATIVE and case.media_type == "application/json":
        assert errors_of(path, case.body)
