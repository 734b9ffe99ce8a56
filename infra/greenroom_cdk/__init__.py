"""Greenroom as a construct, for your own app. Every other module here may change from release to release.

The constructs import the pure words of the Lambda package, so that none is written twice.
"""

from __future__ import annotations

from greenroom_cdk.asset.packaged import AssetError
from greenroom_cdk.delivery.outcomes import OutcomeType
from greenroom_cdk.greenroom import Greenroom
from greenroom_cdk.settings import Settings, SettingsError

__all__ = ["AssetError", "Greenroom", "OutcomeType", "Settings", "SettingsError"]
