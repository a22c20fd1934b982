"""Mark the matches of a query in a text, across different spellings."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from radio_archive.text.abbreviations import COUNTRY, is_country
from radio_archive.text.forms import TextPattern, other_forms, without_possessive
from radio_archive.text.numbers import is_number, names_unit, number_forms, without_unit
from radio_archive.text.query_tree import Aired, AllOf, AnyOf, Near, Node, Term, Without
from radio_archive.text.scripts import has_marked
from radio_archive.text.words import Key, bare, groups, is_simple, levels

MARK_START, MARK_END = "\x02", "\x03"
"""The characters around a match in marked text; stored text has no control characters."""
EXTRACT = 300
"""Characters of a long text shown around its matches."""
ELLIPSIS = "…"
CURRENCIES = "$£€¥"
SIGNS = f"%{CURRENCIES}"

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """Consecutive keys of a text at one of its levels. `prefix`: the last key is only the start of a word.

    `sign`: a `%` or currency sign, which has no key, must stand next to them.
    """

    level: int
    keys: tuple[str, ...]
    prefix: bool
    sign: bool = False


@dataclass(frozen=True, slots=True)
class TermSpellings:
    """The spellings of a term: phrases for the index, and patterns for texts.

    `forms` are other forms of it, such as stems and abbreviations, and `beginnings` those whose last word may go on.
    """

    phrases: tuple[str, ...]
    patterns: tuple[KeyPattern, ...]
    forms: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    others: tuple[TextPattern, ...] = ()


@lru_cache(maxsize=4096)
def term_spellings(term: Term) -> TermSpellings:
    """Return the spellings of a term: as typed, in plain letters, without hyphens, and with other forms of numbers.

    A possessive is its word, too. `forms` are what `text.forms` knows beside.
    """
    country = is_country(term.text) and not term.prefix
    # The token `us` is nearly always the pronoun.
    own = TermSpellings(COUNTRY, _whole(COUNTRY)) if country else _spelled(term)
    base = None if term.exact or term.prefix else without_possessive(term.text)
    word = _spelled(Term(base)) if base else TermSpellings((), ())
    if not own.phrases:
        return own
    other = other_forms(replace(term, text=base) if base else term)
    phrases = _distinct(dict.fromkeys((*own.phrases, *word.phrases)))
    known = {phrase.casefold() for phrase in phrases}
    forms = tuple(form for form in (*other.words, *other.stems) if form not in known)
    # Keys are too plain for Cyrillic: й is no и with a mark.
    keys = () if has_marked(term.text) else (*own.patterns, *word.patterns, *_whole(other.words))
    return TermSpellings(phrases, tuple(dict.fromkeys(keys)), forms, other.beginnings, other.patterns)


def _whole(phrases: Iterable[str]) -> tuple[KeyPattern, ...]:
    return tuple(KeyPattern(0, tuple(key.text for key in levels(phrase)[0]), False) for phrase in phrases)


def _spelled(term: Term) -> TermSpellings:
    text = "".join(" " if c == '"' or not c.isprintable() else c for c in term.text)
    phrases: dict[str, None] = {}
    patterns: dict[KeyPattern, None] = {}
    # The forms keep the whole term around its numbers: `twenty-five` alone is no match for `25 boats`.
    forms = number_forms(text, len(text))
    # Look for `12 percent`, not `12`: the index of a text with `12%` also holds `12 percent`.
    of_something = is_number(text) and any(map(names_unit, forms))
    for number in forms:
        if names_unit(number) or not of_something:
            phrases.setdefault(number)
            for level, keys in enumerate(levels(number)):
                patterns.setdefault(KeyPattern(level, _keys(keys), term.prefix))
    for amount in (*forms, text) if of_something else ():
        for level, keys in enumerate(levels(without_unit(amount))):
            patterns.setdefault(KeyPattern(level, _keys(keys), term.prefix, sign=True))
    # The index drops "%" and "$", so their words are more exact than the number alone.
    bare = of_something and bool(phrases) and any(sign in text for sign in SIGNS)
    for level, keys in enumerate(levels(text)):
        if keys:
            patterns.setdefault(KeyPattern(level, _keys(keys), term.prefix, sign=bare))
            if level and not bare:
                phrases.setdefault(" ".join(_keys(keys)))
    if patterns and not bare:
        phrases = {text.strip(): None, **phrases}
    return TermSpellings(_distinct(phrases), tuple(patterns))


def terms(node: Node | None) -> Iterator[Term]:
    """Yield the terms of a query, from left to right."""
    match node:
        case Term():
            yield node
        case Near(parts):
            yield from parts
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from terms(part)
        case Without(wanted):
            yield from terms(wanted)
        case Aired():
            yield from node.words


class _PatternIndex:
    """The patterns of numbered terms, indexed to find them among the keys of a text."""

    def __init__(self) -> None:
        self._by_first: dict[str, list[tuple[int, KeyPattern]]] = {}
        self._beginnings: list[tuple[int, KeyPattern]] = []
        self._every: list[tuple[int, KeyPattern]] = []

    def add(self, number: int, pattern: KeyPattern) -> None:
        first, *others = pattern.keys
        self._every.append((number, pattern))
        if pattern.prefix and not others:
            self._beginnings.append((number, pattern))
        else:
            self._by_first.setdefault(first, []).append((number, pattern))

    def found(self, text: str, keys: Sequence[Key]) -> Iterator[tuple[Span, int]]:
        for at, key in enumerate(keys):
            for number, pattern in self._by_first.get(key.text, ()):
                if _matches(keys, at, pattern):
                    span = (key.start, keys[at + len(pattern.keys) - 1].end)
                    if not pattern.sign or _has_sign(text, span):
                        yield span, number
            for number, pattern in self._beginnings:
                span = (key.start, key.end)
                if key.text.startswith(pattern.keys[0]) and (not pattern.sign or _has_sign(text, span)):
                    yield span, number

    def found_in_simple(self, letters: str) -> Iterator[tuple[Span, int]]:
        """Yield the same for a simple text, which most English texts are; ten times as fast."""
        for number, pattern in self._every:
            if pattern.keys[0] in letters:
                for match in _in_simple(pattern).finditer(letters):
                    span = (match.start(), match.end(1))
                    if not pattern.sign or _has_sign(letters, span):
                        yield span, number


class Marker:
    """Marks the matches of a query in texts."""

    def __init__(self, wanted: Iterable[Term]) -> None:
        """Prepare to mark terms; `terms()` returns those of a query."""
        self._levels = [_PatternIndex() for _ in range(3)]
        self._all = _PatternIndex()
        """The patterns of all levels, for a text whose levels are the same."""
        self._firsts: set[str] = set()
        self._others: list[tuple[int, TextPattern]] = []
        self._known: dict[str, tuple[list[Span], int]] = {}
        for number, term in enumerate(dict.fromkeys(wanted)):
            for pattern in term_spellings(term).patterns:
                self._firsts.add(pattern.keys[0])
                self._levels[pattern.level].add(number, pattern)
            for pattern in dict.fromkeys(replace(pattern, level=0) for pattern in term_spellings(term).patterns):
                self._all.add(number, pattern)
            self._others += [(number, pattern) for pattern in term_spellings(term).others]

    def spans(self, text: str) -> list[Span]:
        """Return the places of the matches, in order and without overlap."""
        return self._look(text)[0]

    def places(self, text: str) -> list[Span]:
        """Return the same as `spans` without caching it, for very many texts that are each read once."""
        return _merged(span for span, _ in self._found(text))

    def strength(self, text: str) -> int:
        """Return how many of the terms `text` contains."""
        return self._look(text)[1]

    def mark(self, text: str) -> str:
        """Return `text` with every match between MARK_START and MARK_END."""
        return _marked(text, self.spans(text))

    def extract(self, text: str) -> str:
        """Return the part of a long text with the most matches, marked."""
        spans = self.spans(text)
        if len(text) <= EXTRACT:
            return _marked(text, spans)
        starts = [start for start, _ in spans] or [0]
        first = max(starts, key=lambda start: sum(start <= other < start + EXTRACT * 2 // 3 for other in starts))
        begin = _edge(text, max(0, first - EXTRACT // 4))
        end = _edge(text, min(len(text), begin + EXTRACT))
        inside = [(max(start, begin) - begin, min(stop, end) - begin) for start, stop in spans if begin <= start < end]
        shown = _marked(text[begin:end], inside)
        return f"{ELLIPSIS if begin else ''}{shown.strip()}{ELLIPSIS if end < len(text) else ''}"

    def _look(self, text: str) -> tuple[list[Span], int]:
        """Return the spans, and how many terms they belong to."""
        if text not in self._known:
            found = list(self._found(text))
            self._known[text] = (_merged(span for span, _ in found), len({number for _, number in found}))
        return self._known[text]

    def _found(self, text: str) -> Iterator[tuple[Span, int]]:
        # A quick check first: most texts have no match.
        letters = bare(text)
        for number, other in self._others:
            if other.first in letters:
                for span in other.found(text):
                    yield span, number
        if not any(first in letters for first in self._firsts):
            return
        if is_simple(text):
            yield from self._all.found_in_simple(letters)
            return
        pieces, *others = levels(text)
        if all(keys is pieces for keys in others):
            yield from self._all.found(text, pieces)
        else:
            for patterns, keys in zip(self._levels, (pieces, *others), strict=True):
                yield from patterns.found(text, keys)


def unmarked(marked: str) -> str:
    """Return marked text without its marks."""
    return marked.replace(MARK_START, "").replace(MARK_END, "")


@lru_cache(maxsize=4096)
def _in_simple(pattern: KeyPattern) -> re.Pattern[str]:
    """Return a regex for a pattern in a simple lower-case text; a match reaches to the end of group 1."""
    first, *others = map(re.escape, pattern.keys)
    rest = "".join(rf"[\W_]+{key}" for key in others) + (r"[^\W_]*" if pattern.prefix else r"(?![^\W_])")
    # A regex that starts with letters is much faster.
    return re.compile(rf"{first}(?<![^\W_]{first})(?=({rest}))")


def _keys(found: Iterable[Key]) -> tuple[str, ...]:
    return tuple(key.text for key in found)


def _distinct(phrases: Mapping[str, None]) -> tuple[str, ...]:
    """The phrases without those that are the same to the index as an earlier one."""
    kept: dict[str, str] = {}
    for phrase in phrases:
        kept.setdefault(" ".join(word.written for word in groups(phrase)), phrase)
    return tuple(kept.values())


def _matches(keys: Sequence[Key], at: int, pattern: KeyPattern) -> bool:
    if at + len(pattern.keys) > len(keys):
        return False
    *whole, last = pattern.keys
    found = keys[at + len(whole)].text
    return all(keys[at + i].text == key for i, key in enumerate(whole)) and (
        found.startswith(last) if pattern.prefix else found == last
    )


def _has_sign(text: str, span: Span) -> bool:
    before, after = text[: span[0]].rstrip(" "), text[span[1] :].lstrip(" ")
    return before.endswith(tuple(CURRENCIES)) or after.startswith("%")


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _marked(text: str, spans: Iterable[Span]) -> str:
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], MARK_START, text[start:end], MARK_END]
        at = end
    return "".join([*parts, text[at:]])


def _edge(text: str, at: int) -> int:
    """Return the start of the word at `at`."""
    if at in {0, len(text)}:
        return at
    space = max(text.rfind(" ", 0, at), text.rfind("\n", 0, at))
    return space + 1 if at - space < EXTRACT // 4 else at
