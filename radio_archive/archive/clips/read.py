"""Reading an archive: which clips there are, and all that is known of one."""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from radio_archive.archive import visibility
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims, sidecars
from radio_archive.archive.clips.encoding import load_chapters, load_windows, load_words
from radio_archive.archive.names.lookup import TABLE_OF, ranks
from radio_archive.errors import NoSuchClipError, UsageError
from radio_archive.models import Chapter, Claim, Segment, WindowReport, Word
from radio_archive.text.spelling import fold

SUMMARY_COLUMNS = "clip, title, show, reporter, date, duration, sha256, transcript"


@dataclass(frozen=True, slots=True)
class ClipSummary:
    """One line about a clip; `duration` in seconds, `transcript` the model that made the current one."""

    clip: str
    title: str
    show: str | None
    reporter: str | None
    date: str | None
    duration: float
    sha256: str
    transcript: str | None


@dataclass(frozen=True, slots=True)
class TranscriptInfo:
    """How a transcript came to be."""

    engine: str | None
    engine_version: str | None
    model: str | None
    revision: str | None
    options: Mapping[str, object]
    language: str | None
    speed: float | None
    created_at: str
    current: bool
    words: int
    windows: tuple[WindowReport, ...]
    """How sure the engine was of each stretch that it decoded as one; empty where nothing was recorded."""


