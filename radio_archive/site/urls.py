"""Paths of pages and files on the site, without Datasette's `base_url`."""

import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import quote, quote_plus

from radio_archive.archive.names.addresses import NO_DATE, subject_slug
from radio_archive.models import Clip
from radio_archive.text.times import moment as moment

_SYNTAX = re.compile(r"[^\w\s'’ʻ]|\b(?:OR|AND|NOT|NEAR)\b")
FILE_FORMATS = ("vtt", "srt", "txt", "json", "cms.html")
"""The formats of each clip, besides its page."""


def at(address: str, form: str | None = None) -> str:
    """Return the path of an address; `form` is another format than HTML: `json`, `rss`, `atom`, `vtt`."""
    return f"/{quote(address)}" + (f".{form}" if form else "")


def clip(clip: Clip, form: str | None = None, start: float | None = None) -> str:
    """Return the path of a clip's page, at `start` seconds if given."""
    return at(clip.address, form) + ("" if start is None else moment(start))


def person(address: str, form: str | None = None) -> str:
    """Return the path of a person's page."""
    return at(f"people/{address}", form)


def year(year: str | None, form: str | None = None) -> str:
    """Return the path of the list of all clips of a year; None for those without a date."""
    return at(f"all/{year or NO_DATE}", form)


def audio(clip: Clip) -> str:
    """Return the path of a clip's sound, with a suffix, which some programs need."""
    return f"/audio/{clip.recording.sha256}{suffix(clip.recording.media_type)}"


def cover(clip: Clip) -> str:
    """Return the path of a clip's cover picture."""
    return f"/cover/{clip.recording.sha256}"


def query(path: str, **values: object) -> str:
    """Return `path` with a query string of those `values` that are set."""
    return with_pairs(path, (pair(key, value) for key, value in values.items()))


def subject(name: str, form: str | None = None) -> str:
    """Return the path of the page of what is about a subject."""
    return at(f"subjects/{subject_slug(name)}", form)


def collection(address: str, form: str | None = None) -> str:
    """Return the path of a collection's page."""
    return at(f"collections/{address}", form)


def day(month_and_day: str, form: str | None = None) -> str:
    """Return the path of the page of what aired on a day (MM-DD) of any year."""
    return at(f"on/{month_and_day}", form)


def words_of(subject: str) -> str:
    """Return the search for a subject: for its words, or as one phrase if it would not read as words."""
    words = subject.replace('"', " ")
    return f'"{words}"' if _SYNTAX.search(words) else words


def pair(key: str, value: object) -> str:
    """Return a part of a query string; empty for a default value (None, "" or 1)."""
    return "" if value in (None, "", 1) else f"{key}={quote_plus(str(value))}"


def with_pairs(path: str, pairs: Iterable[str]) -> str:
    """Return `path` with the parts of a query string that are not empty."""
    said = "&".join(filter(None, pairs))
    return f"{path}?{said}" if said else path


@cache
def suffix(media_type: str) -> str:
    """Return the usual suffix for a media type: `.mp3`; empty for an unknown type."""
    # libav is heavy, and a Datasette without an archive does not need it.
    from radio_archive.audio.header import KINDS

    kinds = {kind: audio_suffix for kind, audio_suffix, _ in KINDS.values()}
    return kinds.get(media_type.partition("/")[2], "")
