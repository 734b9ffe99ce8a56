"""The CDK app: settings → stack → template. It makes no AWS call."""

from __future__ import annotations

import sys

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from greenroom_cdk.asset.service_models import UnknownServices
from greenroom_cdk.settings import Settings, SettingsError
from greenroom_cdk.stack import GreenroomStack

app = App()
try:
    settings = Settings.from_context(app.node)
    GreenroomStack(app, settings=settings)
except (SettingsError, UnknownServices) as error:
    sys.exit(str(error))
Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
