"""Reads clips, with one query and one type. Parts that take longer are read only if a `Part` asks for them."""

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Flag, auto
from typing import Any

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims, current, recordings, sidecars, stories
from radio_archive.archive.clips.encoding import load_chapters, load_windows, load_words
from radio_archive.archive.filters import EVERYTHING, Filters, Way, conditions
from radio_archive.archive.names import addresses
from radio_archive.archive.names.lookup import ranks
from radio_archive.archive.rows import paged, pages
from radio_archive.errors import NoSuchClipError
from radio_archive.models import Clip, Credit, Gap, Recording, Segment, TranscriptInfo, Word
from radio_archive.text.segmenting import locate_words, split


class Part(Flag):
    """What to read of clips besides what is always read. Lists support the first seven only."""

    NOTHING = 0
    ADDRESS = auto()
    AUDIBLE = auto()
    """Whether outsiders may hear the recording."""
    TEASER = auto()
    PEAKS = auto()
    WORDS = auto()
    """The words of the current text."""
    GAPS = auto()
    """The stretches of it in which speech was not understood."""
    OPTIONS = auto()
    """The model and options with which the engine made its newest transcript."""
    TEXT = auto()
    """The current text: words, segments, gaps, and how the transcript was made."""
    ORIGINAL = auto()
    """With WORDS or TEXT: as the engine heard it, without corrections."""
    SOURCES = auto()
    """Claims, sidecars, other recordings, and how each version of the transcript was made."""
    PAGE = auto()
    """The rest of a page: credits, station, subjects, story, and peaks."""


LISTED = Part.ADDRESS | Part.AUDIBLE | Part.TEASER
"""What the site shows of a clip in a list."""

_REPORTER = """(SELECT group_concat(people.name, ', ') FROM credits JOIN people ON people.id = credits.person_id
    WHERE credits.clip_id = clips.id AND credits.role = 'reporter')"""
_TEASER = """(SELECT group_concat(text, ' ') FROM (SELECT text FROM segments WHERE segments.clip_id = clips.id
    AND position < 4 ORDER BY position))"""
_GAPS = """(SELECT json_group_array(json_array(start, "end")) FROM (SELECT start, "end" FROM gaps
    WHERE transcript_id = transcripts.id ORDER BY start))"""
_OPTIONAL = {
    Part.ADDRESS: addresses.RIVAL_TITLES,
    Part.AUDIBLE: recordings.AUDIBLE,
    Part.TEASER: _TEASER,
    Part.PEAKS: "recordings.peaks",
    Part.WORDS: f"transcripts.words, {current.ACCEPTED}",
    Part.GAPS: _GAPS,
    Part.OPTIONS: """(SELECT json_array(model, CASE WHEN json_valid(options) THEN json(options) END)
        FROM transcripts AS heard WHERE heard.clip_id = clips.id AND origin = 'engine'
            AND heard.recording_id = clip_recordings.recording_id ORDER BY id DESC LIMIT 1)""",
}
_SELECT = f"""SELECT clips.id, clips.uid, clips.title, shows.name AS show, {_REPORTER} AS reporter, clips.air_date,
    clips.language, coalesce(clip_recordings."end", recordings.duration) - clip_recordings.start AS length,
    clips.summary, clips.review_status, clips.rights, clips.added_at,
    transcripts.origin, CASE transcripts.origin WHEN 'engine' THEN transcripts.model END,
    clips.corrected, recordings.path,
    recordings.storage, EXISTS (SELECT 1 FROM covers WHERE covers.recording_id = recordings.id) AS has_cover,
    sha256, bytes, media_type, recordings.duration, sample_rate, channels, original_name, level, loudness, true_peak,
    bit_rate, chapters, warnings, {{optional}}
    FROM clips
    JOIN clip_recordings ON clip_recordings.clip_id = clips.id AND clip_recordings.role = 'original'
    JOIN recordings ON recordings.id = clip_recordings.recording_id
    LEFT JOIN shows ON shows.id = clips.show_id
    LEFT JOIN transcripts ON transcripts.id = clips.current_transcript_id"""  # noqa: S608 - our own fragments
LAST = "\U0010ffff"
"""Comes after every text that a name may go on with."""
AT_ONCE = 100
"""Clips of a list that are read together."""
LATEST = "clips.air_date DESC, clips.id DESC"
"""As two indexes have them. Clips without an air date come last, those that were archived last before the others."""
AS_ADDED = "clips.id"
AS_AIRED = "clips.air_date IS NULL, clips.air_date, clips.title"


