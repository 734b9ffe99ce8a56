"""Nimble Studio: what each verb calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from greenroom_cdk.providers.aws_service import AwsService
from greenroom_cdk.providers.plug import Verb


class NimbleStudio(AwsService):
    SERVICE = "nimble"
    MAY: ClassVar[Mapping[Verb, Mapping[str, Sequence[str]]]] = {
        "prepare": {"streaming-session/*": ("GetStreamingSession", "StartStreamingSession")},
        "create": {"streaming-session/*": ("CreateStreamingSessionStream",)},
        "describe": {"streaming-session/*": ("GetStreamingSessionStream",)},
        "connect": {"streaming-session/*": ("GetStreamingSessionStream",)},
        "release": {"streaming-session/*": ("GetStreamingSession", "StopStreamingSession")},
    }
    REASON = "A session is named by the request; which ones exist is known only when it comes"


PLUG = NimbleStudio
