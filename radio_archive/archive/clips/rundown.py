"""The rundown: what a control room needs to know about each clip."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.filters import Filters
from radio_archive.archive.rows import pages
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
    """Yield clips in the order in which they aired, with the first and last words of their current text."""
    query = "SELECT name, loudness_target FROM shows WHERE merged_into IS NULL AND loudness_target IS NOT NULL"
    targets = dict(archive.db.execute(query).fetchall())
    for page in pages(read.clips(archive, filters, order=read.AS_AIRED), read.AT_ONCE):
        uids = [clip.uid for clip in page]
        first, last = _sentences(archive, uids, "ASC"), _sentences(archive, uids, "DESC")
        for clip in page:
            start, end = first.get(clip.uid, "").split(), last.get(clip.uid, "").split()
            yield RundownLine(clip, " ".join(start[:CUE]), " ".join(end[-CUE:]), targets.get(clip.show, TARGET))


def _sentences(archive: Archive, uids: Sequence[str], order: Literal["ASC", "DESC"]) -> dict[str, str]:
    """Return of each clip as many of its first or last segments as surely hold a cue; each has a word or more."""
    # The words of a transcript are one value, and all would have to be read.
    rows = archive.db.execute(
        f"""SELECT uid, (SELECT group_concat(text, ' ') FROM (SELECT text FROM (
                SELECT position, text FROM segments WHERE segments.clip_id = clips.id
                ORDER BY position {order} LIMIT {CUE}) ORDER BY position))
            FROM clips WHERE uid IN (SELECT value FROM json_each(?))""",  # noqa: S608 - fixed
        [json.dumps(uids)],
    )
    return {uid: text for uid, text in rows if text}
