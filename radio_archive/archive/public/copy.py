"""Builds a new database from the public rows of an archive. Nothing hidden is ever copied and then deleted."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import quote

from sqlite_utils import Database

from radio_archive.archive import database, opening, visibility
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.current import current_digest, current_words
from radio_archive.archive.index import rebuild, spellings, words
from radio_archive.archive.public.columns import TABLES, PublishedTable

_CLIPS_CHOSEN = f"""CREATE TEMP TABLE chosen AS SELECT clips.id FROM clips LEFT JOIN shows ON shows.id = clips.show_id
    WHERE {visibility.PUBLIC} AND (:shows IS NULL OR shows.uid IN (SELECT value FROM json_each(:shows)))"""  # noqa: S608

# Not a recording that also contains a hidden clip, such as an air-check.
_RECORDINGS_HEARD = """CREATE TEMP TABLE heard AS SELECT DISTINCT recording_id AS id FROM clip_recordings
    WHERE :audio AND recording_id NOT IN (SELECT recording_id FROM clip_recordings
                                          WHERE clip_id NOT IN (SELECT id FROM chosen))"""

_PLAIN_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file to publish: its present path, its path in the publication, and its size in bytes."""

    source: Path
    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class CopySummary:
    """The content of a copy. `left_out` counts the clips that are not in it."""

    clips: int
    left_out: int
    segments: int
    unreviewed: int
    """Clips with a transcript that no person has approved."""
    media: tuple[MediaFile, ...]
    covers: tuple[tuple[str, str], ...] = ()
    """Digest of the recording and media type of each picture."""
    rows: tuple[tuple[str, int], ...] = ()
    """The number of rows of each table."""
    sha256: str = ""
    """Of the file."""
    moved: tuple[str, ...] = ()
    """Earlier addresses of clips, shows and people, as paths of the site."""


def copy_published(
    archive: Archive,
    target: Path,
    *,
    shows: Sequence[str] = (),
    audio: bool = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CopySummary:
    """Create the database `target` from the public clips in `archive`, or only those of `shows`, given by uid.

    `progress` is called with the number of steps done and of all. The copy is a normal archive database in one file
    without a write-ahead log; tables that are not published are empty.
    """
    steps = len(TABLES) + 2
    opening.create(target).close()
    _fill(archive, target, json.dumps(shows) if shows else None, audio, lambda done: progress(done, steps))
    with database.database_errors(target):
        db = database.open_alone(target)
        try:
            _index(db)
            _store_words(db)
            progress(steps - 1, steps)
            _settle(db)
            progress(steps, steps)
            copied = _summary(archive, db)
        finally:
            db.close()
    with target.open("rb") as file:
        return replace(copied, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _fill(archive: Archive, target: Path, shows: str | None, audio: bool, progress: Callable[[int], None]) -> None:
    """Copy a consistent state of the rows, even if other processes write to the archive."""
    db = archive.db
    db.register_function(media_path)
    db.register_function(last_part)
    db.register_function(current_words)
    db.register_function(current_digest)
    with archive.reading():
        db.execute("ATTACH ? AS copy", [database.address(target, "rw")])
        try:
            triggers = _drop_triggers(db)
            # Off, because clips and their current transcripts refer to each other.
            db.execute("PRAGMA foreign_keys = OFF")
            with db.conn:
                db.execute("BEGIN")
                db.execute(_CLIPS_CHOSEN, {"shows": shows, **visibility.clock(archive)})
                db.execute(_RECORDINGS_HEARD, {"audio": audio})
                for done, (name, table) in enumerate(TABLES.items(), 1):
                    db.execute(_statement(name, table))
                    progress(done)
                for trigger in triggers:
                    db.execute(trigger)
                db.execute("DROP TABLE temp.chosen")
                db.execute("DROP TABLE temp.heard")
        finally:
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("DETACH copy")


def _statement(name: str, table: PublishedTable) -> str:
    columns = ", ".join(f'"{column}"' for column in table.columns)
    values = ", ".join(
        f'"{name}"."{column}"' if stand_in is None else stand_in for column, stand_in in table.columns.items()
    )
    return f'INSERT INTO copy."{name}" ({columns}) SELECT {values} FROM main."{name}" WHERE {table.rows}'  # noqa: S608


def _drop_triggers(db: Database) -> list[str]:
    """Drop the copy's triggers, which would index row by row, and return the SQL that creates them again."""
    rows = db.execute("SELECT name, sql FROM copy.sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in rows:
        db.execute(f'DROP TRIGGER copy."{name}"')
    return [re.sub(r"(?i)^(CREATE TRIGGER )(IF NOT EXISTS )?", r"\1copy.", sql) for _, sql in rows]


def _index(db: Database) -> None:
    """Fill the full-text indexes from their tables."""
    for name in db.table_names():
        if db.table(name).virtual_table_using == "FTS5":
            db.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'rebuild\')')  # noqa: S608 - a name of our schema
            db.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'optimize\')')  # noqa: S608


def _store_words(db: Database) -> None:
    """Store the words of what was copied: a hidden clip's words are in no suggestion."""
    for indexed in spellings.INDEXED:
        after: int | None = 0
        while after is not None:
            after = words.fill(db, indexed.table, indexed.columns, after, rebuild.SHARE)


def _settle(db: Database) -> None:
    """Turn it into one compact file without a write-ahead log."""
    db.execute("ANALYZE")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("PRAGMA journal_mode = DELETE")
    db.execute("VACUUM")


def _summary(archive: Archive, db: Database) -> CopySummary:
    def counted(of: Database, query: str) -> int:
        return int(of.execute(query).fetchone()[0])

    clips = counted(db, "SELECT count(*) FROM clips")
    published = dict(db.execute("SELECT sha256, path FROM recordings WHERE path <> ''").fetchall())
    rows = archive.db.execute(
        """SELECT sha256, path, bytes FROM recordings
           UNION ALL SELECT sha256, path, bytes FROM redacted_recordings WHERE path <> ''"""
    )
    return CopySummary(
        clips=clips,
        left_out=max(0, counted(archive.db, "SELECT count(*) FROM clips") - clips),
        segments=counted(db, "SELECT count(*) FROM segments"),
        unreviewed=counted(db, "SELECT count(*) FROM clips WHERE review_status <> 'approved'"),
        media=tuple(
            MediaFile(archive.media.path(path), published[sha256], size)
            for sha256, path, size in rows
            if sha256 in published
        ),
        covers=tuple(
            db.execute("SELECT sha256, covers.media_type FROM covers JOIN recordings ON id = recording_id").fetchall()
        ),
        rows=tuple((name, counted(db, f'SELECT count(*) FROM "{name}"')) for name in db.table_names()),  # noqa: S608
        moved=tuple(
            f"/people/{quote(old)}" if kind == "person" else f"/{quote(old)}"
            for old, kind in db.execute("SELECT old, subject_type FROM slugs WHERE subject_type <> 'station'")
        ),
    )


def media_path(sha256: str, path: str) -> str:
    """Return a recording's path in the publication, which is made from its digest."""
    suffix = PurePosixPath(path).suffix.lower()
    return f"media/{sha256[:2]}/{sha256}{suffix if _PLAIN_SUFFIX.fullmatch(suffix) else ''}"


def last_part(name: str | None) -> str | None:
    """Return a model's name without its folders."""
    return name if name is None else PureWindowsPath(name).name or name
