"""Hides the private part of an archive on a connection, for readers that serve the public.

Temporary views replace the tables, so that any query finds public clips only. The exceptions are queries that name the
schema (`main.clips`), or that read a full-text index without joining its table.
"""

import os
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from radio_archive.archive.clips.current import ACCEPTED, current_digest, current_words
from radio_archive.archive.database import address
from radio_archive.archive.feeds import PUBLISHED_UNDER
from radio_archive.archive.public.columns import redacted
from radio_archive.archive.visibility import PUBLIC, station_time
from radio_archive.models import Source

# A view has no parameters.
_PUBLIC_NOW = PUBLIC.replace(":station_time", "station_time()").replace(":utc_time", "datetime('now')")


def _is_seen(column: str, table: str, key: str = "id") -> str:
    """Return the condition that the row `column` refers to is visible. Correlated, so that SQLite uses an index."""
    return f"EXISTS (SELECT 1 FROM {table} WHERE {table}.{key} = {column})"  # noqa: S608 - our own names


def _named_subject(table: str) -> str:
    kinds = {"show": "shows", "person": "people", "station": "stations"}
    return " OR ".join(
        f"({table}.subject_type = '{kind}' AND {_is_seen(f'{table}.subject_id', seen)})" for kind, seen in kinds.items()
    )


def _is_redacted(clip: str) -> str:
    """Return the condition that something is redacted in the clip that a column refers to."""
    return f"""EXISTS (SELECT 1 FROM main.redactions AS redacting
        WHERE redacting.clip_id = {clip} AND redacting.undone_at IS NULL)"""  # noqa: S608 - our own names


_MAKES_CURRENT = re.sub(r"FROM (corrections|redactions|clip_recordings)\b", r"FROM main.\1", ACCEPTED)
# A plugin's source may quote what is said, too.
_WRITTEN = ", ".join(f"'{source}'" for source in Source if source != Source.SIGNOFF)
_SAID_REDACTED = f"claims.source NOT IN ({_WRITTEN}) AND {_is_redacted('claims.subject_id')}"

# In order of creation: each view may use those before it. Tables that are not here appear empty.
_ROWS = {
    "clips": _PUBLIC_NOW.replace("FROM shows", "FROM main.shows"),
    "shows": _is_seen("shows.id", "clips", "show_id"),
    "stations": _is_seen("stations.id", "shows", "station_id"),
    **{
        name: _is_seen(f"{name}.clip_id", "clips")
        for name in "credits clip_recordings segments speakers stories subjects collection_clips".split()
    },
    # Another version may tell, in its own words and times, what was taken out, or corrected for a reason.
    "transcripts": _is_seen("transcripts.id", "clips", "current_transcript_id"),
    "collections": f"""collections.public = 1 AND {_is_seen("collections.id", "collection_clips", "collection_id")}""",
    "embeddings": _is_seen("embeddings.clip_id", "clips"),
    "gaps": _is_seen("gaps.transcript_id", "transcripts"),
    "people": _is_seen("people.id", "credits", "person_id"),
    "aliases": _named_subject("aliases"),
    "slugs": f"{_named_subject('slugs')} OR (slugs.subject_type = 'clip' AND {_is_seen('slugs.subject_id', 'clips')})",
    "recordings": _is_seen("recordings.id", "clip_recordings", "recording_id"),
    "covers": _is_seen("covers.recording_id", "clip_recordings", "recording_id"),
    "claims": f"""claims.subject_type = 'clip' AND {_is_seen("claims.subject_id", "clips")}
        AND NOT ({_SAID_REDACTED} AND NOT {_is_seen("claims.id", "credits", "claim_id")})""",
    "feed_items": f"{PUBLISHED_UNDER} AND {_is_seen('feed_items.clip_id', 'clips')}",
}


_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "recordings": {
        column: redacted(column) for column in "path bytes media_type bit_rate level loudness true_peak peaks".split()
    },
    # Corrections are not seen, but what they make of the words.
    "transcripts": {
        "words": f"current_words(words, {_MAKES_CURRENT})",
        "digest": f"current_digest(words, {_MAKES_CURRENT})",
        "options": f"CASE WHEN {_is_redacted('transcripts.clip_id')} THEN '{{}}' ELSE options END",
        "windows": f"CASE WHEN NOT {_is_redacted('transcripts.clip_id')} THEN windows END",
    },
    "claims": {
        column: f"CASE WHEN {_SAID_REDACTED} THEN '' ELSE claims.{column} END" for column in ("evidence", "source_key")
    },
}
"""Columns that are others for outsiders: what is redacted is in none of them."""


def hide(connection: sqlite3.Connection, but: str | None = None) -> None:
    """Let `connection`, which may be read-only, see only public clips and what belongs to them.

    `but` names a table to leave unchanged: the search names an index of `segments`, which no view has, and filters by
    visibility itself.
    """
    connection.execute("PRAGMA temp_store = MEMORY")
    # The name of a folder need not be text.
    factory, connection.text_factory = connection.text_factory, os.fsdecode
    _, _, path = connection.execute("PRAGMA database_list").fetchone()
    connection.text_factory = factory
    _add_clock(connection, Path(path))
    for function in (current_words, current_digest):
        connection.create_function(function.__name__, 2, function, deterministic=True)
    rows = connection.execute(
        "SELECT name, type, sql FROM main.sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    virtual = tuple(name for name, _, sql in rows if str(sql).upper().startswith("CREATE VIRTUAL TABLE"))
    tables = [
        name for name, kind, _ in rows if kind == "table" and name not in virtual and not _is_shadow(name, virtual)
    ]
    for name in (*_ROWS, *(name for name in tables if name not in _ROWS)):
        if name in tables and name != but:
            condition = _ROWS.get(name, "0")
            columns = _selected(connection, name)
            connection.execute(f'CREATE TEMP VIEW "{name}" AS SELECT {columns} FROM main."{name}" WHERE {condition}')  # noqa: S608
    for _, kind, sql in rows:
        if kind == "view":
            connection.execute(str(sql).replace("CREATE VIEW", "CREATE TEMP VIEW", 1))


def _selected(connection: sqlite3.Connection, table: str) -> str:
    """Return the columns of a table as outsiders see them."""
    others = _COLUMNS.get(table)
    if others is None:
        return "*"
    names = [row[1] for row in connection.execute(f'PRAGMA main.table_info("{table}")')]
    return ", ".join(f'{others[name]} AS "{name}"' if name in others else f'{table}."{name}"' for name in names)


def holds_hidden_clips(path: Path) -> bool:
    """Whether a database, to which no process writes, contains a hidden clip."""
    query = f"SELECT EXISTS (SELECT 1 FROM clips WHERE NOT {_PUBLIC_NOW})"  # noqa: S608 - our own condition
    with closing(sqlite3.connect(address(path, "immutable"), uri=True)) as connection:
        _add_clock(connection, path.absolute())
        return bool(connection.execute(query).fetchone()[0])


def _add_clock(connection: sqlite3.Connection, path: Path) -> None:
    """Let SQL on a connection to the archive's database `path` ask what time it is at the station."""
    connection.create_function("station_time", 0, partial(station_time, path.parent))


def _is_shadow(name: str, virtual: tuple[str, ...]) -> bool:
    """Whether a table belongs to a full-text index: `segments_fts_data`."""
    return any(name.startswith(f"{index}_") for index in virtual)
