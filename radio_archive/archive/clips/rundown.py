"""The clip sheet: what a control room wants to know of each clip."""

from collections.abc import Iterator
from dataclasses import dataclass

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.encoding import load_words
from radio_archive.archive.clips.read import Filters, conditions

TARGET = -24.0
"""LUFS; a station's own target is set with its shows."""
TOLERANCE = 2.0
"""LU on either side."""
CUE = 6
"""Words of an in-cue or out-cue."""


@dataclass(frozen=True, slots=True)
class Line:
    """One clip of a rundown. `trt`: total running time in seconds; loudness in LUFS, true peak in dBTP."""

    clip: str
    date: str | None
    show: str | None
    title: str
    reporter: str | None
    trt: float
    in_cue: str
    out_cue: str
    loudness: float | None
    true_peak: float | None
    target: float
    sample_rate: int
    bit_rate: int | None
    channels: int
    rights: str | None
    review: str

    @property
    def is_loud_enough(self) -> bool | None:
        """Whether the loudness is within the tolerance; None where it was not measured."""
        return None if self.loudness is None else abs(self.loudness - self.target) <= TOLERANCE


def rundown(archive: Archive, filters: Filters) -> Iterator[Line]:
    """Yield clips in the order in which they aired."""
    condition, parameters = conditions(archive, filters)
    rows = archive.db.execute(
        f"""SELECT clip_list.clip, clip_list.date, clip_list.show, clip_list.title, clip_list.reporter,
                clip_list.duration, transcripts.words, loudness, true_peak, coalesce(loudness_target, :target),
                sample_rate, bit_rate, channels, clips.rights, review_status
            FROM clips JOIN clip_list ON clip_list.clip = clips.uid
            JOIN recordings ON recordings.sha256 = clip_list.sha256
            LEFT JOIN transcripts ON transcripts.id = clips.current_transcript_id
            LEFT JOIN shows ON shows.id = clips.show_id
            WHERE {condition} ORDER BY clip_list.date IS NULL, clip_list.date, clip_list.title""",  # noqa: S608 - fixed
        {**parameters, "target": TARGET},
    )
    for clip, date, show, title, reporter, trt, words, *facts in rows:
        said = "".join(word.text for word in load_words(words)).split() if words else []
        cues = " ".join(said[:CUE]), " ".join(said[-CUE:])
        yield Line(clip, date, show, title, reporter, trt, *cues, *facts)
