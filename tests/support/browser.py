"""A real browser for tests: Chromium, driven by Playwright, which records every problem in a page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, sync_playwright

from support.bounds import PATIENCE

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AXE = "RADIO_ARCHIVE_AXE"
"""The environment variable with the folder in which npm put axe-core."""
WATCH = """document.addEventListener("securitypolicyviolation",
    (event) => console.error("Content-Security-Policy: " + event.violatedDirective + " " + event.blockedURI));"""


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the machine's Chromium; without one, skip."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    # Root cannot use Chromium's sandbox.
    arguments = ["--no-sandbox"] if hasattr(os, "getuid") and os.getuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=arguments)
        try:
            yield running
        finally:
            running.close()


@dataclass
class Visit:
    """A page in its own window; `problems` has the errors of its console and its security policy."""

    page: Page
    base: str
    problems: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    """Requests to any host except the one that serves the site."""

    def go(self, address: str = "") -> Page:
        self.page.goto(self.base + address)
        return self.page

    def assert_clean(self) -> None:
        assert self.problems == []
        assert self.elsewhere == []
        assert not self.page.evaluate("window.fired === true"), "script in text was run"


@contextmanager
def visit(running: Browser, base: str, **options: Any) -> Iterator[Visit]:
    """Open a window; a problem in it fails the test at the end."""
    context = running.new_context(**options)
    context.set_default_timeout(1000 * PATIENCE)
    try:
        visiting = Visit(context.new_page(), base)
        visiting.page.on("console", lambda message: _note(visiting, message.type, message.text))
        visiting.page.on("pageerror", lambda error: visiting.problems.append(str(error)))
        visiting.page.on("dialog", lambda dialog: _refuse(visiting, dialog))
        visiting.page.on("request", lambda request: _follow(visiting, request))
        if options.get("java_script_enabled", True):
            context.add_init_script(WATCH)
        yield visiting
        if options.get("java_script_enabled", True):
            visiting.assert_clean()
    finally:
        context.close()


def _note(visiting: Visit, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        visiting.problems.append(text)


def _refuse(visiting: Visit, dialog: Dialog) -> None:
    visiting.problems.append(f"a dialog: {dialog.message}")
    dialog.dismiss()


def _follow(visiting: Visit, request: Request) -> None:
    asked = urlsplit(request.url)
    if asked.scheme not in {"blob", "data"} and asked[:2] != urlsplit(visiting.base)[:2]:
        visiting.elsewhere.append(request.url)


def axe() -> str:
    """Return axe-core's source; skip if it is not installed."""
    folder = os.environ.get(AXE)
    if not folder:
        pytest.skip(f"{AXE} names no folder with axe-core: `npm install --prefix FOLDER axe-core`")
    return (Path(folder) / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
