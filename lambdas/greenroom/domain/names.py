"""The names of JSON for those of Python."""

from __future__ import annotations

import re


def camel_case(name: str) -> str:
    """As pydantic's `to_camel`, without pydantic: `stream_id` is streamId, `gpu_4k` is gpu4K."""
    pascal = re.sub("([0-9A-Za-z])_(?=[0-9A-Z])", r"\1", name.title())
    return pascal[:1].lower() + pascal[1:]
