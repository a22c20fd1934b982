"""Descriptions of an archive's tables, for Datasette's own pages."""

from collections.abc import Mapping

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


def metadata(database: str) -> dict[str, object]:
    """Return the descriptions in the form of Datasette's metadata."""
    tables = {name: {"description": text} for name, text in TABLES.items()}
    return {"databases": {database: {"description": DATABASE, "tables": tables}}}
