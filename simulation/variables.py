"""The variables that Lambda and the stack set, with dummy values: any handler can be imported with them."""

from __future__ import annotations

import os
import re
from dataclasses import fields

from greenroom.environment import Environment
from greenroom_cdk.asset.build import LAMBDAS

# What a client takes for an address, by the last word of its variable's name. The other variables keep their defaults.
ADDRESSES = {
    "arn": "arn:aws:service:us-west-2:123456789012:name",
    "endpoint": "https://example.com",
    "name": "name",
    "table": "table",
    "url": "https://example.com",
}
# What the providers that have no defaults for it are told, beside an AWS service's.
OF_PROVIDERS = {
    "DCV_BROKER_URL": ADDRESSES["url"],
    "DCV_SECRET_ARN": ADDRESSES["arn"],
    "DCV_TOKEN_MINUTES": "60",
    "DCV_TOKEN_URL": ADDRESSES["url"],
    "JUPYTERHUB_SECRET_ARN": ADDRESSES["arn"],
    "JUPYTERHUB_URL": ADDRESSES["url"],
}
# Set by Lambda and by the stack; and no AWS configuration of this machine.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "us-west-2",
    "AWS_LAMBDA_FUNCTION_NAME": "Function",
    "AWS_REGION": "us-west-2",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_SERVICE_NAME": "Greenroom",
    "PROVIDERS": "nimble",
}


def handlers() -> list[str]:
    """The modules of greenroom.handlers that define `handler`, by `def` or by an assignment."""
    modules = sorted((LAMBDAS / "greenroom" / "handlers").glob("*.py"))
    return [
        path.stem for path in modules if re.search(r"^(def )?handler\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]


def environment() -> dict[str, str]:
    """The variables that Lambda and the stack set, with dummy values."""
    words = {field.name: field.name.rpartition("_")[2] for field in fields(Environment)}
    addresses = {name.upper(): ADDRESSES[word] for name, word in words.items() if word in ADDRESSES}
    return ENVIRONMENT | OF_PROVIDERS | addresses
