"""The CDK app: settings → stack → template. It makes no AWS call."""

from __future__ import annotations

import sys
from pathlib import Path

from aws_cdk import App, Validations
from aws_cdk.aws_lambda import Code
from cdk_nag import AwsSolutionsChecks

from greenroom_cdk.additions import additions
from greenroom_cdk.lambda_asset import LAMBDA_PLATFORM, bundle
from greenroom_cdk.service_models import UnknownServices
from greenroom_cdk.settings import Settings, SettingsError
from greenroom_cdk.stack import GreenroomStack

app = App()
try:
    settings = Settings.from_context(app.node)
    asset = bundle(LAMBDA_PLATFORM, Path(".greenroom/assets"), additions(settings))
    GreenroomStack(app, settings=settings, code=Code.from_asset(str(asset)))
except (SettingsError, UnknownServices) as error:
    sys.exit(str(error))
Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
