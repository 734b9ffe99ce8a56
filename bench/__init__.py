"""The figures: the cost of one stream, what importing a function costs, how large the code is."""

import sys
from pathlib import Path

# The Lambda package is not installed: the benchmarks read it where it is.
sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))
