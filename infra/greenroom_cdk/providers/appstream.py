"""WorkSpaces Applications (AppStream 2.0): what each verb calls.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_appstream.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from greenroom_cdk.providers.aws_service import AwsService
from greenroom_cdk.providers.plug import Verb


class AppStream(AwsService):
    """CreateStreamingURL wants the fleet and the stack. A create calls nothing."""

    SERVICE = "appstream"
    MAY: ClassVar[Mapping[Verb, Mapping[str, Sequence[str]]]] = {
        "prepare": {"*": ("DescribeFleets",), "fleet/*": ("StartFleet",)},
        "describe": {"*": ("DescribeFleets",)},
        # Where a URL is refused, the fleet is looked at: it may have stopped meanwhile.
        "connect": {
            "*": ("DescribeFleets",),
            "fleet/*": ("CreateStreamingURL",),
            "stack/*": ("CreateStreamingURL",),
        },
        "release": {"*": ("DescribeFleets",), "fleet/*": ("StopFleet",)},
    }
    ON_ANYTHING: ClassVar[Mapping[str, str]] = {
        "DescribeFleets": "a list of fleets has no resource; their names and states are no secret in their account"
    }
    REASON = "Fleet and stack are named by the request; which ones exist is known only when it comes"


PLUG = AppStream
