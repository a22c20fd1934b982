"""The citation of a spoken passage in print, and reading it back."""

import json
import re
from dataclasses import dataclass

from radio_archive.models import Clip, clean_text
from radio_archive.text.times import clock, long_date

_CITED = re.compile(r"((?:\d+:)?\d+:\d\d)[–-]((?:\d+:)?\d+:\d\d) \(clip (\w{1,40})\)")
_SAID = re.compile(r"“(.*)”\s*—", re.DOTALL)
LONGEST = 200_000
"""Most characters of a citation that is read."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation, as it was cited: what was said in a clip from `start` to `end`, in seconds.

    `recording` and `transcript` are SHA-256 digests, and `line` is the citation; each is empty where it is not known.
    """

    clip: str
    start: float
    end: float
    said: str
    line: str = ""
    recording: str = ""
    transcript: str = ""


def citation(*, title: str, show: str | None, reporter: str | None, aired: str | None, said: str, clip: str) -> str:
    """Return one line: reporter, “title,” show, air date, time in the clip, and the clip's uid.

    Unknown parts are left out. `aired` is an ISO 8601 date, `said` a time range as people write it: 0:41–0:49.
    """
    parts = [reporter, f"“{title}”", show, long_date(aired), said]
    return f"{', '.join(part for part in parts if part)} (clip {clip})."


def citation_of(clip: Clip, start: float, end: float) -> str:
    """Return the citation of what is said in a clip from `start` to `end`, in seconds; of it all if that is 0."""
    said = f"{clock(start)}–{clock(end)}" if end else ""
    return citation(
        title=clip.title, show=clip.show, reporter=clip.reporter, aired=clip.date, said=said, clip=clip.uid
    )  # fmt: skip


def read_citation(text: str) -> Citation | None:
    """Return the quotation in a text: as it is printed, or as JSON with its keys; None without. Never raises."""
    if text.lstrip()[:1] == "{":
        return _from_json(text)
    cited = _CITED.search(text)
    said = _SAID.search(text[: cited.start()]) if cited else None
    if cited is None or said is None:
        return None
    line = text[said.end() :].strip().splitlines()[0].strip()
    return Citation(cited[3], _seconds(cited[1]), _seconds(cited[2]), clean_text(said[1]), line)


def _from_json(text: str) -> Citation | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    start, end = (value.get(key) for key in ("start", "end"))
    texts = [value.get(key) or "" for key in ("clip", "quote", "citation", "recording", "transcript")]
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) and one == one for one in (start, end))
    if not numbers or not all(isinstance(one, str) for one in texts) or not (texts[0] and texts[1]):
        return None
    clip, said, *rest = texts
    return Citation(clip, float(start), float(end), clean_text(said), *rest)


def _seconds(text: str) -> float:
    seconds = 0
    for part in text.split(":"):
        seconds = seconds * 60 + int(part)
    return float(seconds)
