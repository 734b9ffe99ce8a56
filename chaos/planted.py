"""`python -m chaos.planted NAME TEMPLATE RUNS SEED`: plant a defect, and play runs until one breaks an invariant.

It plants before it imports what it plants into. It prints a JSON object: `words`, and `seed` and `invariant` where it
was caught.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from chaos.mutants import MUTANTS, plant


def main() -> None:
    name, template, runs, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    resources = json.loads(plant(MUTANTS[name], Path(template).read_text(encoding="utf-8")))

    from chaos.campaign import Crash, each  # noqa: PLC0415  # after the defect is planted
    from chaos.runs import play, warm  # noqa: PLC0415
    from chaos.synthesis import CHANGES  # noqa: PLC0415
    from simulation.world import loaded  # noqa: PLC0415

    with loaded(resources, CHANGES) as code:
        warm(code)
        for result in each(lambda seed: play(code, seed), range(seed, seed + runs), 1):
            if isinstance(result, Crash):
                words = f"caught by a crash with seed {result.what}: {result.words.splitlines()[-1]}"
                print(json.dumps({"words": words, "seed": result.what, "invariant": "no run ends in an error"}))
                return
            if result.broken:
                words = f"caught with seed {result.seed} ({result.mode}): {result.broken[0]}"
                broken = result.broken[0].invariant
                print(json.dumps({"words": words, "seed": result.seed, "invariant": broken}))
                return
    print(json.dumps({"words": f"not caught in {runs} runs"}))


if __name__ == "__main__":
    main()
