"""`python -m bench.costs [--json] [--write]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from bench.costs.measuring import measure
from bench.costs.page import PAGE
from bench.costs.tables import tables
from tools.generated import replaced


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.costs", description="What a stream costs")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/cost.md")
    options = parser.parse_args(argv)
    figures = measure()
    found = tables(figures)
    if options.write:
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n\n".join(found.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
