"""Write docs/api/openapi.json and docs/events/*.schema.json from the models that Greenroom itself uses.

With --check nothing is written: it says which files are not what the models make.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

LAMBDAS = Path(__file__).parents[1] / "lambdas"
sys.path.insert(0, str(LAMBDAS))

from greenroom.announcements import FailureMessage, ProgressFrame, ReadyMessage  # noqa: E402  # found above
from greenroom.rejection import Rejection  # noqa: E402
from greenroom.request import StreamRequest  # noqa: E402

from tools import openapi  # noqa: E402
from tools.json_schema import Incoming, Outgoing  # noqa: E402

ROOT = Path(__file__).parents[1]
