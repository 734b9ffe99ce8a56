"""The models of the documents, with the fields of each provider in their places.

At run time Greenroom knows no provider's fields where it tells of a request: they stand there as extra fields. The
documents say which ones they are: a model for each provider, and a union that the field `provider` tells apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, RootModel, create_model

from greenroom.api import views
from greenroom.delivery import announcements
from greenroom.providers.catalogue import BUILT_IN, fields_of
from greenroom.request.stream_request import request_model


def _union(name: str, models: Iterable[type[BaseModel]]) -> Any:
    """A model of any of these, by a name of its own."""
    union: Any = Annotated[reduce(or_, models), Field(discriminator="provider")]
    return create_model(name, __base__=RootModel[union], __doc__=None)


def _of_each_provider(model: type[BaseModel]) -> Any:
    """The union of a model's variants: each has its provider's identifying fields, and no others besides its own."""
    variants = []
    for name in BUILT_IN:
        of_provider = fields_of(name)
        fields: dict[str, Any] = {"provider": (Literal[name], ...)} | {
            field: (of_provider.model_fields[field].annotation, of_provider.model_fields[field])
            for field in of_provider.IDENTIFYING
        }
        variant: Any = create_model(
            f"{of_provider.__name__.removesuffix('Fields')}{model.__name__}",
            __base__=model,
            __cls_kwargs__={"extra": "forbid"},
            **fields,
        )
        variants.append(variant)
    return _union(model.__name__, variants)


StreamRequest: Any = _union("StreamRequest", [request_model(name) for name in BUILT_IN])
StreamView: Any = _of_each_provider(views.StreamView)
StreamDetails: Any = _of_each_provider(views.StreamDetails)
StreamPage: Any = create_model("StreamPage", __base__=views.StreamPage, streams=(list[StreamView], ...))
ReadyMessage: Any = create_model(
    "ReadyMessage", __base__=announcements.ReadyMessage, data=(_of_each_provider(announcements.ReadyData), ...)
)
FailureMessage: Any = create_model(
    "FailureMessage", __base__=announcements.FailureMessage, data=(_of_each_provider(announcements.FailureData), ...)
)
