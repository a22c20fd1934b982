"""Merge two sets of changes to one text, word by word: those made here, and those made in a copy of it.

Line breaks are of no account: words are compared, and in scripts without spaces characters.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from radio_archive.models import Edit, clean_text
from radio_archive.text.corrected import Corrected, ReplacementT
from radio_archive.text.scripts import SPACELESS, is_spaceless
from radio_archive.text.segmenting import sentences

_PIECES = re.compile(f"[{SPACELESS}]|[^\\s{SPACELESS}]+")


class Piece(NamedTuple):
    """A written word, or a character of a script without spaces; `spaced`: a space comes before it.

    `first` to `last` are the words of the current text that it is made of; -1 in a copy.
    """

    text: str
    spaced: bool
    first: int = -1
    last: int = -1


@dataclass(frozen=True, slots=True)
class Change:
    """Pieces `start` to before `end` of the text as it is here, and what is to stand in their place."""

    start: int
    end: int
    new: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place that both sides changed, each otherwise; `at` is its first piece in the text as it is here."""

    at: int
    base: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What is to be changed here so that the text has the changes of both sides, and where that cannot be."""

    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


class _Hunk(NamedTuple):
    """Pieces `first` to before `end` of the base that are other ones on one side, which has so many more there."""

    first: int
    end: int
    theirs: bool
    more: int


def pieces(lines: Iterable[str]) -> list[Piece]:
    """Return the pieces of a copy, which is in lines."""
    return [piece for line in lines for piece in _pieces(clean_text(line))]


def pieces_of(current: Corrected[ReplacementT]) -> list[Piece]:
    """Return the pieces of a current text, each with the words that it is made of."""
    found: list[Piece] = []
    for sentence in sentences(current.words):
        words = range(sentence.first_word, sentence.last_word + 1)
        owners = [at for at in words for _ in current.words[at].text]
        at = 0
        line = "".join(current.words[at].text for at in words)
        for match in _PIECES.finditer(line):
            text = clean_text(match[0])
            at = match.start()
            if text:
                spaced = line[at - 1].isspace() if at else not is_spaceless(text)
                found.append(Piece(text, spaced, owners[at], owners[match.end() - 1]))
    return found


def merge(base: Sequence[Piece], ours: Sequence[Piece], theirs: Sequence[Piece]) -> Merged:
    """Return what `theirs` changed in `base` and `ours` has not, and where both changed the same pieces otherwise.

    What only `ours` changed stays.
    """
    changes: list[Change] = []
    conflicts: list[Conflict] = []
    shifts = {False: 0, True: 0}
    hunks = sorted([*_hunks(base, ours, theirs=False), *_hunks(base, theirs, theirs=True)])
    for group in _touching(hunks):
        first, end = group[0].first, max(one.end for one in group)
        starts = {side: first + shift for side, shift in shifts.items()}
        for one in group:
            shifts[one.theirs] += one.more
        here = ours[starts[False] : end + shifts[False]]
        there = theirs[starts[True] : end + shifts[True]]
        if all(one.theirs for one in group):
            changes.append(Change(starts[False], end + shifts[False], tuple(there)))
        elif any(one.theirs for one in group) and _texts(here) != _texts(there):
            for at, parts in _apart(base[first:end], here, there):
                was, now, other = parts
                if _texts(now) == _texts(was) and len(was) == 1:
                    changes.append(Change(starts[False] + at, starts[False] + at + 1, tuple(other)))
                else:
                    conflicts.append(Conflict(starts[False] + at, *map(_written, parts)))
    return Merged(tuple(changes), tuple(conflicts))


def edits(current: Corrected[ReplacementT], ours: Sequence[Piece], changes: Sequence[Change]) -> list[Edit]:
    """Return the edits that make the `changes` to a text that is in pieces, in their order; none of them overlap.

    New words with nothing in their place join the word before them. Nothing can be put into a text without words.
    """
    made: list[Edit] = []
    held: list[Change] = []
    area = range(0)
    for change in changes if ours else ():
        place = _place(current, ours, change)
        if held and place.start < area.stop:
            area, held = range(min(area.start, place.start), max(area.stop, place.stop)), [*held, change]
            continue
        if held:
            made.append(_edit(current, ours, area, held))
        area, held = place, [change]
    return [*made, _edit(current, ours, area, held)] if held else made


def _place(current: Corrected[ReplacementT], ours: Sequence[Piece], change: Change) -> range:
    """Return the pieces that a change replaces, with all of each word and of each correction that it is about."""
    start = change.start if change.start < change.end else max(0, change.start - 1)
    stop = max(change.end, start + 1)
    while True:
        first, last = current.whole(ours[start].first, ours[stop - 1].last)
        low, high = start, stop
        while low and ours[low - 1].last >= first:
            low -= 1
        while high < len(ours) and ours[high].first <= last:
            high += 1
        if (low, high) == (start, stop):
            return range(start, stop)
        start, stop = low, high


def _edit(current: Corrected[ReplacementT], ours: Sequence[Piece], area: range, changes: Sequence[Change]) -> Edit:
    kept: list[Piece] = []
    at = area.start
    for change in changes:
        kept += [*ours[at : change.start], *change.new]
        at = change.end
    kept += ours[at : area.stop]
    return current.edit(ours[area.start].first, ours[area.stop - 1].last, _written(kept))


def _apart(
    base: Sequence[Piece], ours: Sequence[Piece], theirs: Sequence[Piece]
) -> Iterator[tuple[int, tuple[Sequence[Piece], Sequence[Piece], Sequence[Piece]]]]:
    """Yield the differences at a place that both sides changed: word by word, if all have as many words there."""
    if not len(base) == len(ours) == len(theirs):
        yield 0, (base, ours, theirs)
        return
    for at, (was, now, other) in enumerate(zip(base, ours, theirs, strict=True)):
        if other.text not in {was.text, now.text}:
            yield at, ([was], [now], [other])


def _pieces(line: str) -> Iterator[Piece]:
    for match in _PIECES.finditer(line):
        at = match.start()
        yield Piece(match[0], line[at - 1].isspace() if at else not is_spaceless(match[0]))


def _texts(some: Sequence[Piece]) -> list[str]:
    return [piece.text for piece in some]


def _written(some: Sequence[Piece]) -> str:
    return "".join(f"{' ' if piece.spaced and at else ''}{piece.text}" for at, piece in enumerate(some))


def _hunks(base: Sequence[Piece], side: Sequence[Piece], *, theirs: bool) -> list[_Hunk]:
    """Return where a side differs from the base, in order; neighbouring differences are one."""
    from rapidfuzz.distance import Levenshtein

    found: list[_Hunk] = []
    for code in Levenshtein.opcodes(_texts(base), _texts(side)):
        if code.tag == "equal":
            continue
        first, more = code.src_start, (code.dest_end - code.dest_start) - (code.src_end - code.src_start)
        # Of an insertion after a replacement, say, neither is a change for itself.
        if found and found[-1].end == first:
            last = found.pop()
            first, more = last.first, more + last.more
        found.append(_Hunk(first, code.src_end, theirs, more))
    return found


def _touching(hunks: Sequence[_Hunk]) -> Iterator[list[_Hunk]]:
    """Yield sorted hunks in groups that are about the same pieces of the base.

    What one side puts in beside a place where the other has more pieces than before may be the same.
    """
    group: list[_Hunk] = []
    end = 0
    for one in hunks:
        is_beside = bool(group) and one.first == end and min(one.more, group[-1].more) > 0
        inserts = bool(group) and (one.first == one.end or group[-1].first == group[-1].end)
        if group and not (one.first < end or (is_beside and inserts)):
            yield group
            group = []
        end = max(end, one.end) if group else one.end
        group.append(one)
    if group:
        yield group
