"""The stored form of words: JSON, one `[start ms, end ms, text, probability in thousandths]` for each.

A fifth item is the word's language, where it is not the transcript's. A sixth is who speaks from that word on.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence

from radio_archive.models import Chapter, Verdict, WindowReport, Word


def dump_words(words: Iterable[Word]) -> str:
    """Return the stored form of `words`; times are rounded to a millisecond, probabilities to a thousandth."""
    rows, speaker = [], None
    for w in words:
        probability = None if w.probability is None else round(w.probability * 1000)
        more = [w.language, w.speaker] if w.speaker != speaker else [w.language] if w.language else []
        rows.append([round(w.start * 1000), round(w.end * 1000), w.text, probability, *more])
        speaker = w.speaker
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def load_words(stored: str) -> tuple[Word, ...]:
    words, speaker = [], None
    for start, end, text, share, *more in json.loads(stored):
        speaker = more[1] if len(more) > 1 else speaker
        language = more[0] if more else None
        words.append(Word(start / 1000, end / 1000, text, None if share is None else share / 1000, language, speaker))
    return tuple(words)


def dump_windows(windows: Iterable[WindowReport]) -> str | None:
    """Return the stored form of window reports: JSON, one object for each; None if there are none."""
    rows = [
        {"start": round(w.start, 3), "end": round(w.end, 3), "verdict": w.verdict, "scores": w.scores, "flags": w.flags}
        for w in windows
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else None


def load_windows(stored: str | None) -> tuple[WindowReport, ...]:
    return tuple(
        WindowReport(w["start"], w["end"], Verdict(w["verdict"]), w["scores"], tuple(w["flags"]))
        for w in json.loads(stored or "[]")
    )


def digest(stored: str) -> str:
    """Return the SHA-256 that reveals a changed byte in the stored form."""
    return hashlib.sha256(stored.encode("utf-8")).hexdigest()


def dump_chapters(chapters: Sequence[Chapter]) -> str | None:
    """Return chapters as JSON objects: `start` and `end` in seconds (`end` may be null), and `title`."""
    if not chapters:
        return None
    return json.dumps([{"start": c.start, "end": c.end, "title": c.title} for c in chapters], ensure_ascii=False)


def load_chapters(text: str | None) -> tuple[Chapter, ...]:
    """Return what `dump_chapters` wrote."""
    return tuple(Chapter(**chapter) for chapter in json.loads(text)) if text else ()
