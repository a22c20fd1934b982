"""A passage with its file and offset, and the reasons not to quote it."""

from dataclasses import dataclass
from pathlib import Path

from radio_archive.archive import visibility
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, redactions
from radio_archive.errors import MediaMissingError, UsageError
from radio_archive.models import Clip
from radio_archive.text.corrected import joined
from radio_archive.text.doubts import MARK


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage of a clip: `text` was said from `start` to `end`, in seconds of the clip.

    In the file `path` it begins `offset` seconds later. `limits` lists what restricts its use.
    """

    clip: Clip
    start: float
    end: float
    text: str
    path: Path
    offset: float
    limits: tuple[str, ...]


def quote(archive: Archive, uid: str, position: int, around: int = 0) -> Quote:
    """Return segment `position` of a clip, and `around` segments on either side of it; a gap between them is marked.

    Raises UsageError if there is no such segment, and MediaMissingError if the recording's file is missing.
    """
    with archive.reading():
        rows = archive.db.execute(
            """SELECT segments.start, segments."end", segments.text FROM segments
               JOIN clips ON clips.id = segments.clip_id
               WHERE clips.uid = ? AND segments.position BETWEEN ? AND ? ORDER BY segments.position""",
            [uid, position - around, position + around],
        ).fetchall()
        gaps = archive.db.execute(
            """SELECT gaps.start FROM gaps JOIN clips ON clips.current_transcript_id = gaps.transcript_id
               WHERE clips.uid = ?""",
            [uid],
        ).fetchall()
    if not rows:
        raise UsageError(f"nothing is said in {uid} at segment {position}", f"See `radio-archive show {uid}`.")
    start, end = rows[0][0], max(row[1] for row in rows)
    # Words before and after others that were not understood must not read as one sentence.
    missing = [(at, MARK) for (at,) in gaps if start < at < rows[-1][0]]
    said = sorted([*((at, text) for at, _, text in rows), *missing], key=lambda part: part[0])
    return _quote(archive, uid, start, end, " ".join(text for _, text in said))


def said(archive: Archive, uid: str, start: float, end: float) -> Quote:
    """Return what is said in a clip between two moments, in seconds. Raises UsageError and MediaMissingError."""
    words = read.clip(archive, uid, read.Part.TEXT).words
    chosen = [word for word in words if start <= (word.start + word.end) / 2 <= end]
    if not chosen:
        raise UsageError(f"nothing is said in {uid} from {start:g} to {end:g} s", f"See `radio-archive show {uid}`.")
    return _quote(archive, uid, chosen[0].start, chosen[-1].end, joined(chosen))


def beginning(archive: Archive, uid: str) -> Quote:
    """Return an empty quote at the start of a clip, to play it from there. Raises MediaMissingError."""
    return passage(archive, uid, 0.0, 0.0)


def passage(archive: Archive, uid: str, start: float, end: float) -> Quote:
    """Return what is between two moments of a clip, in seconds, without its text. Raises MediaMissingError."""
    return _quote(archive, uid, start, end, "")


def _quote(archive: Archive, uid: str, start: float, end: float, text: str) -> Quote:
    clip = read.clip(archive, uid)
    with archive.reading():
        (offset,) = archive.db.execute(
            """SELECT clip_recordings.start FROM clips JOIN clip_recordings ON clip_recordings.clip_id = clips.id
               WHERE clips.uid = ? AND clip_recordings.role = 'original'""",
            [uid],
        ).fetchone()
    path = redactions.public_path(archive, uid) or archive.media.path(clip.file)
    if not path.is_file():
        raise MediaMissingError(
            f"the recording of {uid} is not at {path}", "Mount its disk, or restore the file from a backup."
        )
    return Quote(clip, start, end, text, path, offset, limits(archive, clip))


def limits(archive: Archive, clip: Clip) -> tuple[str, ...]:
    """Return what restricts the use of a clip, in words."""
    rights = [f"rights in {clip.uid}: {clip.rights}"] if clip.rights else []
    return (*visibility.reasons(archive, clip.uid), *rights)
