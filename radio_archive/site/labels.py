"""What Datasette's own pages say of an archive's tables, and which of them come first; and queries for them."""

from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from radio_archive.archive.public import columns

DATABASE = "A radio archive. Its own pages, with players and transcripts in step, are at the start of this site."
TABLES: Mapping[str, str] = {
    "clip_list": "Every clip in a line: show, reporter, date, length, and the model that transcribed it.",
    "transcript_lines": "Every transcript, sentence by sentence, with the second at which each begins.",
    "clips": "The aired pieces. Search finds titles and summaries.",
    "segments": "What is said in each clip, in sentences with their times. Search finds words that were said.",
    "gaps": "Where somebody speaks and no words were understood, by transcript, in seconds.",
    "shows": "The series that clips belong to.",
    "people": "Reporters, hosts and guests.",
    "stations": "Who broadcasts the shows.",
    "credits": "Who did what on which clip, and the claim that says so.",
    "claims": "What each source says of a clip: its show, title, date, people.",
    "recordings": "Audio files, known by the SHA-256 of their bytes.",
    "transcripts": "What an engine heard, word by word, with the times in milliseconds.",
    "stories": "What was published with a clip. Search finds headlines and text.",
}


FACETS: Mapping[str, tuple[str, ...]] = {
    "clip_list": ("show", "reporter"),
    "clips": ("language", "review_status"),
    "credits": ("role",),
}
"""By what Datasette counts at once. In a large table, it gives up after its time limit."""

QUERIES: Mapping[str, Mapping[str, str]] = {
    "said": {
        "title": "Where something is said",
        "sql": """select clips.uid as clip, clips.title, clips.air_date as date, segments.start, segments.text
from segments_fts cross join segments on segments.id = segments_fts.rowid join clips on clips.id = segments.clip_id
where segments_fts match '{text} : "' || replace(:words, '"', '""') || '"'
order by segments_fts.rowid desc limit 100""",
    },
    "years": {
        "title": "Clips and hours of each show, by year",
        "sql": """select substr(date, 1, 4) as year, show, count(*) as clips, round(sum(duration) / 3600, 1) as hours
from clip_list group by 1, 2 order by 1 desc, 3 desc""",
    },
    "reporters": {
        "title": "Clips of each reporter",
        "sql": """select people.name as reporter, count(*) as clips, min(air_date) as first, max(air_date) as last
from credits join people on people.id = person_id join clips on clips.id = clip_id
where credits.role = 'reporter' group by people.id order by 2 desc, 1""",
    },
    "unchecked": {
        "title": "Transcripts that nobody has checked, the newest first",
        "sql": """select uid as clip, title, air_date as date from clips where review_status <> 'approved'
order by air_date desc limit 1000""",
    },
}
"""Queries that are ready on the page of the database, by their names there."""


def about(database: str) -> str:
    """Return HTML about the database, which begins with the two tables that most people want."""
    views = "".join(
        f'<li><a href="{quote(database)}/{name}">{name}</a>: {escape(TABLES[name])}</li>'
        for name in ("clip_list", "transcript_lines")
    )
    return f"<p>{escape(DATABASE)} Begin with:</p><ul>{views}</ul>"


def tables() -> dict[str, dict[str, object]]:
    """Return how Datasette is to show the tables: those that are not for readers are hidden, some have facets."""
    internal = {*columns.TABLES, *columns.WITHHELD, "_sqlite_migrations"} - set(TABLES)
    shown: dict[str, dict[str, object]] = {name: {"facets": list(facets)} for name, facets in FACETS.items()}
    return shown | {name: {"hidden": True} for name in sorted(internal)}


def metadata(database: str) -> dict[str, object]:
    """Return all of this in the form of Datasette's metadata, queries excepted."""
    described: dict[str, dict[str, object]] = {name: {"description": text} for name, text in TABLES.items()}
    for name, shown in tables().items():
        described[name] = described.get(name, {}) | shown
    return {"databases": {database: {"description_html": about(database), "tables": described}}}