def clips(
    archive: Archive,
    filters: Filters = EVERYTHING,
    limit: int = -1,
    *,
    order: str = LATEST,
    parts: Part = Part.NOTHING,
) -> Iterator[Clip]:
    """Yield clips in `order`, one of the constants of this module, by default newest first; `limit` -1 means all.

    Raises UsageError for an unknown show or reporter.
    """
    condition, parameters = conditions(archive, filters, Way.ALL if limit < 0 else Way.FIRST)
    return _listed(archive, condition, {**parameters, "limit": limit}, order, parts)


def uids(archive: Archive, filters: Filters = EVERYTHING) -> Iterator[str]:
    """Yield the uids of clips in the order of addition, a page at a time, so that each may be changed meanwhile.

    Raises UsageError as `clips` does.
    """
    condition, parameters = conditions(archive, filters)
    query = f"SELECT id, uid FROM clips WHERE {condition} AND clips.id > :last ORDER BY clips.id LIMIT :page"  # noqa: S608 - fixed
    yield from (uid for _, uid in paged(archive, query, **parameters))


def count(archive: Archive, filters: Filters = EVERYTHING) -> int:
    """Return the number of clips that `clips` would yield. Raises UsageError as it does."""
    condition, parameters = conditions(archive, filters, Way.ALL)
    return int(archive.db.execute(f"SELECT count(*) FROM clips WHERE {condition}", parameters).fetchone()[0])  # noqa: S608 - fixed


def beside(archive: Archive, clip: Clip, *, later: bool) -> Clip | None:
    """Return the clip of the same show that aired next before this one, or with `later`, next after it."""
    if clip.show is None or clip.date is None:
        return None
    comparison, order = (">", "ASC") if later else ("<", "DESC")
    condition = f"""clips.show_id = (SELECT show_id FROM clips WHERE uid = :uid)
        AND (clips.air_date, clips.id) {comparison} (:date, (SELECT id FROM clips WHERE uid = :uid))"""  # noqa: S608 - fixed
    parameters: dict[str, object] = {"uid": clip.uid, "date": clip.date, "limit": 1}
    order = f"clips.air_date {order}, clips.id {order}"
    return next(_listed(archive, condition, parameters, order, Part.ADDRESS), None)


def by_uid(archive: Archive, uids: Sequence[str], parts: Part = Part.NOTHING) -> dict[str, Clip]:
    """Return the clips with these uids that exist."""
    rows = _rows(archive, "clips.uid IN (SELECT value FROM json_each(:keys))", {"keys": json.dumps(uids)}, parts)
    return {clip.uid: clip for _, clip in rows}


def in_order(archive: Archive, uids: Iterable[str], parts: Part = Part.NOTHING) -> Iterator[Clip]:
    """Yield the clips with these uids that exist, in this order; a page of them is read at once."""
    for page in pages(uids, AT_ONCE):
        found = by_uid(archive, page, parts)
        yield from (found[uid] for uid in page if uid in found)


def by_id(archive: Archive, ids: Sequence[int], parts: Part = Part.NOTHING) -> dict[int, Clip]:
    """Return the clips with these ids that exist."""
    return dict(_rows(archive, "clips.id IN (SELECT value FROM json_each(:keys))", {"keys": json.dumps(ids)}, parts))


def uids_of(archive: Archive, ids: Sequence[int]) -> list[str]:
    """Return the uids of the clips with these ids that exist, in their order."""
    rows = archive.db.execute(
        "SELECT uid FROM json_each(?) AS asked CROSS JOIN clips ON clips.id = asked.value ORDER BY asked.key",
        [json.dumps(ids)],
    )
    return [uid for (uid,) in rows]


def clip(archive: Archive, uid: str, parts: Part = Part.NOTHING) -> Clip:
    """Return the clip `uid` with the parts that are asked for. Raises NoSuchClipError."""
    if parts & Part.PAGE:
        parts |= Part.PEAKS
    if parts & Part.TEXT:
        parts |= Part.WORDS | Part.GAPS
    with archive.reading():
        found = next(_rows(archive, "clips.uid = :uid", {"uid": uid}, parts), None)
        if found is None:
            raise NoSuchClipError(f"no clip {uid!r} in this archive", "`radio-archive list` shows the clips.")
        clip_id, clip = found
        more: dict[str, Any] = {}
        if parts & Part.TEXT:
            more |= (
                {"segments": tuple(split(clip.words))} if parts & Part.ORIGINAL else _text(archive, clip_id, clip.words)
            )
        if parts & (Part.TEXT | Part.SOURCES):
            more["transcripts"] = _transcripts(archive, clip_id, every=bool(parts & Part.SOURCES))
        if parts & Part.SOURCES:
            more |= {
                "claims": claims.of_clip(archive, uid),
                "ranks": ranks(archive, clip.show),
                "sidecars": sidecars.names(archive, uid),
                "editions": _editions(archive, clip_id),
            }
        if parts & Part.PAGE:
            more |= {
                "credits": _credits(archive, clip_id),
                "station": _station(archive, clip_id),
                "subjects": _subjects(archive, clip_id),
                "story": stories.of_clip(archive, uid),
            }
    return replace(clip, **more) if more else clip


