"""Commands for those who run Greenroom or build it."""

import sys
from pathlib import Path

# The Lambda package is not installed: some of the commands read it where it is.
sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))
