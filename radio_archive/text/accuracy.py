"""How far what was heard is from what was said: words that are wrong, missing or invented, and names that are wrong.

Texts are compared as the search finds them: letter case, diacritics, ʻokina, punctuation and hyphens do not count, nor
does the way in which a number is written. What stands in square brackets, such as `[applause]`, is left out. In
scripts without spaces between words, and in Korean, each character counts as a word.

The word error rate is the Levenshtein distance of the words, divided by the number of words that were said: V. I.
Levenshtein, *Binary codes capable of correcting deletions, insertions and reversals* (1966). It is over 1 where more is
invented than was said. The name error rate is the share of the names that were said of which a word is not as it was
said, or stands elsewhere.
"""

import math
import re
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import NamedTuple

from radio_archive.models import Word
from radio_archive.text.numbers import amounts_in
from radio_archive.text.periods import MONTHS
from radio_archive.text.scripts import SPACELESS
from radio_archive.text.segmenting import CLOSERS, OPENERS, SplitRules
from radio_archive.text.spelling import OKINA, fold
from radio_archive.text.stop_words import STOP_WORDS

WITH_CAPITAL_NOUNS = frozenset({"de", "lb"})
"""Languages that write every noun with a capital, which then shows no name."""
_DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
# They are hardly ever misheard, and would flatter the rate.
_NO_NAMES = _DAYS | MONTHS.keys() | STOP_WORDS | {"ill", "id"}
_UNITS = {"$": "dollars", "£": "pounds", "€": "euros", "¥": "yen", "%": "percent"}
_WORDS = {"0": "zero", "1": "one", "2th": "second"}
_BRACKETED = re.compile(r"\[[^\[\]]{0,200}\]")
_CHARACTERS = re.compile(f"[{SPACELESS}]|[^\\s{SPACELESS}]+")
_POSSESSIVE = re.compile(r"(?<=\w)['’ʻʼ´`]s$", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+")
_DASH = re.compile("[—–]")
_BLANK_LINE = re.compile(r"\n\s*\n")
_RULES = SplitRules()
_QUOTES = '"“«„'
_AT_ONCE = 10**9
"""Product of the lengths of texts that are compared whole: half a second."""
_RUN = 6
"""Words that are the same in two texts by no chance."""
_LOOKED_AT = 16
"""Of so many runs of words, one is looked for in the other text."""
_SPEECH = 2.5
"""Words in a second of speech."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text, as written, and its tokens: `first` up to `end`."""

    text: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text to compare with: its folded words, and the names in it."""

    tokens: tuple[str, ...]
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How many words, and names, were said, and how many of them were heard otherwise. Scores can be added."""

    words: int = 0
    substituted: int = 0
    deleted: int = 0
    inserted: int = 0
    names: int = 0
    names_wrong: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def word_error_rate(self) -> float:
        return (self.substituted + self.deleted + self.inserted) / max(1, self.words)

    @property
    def name_error_rate(self) -> float:
        return self.names_wrong / max(1, self.names)


class Comparison(NamedTuple):
    """The score of a text, and the names in it that were heard otherwise."""

    score: Score
    wrong: tuple[str, ...]


class KnownNames:
    """Names that count as names wherever they stand: those of the roster and the glossary."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, set[tuple[str, ...]]] = {}
        for name in names:
            if folded := tokens(name):
                self._by_first.setdefault(folded[0], set()).add(tuple(folded))

    def length(self, words: Sequence[str], at: int) -> int:
        """Return how many of the folded `words`, from `at` on, are a known name; 0 for none."""
        found = self._by_first.get(words[at], ())
        return max((len(name) for name in found if tuple(words[at : at + len(name)]) == name), default=0)


NOBODY = KnownNames()


def tokens(text: str) -> list[str]:
    """Return the words of a text as they are compared."""
    return _tokens(_prepared(text))


def read_text(text: str, known: KnownNames = NOBODY, *, language: str | None = None) -> ReadText:
    """Return the words and the names of what was said, or of a story.

    Names are words with a capital that do not begin a sentence, also where the same word begins another sentence; words
    that follow each other are one name. Stop words, days and months are none. A name that is `known` is one wherever it
    stands with a capital. In languages that write nouns with a capital, in scripts without, and in a text all in
    capitals, only what is known is a name.
    """
    words = list(_written(_prepared(text)))
    folded = [token for word in words for token in word.tokens]
    cased = text not in {text.upper(), text.lower()}
    capitals = cased and (language or "").lower()[:2] not in WITH_CAPITAL_NOUNS
    spans = _runs(words) if capitals else []
    for word in words:
        if word.capital or not cased:
            spans += [(at, at + length) for at in range(word.first, word.end) if (length := known.length(folded, at))]
    texts = {word.first: word for word in words}
    return ReadText(
        tuple(folded),
        tuple(
            Name(" ".join(texts[at].shown for at in range(first, end) if at in texts), first, end)
            for first, end in _merged(spans)
        ),
    )


def compare(said: ReadText, heard: Sequence[str], progress: Callable[[float], None] = lambda share: None) -> Comparison:
    """Compare what was said with the `tokens` of what was heard; `progress` is told which share of it is done.

    The time that the distance takes grows with the product of the lengths, and nothing can interrupt it. So texts of
    more than some hours are cut where both say the same; a few errors more may be counted there.
    """
    # It takes long to import, and nearly no command needs it.
    import jiwer

    at: dict[int, int] = {}
    score = Score(len(said.tokens), names=len(said.names))
    for first, end in pairwise(_cuts(said.tokens, heard)):
        there, here = said.tokens[first.said : end.said], heard[first.heard : end.heard]
        made = jiwer.process_words(" ".join(there), " ".join(here))
        score += Score(substituted=made.substitutions, deleted=made.deletions, inserted=made.insertions)
        for chunk in made.alignments[0]:
            if chunk.type == "equal":
                said_at, heard_at = first.said + chunk.ref_start_idx, first.heard + chunk.hyp_start_idx
                length = chunk.ref_end_idx - chunk.ref_start_idx
                at |= zip(range(said_at, said_at + length), range(heard_at, heard_at + length), strict=True)
        progress(end.said / max(1, len(said.tokens)))
    wrong = tuple(name.text for name in said.names if not _is_whole([at.get(i) for i in range(name.first, name.end)]))
    return Comparison(score + Score(names_wrong=len(wrong)), wrong)


class _Cut(NamedTuple):
    """A place in both texts."""

    said: int
    heard: int


def _cuts(said: Sequence[str], heard: Sequence[str]) -> Iterator[_Cut]:
    """Yield the places between which two texts are compared; of short ones, the beginning and the end."""
    last = near = _Cut(0, 0)
    end = _Cut(len(said), len(heard))
    yield last
    for cut in (*(_same_words(said, heard) if len(said) * len(heard) > _AT_ONCE else ()), end):
        if near != last and _size(last, cut) > _AT_ONCE:
            yield near
            last = near
        # Where nothing is the same for long, it matters little where it is cut.
        parts = math.isqrt(_size(last, cut) // _AT_ONCE) + 1
        steps = (cut.said - last.said, cut.heard - last.heard)
        for part in range(1, parts):
            near = _Cut(last.said + steps[0] * part // parts, last.heard + steps[1] * part // parts)
            yield near
        last, near = (near, cut) if parts > 1 else (last, cut)
    yield end


def _size(one: _Cut, other: _Cut) -> int:
    return (other.said - one.said) * (other.heard - one.heard)


def _same_words(said: Sequence[str], heard: Sequence[str]) -> list[_Cut]:
    """Return places of words that are in each text once, those of the longest row in which both have the same order.

    That is how *patience diff* finds what two texts have in common. One in some places is looked at.
    """
    there, here = _once(said), _once(heard)
    rows: list[int] = []
    cuts: list[tuple[_Cut, int]] = []
    before: list[int] = []
    for cut in (_Cut(place, here[words]) for words, place in there.items() if place >= 0 and here.get(words, -1) >= 0):
        row = bisect_left(rows, cut.heard)
        rows[row : row + 1], before[row : row + 1] = [cut.heard], [len(cuts)]
        cuts.append((cut, before[row - 1] if row else -1))
    found, at = [], before[-1] if before else -1
    while at >= 0:
        cut, at = cuts[at]
        found.append(cut)
    return found[::-1]


def _once(words: Sequence[str]) -> dict[str, int]:
    """Return the places of some runs of words in a text; -1 for those that it has several times."""
    found: dict[str, int] = {}
    for at in range(len(words) - _RUN + 1):
        run = " ".join(words[at : at + _RUN])
        if not zlib.crc32(run.encode()) % _LOOKED_AT:
            found[run] = -1 if run in found else at
    return found


def distinct_names(story: ReadText) -> dict[str, str]:
    """Return the names of a story, each once, as written, by their folded form.

    A part of another name (*Pūloa* of *Hanalei Pūloa*) is left out: in speech, too, the first mention is the full name.
    """
    by_key: dict[str, str] = {}
    for name in story.names:
        written = _POSSESSIVE.sub("", name.text)
        by_key.setdefault(" ".join(_tokens(written)), written)
    whole = [f" {key} " for key in by_key]
    return {
        key: name
        for key, name in by_key.items()
        if not any(f" {key} " in other for other in whole if other != f" {key} ")
    }


def unheard(names: Mapping[str, str], heard: Sequence[str]) -> tuple[str, ...]:
    """Return those of `distinct_names` that are not in the `tokens` of what was heard, also as a possessive."""
    text = f" {' '.join(heard)} "
    return tuple(name for key, name in names.items() if f" {key} " not in text and f" {key}s " not in text)


def doubt(words: Sequence[Word], unheard_seconds: float) -> float:
    """Return the share of a transcript that is probably wrong, 0 to 1: by its words' probabilities, and its gaps.

    In `unheard_seconds` somebody spoke and no words were understood. 1 where there are neither words nor gaps.
    """
    wrong = sum(1 - word.probability for word in words if word.probability is not None)
    missing = _SPEECH * unheard_seconds
    return (wrong + missing) / (len(words) + missing) if words or missing else 1.0


class _WrittenWord(NamedTuple):
    """A word of a text, without punctuation, and its tokens."""

    shown: str
    tokens: tuple[str, ...]
    first: int
    capital: bool
    begins: bool
    """It begins a sentence."""
    opens: bool
    """It cannot go on with a name before it."""
    closes: bool
    """No name goes on after it."""

    @property
    def end(self) -> int:
        return self.first + len(self.tokens)


def _prepared(text: str) -> str:
    """Return a text without what is in brackets, and with each number in one form: `12000`, `5000000 dollars`."""
    whole = _BRACKETED.sub(" ", text)
    parts, at = list[str](), 0
    for amount in amounts_in(whole):
        unit = _UNITS.get(amount.text[0], "")
        number = amount.text[bool(unit) :]
        # Alone they are often no numbers, and stay words.
        parts += [whole[at : amount.start], _WORDS.get(amount.text, f"{number} {unit}".strip())]
        at = amount.end
    return "".join([*parts, whole[at:]])


def _tokens(prepared: str) -> list[str]:
    found = [token for token in fold(prepared).split() if any(map(str.isalnum, token))]
    if prepared.isascii():
        return found
    return [part for token in found for part in _CHARACTERS.findall(token)]


def _written(text: str) -> Iterator[_WrittenWord]:
    number, begins, opens = 0, True, True
    for paragraph in _BLANK_LINE.split(_DASH.sub(r" \g<0> ", text)):
        begins = opens = True
        for raw in paragraph.split():
            folded = tuple(_tokens(raw))
            if not folded:
                # A dash between two words.
                opens = True
                continue
            core = raw.lstrip(OPENERS)
            ends = _ends_sentence(raw)
            shown = core.rstrip(f"{CLOSERS},;:!?…-{'.' * ends}")
            begins, opens = begins or raw[0] in _QUOTES, opens or (raw[0] in OPENERS and raw[0] not in OKINA)
            closes = ends or raw[-1] in f"{CLOSERS},;:" or bool(_POSSESSIVE.search(shown))
            capital = next((letter for letter in core if letter.isalnum()), "").isupper()
            yield _WrittenWord(shown, folded, number, capital, begins, opens, closes)
            number, begins, opens = number + len(folded), ends, closes


def _ends_sentence(raw: str) -> bool:
    core = raw.rstrip(CLOSERS)
    if core[-1:] in {"!", "?", "…", ":", "。", "！", "？"}:
        return True
    bare = core.lstrip(OPENERS).casefold()
    return core.endswith(".") and bare not in _RULES.abbreviations and not _INITIALS.fullmatch(bare)


def _runs(words: Sequence[_WrittenWord]) -> list[tuple[int, int]]:
    """Return the stretches of words with a capital that are names."""
    inside = {word.tokens for word in words if word.capital and not word.begins}
    lower = {word.tokens for word in words if not word.capital}
    spans: list[tuple[int, int]] = []
    going = False
    for word in words:
        named = word.capital and not _is_common(word) and (not word.begins or word.tokens in inside - lower)
        if named and going and not word.opens:
            spans[-1] = (spans[-1][0], word.end)
        elif named:
            spans.append((word.first, word.end))
        going = named and not word.closes
    return spans


def _is_common(word: _WrittenWord) -> bool:
    """Whether a word is none of a name, though it has a capital. An abbreviation in capitals (US, WHO) may be one."""
    in_capitals = len(word.shown) > 1 and word.shown.isupper()
    return word.tokens[0] in _NO_NAMES and len(word.tokens) == 1 and not in_capitals


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, end in sorted(spans):
        if merged and first < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((first, end))
    return merged


def _is_whole(places: Sequence[int | None]) -> bool:
    """Whether all words of a name were heard, one after the other."""
    return None not in places and all(two == one + 1 for one, two in pairwise(places) if one is not None)
