"""Split transcribed words into sentence-like segments that read well in a list and in a caption."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

from radio_archive.models import Segment, Word, clean_text

CLOSERS = "\"'’”»›)]}」』】〉》〕）］｝"
OPENERS = "\"'‘“«‹([{「『【〈《〔（［｛¿¡"

# Characters that cannot start a segment: they belong to the word before them.
_CLINGING = frozenset("’”»›)]}」』】〉》〕）］｝,.;:!?%…、。，．；：！？ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々")

# Scripts without spaces, so a segment may end between any two words: Thai to Lao, Myanmar, Khmer, Chinese and
# Japanese (Korean writes spaces), and their full-width punctuation.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff\uff00-\uffef𠀀-\U0003ffff]")

_INITIALS = re.compile(r"(?:[^\W\d_]\.)+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class SplitRules:
    """Rules for where segments end and how long they are. Times in seconds."""

    pause: float = 1.2
    """A silence of at least this length always ends a segment."""
    longest: float = 15.0
    longest_characters: int = 200
    shortest: float = 1.0
    """A segment shorter than this (or than `shortest_characters`) joins a neighbour, if no other rule forbids it."""
    shortest_characters: int = 4
    sentence_marks: str = ".!?…。！？｡．؟۔।॥"
    clause_marks: str = ",;:—–،؛、，；："
    abbreviations: frozenset[str] = frozenset(
        "mr. mrs. ms. dr. prof. st. mt. ft. jr. sr. sen. rep. gov. gen. col. maj. capt. cmdr. lt. sgt. rev. hon. pres. "
        "ave. blvd. rd. dept. inc. ltd. co. corp. bros. vs. etc. approx. est. "
        "jan. feb. mar. apr. jun. jul. aug. sept. sep. oct. nov. dec.".split()
    )
    """They end no sentence. Single initials, `U.S.` and `p.m.` do not either, but need no list."""
    numbering: frozenset[str] = frozenset("no. nos. vol. fig. art. sec. ch. pp.".split())
    """They end no sentence before a number."""


_SENTENCES = SplitRules(math.inf, math.inf, longest_characters=1_000, shortest=0.0, shortest_characters=0)


class _Boundary(NamedTuple):
    """The boundary between two words: the cost of a cut (0: best), and what ends there."""

    cost: float
    certain: bool
    """A segment ends in any case, at a pause or because the language or the speaker changes."""
    sentence: bool


class _WordRange(NamedTuple):
    """Words `first` to `last`, inclusive."""

    first: int
    last: int


def split(words: Sequence[Word], rules: SplitRules | None = None) -> list[Segment]:
    """Return the segments of `words`, in order; each word is in exactly one of them.

    A segment ends at the end of a sentence, at a long pause, and where the language or the speaker changes; a sentence
    that is too long is cut at its best commas and pauses. No segment is longer than the rules allow, unless a single
    word is. A pause inside a written word (`$5` · `.2`) is a timing error of the engine and ends nothing.
    """
    rules = rules or SplitRules()
    measure = _Measure(words, rules)
    boundaries = [_boundary(words, i, rules) for i in range(len(words) - 1)]
    pieces: list[_WordRange] = []
    first = 0
    for i in range(len(words)):
        if i == len(words) - 1 or boundaries[i].certain or boundaries[i].sentence:
            pieces += _fit(_WordRange(first, i), boundaries, measure)
            first = i + 1
    return _timed(words, _join_short(pieces, words, boundaries, measure))


def sentences(words: Sequence[Word]) -> list[Segment]:
    """Return words in whole sentences, wherever there are pauses; one of thousands of letters is cut."""
    return split(words, _SENTENCES)


def locate_words(segments: Sequence[Segment], words: Sequence[Word]) -> list[Segment]:
    """Return `segments` with the positions of their first and last words, which are not stored.

    A segment whose text differs from its words, because it was corrected, keeps -1.
    """
    found = []
    first = 0
    for segment in segments:
        last, said, raw = first, "", ""
        while last < len(words) and len(said) < len(segment.text):
            raw += words[last].text
            # Cleaning never makes a text longer, so shorter raw text cannot match yet.
            said = clean_text(raw) if len(raw) >= len(segment.text) else ""
            last += 1
        if said == segment.text and last > first:
            found.append(replace(segment, first_word=first, last_word=last - 1))
            first = last
        else:
            found.append(replace(segment, first_word=-1, last_word=-1))
            first = next((i for i in range(first, len(words)) if words[i].start >= segment.end - 0.001), len(words))
    return found


def breakable(before: str, after: str) -> bool:
    """Whether a line or a segment may end between the word texts `before` and `after`.

    Never inside a written word: Whisper's words have a leading space, so ` $5` + `.2` is one word.
    """
    left, right = before.rstrip(), after.lstrip()
    if not left or not right:
        return before[-1:].isspace() or after[:1].isspace()
    spaced = before[-1].isspace() or after[0].isspace()
    if right[0] in _CLINGING or unicodedata.category(right[0])[0] == "M":
        # A mark between a space and a letter starts a word: " .5", " ’tis".
        return spaced and right[1:2].isalnum()
    if spaced:
        return True
    if left[-1] in OPENERS and left[-1] not in CLOSERS:
        return False
    return bool(_UNSPACED.match(left[-1]) or _UNSPACED.match(right[0]))


class _Measure:
    """Measures word ranges in seconds and characters, against the rules."""

    def __init__(self, words: Sequence[Word], rules: SplitRules) -> None:
        self.words = words
        self.rules = rules
        lengths = (max(len(word.text), len(clean_text(word.text)) + word.text[:1].isspace()) for word in words)
        self.characters_before = list(accumulate(lengths, initial=0))

    def seconds(self, piece: _WordRange) -> float:
        return self.words[piece.last].end - self.words[piece.first].start

    def characters(self, piece: _WordRange) -> int:
        total = self.characters_before[piece.last + 1] - self.characters_before[piece.first]
        return total - self.words[piece.first].text[:1].isspace()

    def fill(self, piece: _WordRange) -> float:
        """The fraction of the allowed length; above 1 the range is too long."""
        return max(self.seconds(piece) / self.rules.longest, self.characters(piece) / self.rules.longest_characters)

    def short(self, piece: _WordRange) -> bool:
        return self.seconds(piece) < self.rules.shortest or self.characters(piece) < self.rules.shortest_characters


def _boundary(words: Sequence[Word], i: int, rules: SplitRules) -> _Boundary:
    here, following = words[i], words[i + 1]
    gap = following.start - here.end
    other = (here.language, here.speaker) != (following.language, following.speaker)
    if not breakable(here.text, following.text):
        return _Boundary(cost=8.0, certain=other, sentence=False)
    sentence = _ends_sentence(_written_word(words, i), following.text.strip(), rules)
    core = here.text.strip().rstrip(CLOSERS)
    mark = 0.0 if sentence else 0.2 if core[-1:] and core[-1] in rules.clause_marks else 1.0
    return _Boundary(cost=mark - min(max(gap, 0.0), 1.0) * 0.7, certain=other or gap >= rules.pause, sentence=sentence)


def _written_word(words: Sequence[Word], i: int) -> str:
    """The whole written word that ends with word `i`: `U.S.` for the engine's ` U` and `.S.`."""
    first = i
    # An abbreviation is only a few engine words long; the bound avoids quadratic time on a long run.
    while first > 0 and i - first < 8 and not breakable(words[first - 1].text, words[first].text):
        first -= 1
    return "".join(word.text for word in words[first : i + 1]).strip()


