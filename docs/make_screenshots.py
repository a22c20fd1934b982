"""Makes the pictures of the site in docs/pictures/: the real server, in a real browser, on the fixture clips."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

PICTURES = Path(__file__).with_name("pictures")
CLIPS = Path(__file__).parent.parent / "fixtures" / "clips"
PROGRAM = [sys.executable, "-m", "radio_archive"]
BROWSER = "/usr/bin/chromium"
CLIP = "pacific-report/2024-10-22/an-undersea-cable-from-fiji-to-hawaii#t=9.2"
SIZE = {"width": 1200, "height": 860}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}


@dataclass(frozen=True)
class Scene:
    """A page of the site, and the window that it is looked at in."""

    path: str
    window: Mapping[str, Any] = field(default_factory=lambda: {"viewport": SIZE})


SCENES: Mapping[str, Scene] = {
    "site-home": Scene(""),
    "site-search": Scene("search?q=boats"),
    "site-clip": Scene(CLIP),
    "site-clip-dark": Scene(CLIP, {"viewport": SIZE, "color_scheme": "dark"}),
    "site-clip-phone": Scene(CLIP, PHONE),
    "site-show": Scene("pacific-report"),
    "site-about": Scene("about"),
}


EDITED = "announced"
"""A word of the clip, which is being changed in a picture."""
EDITORS: Mapping[str, Scene] = {
    "site-review": Scene("-/review"),
    "site-edit": Scene(CLIP),
}
"""What only those see who are signed in to edit."""


@contextmanager
def served(archive: Path, *options: str, password: str = "") -> Iterator[str]:
    """Serve an archive and yield its address."""
    command = [*PROGRAM, "serve", "--archive", str(archive), "--port", "0", *options]
    env = {**os.environ, "RADIO_ARCHIVE_PASSWORD": password}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", env=env)
    try:
        assert process.stdout is not None  # noqa: S101 - asked for above
        yield process.stdout.readline().split()[0]
    finally:
        process.terminate()
        process.wait()


def picture(browser: Browser, address: str, scene: Scene, path: Path, password: str = "") -> None:
    """Look at a page, and keep what is seen; as somebody who edits, if there is a `password`."""
    context = browser.new_context(**scene.window)
    page = context.new_page()
    if password:
        page.goto(f"{address}-/sign-in?token={password}")
        page.get_by_label("Your name").fill("Malia")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/-/review")
    page.goto(address + scene.path)
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 0)")
    if password and page.get_by_role("button", name="Edit the text").count():
        page.get_by_role("button", name="Edit the text").click()
        page.locator("#transcript [data-start]", has_text=EDITED).first.click()
        page.evaluate("scrollTo(0, 460)")
    # A moment for what moves into view.
    page.wait_for_timeout(400)
    page.screenshot(path=path)
    context.close()


def main(arguments: list[str]) -> None:
    """Make all pictures, of the archive named on the command line or of a new one."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        archive = Path(arguments[0]) if arguments else Path(temporary) / "archive"
        if not arguments:
            subprocess.run([*PROGRAM, "init", archive], check=True)
            subprocess.run([*PROGRAM, "add", CLIPS, "--archive", archive, "--model", "demo"], check=True)
        with served(archive) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
            for name, scene in SCENES.items():
                picture(browser, address, scene, PICTURES / f"{name}.png")
            browser.close()
        secret = secrets.token_urlsafe(16)
        with served(archive, "--edit", password=secret) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
            for name, scene in EDITORS.items():
                picture(browser, address, scene, PICTURES / f"{name}.png", secret)
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
