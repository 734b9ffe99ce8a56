"""All figures: to the screen, to bench/results.json, and as pictures into the documentation. `make bench` runs it.

It takes ten minutes or so on two cores. Each part says on stderr when it begins.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import bursts, cold_starts, costs, one_stream, polling
from bench.plots import draw_burst, draw_costs, draw_polling, draw_schedule
from bench.policies import Learning
from bench.sizes import asset_bytes, lines_of_code, modules_and_functions
from local.cdk import ROOT
from local.processes import StackError
from local.stack import LocalStack
from simulation.waits import trace

RESULTS = Path(__file__).parent / "results.json"
PICTURES = ROOT / "docs" / "pictures"
# So many streams of a trace are in the picture of what is learned.
SHOWN = 300


def _one_stream() -> dict[str, Any]:
    with LocalStack(ROOT / ".greenroom" / "bench", report=_report) as stack:
        return one_stream.measure(stack)


def _sizes() -> dict[str, Any]:
    return {
        "linesOfCode": lines_of_code(),
        "modulesAndFunctions": modules_and_functions(),
        "assetUnzippedBytes": asset_bytes(),
    }


PARTS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "polling": polling.measure_all,
    "bursts": bursts.measure_all,
    "costs": costs.measure,
    "coldStarts": lambda: cold_starts.measure_ready(runs=5),
    "oneStream": _one_stream,
    "sizes": _sizes,
}


def draw(results: Mapping[str, Any]) -> None:
    """Draw the pictures of the documentation."""
    PICTURES.mkdir(exist_ok=True)
    draw_polling(results["polling"], PICTURES / "polling.svg")
    draw_costs(results["polling"], PICTURES / "costs.svg")
    draw_burst({name: results["bursts"][name] for name in ("2000", "2000 unpaced")}, PICTURES / "burst.svg")
    learned = Learning(polling.LOOK_COST)
    polling.figures(learned, trace("warm-or-cold")[:SHOWN], polling.LOOK_COST)
    draw_schedule(learned.seen, learned.schedule, PICTURES / "learned.svg")


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    # As `make demo`: whatever ends this, what it started is stopped.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    began, results = time.monotonic(), {}
    try:
        for name, measure in PARTS.items():
            _report(f"[{time.monotonic() - began:5.0f} s] {name}")
            results[name] = measure()
    except StackError as error:
        _report(str(error))
        return 1
    except KeyboardInterrupt:
        _report("interrupted; everything that was started has been stopped")
        return 130
    draw(results)
    for figures in results["bursts"].values():
        del figures["series"]  # it is in the picture
    _report(f"[{time.monotonic() - began:5.0f} s] done; bench/results.json and docs/pictures are written")
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
