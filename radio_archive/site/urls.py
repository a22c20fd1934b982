"""Where each thing is on the site: paths from its root, before Datasette's `base_url`."""

from collections.abc import Iterable
from functools import cache
from urllib.parse import quote, quote_plus

from radio_archive.models import Clip

FILE_FORMATS = ("vtt", "srt", "txt", "json", "cms.html")
"""What each clip can be had as, besides its page."""


def at(address: str, form: str | None = None) -> str:
    """Return the path of an address, in another form than its page if one is given: `json`, `rss`, `atom`, `vtt`."""
    return f"/{quote(address)}" + (f".{form}" if form else "")


def clip(clip: Clip, form: str | None = None, start: float | None = None) -> str:
    """Return the path of a clip's page, at `start` seconds where that is given."""
    return at(clip.address, form) + ("" if start is None else moment(start))


def moment(seconds: float) -> str:
    """Return the fragment that leads to a moment of a clip: `#t=12.3`."""
    return f"#t={round(seconds, 1):g}"


def person(address: str, form: str | None = None) -> str:
    """Return the path of a person's page."""
    return at(f"people/{address}", form)


def audio(clip: Clip) -> str:
    """Return the path of a clip's sound, with the suffix that programs like to see."""
    return f"/audio/{clip.recording.sha256}{suffix(clip.recording.media_type)}"


def cover(clip: Clip) -> str:
    """Return the path of the picture inside a clip's recording."""
    return f"/cover/{clip.recording.sha256}"


def query(path: str, **values: object) -> str:
    """Return `path` with those of `values` that say something."""
    return with_pairs(path, (pair(key, value) for key, value in values.items()))


def pair(key: str, value: object) -> str:
    """Return a part of a query string; nothing for a value that says nothing."""
    return "" if value in (None, "", 1) else f"{key}={quote_plus(str(value))}"


def with_pairs(path: str, pairs: Iterable[str]) -> str:
    """Return `path` with those parts of a query string that are there."""
    said = "&".join(filter(None, pairs))
    return f"{path}?{said}" if said else path


@cache
def suffix(media_type: str) -> str:
    """Return the usual suffix of an audio file: `.mp3`; empty for a type that we do not know."""
    # libav is heavy, and a Datasette without an archive need not load it.
    from radio_archive.audio.container import KINDS

    kinds = {kind: audio_suffix for kind, audio_suffix, _ in KINDS.values()}
    return kinds.get(media_type.partition("/")[2], "")