def find_uid(archive: Archive, prefix: str) -> str:
    """Return the uid that begins with `prefix`. Raises NoSuchClipError if none or several do."""
    wanted = prefix.strip().lower()
    if found := addresses.uid_of(archive.db, wanted, wanted):
        return found
    rows = archive.db.execute(
        "SELECT uid, title FROM clips WHERE uid >= ? AND uid < ? AND ? <> '' ORDER BY uid LIMIT 6",
        [wanted, wanted + LAST, wanted],
    ).fetchall()
    if not rows:
        raise NoSuchClipError(f"no clip {prefix!r} in this archive", "`radio-archive list` shows the clips.")
    if len(rows) > 1:
        names = "; ".join(f"{uid} {title}" for uid, title in rows[:5])
        raise NoSuchClipError(f"several clips begin with {prefix!r}: {names}", "Give more of the name.")
    return str(rows[0][0])


def credited(archive: Archive, uids: Sequence[str]) -> dict[str, tuple[Credit, ...]]:
    """Return the credits of each of the clips with these uids."""
    rows = archive.db.execute(
        """SELECT clips.uid, credits.role, people.name FROM clips JOIN credits ON clip_id = clips.id
           JOIN people ON people.id = person_id WHERE clips.uid IN (SELECT value FROM json_each(?))
           ORDER BY credits.role DESC, people.name""",
        [json.dumps(list(uids))],
    )
    found: dict[str, tuple[Credit, ...]] = {}
    for uid, role, name in rows:
        found[uid] = (*found.get(uid, ()), Credit(role, name))
    return found


def last_changes(archive: Archive, uids: Sequence[str]) -> dict[str, str]:
    """Return when each clip last changed: when it was added, or when its current transcript was made; ISO 8601."""
    rows = archive.db.execute(
        """SELECT clips.uid, max(clips.added_at, coalesce(transcripts.created_at, '')) FROM clips
           LEFT JOIN transcripts ON transcripts.id = clips.current_transcript_id
           WHERE clips.uid IN (SELECT value FROM json_each(?))""",
        [json.dumps(list(uids))],
    )
    return dict(rows)


def _listed(archive: Archive, condition: str, parameters: dict[str, object], order: str, parts: Part) -> Iterator[Clip]:
    # The ids first, eight bytes each: SQLite then sorts only these, and what is read of each clip is read in pages, so
    # that a run of days keeps neither all clips in memory nor a transaction open.
    query = f"SELECT id FROM clips WHERE {condition} ORDER BY {order} LIMIT :limit"  # noqa: S608 - fixed fragments
    chosen = array("q", (key for (key,) in archive.db.execute(query, parameters)))
    for page in pages(chosen, AT_ONCE):
        found = by_id(archive, page, parts)
        yield from (found[key] for key in page if key in found)


def _rows(archive: Archive, condition: str, parameters: dict[str, object], parts: Part) -> Iterator[tuple[int, Clip]]:
    optional = ", ".join(
        sql if part in parts else "NULL, NULL" if part == Part.WORDS else "NULL" for part, sql in _OPTIONAL.items()
    )
    query = f"{_SELECT.format(optional=optional)} WHERE {condition}"
    for row in archive.db.execute(query, parameters):
        yield row[0], _clip(row, parts)


