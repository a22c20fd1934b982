"""Requests pages from the site without a server, as Datasette's own tests do."""

import asyncio
import re
from pathlib import Path
from typing import Any

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.config.podcasts import Podcasts
from radio_archive.config.settings import SiteOptions
from radio_archive.models import Clip
from radio_archive.site import server


class Visitor:
    """A visitor of the site of the archive in `folder`."""

    def __init__(
        self,
        folder: Path,
        *,
        private: bool = False,
        immutable: bool = False,
        meaning: bool = False,
        options: SiteOptions | None = None,
        podcasts: Podcasts = server.NO_PODCASTS,
    ) -> None:
        self.folder = folder
        self.datasette = server.site(
            folder / "archive.db",
            options or SiteOptions(),
            private=private,
            immutable=immutable,
            meaning=meaning,
            podcasts=podcasts,
        )

    def get(self, path: str, **headers: str) -> Any:
        """Return the answer to a GET, redirects as they are."""
        return self.ask("GET", path, **headers)

    def ask(self, method: str, path: str, **headers: str) -> Any:
        """Return the answer to a request; `if_range="x"` is sent as `if-range: x`."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return asyncio.run(self._ask(method, path, named))

    async def _ask(self, method: str, path: str, headers: dict[str, str]) -> Any:
        await self.datasette.invoke_startup()
        return await self.datasette.client.request(method, path, headers=headers)

    def home(self) -> str:
        """Return the home page with all that is counted for it, which the page alone does not wait for."""
        self.get("/index.json")
        return str(self.get("/").text)

    def entries(self) -> list[Clip]:
        """Return all clips of the archive, newest first."""
        with Archive(self.folder, read_only=True) as archive:
            return list(read.clips(archive, order=read.LATEST, parts=read.LISTED))

    def entry(self, title: str) -> Clip:
        """Return the clip whose title contains `title`."""
        return next(entry for entry in self.entries() if title in entry.title)


def links(html: str) -> list[str]:
    """Return the addresses that a page links to."""
    return re.findall(r'(?:href|src|action)="([^"]*)"', html)
