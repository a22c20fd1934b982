"""Mends what Whisper writes where its window ends in the middle of a sentence: a full stop, and then a capital."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from radio_archive.models import Word
from radio_archive.speech.timing import SENTENCE_ENDS
from radio_archive.text.segmenting import SplitRules

PAUSE = 0.6
"""Seconds between two words, from which a full stop between them is believed."""
_NO_END = SplitRules().abbreviations
_ENDS = (*SENTENCE_ENDS, "…")


@dataclass(frozen=True, slots=True)
class _Capitals:
    """How a clip writes its words within sentences: only those that are always small there may lose a capital."""

    small: frozenset[str]
    large: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[Sequence[Word]]) -> "_Capitals":
        small, large = set(), set()
        for words in texts:
            for index, word in enumerate(words):
                text = _bare(word.text)
                if text[:1].islower():
                    small.add(text)
                elif text[:1].isupper() and index and not words[index - 1].text.endswith(_ENDS):
                    large.add(text.lower())
        return cls(frozenset(small), frozenset(large))

    def are_false(self, text: str) -> bool:
        lower = _bare(text).lower()
        return lower in self.small and lower not in self.large


def _bare(text: str) -> str:
    return text.strip(" \"'“”‘’«»¿¡([{)]},;:.!?…-–—")


def joined(texts: Sequence[Sequence[Word]]) -> tuple[Word, ...]:
    """Return words that were heard in several windows, in order, as one text."""
    capitals = _Capitals.of(texts)
    whole: list[Word] = []
    for words in texts:
        if whole and words and words[0].start - whole[-1].end < PAUSE:
            whole[-1], first = _met(whole[-1], words[0], capitals)
            whole += [first, *words[1:]]
        else:
            whole += words
    return tuple(whole)


def _met(last: Word, first: Word, capitals: _Capitals) -> tuple[Word, Word]:
    """Return the last word of a window and the first of the next without a false end of a sentence between them."""
    text, begins = last.text, _bare(first.text)[:1]
    if begins.islower() and text.endswith((".", "…")) and text.strip().lower() not in _NO_END:
        stripped = text.rstrip(".…")
        # Points within a word are those of an abbreviation: U.S.
        return (last if not stripped.strip() or "." in stripped else replace(last, text=stripped)), first
    if begins.isupper() and not text.endswith(_ENDS) and capitals.are_false(first.text):
        return last, replace(first, text=first.text.replace(begins, begins.lower(), 1))
    return last, first
