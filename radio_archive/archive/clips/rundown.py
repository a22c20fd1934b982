"""The rundown: what a control room needs to know about each clip."""

from collections.abc import Iterator
from dataclasses import dataclass

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.filters import Filters
from radio_archive.models import Clip

TARGET = -24.0
"""The default loudness in LUFS; a show can have its own."""
TOLERANCE = 2.0
"""Accepted difference, in LU, up or down."""
CUE = 6
"""Words of an in-cue or out-cue."""


@dataclass(frozen=True, slots=True)
class RundownLine:
    """A clip with its first and last words; `target` is the loudness that it should have, in LUFS."""

    clip: Clip
    in_cue: str
    out_cue: str
    target: float

    @property
    def is_loud_enough(self) -> bool | None:
        """Whether the loudness is within the tolerance; None if it was not measured."""
        loudness = self.clip.recording.loudness
        return None if loudness is None else abs(loudness - self.target) <= TOLERANCE


def rundown(archive: Archive, filters: Filters) -> Iterator[RundownLine]:
    """Yield clips in the order in which they aired."""
    query = "SELECT name, loudness_target FROM shows WHERE merged_into IS NULL AND loudness_target IS NOT NULL"
    targets = dict(archive.db.execute(query).fetchall())
    for clip in read.clips(archive, filters, order=read.AS_AIRED, parts=read.Part.WORDS):
        said = "".join(word.text for word in clip.words).split()
        yield RundownLine(clip, " ".join(said[:CUE]), " ".join(said[-CUE:]), targets.get(clip.show, TARGET))
