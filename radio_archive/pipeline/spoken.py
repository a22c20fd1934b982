"""What clips say about their makers, by the roster as it is when each clip is read."""

from collections.abc import Sequence

from radio_archive.archive.archive import Archive
from radio_archive.archive.names.roster import RosterReader
from radio_archive.metadata import gather
from radio_archive.metadata.spoken.known import KnownNames
from radio_archive.models import Claim, Story, Word


class SpokenClaims:
    """Reads the roster once for many clips, and before each of them what has changed in it."""

    def __init__(self, archive: Archive) -> None:
        self._roster = RosterReader(archive)
        self._known = KnownNames()

    def of(
        self, words: Sequence[Word], claims: Sequence[Claim], *, duration: float, story: Story | None = None
    ) -> list[Claim]:
        """Return what is said in a clip of `duration` seconds; `claims` are those of all other sources."""
        news, whole = self._roster.news()
        if whole:
            self._known = KnownNames()
        self._known.add(news)
        return gather.claims_from_speech(words, self._known, claims, duration=duration, story=story)
