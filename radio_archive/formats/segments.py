"""The segments of many clips as a table, for spreadsheets (CSV) and for programs (JSON Lines), a clip at a time."""

import json
from collections.abc import Iterable, Iterator

from radio_archive.formats.paragraphs import segments_and_gaps
from radio_archive.formats.table import csv_rows
from radio_archive.models import Clip, clean_text

COLUMNS = (
    "clip", "title", "show", "reporter", "date", "language", "start", "end", "speaker", "text", "origin", "corrected",
)  # fmt: skip
"""Times are in seconds. `origin` is that of the transcript, `corrected` the number of corrected places in the clip."""


def rows(clips: Iterable[Clip]) -> Iterator[dict[str, object]]:
    """Yield a row for each segment, and for each stretch in which nothing was understood."""
    for clip in clips:
        about = {
            "clip": clip.uid, "title": _clean(clip.title), "show": _clean(clip.show), "reporter": _clean(clip.reporter),
            "date": clip.date,
        }  # fmt: skip
        made = {"origin": clip.origin, "corrected": clip.corrected}
        for part in segments_and_gaps(clip):
            times = {"start": round(part.start, 3), "end": round(part.end, 3)}
            said = {"speaker": part.speaker, "text": part.text}
            yield {**about, "language": part.language or clip.language, **times, **said, **made}


def write_csv(clips: Iterable[Clip]) -> Iterator[str]:
    """Yield the lines of a table; what a spreadsheet would take for a formula gets an apostrophe."""
    return csv_rows(COLUMNS, (["" if cell is None else str(cell) for cell in row.values()] for row in rows(clips)))


def write_jsonl(clips: Iterable[Clip]) -> Iterator[str]:
    """Yield the rows as JSON, one a line."""
    return (json.dumps(row, ensure_ascii=False) + "\n" for row in rows(clips))


def _clean(text: str | None) -> str | None:
    return None if text is None else clean_text(text)
