"""The start and end of a clip as searchable sentences of folded words."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from radio_archive.models import Word, clean_text
from radio_archive.text.segmenting import CLOSERS, OPENERS, SplitRules, breakable
from radio_archive.text.spelling import fold

_RULES = SplitRules()
_POSSESSIVE = re.compile(r"(.+)(?:['’ʻ`´][sS]|(?<=[sS])['’])$")
_DASHES = re.compile(r"([-‐‑–—/]+)")
_LONGEST = 80
"""Characters; a longer word is not speech."""
_SPELLED = re.compile(r"[A-Z0-9](?:\.[A-Z0-9])*|[b-z]|[A-Z]{2,3}|[A-Za-z]\d|\d[A-Za-z]")
_READ_ALOUD = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "ay bee see dee ee eff jee aitch ai jay kay ell em en oh pee kew ar ess tee yoo vee doubleyoo eks why zee "
        "zeero won too three for five siks seven ate nine".split(),
        strict=True,
    )
)
"""How letters and digits sound. An engine writes a name as some that sound like it: `I No R.T.I. Nen`."""
QUOTES = '"“”«»„「」'


class Token(NamedTuple):
    """One spoken word. `word` and `last`: positions of its first and last Word. `mark`: `.` or `,` if a sentence or
    clause ends with it, else empty."""

    raw: str
    folded: str
    word: int
    last: int
    mark: str = ""
    quoted: bool = False
    """A quotation starts here."""

    @property
    def spoken(self) -> str:
        """The folded word as it is read aloud."""
        return "".join(map(_READ_ALOUD.__getitem__, self.folded)) if self.is_spelled else self.folded

    @property
    def is_spelled(self) -> bool:
        """Whether it is written as letters and digits that are read aloud one by one."""
        return bool(_SPELLED.fullmatch(self.raw)) and self.folded.isascii()

    @property
    def capital(self) -> bool:
        return self.raw[:1].isupper() or (self.raw[:1] in "ʻ‘'" and self.raw[1:2].isupper())


@dataclass(frozen=True)
class Sentence:
    """The tokens of one sentence, and their text for searching."""

    tokens: tuple[Token, ...]

    @cached_property
    def text(self) -> str:
        return " ".join(token.folded for token in self.tokens)

    @cached_property
    def _following(self) -> list[str]:
        """What is said from each token on, as far as a phrase can be long."""
        folded = [token.folded for token in self.tokens]
        return [" ".join(folded[position : position + 12]) for position in range(len(folded))]

    def find(self, pattern: str) -> Iterator[tuple[int, int]]:
        """Yield each place of the phrase: the positions of its first token and of the token after it."""
        for match in phrase(pattern).finditer(self.text):
            yield self.text.count(" ", 0, match.start()), self.text.count(" ", 0, match.end()) + 1

    def phrase_length(self, pattern: str, position: int) -> int:
        """Return how many tokens the phrase takes at `position`; 0 if it is not there."""
        match = phrase(pattern).match(self._following[position]) if 0 <= position < len(self.tokens) else None
        return match[0].count(" ") + 1 if match else 0


@lru_cache(maxsize=256)
def phrase(pattern: str) -> re.Pattern[str]:
    """Return `pattern` compiled to match whole words."""
    return re.compile(rf"(?<!\S)(?:{pattern})(?!\S)")


def opening(words: Sequence[Word], seconds: float, most: int) -> int:
    """Return how many words are spoken in the first `seconds` of speech; at most `most`."""
    first = next((word.start for word in words[:most] if math.isfinite(word.start)), 0.0)
    end = 0
    while end < min(len(words), most) and not words[end].start - first > seconds:
        end += 1
    return end


def closing(words: Sequence[Word], seconds: float, most: int, *, duration: float, music: float) -> int:
    """Return the position of the first word of the last `seconds`; at most `most` words from the end.

    Counts from the end of speech if at most `music` seconds follow it, otherwise from the end of the clip.
    """
    lasts = [word.end for word in words[-most:] if math.isfinite(word.end)]
    last = max(lasts, default=0.0)
    if math.isfinite(duration) and duration > 0 and not duration - music <= last <= duration:
        last = duration
    start = len(words)
    while start > max(0, len(words) - most) and not words[start - 1].start < last - seconds:
        start -= 1
    return start


def sentences(words: Sequence[Word], first: int, end: int, contracted: str) -> list[Sentence]:
    """Return words `first` up to `end` as sentences, divided by punctuation and pauses."""
    found: list[Sentence] = []
    tokens: list[Token] = []
    for token in _tokens(words, first, end, contracted):
        if tokens and tokens[-1].mark == "." and not token.raw[:1].islower():
            found.append(Sentence(tuple(tokens)))
            tokens = []
        tokens.append(token)
    return [*found, Sentence(tuple(tokens))] if tokens else found


def _tokens(words: Sequence[Word], first: int, end: int, contracted: str) -> Iterator[Token]:
    """Yield the tokens; each is held until the mark after it is known."""
    held: Token | None = None
    for position, written, last in _whole_words(words, first, end):
        quoted = written.lstrip(" ")[:1] in QUOTES
        for piece in _DASHES.sub(r"\1 ", written).split():
            token = _token(piece, (position, last), quoted=quoted)
            if token is None:
                if held:
                    held = held._replace(mark=held.mark or _mark(piece, "") or ",")
                continue
            if held:
                yield held
            quoted, held = False, token
            possessive = _POSSESSIVE.fullmatch(piece.rstrip(".,;:!?"))
            if possessive and not phrase(contracted).fullmatch(fold(possessive[1])):
                yield token._replace(raw=possessive[1].strip(OPENERS), folded=_fold(possessive[1]), mark="")
                held = Token("", "s", position, last, token.mark)
        gap = words[last + 1].start - words[last].end if last + 1 < end else 0.0
        if held and not held.mark and gap >= _RULES.pause:
            held = held._replace(mark=".")
    if held:
        yield held


def _whole_words(words: Sequence[Word], first: int, end: int) -> Iterator[tuple[int, str, int]]:
    """Yield whole written words (`U.S.` from the engine's ` U` and `.S.`), each with its first and last position."""
    start = first
    for position in range(first, end):
        whole = position + 1 == end or breakable(words[position].text, words[position + 1].text)
        if whole or position - start >= 8:
            text = clean_text("".join(word.text[:_LONGEST] for word in words[start : position + 1]))
            yield start, text, position
            start = position + 1


def _token(piece: str, place: tuple[int, int], *, quoted: bool) -> Token | None:
    folded = _fold(piece)
    if not any(character.isalnum() for character in folded):
        return None
    raw = piece.strip(OPENERS + CLOSERS + ".,;:!?…-–—/" + QUOTES) or piece
    return Token(raw, folded, *place, _mark(piece, folded), quoted)


def _fold(piece: str) -> str:
    return "".join(fold(piece[:_LONGEST]).split())


def _mark(piece: str, folded: str) -> str:
    core = piece.rstrip(CLOSERS + QUOTES)
    if core[-1:] and core[-1] in _RULES.sentence_marks:
        # An initial, `St.` or `a.m.` ends no sentence; a name that ends with one is found anyway.
        short = core[-1] == "." and (len(folded) == 1 or "." in core[:-1] or core.casefold() in _RULES.abbreviations)
        return "" if short else "."
    return "," if core[-1:] and core[-1] in _RULES.clause_marks else ""
