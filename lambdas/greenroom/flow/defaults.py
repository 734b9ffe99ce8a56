"""The deployment's settings for requests: what they get by default, and where they may lead."""

from __future__ import annotations

from dataclasses import dataclass

from greenroom.record.model import Target
from greenroom.request.rules import AS_IT_COMES, Rules


@dataclass(frozen=True)
class Defaults:
    """The settings that a request meets.

    `rules`: what it may ask for. `notify`: the targets of a request that names none. `claim`: whether its URL is
    fetched by its owner instead of announced.
    """

    deadline_seconds: int
    rules: Rules = AS_IT_COMES
    notify: tuple[Target, ...] = ({"type": "sns"},)
    claim: bool = False