def _clip(row: Sequence[Any], parts: Part) -> Clip:
    *rest, rivals, audible, teaser, peaks, words, accepted, gaps, options = row
    _, uid, title, show, reporter, date, language, length, summary, review, rights, added_at, *rest = rest
    origin, model, corrected, file, storage, has_cover, *recording, chapters, warnings = rest
    sha256, size, media_type, duration, rate, channels, name, level, loudness, true_peak, bit_rate = recording
    heard_by, made_with = json.loads(options) if options else (None, None)
    return Clip(
        uid,
        title if title.strip() else addresses.UNTITLED,
        Recording(
            sha256, size, media_type, duration, rate, channels, name, level, loudness, true_peak, bit_rate,
            load_chapters(chapters), peaks, tuple((warnings or "").splitlines()),
        ),
        show, reporter, date, language, length, summary, review, rights, added_at, model, corrected, file, storage,
        bool(has_cover), origin or "engine",
        address=addresses.address(uid, title, date, show, rivals) if Part.ADDRESS in parts else "",
        audible=bool(audible),
        teaser=teaser,
        words=_words(words, None if Part.ORIGINAL in parts else accepted) if words else (),
        gaps=_gaps(gaps),
        options=made_with or {},
        heard_by=heard_by,
    )  # fmt: skip


def _words(stored: str, accepted: str | None) -> tuple[Word, ...]:
    words = load_words(stored)
    return words if accepted is None else current.corrected(words, accepted).words


def _gaps(stored: str | None) -> tuple[Gap, ...]:
    return tuple(Gap(start, end) for start, end in json.loads(stored)) if stored else ()


def _text(archive: Archive, clip_id: int, words: Sequence[Word]) -> dict[str, Any]:
    rows = archive.db.execute(
        """SELECT start, "end", text, segments.language, coalesce(people.name, speakers.label) FROM segments
           LEFT JOIN speakers ON speakers.id = speaker_id LEFT JOIN people ON people.id = speakers.person_id
           WHERE segments.clip_id = ? ORDER BY position""",
        [clip_id],
    ).fetchall()
    segments = [Segment(start, end, text, -1, -1, *more) for start, end, text, *more in rows]
    return {"segments": tuple(locate_words(segments, words))}


def _transcripts(archive: Archive, clip_id: int, *, every: bool) -> tuple[TranscriptInfo, ...]:
    rows = archive.db.query(
        f"""SELECT origin, engine, engine_version, model, revision, options, language, speed, created_at,
                id = (SELECT current_transcript_id FROM clips WHERE clips.id = clip_id) AS current,
                json_array_length(words) AS words, windows, {_GAPS} AS gaps,
                (SELECT count(*) FROM transcripts AS earlier
                 WHERE earlier.clip_id = transcripts.clip_id AND earlier.id <= transcripts.id) AS number,
                recording_id IS NOT (SELECT recording_id FROM clip_recordings
                 WHERE clip_recordings.clip_id = transcripts.clip_id AND role = 'original') AS edition
            FROM transcripts WHERE clip_id = ? {"" if every else "AND current"} ORDER BY id DESC""",  # noqa: S608 - fixed
        [clip_id],
    )
    return tuple(
        TranscriptInfo(
            **{
                **row,
                "options": json.loads(row["options"]),
                "current": bool(row["current"]),
                "edition": bool(row["edition"]),
                "windows": load_windows(row["windows"]),
                "gaps": _gaps(row["gaps"]),
            }
        )
        for row in rows
    )


def _editions(archive: Archive, clip_id: int) -> tuple[tuple[str, str, float], ...]:
    rows = archive.db.execute(
        """SELECT role, original_name, duration FROM clip_recordings JOIN recordings ON recordings.id = recording_id
           WHERE clip_id = ? AND role <> 'original' ORDER BY recording_id""",
        [clip_id],
    )
    return tuple(rows.fetchall())


def _credits(archive: Archive, clip_id: int) -> tuple[Credit, ...]:
    rows = archive.db.execute(
        """SELECT credits.role, people.name, claims.source, claims.at FROM credits
           JOIN people ON people.id = credits.person_id LEFT JOIN claims ON claims.id = credits.claim_id
           WHERE credits.clip_id = ?
           ORDER BY CASE credits.role WHEN 'reporter' THEN 0 WHEN 'host' THEN 1 ELSE 2 END, people.name""",
        [clip_id],
    )
    return tuple(Credit(*row) for row in rows)


def _station(archive: Archive, clip_id: int) -> str | None:
    row = archive.db.execute(
        """SELECT stations.name FROM clips JOIN shows ON shows.id = show_id
           JOIN stations ON stations.id = station_id WHERE clips.id = ?""",
        [clip_id],
    ).fetchone()
    return None if row is None else str(row[0])


def _subjects(archive: Archive, clip_id: int) -> tuple[str, ...]:
    rows = archive.db.execute("SELECT subject FROM subjects WHERE clip_id = ? ORDER BY folded", [clip_id])
    return tuple(text for (text,) in rows)
