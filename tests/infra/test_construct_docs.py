"""The page about the construct: its app runs, and its tables name all that there is."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

from greenroom_cdk import Greenroom
from tests.infra.synthesised import ROOT

PAGE = (ROOT / "docs" / "construct.md").read_text(encoding="utf-8")


def table(heading: str) -> set[str]:
    """The names in the first column of the table with this heading: `topic` of `` `topic`, … ``."""
    rows = PAGE.partition(f"\n| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`(\w+)", row.split("|")[1])}


def test_its_app_can_be_synthesised(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "app.py").write_text("\n".join(blocks))
    environment = os.environ | {"CDK_OUTDIR": str(tmp_path / "cdk.out")}
    done = subprocess.run(  # our own page
        [sys.executable, "app.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "cdk.out" / "Studio.template.json").is_file()


def test_its_tables_name_every_argument_attribute_and_method() -> None:
    arguments = set(inspect.signature(Greenroom.__init__).parameters) - {"self", "scope", "construct_id"}
    public = {name: item for name, item in vars(Greenroom).items() if not name.startswith("_")}
    properties = {name for name, item in public.items() if isinstance(item, property)}
    assert table("argument") == arguments
    assert table("attribute") == properties
    assert {name for name in table("method") if name in public or "_" in name} >= public.keys() - properties
