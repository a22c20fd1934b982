"""The chapters file that a podcast feed links to: JSON Chapters 1.2 of the Podcasting 2.0 namespace."""

import json
from typing import Any

from radio_archive.metadata.feed.values import LONGEST_TIME, plain_line
from radio_archive.metadata.tags.raw import ordered
from radio_archive.models import Chapter


def read_chapters_file(content: bytes) -> tuple[Chapter, ...] | None:
    """Return the chapters of the file, by start; None if it is not a chapters file. Never raises.

    Chapters that are hidden from the table of contents, such as one for each picture, are left out.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    listed = document.get("chapters") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return None
    return ordered(chapter for one in listed if isinstance(one, dict) and (chapter := _chapter(one)))


def _chapter(values: dict[str, Any]) -> Chapter | None:
    start, title = _seconds(values.get("startTime")), values.get("title")
    if start is None or not isinstance(title, str) or values.get("toc") is False:
        return None
    line = plain_line(title[:10_000])
    return Chapter(start, line, _seconds(values.get("endTime"))) if line else None


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= LONGEST_TIME else None
