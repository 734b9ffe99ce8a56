"""Write what documents have from the code: the OpenAPI document, the JSON Schemas, docs/reference, blocks of pages.

With --check nothing is written: it says which files are not what the code makes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tools import attacks, command_line, conformance, reference, roles, schemas
from tools.generated import DOCS, replaced

# Whatever is there is made here.
MADE = ("events/*.schema.json", f"{reference.FOLDER}/*.md")
BLOCKS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "command-line.md": {"commands": command_line.reference},
    "providers.md": {"conformance": conformance.table},
    "security.md": {"roles": roles.table, "attacks": attacks.table},
}


def write(docs: Path = DOCS) -> None:
    for name, text in _texts(docs).items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")


def drifted(docs: Path = DOCS) -> list[str]:
    """Return the paths below `docs` that are missing, differ from what the code makes, or are made by no code."""
    made = _texts(docs)
    kept = {path.relative_to(docs).as_posix() for glob in MADE for path in docs.glob(glob)}
    kept |= {name for name in made if (docs / name).exists()}
    texts = {name: (docs / name).read_text(encoding="utf-8") for name in kept}
    return sorted(name for name in made | texts if made.get(name) != texts.get(name))


def _texts(docs: Path) -> dict[str, str]:
    """Return the text of each file by its path below `docs`, whose pages say where their blocks are."""
    documents = schemas.documents()
    texts = {
        name: json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for name, document in documents.items()
    }
    pages = {
        name: replaced((docs / name).read_text(encoding="utf-8"), {block: make() for block, make in blocks.items()})
        for name, blocks in BLOCKS.items()
    }
    return texts | reference.pages(documents) | pages


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.documents", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file would change")
    if not parser.parse_args().check:
        write()
        return 0
    for name in (found := drifted()):
        print(f"docs/{name} is not what the code makes: run make schemas", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
