"""Finds what is said over and over: Whisper falls into loops where it does not understand."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from radio_archive.models import Word
from radio_archive.text.spelling import fold

Limits = Sequence[tuple[float, int]]
"""(words, times): a phrase of at most `words` words may occur `times` times in a row, as in a chorus."""
_STUTTER = re.compile(r"(\w{1,4}?)\1{9,}")
# Scripts without spaces: a word has about 2 Han or Kana letters, or about 4 Thai letters.
_PACKED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff𠀀-\U0003ffff]")
_PHONETIC = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_UNIT = re.compile(f"{_PACKED.pattern}|{_PHONETIC.pattern}|(?:(?!{_PACKED.pattern}|{_PHONETIC.pattern})\\S)+")


def units(text: str) -> list[tuple[str, float]]:
    """Return the folded words of a text, or its letters in scripts without spaces, each with its share of a word."""
    found = _UNIT.findall(unicodedata.normalize("NFC", fold(text)))
    return [(unit, 0.5 if _PACKED.match(unit) else 0.25 if _PHONETIC.match(unit) else 1.0) for unit in found]


def repetition(text: str, limits: Limits) -> tuple[int, int]:
    """Return how many times in a row the worst phrase occurs, and how many times its length allows."""
    worst = (0, 1)
    if stutter := _stutter(text):
        worst = (stutter, limits[0][1])
    for first, last, size, allowed in _repeated(units(text), limits):
        times = (last - first) // size
        if times * worst[1] > worst[0] * allowed:
            worst = times, allowed
    return worst


def without_loops(words: Sequence[Word], limits: Limits) -> tuple[Word, ...]:
    """Return words with what is repeated more often than allowed said once, and without stuttered words."""
    found = [(unit, number) for number, word in enumerate(words) for unit in units(word.text)]
    dropped = {number for number, word in enumerate(words) if _stutter(word.text) > limits[0][1]}
    for first, last, size, allowed in _repeated([unit for unit, _ in found], limits):
        if (last - first) // size > allowed:
            dropped |= {number for _, number in found[first + size : last]}
    return tuple(word for number, word in enumerate(words) if number not in dropped)


def _stutter(text: str) -> int:
    return max((len(found[0]) // len(found[1]) for found in _STUTTER.finditer(fold(text))), default=0)


def _repeated(said: Sequence[tuple[str, float]], limits: Limits) -> Iterator[tuple[int, int, int, int]]:
    """Yield where a phrase occurs several times in a row: first unit, end, units of the phrase, times allowed."""
    has_short_units = any(weight < 1 for _, weight in said)
    for size in range(1, min(len(said) // 2, 48 if has_short_units else 12) + 1):
        run = 0
        for i in range(len(said) - size + 1):
            if i + size < len(said) and said[i] == said[i + size]:
                run += 1
                continue
            first, run = i - run, 0
            length = sum(weight for _, weight in said[first : first + size])
            allowed = next((times for most, times in limits if length <= most), 0)
            if i - first >= size and allowed:
                yield first, i + size, size, allowed
