"""Whether the words of a quotation were said, and which of them were not.

Words are compared as a search finds them: letter case, diacritics, ʻokina, punctuation and hyphens do not count, nor
does the way in which a number is written. All else does: each word must be there, in the same order, and no other
between them.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from radio_archive.text.alignment import Token, tokens_of
from radio_archive.text.redacted import MARK as REDACTED
from radio_archive.text.scripts import SPACELESS
from radio_archive.text.spelling import fold

SKIPPED = 200
"""Words that an ellipsis may stand for, at most."""
ALIKE = 0.45
"""The share of its words, at most, in which a quotation may differ from what was said, to be taken for it."""
_BREAK = "\0"
"""Stands for what was not understood or was taken out: no quotation goes on across it."""
_OFTEN = 12
"""Places of a word in a text, at most, that tell where a quotation may be."""
_HEAD = 40
"""Words at the beginning and the end of a quotation, by which its place is found to the word."""
_CHARACTERS = re.compile(f"[{SPACELESS}]|[^{SPACELESS}]+")
# Without the apostrophe, each of them would be another word: we’re, she’ll.
_CONTRACTED = re.compile(r"\b(we|i|he|she)['’ʼ´`](re|ll|d)\b", re.IGNORECASE)
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a quotation has somewhere, as `written`, and what was `said` there. Where it is exact, both are the same."""

    written: str
    said: str
    same: bool


@dataclass(frozen=True, slots=True)
class Likeness:
    """The place that is most like a quotation: from word `first` to before `end`.

    It differs in `words`, and `same` of its words are the same.
    """

    first: int
    end: int
    words: int
    same: int
    stretches: tuple[Stretch, ...]


class Reading:
    """The tokens of a text in one of the ways to read it."""

    def __init__(self, words: Sequence[str], tokens: Sequence[Token]) -> None:
        self.words, self.tokens = words, tokens

    @cached_property
    def text(self) -> str:
        """The tokens, with a space before and after each."""
        return f" {' '.join(token.text for token in self.tokens)} "

    @cached_property
    def places(self) -> Mapping[str, list[int]]:
        """Where each token is."""
        found: dict[str, list[int]] = {}
        for at, token in enumerate(self.tokens):
            found.setdefault(token.text, []).append(at)
        return found


class Wording:
    """The words of a text, to look up in it what is quoted."""

    def __init__(self, words: Sequence[str], breaks: Collection[int] = ()) -> None:
        """Take the words as they are written; before those in `breaks`, something was not understood."""
        self.words = [word.strip() for word in words]
        self._breaks = sorted(breaks)

    @cached_property
    def readings(self) -> tuple[Reading, Reading]:
        """The folded words; and the same with each number as one, however it is written.

        The former, because a quotation may begin or end within a number.
        """
        spelled = [_spelled(word) for word in self.words]
        plain = (Token(part, at, at + 1) for at, word in enumerate(spelled) for part in fold(word).split())
        return Reading(self.words, self._broken(plain)), Reading(self.words, self._broken(tokens_of(spelled)))

    def _broken(self, tokens: Iterator[Token]) -> list[Token]:
        """Return tokens with breaks between them, and with each character of a script without spaces as a word."""
        made: list[Token] = []
        last = 0
        for token in tokens:
            missing = bisect_right(self._breaks, token.first) > bisect_right(self._breaks, last)
            if missing and made:
                made.append(Token(_BREAK, token.first, token.first))
            last = token.first
            if any(REDACTED in self.words[at] for at in range(token.first, token.end)):
                made.append(Token(_BREAK, token.first, token.end))
            elif any(map(str.isalnum, token.text)):
                parts = [token.text] if token.text.isascii() else _CHARACTERS.findall(token.text)
                made += (Token(part, token.first, token.end) for part in parts)
        return made


def exact(pieces: Sequence[Wording], said: Wording) -> tuple[int, int] | None:
    """Return where all pieces of a quotation are, one after the other: its first word and that after its last one.

    Between two pieces there may be other words, SKIPPED of them at most. None where they are not.
    """
    for reading, *parts in zip(said.readings, *(piece.readings for piece in pieces), strict=True):
        if found := _chain([part.text for part in parts], reading.text):
            return reading.tokens[found[0]].first, reading.tokens[found[1] - 1].end
    return None


def likelihood(pieces: Sequence[Wording], said: Wording) -> int:
    """Return how many words speak for it that a quotation is somewhere in a text: to look only where it may be."""
    _, reading = said.readings
    return sum(_around(piece.readings[1], reading, 0, len(reading.tokens))[1] for piece in pieces)


def nearest(pieces: Sequence[Wording], said: Wording) -> Likeness | None:
    """Return the place that is most like a quotation; None if no place is like it."""
    read = zip(said.readings, *(piece.readings for piece in pieces), strict=True)
    found = [like for reading, *parts in read if (like := _nearest(parts, reading))]
    return min(found, key=lambda like: like.words, default=None)


def _nearest(pieces: Sequence[Reading], said: Reading) -> Likeness | None:
    differing, same, stretches = 0, 0, list[Stretch]()
    found: list[tuple[int, int]] = []
    for piece in pieces:
        after = found[-1][1] if found else 0
        place = _place(piece, said, after, after + SKIPPED if found else len(said.tokens))
        if place is not None:
            found.append(place)
        words, equal, some = _compared(piece, said, *(place or (after, after)))
        differing, same = differing + words, same + equal
        stretches += [*([Stretch("…", "…", same=True)] if stretches else []), *some]
    if not found or differing > ALIKE * sum(len(piece.tokens) for piece in pieces):
        return None
    first, end = said.tokens[found[0][0]].first, said.tokens[found[-1][1] - 1].end
    return Likeness(first, end, differing, same, tuple(stretches))


