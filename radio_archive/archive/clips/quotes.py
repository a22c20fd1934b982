"""Where in which file a passage was said, and what has to be known before it is quoted."""

from dataclasses import dataclass
from pathlib import Path

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import decisions, read
from radio_archive.errors import MediaMissingError, UsageError


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of a clip: what was said from `start` to `end`, in seconds of the clip.

    In the file `path` it begins `offset` seconds later. `limits` says what stands against using it.
    """

    clip: str
    title: str
    show: str | None
    reporter: str | None
    date: str | None
    start: float
    end: float
    text: str
    path: Path
    offset: float
    duration: float
    """Of the clip, in seconds."""
    approved: bool
    """Whether a person has approved the transcript."""
    limits: tuple[str, ...]


def spoken(archive: Archive, uid: str, position: int, around: int = 0) -> Spoken:
    """Return segment `position` of a clip, and `around` segments on either side of it.

    Raises UsageError where there is no such segment, and MediaMissingError where the recording's file is gone.
    """
    with archive.reading():
        rows = archive.db.execute(
            """SELECT segments.start, segments."end", segments.text FROM segments
               JOIN clips ON clips.id = segments.clip_id
               WHERE clips.uid = ? AND segments.position BETWEEN ? AND ? ORDER BY segments.position""",
            [uid, position - around, position + around],
        ).fetchall()
    if not rows:
        raise UsageError(f"nothing is said in {uid} at segment {position}", f"See `radio-archive show {uid}`.")
    return _spoken(archive, uid, rows[0][0], max(row[1] for row in rows), " ".join(row[2] for row in rows))


def beginning(archive: Archive, uid: str) -> Spoken:
    """Return the first moment of a clip, to play it from there. Raises MediaMissingError."""
    return _spoken(archive, uid, 0.0, 0.0, "")


def _spoken(archive: Archive, uid: str, start: float, end: float, text: str) -> Spoken:
    with archive.reading():
        stored, offset, duration, last = archive.db.execute(
            """SELECT recordings.path, clip_recordings.start, recordings.duration, clip_recordings."end"
               FROM clips JOIN clip_recordings ON clip_recordings.clip_id = clips.id
               JOIN recordings ON recordings.id = clip_recordings.recording_id
               WHERE clips.uid = ? AND clip_recordings.role = 'original'""",
            [uid],
        ).fetchone()
    path = archive.media.path(stored)
    if not path.is_file():
        raise MediaMissingError(
            f"the recording of {uid} is not at {path}", "Mount its disk, or restore the file from a backup."
        )
    summary, decided = read.summary_of(archive, uid), decisions.of(archive, uid)
    limits = [f"{uid} is private"] if decided.visibility == "private" else []
    limits += [f"{uid} is under embargo until {decided.embargo_until}"] if decided.embargo_until else []
    limits += [f"rights in {uid}: {decided.rights}"] if decided.rights else []
    return Spoken(
        clip=uid,
        title=summary.title,
        show=summary.show,
        reporter=summary.reporter,
        date=summary.date,
        start=start,
        end=end,
        text=text,
        path=path,
        offset=offset,
        duration=(duration if last is None else last) - offset,
        approved=decided.review == "approved",
        limits=tuple(limits),
    )
