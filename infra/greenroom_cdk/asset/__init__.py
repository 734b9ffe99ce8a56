"""The functions' code: made from the sources of a clone, or the asset that came with the installed package."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Stage
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

from greenroom_cdk.asset.additions import additions
from greenroom_cdk.asset.packaged import AssetError, with_additions
from greenroom_cdk.asset.paths import ASSET, SOURCES
from greenroom_cdk.settings import Settings


def code_for(scope: IConstruct, settings: Settings) -> lambda_.Code:
    """Return the code of a deployment with these settings. Raise AssetError, SettingsError or UnknownServices."""
    added = additions(settings)
    if SOURCES:
        # uv and Node put it together; your own app has neither, and needs neither.
        from greenroom_cdk.asset.build import LAMBDA_PLATFORM, bundle  # noqa: PLC0415

        return lambda_.Code.from_asset(str(bundle(LAMBDA_PLATFORM, SOURCES / ".greenroom" / "assets", added)))
    if not ASSET.is_file():
        raise AssetError(
            "This installation of Greenroom has no code for the functions. Install the wheel that `make package` makes "
            "in a clone of Greenroom, or pass code=."
        )
    if not added:
        return lambda_.Code.from_asset(str(ASSET))
    stage = Stage.of(scope)
    scratch = Path(stage.outdir if stage else "cdk.out") / ".greenroom"
    return lambda_.Code.from_asset(str(with_additions(ASSET, added, scratch)))
