"""GameLift Streams, URL mode: what each verb calls.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_gameliftstreams.html, and for stream URLs
https://docs.aws.amazon.com/gameliftstreams/latest/developerguide/security_iam_id-based-policy-examples.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from greenroom_cdk.providers.aws_service import AwsService
from greenroom_cdk.providers.plug import Verb

# A URL starts sessions, so that making one takes the permission for that too. The service's guide asks for it on the
# application, the reference on the group; of CreateStreamUrl the reference says both.
_MAKE_A_URL = {
    "streamgroup/*": ("CreateStreamUrl", "GetStreamGroup", "StartStreamSession"),
    "application/*": ("CreateStreamUrl", "StartStreamSession"),
}


class GameLiftStreams(AwsService):
    SERVICE = "gameliftstreams"
    MAY: ClassVar[Mapping[Verb, Mapping[str, Sequence[str]]]] = {
        "prepare": {"streamgroup/*": ("GetStreamGroup",)},
        "create": _MAKE_A_URL,
        "describe": {"streamgroup/*": ("GetStreamGroup", "GetStreamUrl")},
        "connect": {"streamgroup/*": ("GetStreamUrl",)},
        # The same call with the same client token finds the URL whose answer was lost.
        "release": {**_MAKE_A_URL, "streamgroup/*": (*_MAKE_A_URL["streamgroup/*"], "RevokeStreamUrl")},
    }
    REASON = "Stream group and application are named by the request; which ones exist is known only when it comes"


PLUG = GameLiftStreams
