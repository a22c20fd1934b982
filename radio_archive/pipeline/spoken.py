"""What clips say about their makers, by the roster as it is when each clip is read."""

from collections.abc import Sequence
from dataclasses import replace

from radio_archive.archive.archive import Archive
from radio_archive.archive.names.roster import RosterReader
from radio_archive.metadata import sources
from radio_archive.metadata.sources import Material
from radio_archive.metadata.spoken.known import KnownNames
from radio_archive.models import Claim


class SpokenClaims:
    """Reads the roster once for many clips, and before each of them what has changed in it."""

    def __init__(self, archive: Archive) -> None:
        self._roster = RosterReader(archive)
        self._known = KnownNames()

    def of(self, material: Material, stored: Sequence[Claim] = ()) -> list[Claim]:
        """Return what is said in a clip; see `sources.read`."""
        news, whole = self._roster.news()
        if whole:
            self._known = KnownNames()
        self._known.add(news)
        return sources.read(replace(material, known=self._known), stored, spoken=True)
