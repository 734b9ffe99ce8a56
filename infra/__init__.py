"""The CDK app's constructs. They import the pure words of the Lambda package, so that none is written twice."""

import sys
from pathlib import Path

# The Lambda package is not installed: it is read where it is.
sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))