def _ends_sentence(word: str, following: str, rules: SplitRules) -> bool:
    core = word.rstrip(CLOSERS)
    if not core or core[-1] not in rules.sentence_marks:
        return False
    opening = following.lstrip(OPENERS)[:1]
    if core[-1] in "。！？｡．":
        # 「行きます。」と言った: the quoted sentence is part of a longer one.
        return not (core != word and following.startswith(("と", "って")))
    if opening.islower():
        return False
    if core[-1] != ".":
        return True
    bare = core.lstrip(OPENERS).casefold()
    if opening.isdigit() and bare in rules.numbering:
        return False
    # Only scripts with capitals have initials: 「す.」 is not one.
    return not (bare in rules.abbreviations or (bare.islower() and _INITIALS.fullmatch(bare)))


def _fit(piece: _WordRange, boundaries: Sequence[_Boundary], measure: _Measure) -> list[_WordRange]:
    """Cut a range that is too long at the lowest cost: few cuts, at commas and pauses, into even parts."""
    if measure.fill(piece) <= 1:
        return [piece]
    # cheapest[n]: the lowest cost of cutting the first n words, and the start of the last part.
    cheapest: list[tuple[float, int]] = [(0.0, 0)]
    for last in range(piece.first, piece.last + 1):
        options = []
        for first in range(last, piece.first - 1, -1):
            part = _WordRange(first, last)
            fill = measure.fill(part)
            if fill > 1 and first < last:
                break
            cut = boundaries[first - 1].cost if first > piece.first else 0.0
            short = 1.0 if measure.short(part) else 0.0
            options.append((cheapest[first - piece.first][0] + cut + short + 1 + min(fill, 1.0) ** 2, first))
        cheapest.append(min(options))
    parts = []
    last = piece.last
    while last >= piece.first:
        first = cheapest[last - piece.first + 1][1]
        parts.append(_WordRange(first, last))
        last = first - 1
    return parts[::-1]


