"""Build the site of the documentation, and check each link of the built pages. Nothing is asked of another host."""

from __future__ import annotations

import argparse
import subprocess
import sys

from tools.site import links, pages

SITE = pages.ROOT / ".greenroom" / "site"


def build() -> subprocess.CompletedProcess[str]:
    """Build strictly: a link to a page that is not there is an error."""
    pages.write(SITE / "pages")
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    return subprocess.run(command, cwd=pages.ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # ours


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    parser.parse_args()
    built = build()
    if built.returncode:
        print(built.stderr, file=sys.stderr)
        return built.returncode
    found = links.complaints(SITE / "html")
    print("\n".join(found) or SITE / "html" / "index.html", file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
