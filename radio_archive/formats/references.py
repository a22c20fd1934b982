"""A clip in a list of references, in the styles of APA, MLA and Chicago.

As for a radio broadcast that is found online: APA's Publication Manual, 7th edition, 10.13; MLA Handbook, 9th edition,
5.31 and following; the Chicago Manual of Style, 17th edition, 14.267 (bibliography). Unknown parts are left out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from radio_archive.text.spelling import split_name
from radio_archive.text.times import MONTHS, clock

Kind = Literal["", "work", "url", "accessed"]

_SHORT_MONTHS = ("Jan.", "Feb.", "Mar.", "Apr.", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")
_INNER = str.maketrans({"“": "‘", "”": "’", '"': "'"})
_MOST_IN_APA = 20
_MOST_IN_CHICAGO = 10
_FIRST_IN_CHICAGO = 7


class Part(NamedTuple):
    """A piece of a reference. A `work`'s name stands in italics, `url` is the address with the sign before it, and
    `accessed` is empty: the place for the day on which the reader was there."""

    text: str
    kind: Kind = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a clip. `date` is ISO 8601, a year or a month at least; `place` names the site."""

    title: str
    url: str
    reporters: Sequence[str] = ()
    show: str | None = None
    station: str | None = None
    place: str | None = None
    date: str | None = None
    duration: float = 0.0
    """In seconds."""

    @property
    def publisher(self) -> str | None:
        """Who broadcast it, or else the site; not if the show is called the same."""
        found = self.station or self.place
        return None if found == self.show else found


class _Day(NamedTuple):
    year: str
    month: int | None = None
    day: int | None = None


def apa(facts: Facts) -> list[Part]:
    """Return the reference in APA style, 7th edition."""
    told = _day(facts.date)
    when = "n.d."
    if told:
        when = ", ".join(filter(None, (told.year, " ".join(filter(None, (_month(told), _number(told.day)))))))
    title = f"{facts.title.removesuffix('.')} [Radio broadcast]"
    names = [_initials(name) for name in facts.reporters[:_MOST_IN_APA]]
    role = f" (Reporter{'s' if len(names) > 1 else ''})."
    who = f"{_listed(names, ', & ')}{role}" if names else f"{title}."
    parts = [Part(f"{who} ({when}).")]
    parts += [Part(f" {title}.")] if names else []
    parts += [Part(" In "), Part(facts.show, "work"), Part(".")] if facts.show else []
    parts += [Part(f" {_ended(facts.publisher)}")] if facts.publisher else []
    return [*parts, Part(f" {facts.url}", "url")]


def mla(facts: Facts) -> list[Part]:
    """Return the reference in MLA style, 9th edition."""
    told = _day(facts.date)
    when = "" if told is None else " ".join(
        filter(None, (_number(told.day), _SHORT_MONTHS[told.month - 1] if told.month else "", told.year))
    )  # fmt: skip
    parts = [Part(f"{_ended(_inverted(facts.reporters, most=2))} ")] if facts.reporters else []
    parts.append(Part(f"“{_ended(facts.title.translate(_INNER))}” "))
    after = ", ".join(filter(None, (facts.publisher if facts.show else None, when)))
    container = facts.show or facts.publisher
    parts += [Part(container, "work")] if container else []
    parts += [Part(f"{', ' if container else ''}{after}")] if after else []
    return [*parts, Part(f"{', ' if container or after else ''}{facts.url}", "url"), Part("."), Part("", "accessed")]


def chicago(facts: Facts) -> list[Part]:
    """Return the reference in Chicago style, 17th edition, for a bibliography."""
    told = _day(facts.date)
    when = ""
    if told:
        month = " ".join(filter(None, (_month(told), _number(told.day))))
        when = f"{month}{', ' if told.day else ' ' if month else ''}{told.year}"
    parts = [Part(f"{_ended(_inverted(facts.reporters, most=_MOST_IN_CHICAGO))} ")] if facts.reporters else []
    parts.append(Part(f"“{_ended(facts.title.translate(_INNER))}” "))
    after = ", ".join(filter(None, (facts.publisher, when)))
    parts += [Part(facts.show, "work")] if facts.show else []
    parts += (
        [Part(f"{', ' if facts.show and after else ''}{_ended(after) if after else '.'} ")]
        if facts.show or after
        else []
    )
    parts.append(Part(f"Radio broadcast, {clock(facts.duration)}."))
    return [*parts, *([] if when else [Part("", "accessed")]), Part(f" {facts.url}", "url"), Part(".")]


STYLES: Mapping[str, Callable[[Facts], list[Part]]] = {"APA": apa, "MLA": mla, "Chicago": chicago}
"""The styles by their names."""


def plain(parts: Sequence[Part]) -> str:
    """Return a reference as text."""
    return "".join(part.text for part in parts).strip()


def _day(text: str | None) -> _Day | None:
    """Return the parts of a date that are known; of one that no calendar has, the year."""
    found = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", text or "", re.ASCII)
    if found is None:
        return None
    year, month, day = found[1], int(found[2] or 0), int(found[3] or 0)
    try:
        date(int(year), month or 1, day or 1)
    except ValueError:
        return _Day(year)
    return _Day(year, month or None, day or None)


def _month(told: _Day) -> str:
    return MONTHS[told.month - 1] if told.month else ""


def _number(day: int | None) -> str:
    return str(day) if day else ""


def _ended(text: str) -> str:
    """Return text with a full stop, unless it ends a sentence by itself."""
    return text if re.search(r"[.?!…][\"'”’]?$", text) else f"{text}."


def _listed(names: Sequence[str], last: str) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + last + names[-1]


def _initials(name: str) -> str:
    """Return `Kealoha, D.`: APA gives the first letters of given names, with the hyphens between them."""
    given, family, suffix = split_name(name)
    letters = " ".join("-".join(f"{_letter(part)}." for part in word.split("-") if part) for word in given.split())
    return ", ".join(filter(None, (family, letters, suffix)))


def _letter(word: str) -> str:
    """Return the first letter of a word, with an ʻokina before it."""
    return next((word[: at + 1] for at, character in enumerate(word) if character.isalpha() and character != "ʻ"), word)


def _inverted(names: Sequence[str], *, most: int) -> str:
    """Return names as MLA and Chicago list authors: only the first with the family name first."""
    given, family, suffix = split_name(names[0])
    first = ", ".join(filter(None, (family, given, suffix)))
    if len(names) > most:
        more = names[1:_FIRST_IN_CHICAGO] if most > _FIRST_IN_CHICAGO else []
        return ", ".join((first, *more, "et al."))
    return first if len(names) == 1 else _listed([first, *names[1:]], ", and ")