@dataclass(frozen=True, slots=True)
class ClipDetail:
    """All that is known of a clip. `file` is its recording's path relative to the archive."""

    summary: ClipSummary
    language: str | None
    description: str | None
    added_at: str
    file: str
    storage: str
    original_name: str
    media_type: str
    bytes: int
    sample_rate: int
    channels: int
    bit_rate: int | None
    level: float | None
    loudness: float | None
    true_peak: float | None
    chapters: tuple[Chapter, ...]
    editions: tuple[tuple[str, str, float], ...]
    """Its other recordings: role (podcast, rebroadcast), file name, seconds."""
    warnings: tuple[str, ...]
    claims: tuple[Claim, ...]
    ranks: tuple[str, ...]
    """The sources that the show trusts most; empty where it has no wishes of its own."""
    sidecars: tuple[str, ...]
    """Names of the files that came with it."""
    segments: tuple[Segment, ...]
    transcripts: tuple[TranscriptInfo, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which clips are meant; dates are ISO 8601 and inclusive, names match however they are spelled."""

    show: str | None = None
    reporter: str | None = None
    since: str | None = None
    until: str | None = None
    public: bool = False
    """Only clips that everybody may see."""


EVERYTHING = Filters()


def clips(archive: Archive, filters: Filters = EVERYTHING, limit: int = -1) -> Iterator[ClipSummary]:
    """Yield clips, newest air date first; `limit` -1 means all."""
    condition, parameters = conditions(archive, filters)
    rows = archive.db.execute(
        f"""SELECT {SUMMARY_COLUMNS} FROM clip_list WHERE clip IN (SELECT uid FROM clips WHERE {condition})
            ORDER BY date IS NULL, date DESC, title LIMIT :limit""",  # noqa: S608 - fixed fragments only
        {**parameters, "limit": limit},
    )
    for row in rows:
        yield ClipSummary(*row)


def conditions(archive: Archive, filters: Filters) -> tuple[str, dict[str, object]]:
    """Return SQL about the table `clips`, made of fixed fragments, and its parameters.

    Raises UsageError, with suggestions, for a show or reporter that the archive does not know.
    """
    parts, parameters = ["1"], dict[str, object]()
    if filters.show is not None:
        parts.append("clips.show_id = :show")
        parameters["show"] = _subject(archive, "show", filters.show)
    if filters.reporter is not None:
        parts.append("clips.id IN (SELECT clip_id FROM credits WHERE person_id = :reporter AND role = 'reporter')")
        parameters["reporter"] = _subject(archive, "person", filters.reporter)
    if filters.since:
        parts.append("clips.air_date >= :since")
        parameters["since"] = filters.since
    if filters.until:
        parts.append("clips.air_date <= :until")
        parameters["until"] = filters.until
    if filters.public:
        parts.append(visibility.PUBLIC)
        parameters["today"] = visibility.today()
    return " AND ".join(parts), parameters


def _subject(archive: Archive, subject_type: str, name: str) -> int:
    """Return the id of the one subject with `name`, or with a name that holds it."""
    known = archive.db.execute(
        "SELECT folded, subject_id FROM aliases WHERE subject_type = ?", [subject_type]
    ).fetchall()
    wanted = fold(name)
    found = {subject for folded, subject in known if folded == wanted} or {
        subject for folded, subject in known if wanted and wanted in folded
    }
    if len(found) == 1:
        return int(found.pop())
    names = _names(archive, subject_type)
    what = "reporter" if subject_type == "person" else subject_type
    if found:
        many = [name for subject, name in names if subject in found]
        raise UsageError(f"more than one {what} is called {name!r}: {', '.join(many)}", "Give more of the name.")
    by_folded = {fold(known_name): known_name for _, known_name in names}
    close = [by_folded[match] for match in difflib.get_close_matches(wanted, by_folded, 3, 0.5)] or list(
        by_folded.values()
    )[:5]
    advice = f"Perhaps: {', '.join(close)}." if close else f"The archive has no {what} yet."
    raise UsageError(f"no {what} called {name!r} in this archive", advice)


def _names(archive: Archive, subject_type: str) -> list[tuple[int, str]]:
    table = archive.db.table(TABLE_OF[subject_type])
    return [(row["id"], row["name"]) for row in table.rows_where("merged_into IS NULL", order_by="name")]


def find_uid(archive: Archive, prefix: str) -> str:
    """Return the uid that begins with `prefix`. Raises NoSuchClipError if none or several do."""
    wanted = prefix.strip().lower()
    row = archive.db.execute("SELECT uid FROM clips WHERE uid = ?", [wanted]).fetchone()
    row = (
        row
        or archive.db.execute(
            "SELECT uid FROM slugs JOIN clips ON clips.id = subject_id WHERE subject_type = 'clip' AND old = ?",
            [wanted],
        ).fetchone()
    )
    if row:
        return str(row[0])
    rows = archive.db.execute(
        "SELECT clip, title FROM clip_list WHERE substr(clip, 1, length(:p)) = :p AND :p <> '' LIMIT 6", {"p": wanted}
    ).fetchall()
    if not rows:
        raise NoSuchClipError(f"no clip {prefix!r} in this archive", "`radio-archive list` shows the clips.")
    if len(rows) > 1:
        names = "; ".join(f"{uid} {title}" for uid, title in rows[:5])
        raise NoSuchClipError(f"several clips begin with {prefix!r}: {names}", "Give more of the name.")
    return str(rows[0][0])


def clip_with(archive: Archive, sha256: str) -> str | None:
    """Return the uid of the clip whose recording has this digest."""
    row = archive.db.execute(
        """SELECT clips.uid FROM recordings JOIN clip_recordings ON clip_recordings.recording_id = recordings.id
           JOIN clips ON clips.id = clip_recordings.clip_id WHERE sha256 = ? ORDER BY clips.id LIMIT 1""",
        [sha256],
    ).fetchone()
    return None if row is None else row[0]


def names_and_sizes(archive: Archive) -> frozenset[tuple[str, int]]:
    """Return the original name and the size in bytes of every recording: enough to guess what is archived already."""
    return frozenset(archive.db.execute("SELECT original_name, bytes FROM recordings").fetchall())


def digests(archive: Archive) -> frozenset[str]:
    """Return the SHA-256 of every recording."""
    return frozenset(row[0] for row in archive.db.execute("SELECT sha256 FROM recordings"))


def glossary(archive: Archive, show: str | None) -> tuple[str, ...]:
    """Return the terms to listen for in clips of `show`: the show's own first, then those for all shows."""
    rows = archive.db.execute(
        """SELECT term FROM glossary LEFT JOIN shows ON shows.id = glossary.show_id
           WHERE glossary.show_id IS NULL OR shows.name = ? ORDER BY glossary.show_id IS NULL, glossary.id""",
        [show],
    )
    return tuple(row[0] for row in rows)


def removed_at(archive: Archive, sha256: str) -> str | None:
    """Return when a recording was last removed from the archive on purpose."""
    row = archive.db.execute("SELECT max(at) FROM tombstones WHERE sha256 = ?", [sha256]).fetchone()
    return None if row is None else row[0]


def summary_of(archive: Archive, uid: str) -> ClipSummary:
    """Return the line about the clip `uid`, which must exist."""
    row = archive.db.execute(f"SELECT {SUMMARY_COLUMNS} FROM clip_list WHERE clip = ?", [uid]).fetchone()  # noqa: S608
    return ClipSummary(*row)


def detail(archive: Archive, uid: str) -> ClipDetail:
    """Return all that is known of the clip `uid`, which must exist."""
    summary = summary_of(archive, uid)
    row = next(
        archive.db.query(
            """SELECT clips.id, clips.language, clips.summary, clips.added_at, clips.current_transcript_id,
                      recordings.path, storage, original_name, media_type, bytes, sample_rate, channels, bit_rate,
                      level, loudness, true_peak, chapters, warnings
               FROM clips JOIN clip_recordings ON clip_recordings.clip_id = clips.id
               JOIN recordings ON recordings.id = clip_recordings.recording_id
               WHERE clips.uid = ? AND clip_recordings.role = 'original'""",
            [uid],
        )
    )
    return ClipDetail(
        summary=summary,
        language=row["language"],
        description=row["summary"],
        added_at=row["added_at"],
        file=row["path"],
        storage=row["storage"],
        original_name=row["original_name"],
        media_type=row["media_type"],
        bytes=row["bytes"],
        sample_rate=row["sample_rate"],
        channels=row["channels"],
        bit_rate=row["bit_rate"],
        level=row["level"],
        loudness=row["loudness"],
        true_peak=row["true_peak"],
        chapters=load_chapters(row["chapters"]),
        editions=tuple(
            archive.db.execute(
                """SELECT role, original_name, duration FROM clip_recordings
                   JOIN recordings ON recordings.id = recording_id
                   WHERE clip_id = ? AND role <> 'original' ORDER BY recording_id""",
                [row["id"]],
            ).fetchall()
        ),
        warnings=tuple((row["warnings"] or "").splitlines()),
        claims=claims.of(archive, uid),
        ranks=ranks(archive, summary.show),
        sidecars=sidecars.names(archive, uid),
        segments=_segments(archive, row["id"]),
        transcripts=_transcripts(archive, row["id"], row["current_transcript_id"]),
    )


def hidden_clips(archive: Archive) -> int:
    """Return how many clips not everybody may see."""
    query = f"SELECT count(*) FROM clips WHERE NOT {visibility.PUBLIC}"  # noqa: S608 - our own constant
    with archive.reading():
        return int(archive.db.execute(query, {"today": visibility.today()}).fetchone()[0])


def current_words(archive: Archive, uid: str) -> tuple[Word, ...]:
    """Return the words of the clip's current transcript."""
    row = archive.db.execute(
        "SELECT words FROM transcripts JOIN clips ON clips.current_transcript_id = transcripts.id WHERE uid = ?", [uid]
    ).fetchone()
    return load_words(row[0]) if row else ()


def typical_speed(archive: Archive, model: str) -> float | None:
    """Return the mean speed, in seconds of audio per second, of the last transcripts that `model` made here."""
    row = archive.db.execute(
        """SELECT avg(speed) FROM (SELECT speed FROM transcripts WHERE model = ? AND speed IS NOT NULL
           ORDER BY id DESC LIMIT 20)""",
        [model],
    ).fetchone()
    return None if row is None else row[0]


def _segments(archive: Archive, clip_id: int) -> tuple[Segment, ...]:
    rows = archive.db.execute('SELECT start, "end", text FROM segments WHERE clip_id = ? ORDER BY position', [clip_id])
    return tuple(Segment(start, end, text, -1, -1) for start, end, text in rows)


def _transcripts(archive: Archive, clip_id: int, current: int | None) -> tuple[TranscriptInfo, ...]:
    rows = archive.db.query(
        """SELECT id, engine, engine_version, model, revision, options, language, speed, created_at,
                  json_array_length(words) AS words, windows FROM transcripts WHERE clip_id = ? ORDER BY id DESC""",
        [clip_id],
    )
    return tuple(
        TranscriptInfo(
            **{key: value for key, value in row.items() if key not in {"id", "options", "windows"}},
            options=json.loads(row["options"]),
            current=row["id"] == current,
            windows=load_windows(row["windows"]),
        )
        for row in rows
    )
