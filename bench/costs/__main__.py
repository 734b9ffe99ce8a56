"""`python -m bench.costs [--json] [--write]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from bench.costs.tables import markdown, measure
from tools.generated import DOCS, replaced

PAGE = DOCS / "cost.md"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.costs", description="What a stream costs")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout: the rows of each table")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/cost.md")
    options = parser.parse_args(argv)
    found = measure()
    tables = {name: markdown(table) for name, table in found.items()}
    if options.write:
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")
    print(json.dumps(found) if options.json else "\n\n".join(tables.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