def _spelled(word: str) -> str:
    return _INITIALS.sub(lambda found: found[0].replace(".", ""), _CONTRACTED.sub(r"\1-\2", word))


def _chain(pieces: Sequence[str], text: str) -> tuple[int, int] | None:
    """Return the first and the last token, the latter exclusive, of pieces that follow each other in a text."""
    reached: dict[int, int] = {}
    for number, piece in enumerate(pieces):
        length, now = piece.count(" ") - 1, dict[int, int]()
        ends = sorted(reached)
        for start in _starts(piece, text):
            before = bisect_right(ends, start) - 1
            if number == 0:
                now.setdefault(start + length, start)
            elif before >= 0 and start - ends[before] <= SKIPPED:
                now.setdefault(start + length, reached[ends[before]])
        reached = now
    end = min(reached, default=None)
    return None if end is None else (reached[end], end)


def _starts(piece: str, text: str) -> Iterator[int]:
    """Yield the tokens at which a piece begins in a text, both as `Reading.text`."""
    at = token = 0
    while piece.strip() and (found := text.find(piece, at)) >= 0:
        token += text.count(" ", at, found)
        yield token
        at, token = found + 1, token + 1


def _around(piece: Reading, said: Reading, first: int, last: int) -> tuple[int, int]:
    """Return about where a piece may be, if it begins in `first` to before `last`, and how many words speak for it."""
    votes, step = Counter[int](), 4 + len(piece.tokens) // 8
    places = [said.places.get(token.text, []) for token in piece.tokens]
    # Words that are everywhere tell nothing, unless there are no others.
    most = _OFTEN if any(0 < len(some) <= _OFTEN for some in places) else 10 * _OFTEN
    for at, some in enumerate(places):
        for place in some if len(some) <= most else ():
            if first <= place < last + len(piece.tokens):
                # Two rounds of bins, so that no border of them cuts a place in two.
                for half in (0, step // 2):
                    votes[(place - at + half) // step * step - half] += 1
    return max(votes.items(), key=lambda one: one[1], default=(0, 0))


def _place(piece: Reading, said: Reading, first: int, last: int) -> tuple[int, int] | None:
    """Return the tokens, of those that begin from `first` to before `last`, that are most like a piece."""
    around, votes = _around(piece, said, first, last)
    if not votes:
        return None
    wanted, slack = [token.text for token in piece.tokens], 8 + len(piece.tokens) // 4
    texts = [token.text for token in said.tokens]
    start = max(first, around - slack)
    begins, ends = _most_like(wanted[:_HEAD], texts[start : around + slack + _HEAD])
    if len(wanted) > _HEAD:
        tail = max(start + begins, around + len(wanted) - _HEAD - slack)
        ends = _most_like(wanted[-_HEAD:], texts[tail : around + len(wanted) + slack])[1] + tail - start
    return (start + begins, start + ends) if ends > begins else None


def _most_like(wanted: Sequence[str], texts: Sequence[str]) -> tuple[int, int]:
    """Return the part of `texts` that becomes `wanted` with the fewest changes.

    P. H. Sellers, *The theory and computation of evolutionary distances: pattern recognition* (1980).
    """
    row = [(at, 0) for at in range(len(wanted) + 1)]
    best = (len(wanted) + 1, 0, 0)
    for place, text in enumerate(texts):
        now = [(0, place + 1)]
        for at, other in enumerate(wanted):
            changed, added, left_out = row[at], row[at + 1], now[at]
            # Of as many changes, those that begin earlier: a word that was replaced is shown with what was said.
            fewest = min(changed[0] + (text != other), added[0] + 1, left_out[0] + 1)
            ways = ((changed, text != other), (added, True), (left_out, True))
            now.append((fewest, min(way[1] for way, costs in ways if way[0] + costs == fewest)))
        row = now
        best = min((row[-1][0], row[-1][1], place + 1), best, key=lambda one: one[0])
    return best[1], best[2]


def _compared(piece: Reading, said: Reading, first: int, end: int) -> tuple[int, int, list[Stretch]]:
    """Return in how many words a piece differs from what is said from `first` on, how many are the same, and which."""
    from rapidfuzz.distance import Levenshtein

    ours, theirs = piece.tokens, said.tokens[first:end]
    differing, same, stretches = 0, 0, list[Stretch]()
    done = ours[0].first if ours else 0
    shown = theirs[0].first if theirs else 0
    for code in Levenshtein.opcodes([one.text for one in ours], [one.text for one in theirs]):
        written, heard = ours[code.src_start : code.src_end], theirs[code.dest_start : code.dest_end]
        if code.tag == "equal":
            same += len(written)
        else:
            differing += max(len(written), len(heard))
        # A word of several tokens is shown once.
        stop, last = (max(at, some[-1].end) if some else at for at, some in ((done, written), (shown, heard)))
        texts = " ".join(piece.words[done:stop]), " ".join(said.words[shown:last])
        if any(texts):
            stretches.append(Stretch(*texts, code.tag == "equal"))
        done, shown = stop, last
    return differing, same, stretches
