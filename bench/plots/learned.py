"""Draw what was learned of a pool, from what `greenroom learned --pool nimble/my-studio --json` says on stdin.

The first wait that comes in is drawn.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench.plots.schedule import draw_schedule
from greenroom.flow.learning import Observation
from greenroom.flow.schedule import Schedule


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.plots.learned", description=__doc__)
    parser.add_argument("picture", type=Path, metavar="FILE.svg")
    arguments = parser.parse_args()
    schedules = json.load(sys.stdin)["schedules"]
    if not schedules:
        print("Nothing was learned yet, or not of that pool", file=sys.stderr)
        return 1
    observations = [Observation(after, by) for after, by in schedules[0]["seen"]]
    draw_schedule(observations, Schedule.load(schedules[0]), arguments.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
