"""What a clip's transcripts are called: who wrote them, and how they differ."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from radio_archive.models import Clip, TranscriptInfo, Word
from radio_archive.text.corrected import corrections_note, joined
from radio_archive.text.spelling import fold

MACHINE = "machine"
"""Stands for the number of the engine's newest transcript."""


def describe(info: TranscriptInfo, *, names: bool = True) -> str:
    """Return in words who wrote a transcript: `captions by the publisher (whales.vtt)`, `small by faster-whisper 1.1`.

    Without `names`, the file that it came from is not named: outsiders need not know it.
    """
    if info.origin == "engine":
        made = f"{info.engine or 'unknown engine'} {info.engine_version or ''}".strip()
        return f"{info.model} by {made}" if info.model else made
    what = "script" if info.engine == "script" else "captions"
    whose = "of the feed" if info.origin == "feed" else "by the publisher"
    return f"{what} {whose} ({info.model})" if info.model and names else f"{what} {whose}"


def text_note(clip: Clip) -> str | None:
    """Return what a file says of a clip's text: that people wrote it, and in how many places it is corrected."""
    origin = {"import": "written by the publisher", "feed": "written by the publisher, from the feed"}.get(clip.origin)
    return "; ".join(part for part in (origin, corrections_note(clip.corrected)) if part) or None


def trust_note(clip: Clip) -> str:
    """Return in a sentence who wrote a clip's text, and whether a person has checked it."""
    if clip.review in {"approved", "rejected"}:
        return f"A person has checked this transcript{'' if clip.review == 'approved' else ' and found it wanting'}."
    if clip.origin != "engine":
        return "The publisher wrote this; a machine found when each word is said."
    if corrected := corrections_note(clip.corrected):
        return f"A machine wrote this, and it was {corrected}; no person has checked all of it."
    return "A machine wrote this; no person has checked it."


class Difference(NamedTuple):
    """A stretch of two texts: `before` and `after` are the same words, or what one has and the other has not.

    `start` is in seconds, in the first text or, where that has nothing, in the second.
    """

    before: str
    after: str
    start: float
    same: bool


def differences(before: Sequence[Word], after: Sequence[Word]) -> Iterator[Difference]:
    """Yield the stretches of two texts in which they agree or differ, in order. Capitals and punctuation count."""
    from rapidfuzz.distance import Levenshtein

    one, other = ([word.text.strip() for word in words] for words in (before, after))
    # Aligned by the letters alone, so that a comma does not tear apart what belongs together.
    codes = Levenshtein.opcodes([fold(text) for text in one], [fold(text) for text in other])
    at = (0, 0)
    for code in codes:
        if code.tag != "equal":
            continue
        yield from _changed(before[at[0] : code.src_start], after[at[1] : code.dest_start])
        yield from _spelled(before[code.src_start : code.src_end], after[code.dest_start : code.dest_end])
        at = (code.src_end, code.dest_end)
    yield from _changed(before[at[0] :], after[at[1] :])


def _spelled(before: Sequence[Word], after: Sequence[Word]) -> Iterator[Difference]:
    """Yield stretches of equal words: as they are where they are spelled alike, and where they are not."""
    begin = 0
    alike = [one.text.strip() == other.text.strip() for one, other in zip(before, after, strict=True)]
    for at in range(1, len(alike) + 1):
        if at == len(alike) or alike[at] != alike[begin]:
            yield Difference(joined(before[begin:at]), joined(after[begin:at]), before[begin].start, alike[begin])
            begin = at


def _changed(before: Sequence[Word], after: Sequence[Word]) -> Iterator[Difference]:
    if before or after:
        yield Difference(joined(before), joined(after), (before or after)[0].start, same=False)
