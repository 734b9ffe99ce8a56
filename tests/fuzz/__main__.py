"""`python -m tests.fuzz`: as many calls of a stack of its own as are asked for, then the properties with many examples.

The exit status is 1 where anything was found.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

import pytest

from local.stack import LocalStack
from tests.e2e.deployed import SETTINGS, Deployed
from tests.fuzz.run import fuzz
from tests.security.people import People, may_invoke
from tests.support.profiles import LONG

_UNIT = Path(__file__).parents[1] / "unit"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=4_000, help="how many calls of the API to make, at least")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="makes the same calls again")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory() as home, LocalStack(Path(home), auth=True, settings=SETTINGS) as stack:
        deployed = Deployed(stack)
        caller = People(deployed).user("fuzz", may_invoke(deployed))
        tally = fuzz(caller.session, deployed.outputs["ApiUrl"], cases=given.cases, seed=given.seed)
    print(tally, flush=True)
    is_broken = _properties(given.seed)
    return 1 if tally.findings or is_broken else 0


def _properties(seed: int) -> bool:
    """Try the properties of what comes in by other doors, with many examples. True if one does not hold."""
    options = ["-m", "hypothesis", f"--hypothesis-profile={LONG}", f"--hypothesis-seed={seed}"]
    return pytest.main(["-q", "--numprocesses", "2", *options, str(_UNIT)]) is not pytest.ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