def _join_short(
    pieces: Sequence[_WordRange], words: Sequence[Word], boundaries: Sequence[_Boundary], measure: _Measure
) -> list[_WordRange]:
    """Join each short range to the neighbour that is closer in time, if the two fit together."""
    joined: list[_WordRange] = []
    waiting = list(reversed(pieces))
    while waiting:
        piece = waiting.pop()
        if measure.short(piece):
            before = joined[-1] if joined and _may_join(joined[-1], piece, boundaries, measure) else None
            after = waiting[-1] if waiting and _may_join(piece, waiting[-1], boundaries, measure) else None
            if after and not (before and _gap(words, before, piece) < _gap(words, piece, after)):
                waiting[-1] = _WordRange(piece.first, after.last)
                continue
            if before:
                joined[-1] = _WordRange(before.first, piece.last)
                continue
        joined.append(piece)
    return joined


def _may_join(before: _WordRange, after: _WordRange, boundaries: Sequence[_Boundary], measure: _Measure) -> bool:
    return not boundaries[before.last].certain and measure.fill(_WordRange(before.first, after.last)) <= 1


def _gap(words: Sequence[Word], before: _WordRange, after: _WordRange) -> float:
    return words[after.first].start - words[before.last].end


def _timed(words: Sequence[Word], pieces: Sequence[_WordRange]) -> list[Segment]:
    """The segments, each from the start of its first word to the end of its last.

    If words overlap, starts still never go back, and a segment ends before the next one starts.
    """
    starts = list(accumulate((words[piece.first].start for piece in pieces), max))
    segments = []
    for i, piece in enumerate(pieces):
        end = words[piece.last].end
        if i + 1 < len(pieces):
            end = min(end, starts[i + 1])
        text = clean_text("".join(word.text for word in words[piece.first : piece.last + 1]))
        first = words[piece.first]
        # Words that are merged from another archive were never read by us.
        speaker = clean_text(first.speaker or "") or None
        segments.append(Segment(starts[i], max(starts[i], end), text, *piece, first.language, speaker))
    return segments
