"""Puts the functions' code into the wheel, where `make package` has made it; `pip install .` goes without."""

from __future__ import annotations

import os
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSET_VARIABLE = "GREENROOM_ASSET"


class AssetHook(BuildHookInterface[BuilderConfig]):
    """A variable says where the asset is: a file that was left from an earlier build never gets into a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # the hook's signature
        if asset := os.environ.get(ASSET_VARIABLE):
            build_data["force_include"][asset] = "greenroom_cdk/packaged/asset.zip"
