"""Finds the quotations in a draft: in the marks of any language, over several paragraphs, and set off as blocks."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from radio_archive.errors import UsageError
from radio_archive.models import clean_text

_CLOSERS: Mapping[str, str] = {
    '"': '"', "＂": "＂", "“": "”", "”": "”", "„": "“”", "‟": "”", "«": "»", "»": "«»", "‹": "›", "›": "‹›",
    "‘": "’", "‚": "‘’", "'": "'", "「": "」", "『": "』",
}  # fmt: skip
"""The marks that open a quotation, each with those that close it."""
_SINGLE = frozenset("‘‚'‹›")
"""Marks that are apostrophes, too, or mostly stand within other quotations."""
_ONE_SIDED = frozenset("“„‟«「『")
"""Marks that open even where no space is before them."""
_BEFORE = frozenset("([{—–-:/")
_AFTER = frozenset("([{….$€£¥#@¿¡")
_FEWEST = 3
"""Words between single marks, at least: fewer are an ʻokina, a title, or a word that is meant in another way."""
_ELLIPSIS = re.compile(r"[\[(<]?\s*(?:…|\.\s?\.\s?\.(?:\s?\.)*)\s*[\])>]?")
_LETTERS_IN_BRACKETS = re.compile(r"\[([^\W\d_]{1,2})\](?=\w)|(?<=\w)\[([^\W\d_]{1,3})\]")
_BRACKETED = re.compile(r"\[[^\[\]]{0,300}\]")
_SAYS = re.compile(
    r"\b(?:said|says?|told|tells|ask(?:s|ed)|add(?:s|ed)|explain(?:s|ed)|continue[sd]|recall(?:s|ed)|wrote|writes|note[sd]"
    r"|repl(?:y|ies|ied)|answer(?:s|ed)|insist(?:s|ed)|argue[sd]|warn(?:s|ed)|went on|goes on|sagte?|dit|dijo|disse)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?…]")
_LONGEST_ATTRIBUTION = 120
LONGEST = 10_000
"""Characters of a quotation: what is longer ends there, or with its paragraph."""
_LONGEST_SINGLE = 1_000
_OTHERS = 3
"""Marks that open within a quotation, at most: with more of them, none of them closes it."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a draft, and its line there. `is_block`: it is set off as a quotation of its own."""

    text: str
    line: int
    is_block: bool = False


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation as it is written in a draft, and the line in which it begins."""

    text: str
    line: int

    @property
    def pieces(self) -> tuple[str, ...]:
        """What must have been said, each piece without a gap: it is cut at ellipses, and what is in brackets is left
        out, because the writer has put it there."""
        spelled = _LETTERS_IN_BRACKETS.sub(lambda found: found[1] or found[2], self.text)
        pieces = (_BRACKETED.sub(" ", piece) for piece in _ELLIPSIS.split(spelled))
        return tuple(piece for piece in pieces if any(map(str.isalnum, piece)))


class _Part(NamedTuple):
    """What stands between two marks of a paragraph, and where these are."""

    text: str
    start: int
    end: int
    is_open: bool
    """No mark closes it."""


def quotations(paragraphs: Iterable[Paragraph]) -> Iterator[Quotation]:
    """Yield the quotations of a draft, in order.

    One that is not closed ends with its paragraph, unless the next one begins with an opening mark again. What a
    speaker says before and after a few words such as *she said,* is one quotation, and a quotation within another is a
    part of it.
    """
    going: Quotation | None = None
    last: _Part | None
    mark = ""
    for paragraph in paragraphs:
        text = paragraph.text.strip()
        if going and (text[:1] != mark or len(going.text) > LONGEST):
            yield from _said(going)
            going = None
        if paragraph.is_block and text[:1] not in _CLOSERS:
            yield from _said(Quotation(text, paragraph.line))
            continue
        last, line = None, paragraph.line
        for part in _parts(text):
            line += text.count("\n", last.start if last else 0, part.start)
            if going and (last is None or _goes_on(last, text[last.end + 1 : part.start - 1])):
                going = Quotation(f"{going.text} {part.text}", going.line)
            else:
                if going:
                    yield from _said(going)
                going = Quotation(part.text, line)
            last, mark = part, text[part.start - 1]
        if going and not (last and last.is_open):
            yield from _said(going)
            going = None
    if going:
        yield from _said(going)


def at_most(number: int, found: Iterable[Quotation], where: str) -> list[Quotation]:
    """Return the quotations that were found in a draft. Raises UsageError if it has too many."""
    few = list(islice(found, number + 1))
    if len(few) > number:
        raise UsageError(f"{where} has more than {number:,} quotations", "Split it.")
    return few


def _said(one: Quotation) -> Iterator[Quotation]:
    if one.pieces:
        yield Quotation(clean_text(one.text), one.line)


def _goes_on(last: _Part, between: str) -> bool:
    """Whether the words between two quotations only say who speaks, so that both are one."""
    if len(between) > _LONGEST_ATTRIBUTION or _ENDS.search(between) or not _SAYS.search(between):
        return False
    begun = last.text.rstrip()[-1:] in ",—–-" or between.lstrip()[:1] in ",—–"
    return begun and between.rstrip()[-1:] in ",—–:"


def _parts(text: str) -> Iterator[_Part]:
    at = 0
    while at < len(text):
        end = _end(text, at) if text[at] in _CLOSERS and _opens(text, at) else None
        if end is None:
            at += 1
            continue
        yield _Part(text[at + 1 : end], at + 1, end, end == len(text))
        # What was never closed may end where another one opens.
        at = end + (text[end : end + 1] != text[at] or not _opens(text, end))


def _opens(text: str, at: int) -> bool:
    mark, following = text[at], text[at + 1 : at + 2]
    if not following or (following.isspace() and mark != "«"):
        return False
    before = text[at - 1 : at] if at else " "
    begins = following.isalnum() or following in _CLOSERS or following in _AFTER
    return mark in _ONE_SIDED or (begins and (before.isspace() or before in _BEFORE or before in _CLOSERS))


def _end(text: str, start: int) -> int | None:
    """Return where the quotation that opens at `start` ends; None if it is none.

    If nothing closes it, that is where another one opens, or the end of the text.
    """
    mark = text[start]
    if mark in _SINGLE:
        return _end_of_single(text, start)
    depth, inner = 1, min(len(text), start + LONGEST)
    for at in range(start + 1, inner):
        # Where one mark both opens and closes, its neighbours tell.
        if text[at] == mark and _opens(text, at):
            depth += 1
            inner = min(inner, at)
            if depth > _OTHERS:
                break
        elif text[at] in _CLOSERS[mark]:
            depth -= 1
            if not depth:
                return at
    return inner


def _end_of_single(text: str, start: int) -> int | None:
    """Return where a quotation in single marks ends; None if the mark is an apostrophe or an ʻokina."""
    closers, others = _CLOSERS[text[start]], 0
    for at in range(start + 1, min(len(text), start + _LONGEST_SINGLE)):
        others += text[at] == text[start] and _opens(text, at)
        if others > _OTHERS:
            break
        before, following = text[at - 1], text[at + 1 : at + 2]
        if text[at] not in closers or following.isalnum() or before.isspace():
            continue
        # *the dogs’ bones*: after an s it is a possessive, unless punctuation is beside it.
        if before != "s" or not following or following in ",.;:!?)—–":
            return at if len(text[start:at].split()) >= _FEWEST else None
    return None
