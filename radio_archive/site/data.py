"""What lists have in common: how long a page of one is, and what their JSON says of a clip, a show and a person."""

from typing import Any

from radio_archive.archive.public import pages
from radio_archive.models import Clip
from radio_archive.site import urls
from radio_archive.site.answers import Context

PER_PAGE = 24
LARGE = 1_000
"""Clips of a show, a person or a subject that are not counted for each visitor."""


def last_page(clips: int, size: int = PER_PAGE) -> int:
    """Return the number of the last page of a list, which has a first one if it is empty."""
    return max(1, -(-clips // size))


def described(ctx: Context, clip: Clip) -> dict[str, Any]:
    """Return a clip of a list for JSON."""
    return {
        "clip": clip.uid,
        "title": clip.title,
        "show": clip.show,
        "reporter": clip.reporter,
        "date": clip.date,
        "duration": round(clip.duration, 3),
        "summary": clip.summary,
        "review": clip.review,
        "url": ctx.absolute(urls.clip(clip)),
        "audio": ctx.absolute(urls.audio(clip)),
    }


def named(ctx: Context, one: pages.SubjectSummary, path: str) -> dict[str, Any]:
    """Return a show or a person of a list for JSON."""
    return {
        "name": one.name,
        "clips": one.clips,
        "first": one.first,
        "last": one.last,
        "url": ctx.absolute(path),
    }
