"""What of an archive may be published: for each table, its rows and columns.

This lists what is published, not what is hidden: a table or column that is not listed is not copied, and a test fails
until it is decided on. A column that must be hidden but may not be NULL gets a neutral value.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from radio_archive.archive.clips.current import ACCEPTED
from radio_archive.archive.feeds import PUBLISHED_UNDER

AS_IT_IS: str | None = None
"""The value of a column that is published unchanged."""


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A table that is published at least in part: the condition on its rows, and its columns.

    `columns` maps each to AS_IT_IS or to an SQL expression that replaces it; `withheld` ones stay NULL or at their
    default. The table `chosen` has the ids of the published clips, `heard` those of the published recordings.
    """

    rows: str
    columns: Mapping[str, str | None]
    withheld: tuple[str, ...] = ()


def _as_they_are(columns: str) -> dict[str, str | None]:
    return dict.fromkeys(columns.split(), AS_IT_IS)


_CLIP = "clip_id IN (SELECT id FROM chosen)"
_ITEMS = f"{_CLIP} AND {PUBLISHED_UNDER}"
_HEARD = "recordings.id IN (SELECT id FROM heard)"
_SHOWS = "SELECT show_id FROM clips WHERE id IN (SELECT id FROM chosen)"
_PEOPLE = f"""SELECT person_id FROM credits WHERE {_CLIP}
    UNION SELECT person_id FROM speakers WHERE {_CLIP}"""  # noqa: S608 - our own constants
_STATIONS = f"SELECT station_id FROM shows WHERE id IN ({_SHOWS})"  # noqa: S608 - our own constants
_COLLECTIONS = f"""SELECT collection_id FROM collection_clips JOIN collections ON collections.id = collection_id
    WHERE public = 1 AND {_CLIP}"""  # noqa: S608 - our own constants
_IN_REDACTED = """EXISTS (SELECT 1 FROM main.redactions AS redacting WHERE redacting.clip_id = claims.subject_id
    AND claims.subject_type = 'clip' AND undone_at IS NULL)"""
_WEB_ADDRESS = "CASE WHEN url LIKE 'https://%' OR url LIKE 'http://%' THEN url END"


def redacted(column: str) -> str:
    """Return the SQL for a column of a row of `recordings`, or of what may be heard in its place."""
    return f"""CASE WHEN EXISTS (SELECT 1 FROM main.redacted_recordings AS redacted
            WHERE redacted.recording_id = recordings.id)
        THEN (SELECT redacted.{column} FROM main.redacted_recordings AS redacted
            WHERE redacted.recording_id = recordings.id) ELSE recordings.{column} END"""  # noqa: S608 - our own columns


