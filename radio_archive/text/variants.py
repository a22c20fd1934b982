"""Other spellings of a text, stored beside it in the index.

They let any full-text search, even in other software, find *Hawaiʻi* for *Hawaii* and the other way round. The plain
form of a word follows from the word; its form with ʻokina must be known, from a list or from texts in the archive.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from radio_archive.text.numbers import number_forms
from radio_archive.text.words import HYPHENS, Group, groups

AROUND = 4
"""Words kept on either side of a word in another spelling, so that phrases around it are found too."""
AROUND_COMPOUND = 2
"""The same for a compound without its hyphens."""
MOST_NUMBERS = 24
"""Number forms of one text, at most: a text of only numbers must not flood the index."""
SMALL = frozenset(
    "one two three four five six seven eight nine first second third fourth fifth sixth seventh eighth ninth "
    "1 2 3 4 5 6 7 8 9 1st 2nd 3rd 4th 5th 6th 7th 8th 9th".split()
)
"""Numbers in a tenth of all sentences; alone, they get no other form in the index."""
BREAK = "ǀ"
"""Separates passages, so that no phrase matches across two of them. A letter (U+01C0) that looks like a bar."""
LONGEST = 40
"""Letters of a word whose form is learned, at most."""
_LETTERS = re.compile("[a-z]+")
_ASCII_MARK = re.compile("['`-]")
_WORDS = re.compile(r"[^\W_]+")
_YEAR = re.compile(r"(?:1 [1-9]|2 0)\d\d")
"""A year with a comma, which is never written: `2,024`."""
_SINGULAR = frozenset({"dollar", "pound", "euro"})


@dataclass(frozen=True, slots=True)
class Form:
    """A plain word (`hawaii`) and the tokens of its written form (`hawai i`)."""

    plain: str
    written: str
    hyphen: bool = False


def seed() -> frozenset[Form]:
    """Return the built-in forms of Hawaiian words, and of some Samoan and Tongan ones."""
    # Needed once in an archive's life, and slow to import.
    from importlib.resources import files

    text = files("radio_archive.text").joinpath("hawaiian.txt").read_text(encoding="utf-8")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return frozenset(form for line in lines for form in forms_in(line))


def forms_in(text: str) -> Iterator[Form]:
    """Yield the forms of words in `text` that are not written in plain letters."""
    if _is_plain(text):
        return
    for hyphen in (False, True):
        for group in groups(text, hyphens=hyphen):
            closed = any(text[piece.end : piece.end + 1] in HYPHENS for piece in group.pieces[:-1])
            if hyphen == closed and _teaches(group):
                yield Form(group.key, group.written, hyphen)


def _is_plain(text: str) -> bool:
    """Whether no word of `text` can have another spelling by rule."""
    return text.isascii() and not _ASCII_MARK.search(text)


def _teaches(group: Group) -> bool:
    key, written = group.key, group.written
    if key == written or not 3 <= len(key) <= LONGEST or not key.isalpha():
        return False
    # Letter variants, such as full-width ones, are not another spelling.
    return unicodedata.normalize("NFKC", written) == written


def variants(text: str, known: Mapping[str, Sequence[str]]) -> str | None:
    """Return the other spellings of `text` for the index; None if there are none.

    `known` maps a plain word to the tokens of its other written forms.
    """
    stretches: dict[str, None] = {}
    if not _is_plain(text) or not known.keys().isdisjoint(_LETTERS.findall(text.lower())):
        for changed, around in _lines(text, list(groups(text)), known):
            for stretch in _stretches(*changed, around):
                stretches.setdefault(stretch)
    stretches |= dict.fromkeys(_numbers(text))
    return f" {BREAK} ".join(stretches) or None


def _numbers(text: str) -> list[str]:
    """Return the other forms of the numbers in `text`, without those contained in another form or of little use.

    Words around a number are left out: they would help only phrase searches in other software, as our own search looks
    for all forms of a number. For the same reason only the new words are kept of *two thousand and five* beside *two
    thousand five*, and of *eight million dollar* beside *8 million dollar*.
    """
    forms = number_forms(text, around=0)[:MOST_NUMBERS]
    if not forms:
        return []
    inside = [f" {form} " for form in forms]
    known = set(_WORDS.findall(text.casefold()))
    kept: list[str] = []
    for form in forms:
        words = form.split()
        if form in SMALL or _YEAR.fullmatch(form) or sum(f" {form} " in other for other in inside) > 1:
            continue
        without = form.replace(" and ", " ")
        if without != form and without in kept:
            if "and" not in known:
                kept[kept.index(without)] = f"{without} and"
        elif not (words[-1] in _SINGULAR and words[-1] in known):
            kept.append(form)
        known.update(words)
    return kept


def _lines(
    text: str, words: Sequence[Group], known: Mapping[str, Sequence[str]]
) -> Iterator[tuple[tuple[list[str], set[int]], int]]:
    """Yield the words of the text in other spellings, with the positions of changed words and the words to keep around
    them."""
    written = [word.written for word in words]
    keys = [word.key for word in words]
    yield _changed(written, dict(enumerate(keys))), AROUND
    others = [[form for form in known.get(key, ()) if form != here] for key, here in zip(keys, written, strict=True)]
    for turn in range(max(map(len, others), default=0)):
        yield _changed(written, {i: forms[turn] for i, forms in enumerate(others) if turn < len(forms)}), AROUND
    compounds = list(groups(text, hyphens=True))
    if len(compounds) != len(words):
        apart = set(words)
        closed = {i for i, word in enumerate(compounds) if word not in apart}
        yield ([word.key if i in closed else word.written for i, word in enumerate(compounds)], closed), AROUND_COMPOUND


def _changed(written: Sequence[str], others: Mapping[int, str]) -> tuple[list[str], set[int]]:
    changed = {i for i, other in others.items() if other != written[i]}
    return [others[i] if i in changed else word for i, word in enumerate(written)], changed


def _stretches(words: Sequence[str], changed: set[int], around: int) -> Iterator[str]:
    """Yield the changed words with the words around them; overlapping passages are joined."""
    held: list[int] = []
    for index in sorted(changed):
        near = range(max(0, index - around), min(len(words), index + around + 1))
        if held and near.start > held[-1]:
            yield " ".join(words[i] for i in held)
            held = []
        held += [i for i in near if not held or i > held[-1]]
    if held:
        yield " ".join(words[i] for i in held)
