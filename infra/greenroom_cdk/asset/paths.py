"""The files that constructs need and that are no Python: in the package where it is installed, else in the clone."""

from __future__ import annotations

from pathlib import Path

_PACKAGED = Path(__file__).parents[1] / "packaged"
_CLONE = Path(__file__).parents[3]
_INSTALLED = _PACKAGED.is_dir()

STATE_MACHINES = _PACKAGED / "statemachine" if _INSTALLED else _CLONE / "statemachine"
"""The directory of the `*.asl.json` files."""
LAMBDA_LOCK = _PACKAGED / "requirements.lock" if _INSTALLED else _CLONE / "lambdas" / "requirements.lock"
"""The packages that the functions run on."""
ASSET = _PACKAGED / "asset.zip"
"""The functions' code, which `make package` puts into the wheel; not there in a clone, nor after `pip install .`."""
SOURCES = None if _INSTALLED else _CLONE
"""The clone that the functions' code can be made from."""