TABLES: Mapping[str, PublishedTable] = {
    "stations": PublishedTable(
        f"id IN ({_STATIONS})", _as_they_are("id uid name") | {"url": _WEB_ADDRESS}, withheld=("merged_into",)
    ),
    # ranks, code and loudness_target are internal to a newsroom.
    "shows": PublishedTable(
        f"id IN ({_SHOWS})",
        _as_they_are("id uid name station_id rights") | {"url": _WEB_ADDRESS},
        withheld=("merged_into", "code", "visibility", "ranks", "loudness_target"),
    ),
    "people": PublishedTable(
        f"id IN ({_PEOPLE})", _as_they_are("id uid name biography role"), withheld=("merged_into",)
    ),
    # Only the present name: a former name may be private.
    "aliases": PublishedTable(
        f"""(subject_type = 'show' AND subject_id IN ({_SHOWS})
                AND name = (SELECT name FROM shows WHERE id = subject_id))
            OR (subject_type = 'person' AND subject_id IN ({_PEOPLE})
                AND name = (SELECT name FROM people WHERE id = subject_id))
            OR (subject_type = 'station' AND subject_id IN ({_STATIONS})
                AND name = (SELECT name FROM stations WHERE id = subject_id))""",  # noqa: S608 - our own constants
        _as_they_are("id subject_type subject_id name folded"),
    ),
    "slugs": PublishedTable(
        f"""(subject_type = 'clip' AND subject_id IN (SELECT id FROM chosen))
            OR (subject_type = 'show' AND subject_id IN ({_SHOWS}))
            OR (subject_type = 'person' AND subject_id IN ({_PEOPLE}))
            OR (subject_type = 'station' AND subject_id IN ({_STATIONS}))""",  # noqa: S608 - our own constants
        _as_they_are("old subject_type subject_id"),
    ),
    # Peaks and chapters reveal what is in a recording: they are published with the sound only.
    # In place of a redacted recording, that which may be heard.
    "recordings": PublishedTable(
        "id IN (SELECT recording_id FROM clip_recordings WHERE clip_id IN (SELECT id FROM chosen))",
        {
            **_as_they_are("id duration sample_rate channels added_at"),
            **{column: redacted(column) for column in "bytes media_type level loudness true_peak bit_rate".split()},
            "sha256": f"coalesce({redacted('sha256')}, recordings.sha256)",
            "storage": "'copied'",
            "path": f"""CASE WHEN {_HEARD} AND {redacted("path")} <> ''
                THEN media_path({redacted("sha256")}, {redacted("path")}) ELSE '' END""",
            "original_name": "''",
            "peaks": f"CASE WHEN {_HEARD} THEN {redacted('peaks')} END",
            "chapters": f"CASE WHEN {_HEARD} THEN chapters END",
        },
        withheld=("warnings", "checked_at"),
    ),
    "clips": PublishedTable(
        "id IN (SELECT id FROM chosen)",
        {
            **_as_they_are("id uid show_id title air_date language summary rights review_status variants forms"),
            **_as_they_are("current_transcript_id added_at corrected"),
            "visibility": "'public'",
        },
        withheld=("embargo_until",),
    ),
    "clip_recordings": PublishedTable(_CLIP, _as_they_are("clip_id recording_id start end role")),
    # Only the current version, and its words as they are corrected: what was there before may have gone for a reason.
    # Options contain prompts, hotwords and folders of this machine.
    "transcripts": PublishedTable(
        "id IN (SELECT current_transcript_id FROM clips WHERE id IN (SELECT id FROM chosen))",
        {
            **_as_they_are("id clip_id recording_id origin engine engine_version revision language"),
            **_as_they_are("created_at"),
            "words": f"current_words(words, {ACCEPTED})",
            "digest": f"current_digest(words, {ACCEPTED})",
            # The name of a file that the station kept beside the recording is nobody's business.
            "model": "CASE origin WHEN 'engine' THEN last_part(model) END",
            # Who wrote a text elsewhere is said.
            "options": """CASE WHEN origin <> 'engine' AND json_valid(options) THEN json_object(
                'imported', json_extract(options, '$.imported'), 'tool', json_extract(options, '$.tool'),
                'model', last_part(json_extract(options, '$.model'))) ELSE '{}' END""",
        },
        withheld=("speed", "windows"),
    ),
    "gaps": PublishedTable(
        "transcript_id IN (SELECT current_transcript_id FROM clips WHERE id IN (SELECT id FROM chosen))",
        _as_they_are("id transcript_id start end"),
    ),
    "speakers": PublishedTable(_CLIP, _as_they_are("id clip_id label person_id")),
    "segments": PublishedTable(
        _CLIP,
        _as_they_are(
            "id clip_id transcript_id position start end speaker_id text language heard variants forms facets scores"
        ),
    ),
    # The winners and their kind of source. Evidence names files and feeds, except for what was said on the air.
    "claims": PublishedTable(
        f"""subject_type = 'clip' AND subject_id IN (SELECT id FROM chosen)
            AND superseded_at IS NULL AND denies = 0
            AND (id IN (SELECT claim_id FROM credits WHERE {_CLIP})
                 OR EXISTS (SELECT 1 FROM clips LEFT JOIN shows ON shows.id = clips.show_id
                            WHERE clips.id = subject_id
                                AND value = CASE field WHEN 'title' THEN clips.title WHEN 'date' THEN clips.air_date
                                            WHEN 'show' THEN shows.name WHEN 'summary' THEN clips.summary END))""",  # noqa: S608
        {
            **_as_they_are("id subject_type subject_id field value source at confidence denies created_at"),
            "source_key": f"CASE WHEN source = 'signoff' AND NOT {_IN_REDACTED} THEN source_key ELSE '' END",
            # It quotes what was heard.
            "evidence": f"CASE WHEN source = 'signoff' AND NOT {_IN_REDACTED} THEN evidence ELSE '' END",
        },
        withheld=("superseded_at",),
    ),
    "credits": PublishedTable(_CLIP, _as_they_are("clip_id person_id role claim_id")),
    "stories": PublishedTable(
        _CLIP,
        _as_they_are("id clip_id headline body caption picture_credit biography variants forms digest")
        | {"url": _WEB_ADDRESS},
        withheld=("name",),
    ),
    "covers": PublishedTable("recording_id IN (SELECT id FROM heard)", _as_they_are("recording_id media_type content")),
    "subjects": PublishedTable(_CLIP, _as_they_are("clip_id subject folded")),
    # Podcast apps know an episode by its guid, wherever it came from. The addresses of feeds may have passwords.
    "feeds": PublishedTable(
        f"id IN (SELECT feed_id FROM feed_items WHERE {_ITEMS})",  # noqa: S608 - our own constants
        {"id": AS_IT_IS, "url": "'feed ' || id"},
        withheld=("show_id", "etag", "last_modified", "checked_at"),
    ),
    "feed_items": PublishedTable(
        _ITEMS,
        {**_as_they_are("id feed_id guid clip_id state"), "seen_at": "''"},
        withheld=("enclosure_url", "sha256", "error"),
    ),
    "collections": PublishedTable(f"id IN ({_COLLECTIONS})", _as_they_are("id uid name folded note created_at public")),
    "collection_clips": PublishedTable(
        f"{_CLIP} AND collection_id IN ({_COLLECTIONS})",
        _as_they_are("collection_id clip_id position"),
    ),
}
"""In order of their foreign keys, except that clips and their transcripts refer to each other."""

WITHHELD = frozenset(
    """backfill backfill_counts correction_batches correction_decisions corrections deliveries embeddings fixity_checks
    fixity_runs glossary intake intake_counts known_files likenesses merges notes other_texts redacted_recordings
    redactions review_items roster_edits row_digests saved_finds saved_searches sidecars sketches spellings
    tombstones watcher words""".split()
)
"""Tables that are not published: work in progress, opinions, paths, addresses, what was removed."""
