"""Check settings as synth does: `python -m tests.docs.settings -c NAME=VALUE …`, with those of cdk.json."""

from __future__ import annotations

import argparse
import json
import os

from greenroom_cdk.settings import Settings
from tools.site.pages import ROOT


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.docs.settings", description=__doc__)
    parser.add_argument("-c", dest="settings", action="append", default=[])
    given = dict(text.split("=", 1) for text in parser.parse_args().settings)
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    os.chdir(ROOT)  # paths of providers begin there
    Settings.from_values(
        {name: value for name, value in context.items() if "/" not in name and ":" not in name} | given
    )


if __name__ == "__main__":
    main()
