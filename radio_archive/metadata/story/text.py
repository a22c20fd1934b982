"""Read a published story from lines pasted from a web page, with the player above and the links below."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from radio_archive.metadata.people import is_name
from radio_archive.metadata.story.lines import (
    LONGEST_LINE,
    byline,
    byline_authors,
    copyright_holder,
    credited_caption,
    ends_sentence,
    ends_story,
    is_broadcaster,
    is_credit,
    is_file_photo,
    is_kicker,
    is_long_sentence,
    is_noise,
    is_paragraph,
    publication_date,
    signature,
    split_headline,
    word_count,
)
from radio_archive.models import clean_text
from radio_archive.text.spelling import fold

LONGEST_TEXT = 400_000
"""Characters of text that are read; a 90-second story has two thousand."""
MOST_LINES = 5_000
PARAGRAPH = "\n\n"
ABOVE = "above the headline"
PEOPLE = ", "
"""Between the reporters of a story."""

_TOO_SHORT = 2
"""Words; a line of this length or less is not a headline."""
_FAR = 4
"""Lines between a headline and the byline below it, at most."""
_LONGEST_CAPTION = 60
"""Words; a longer paragraph above a credit belongs to the story."""
_BULLET = re.compile(r"^[•▪‣◦●]\s*")
# Markup of pages that were copied as Markdown, or that came in a mail.
_MARKED = (
    (re.compile(r"^(?:>\s?)+"), ""),
    (re.compile(r"^(?:#{1,6}|[-*+])\s+"), ""),
    (re.compile(r"!\[[^\[\]]{0,1000}\]\([^()\s]{0,2000}\)"), ""),
    (re.compile(r"\[([^\[\]]{1,1000})\]\([^()\s]{0,2000}\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)([^*_]{1,2000})\1"), r"\2"),
    (re.compile(r"(?<!\w)([*_])(?=\S)([^*_]{1,2000})\1(?!\w)"), r"\2"),
)
_MAIL = re.compile(
    r"(?i)(on .{5,120} wrote:|am .{5,120} schrieb.{0,80}:|-+ ?(original|forwarded) message ?-+|begin forwarded message:"
    r"|(from|to|cc|sent|date|subject|reply-to|von|an|gesendet|datum|betreff): .*)"
)
_ONE_MORE_SENTENCE = re.compile(r"\w{2}[.!?…] (?![a-z])\w")
_MOST_OF_BIOGRAPHY = 5
"""Paragraphs at the end of a story that may be the reporter's biography."""
_ROLE = re.compile(
    r"(?i)\b(reporter|correspondent|host|co-host|anchor|producer|editor|(news|program|managing) director|journalist|"
    r"presenter|newscaster|columnist|writer|author|intern|fellow|freelancer|announcer|broadcaster)\b"
)
_ROLE_FIRST = re.compile(
    r"(?i)^(the|our|this) (writer|author|reporter|correspondent|columnist|essayist|commentator)\b.* (is|was|has)\b"
)
_HOSTS = re.compile(
    r"(?i)^[^.!?]{3,60} (?:(?:is|was|has been) (?:\w+ )?(?:co-?)?(?:host|anchor|presenter|announcer)"
    r"|(?:co-?)?hosts|anchors|presents)\b"
)
"""A biography of somebody who introduces what others report."""
_SPOKEN = re.compile(r"[“”\"«»„]|\b(said|says|told)\b")
_COVERS = re.compile(r"[^.!?]{3,60} reports (?:on|for|from|about) ")
_FIRST_PERSON = re.compile(r"\bI['’]m\b|\bI am\b")
_GOES_ON = frozenset(
    "he she they his her their follow contact email reach before prior since when originally born".split()
)
_PRONOUNS = frozenset({"he", "she", "they", "his", "her", "their"})
_EARLY = 8
"""Words at the start of a paragraph among which a biography that goes on names its person."""
_WRAPPED_SHORTEST, _WRAPPED_LONGEST = 45, 110


class SourcedValue(NamedTuple):
    """A value, where it was found, and its confidence (0 to 1)."""

    value: str
    place: str
    confidence: float


@dataclass(slots=True)
class StoryParts:
    """The parts of a story, each with its most confident value."""

    found: dict[str, SourcedValue] = field(default_factory=dict)
    body: tuple[str, ...] = ()
    headlines: list[SourcedValue] = field(default_factory=list)
    """Candidates as written, with show and station; the chosen one is in `found`."""
    lines: tuple[str, ...] = ()
    """All that can be read, as lines: the body too, but also what was not recognised."""

    def offer(self, name: str, value: str | None, place: str, confidence: float, longest: int = 1000) -> None:
        """Keep a value unless a more confident one is there; ignore one longer than `longest` characters."""
        there = self.found.get(name)
        if not value or len(value) > longest or (there and there.confidence >= confidence):
            return
        paragraphs = [clean_text(paragraph) for paragraph in value.split(PARAGRAPH)]
        text = PARAGRAPH.join(paragraph for paragraph in paragraphs if paragraph)
        if text:
            self.found[name] = SourcedValue(text, clean_text(place), confidence)

    def offer_people(self, names: Sequence[str], place: str, confidence: float) -> None:
        """Offer the reporters."""
        self.offer("reporter", PEOPLE.join(dict.fromkeys(names)), place, confidence)

    def value(self, name: str) -> str | None:
        return self.found[name].value if name in self.found else None

    @property
    def reporters(self) -> list[str]:
        return reporters_of(self.value("reporter"))

    @property
    def stations(self) -> set[str]:
        station = self.value("station")
        return {fold(station)} if station else set()


def reporters_of(written: str | None) -> list[str]:
    """Return the names in `Story.reporter`."""
    return written.split(PEOPLE) if written else []


def read_text(text: str) -> StoryParts:
    """Return the parts of a story pasted as plain text."""
    lines = (clean_text(line) for line in text[:LONGEST_TEXT].splitlines()[:MOST_LINES])
    return read_lines(unwrap_lines([line for line in map(_unmarked, lines) if not _MAIL.fullmatch(line)]))


def _unmarked(line: str) -> str:
    """A line without bullets, and without the marks of Markdown and of quoted mail."""
    if len(line) <= LONGEST_LINE:
        for pattern, kept in _MARKED:
            line = pattern.sub(kept, line)
    return _BULLET.sub("", line).strip()


def read_lines(lines: Sequence[str], headline: str | None = None) -> StoryParts:
    """Return the parts of a story from the lines of a page; `headline` is the line known to be the headline."""
    lines = [line for line in lines if line and len(line) <= LONGEST_LINE]
    parts = StoryParts(lines=tuple(lines))
    holders = [holder for holder in map(copyright_holder, lines) if holder]
    station = next(filter(is_broadcaster, holders), None)
    # Who built the page, or owns the pictures, has such a line too.
    parts.offer("station", station or next(iter(holders), None), "copyright line", 0.8 if station else 0.35)
    lines = [line for line in lines if copyright_holder(line) is None]
    place = lines.index(headline) if headline in lines else _find_headline(_until_end(lines, 2), parts.stations)
    top, below = (lines[:place], lines[place + 1 :]) if place is not None else ([], lines)
    _read_byline(top[-3:], parts)
    if top and is_kicker(top[-1]) and fold(top[-1]) not in parts.stations:
        parts.offer("show", top[-1], ABOVE, 0.35)
    read_after_headline(below, parts)
    if place is not None:
        parts.headlines.append(SourcedValue(lines[place], "headline", 0.7))
        offer_headline(parts, parts.headlines, short_lines(lines, lines[place]))
    return parts


def offer_headline(parts: StoryParts, headlines: Sequence[SourcedValue], support: set[str]) -> None:
    """Offer the most confident of `headlines` without the show before its colon, and the show."""
    show = parts.value("show")
    known = {fold(show)} if show else set()
    for text, place, confidence in sorted(headlines, key=lambda found: -found.confidence):
        split = split_headline(text, known, support)
        parts.offer("headline", split.text, place, confidence)
        parts.offer("show", split.show, f"{place} before the colon", split.confidence)


def read_after_headline(lines: Sequence[str], parts: StoryParts) -> None:
    """Read the lines below a headline: byline, date, picture, body, biography."""
    lines, pictures = _extract_pictures(_until_end([line for line in lines if line]))
    if pictures:
        parts.offer("caption", pictures[0].caption, "caption", 0.8, 5000)
        parts.offer("picture_credit", pictures[0].credit, "picture credit", 0.8)
    opening = next((place for place, line in enumerate(lines) if is_long_sentence(line)), len(lines))
    _read_byline(lines[:opening], parts)
    date = next(filter(None, map(publication_date, lines)), None)
    parts.offer("date", date, "publication line", 0.75)
    kept = [line for place, line in enumerate(lines) if _is_told(line, parts, before=place < opening)]
    body, biography, name = split_biography(kept, parts.reporters, parts.value("station"))
    parts.body = tuple(body)
    parts.offer("biography", PARAGRAPH.join(biography), "end of the story", 0.7, 5000)
    if not any(map(_HOSTS.match, biography)):
        parts.offer("reporter", name, "biography", 0.7)
    _read_signatures(lines[:opening], lines[max(opening + 1, len(lines) - 2) :], parts)


def _read_signatures(above: Sequence[str], below: Sequence[str], parts: StoryParts) -> None:
    """Read who signs under a story, or above it without `By`: a guess, which a roster has to confirm."""
    parts.offer_people(next(filter(None, map(byline_authors, below)), []), "end of the story", 0.7)
    for line in (*above, *below[-1:]):
        told = set(fold(" ".join(paragraph for paragraph in parts.body if paragraph != line)).split())
        covers = leading_name(line) if _COVERS.match(line) else None
        name = signature(line) or covers
        # What the story speaks of too is a subtitle, or somebody whom it is about.
        if name and told.isdisjoint(fold(name).split()):
            parts.offer_people([name], "a line of its own", 0.3)


def _is_told(line: str, parts: StoryParts, *, before: bool) -> bool:
    """Whether a line is part of the story; `before` the first long sentence it may be a byline."""
    if is_noise(line) or publication_date(line) or copyright_holder(line) or is_credit(line):
        return False
    return is_paragraph(line) and not (before and byline(line, parts.stations))


def _read_byline(lines: Sequence[str], parts: StoryParts) -> None:
    # Pages with a line for each name end all but the last with a comma.
    joined = (f"{line} {after}" if line.endswith((",", " and")) else line for line, after in pairwise((*lines, "")))
    found = next(filter(None, (byline(line, parts.stations) for line in joined)), None)
    if found:
        parts.offer_people(found.reporters, "byline", 0.85)
        # It may as well be a job or a section: `Malia Santos | Staff Writer`.
        parts.offer("show", found.show, "byline", 0.35)
        parts.offer("station", found.station, "byline", 0.7)


def unwrap_lines(lines: Sequence[str]) -> list[str]:
    """Return `lines` with those joined that were wrapped at the width of a mail or a terminal."""
    if max(map(len, lines), default=0) > _WRAPPED_LONGEST:
        return list(lines)
    full = [len(line) >= _WRAPPED_SHORTEST for line in lines]
    broken = sum(
        here and following != "" and not ends_sentence(line) and not following[0].isupper()
        for here, line, following in zip(full, lines, lines[1:], strict=False)
    )
    if broken < 2:
        return list(lines)
    joined: list[str] = []
    open_before = False
    for here, line in zip(full, lines, strict=True):
        if open_before and line:
            joined[-1] += f" {line}"
        else:
            joined.append(line)
        open_before = here
    return joined


def _find_headline(lines: Sequence[str], stations: set[str]) -> int | None:
    """The index of the headline: just above the byline or date, or else above the first sentence below one."""
    signed = (place for place, line in enumerate(lines) if byline(line, stations) or publication_date(line))
    below = next(signed, None)
    if below is not None:
        best = _best_headline(lines, range(max(0, below - _FAR), below), stations)
        if best is not None:
            return best
    start = 0
    openings = [place for place, line in enumerate(lines) if is_long_sentence(line)]
    # A banner above the story may ask for donations; it is at most one sentence.
    for end in [*openings, len(lines)][:2]:
        best = _best_headline(lines, range(start, end), stations)
        if best is not None:
            return best
        start = end + 1
    return None


def _best_headline(lines: Sequence[str], places: Iterable[int], stations: set[str]) -> int | None:
    """The longest possible headline; of several long ones the first, as a subtitle may follow it."""
    best, best_size = None, _TOO_SHORT
    for place in places:
        line, usable = lines[place], not (is_noise(lines[place]) or is_long_sentence(lines[place]))
        if not usable or byline(line, stations) or publication_date(line) or is_credit(line) or fold(line) in stations:
            continue
        if len(_ONE_MORE_SENTENCE.findall(line)) < 2 and min(word_count(line), 7) > best_size:
            best, best_size = place, min(word_count(line), 7)
    return best


def short_lines(lines: Sequence[str], headline: str | None) -> set[str]:
    """Return the short lines of a page, folded; a link to the show is one of them."""
    return {fold(line) for line in lines if line != headline and word_count(line) <= 6 and len(line) <= 60}


def _until_end(lines: Sequence[str], sentences: int = 1) -> Sequence[str]:
    """`lines` up to the start of other stories; before that many long `sentences` such words are menus."""
    read = 0
    for place, line in enumerate(lines):
        if read >= sentences and ends_story(line):
            return lines[:place]
        read += is_long_sentence(line)
    return lines


class _Picture(NamedTuple):
    caption: str
    credit: str | None
    lines: int
    """How many lines caption and credit take."""


def _extract_pictures(lines: Sequence[str]) -> tuple[list[str], list[_Picture]]:
    """The lines without captions and credits, and the pictures."""
    rest: list[str] = []
    pictures: list[_Picture] = []
    place = 0
    while place < len(lines):
        picture = _picture_at(lines[place : place + 8])
        if picture:
            pictures.append(picture)
        else:
            rest.append(lines[place])
        place += picture.lines if picture else 1
    return rest, pictures


def _picture_at(lines: Sequence[str]) -> _Picture | None:
    """The picture whose caption is the first of `lines`, if it is one."""
    caption, after = lines[0], lines[1:]
    if word_count(caption) < 3 or is_noise(caption) or publication_date(caption):
        return None
    if caption in after and not any(map(is_long_sentence, after[: after.index(caption)])):
        between = after.index(caption)
        return _Picture(caption, _joined(after[:between]), between + 2)
    if len(after) > 2 and after[1] == "/" and max(word_count(after[0]), word_count(after[2])) <= 12:
        return _Picture(caption, _joined(after[:3]), 4)
    if after and is_credit(after[0]) and not is_credit(caption) and word_count(caption) <= _LONGEST_CAPTION:
        return _Picture(caption, after[0], 2)
    parted = credited_caption(caption)
    if parted:
        return _Picture(*parted, 1)
    return _Picture(caption, None, 1) if is_file_photo(caption) else None


def _joined(lines: Sequence[str]) -> str | None:
    """A credit that a page breaks into several lines, joined with slashes."""
    named = list(dict.fromkeys(line.strip(" /|") for line in lines))
    return " / ".join(filter(None, named)) or None


def split_caption(lines: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the caption and credit in the lines of a figure."""
    picture = _picture_at(lines) if lines else None
    if picture:
        return picture.caption, picture.credit
    return (lines[0], _joined(lines[1:])) if lines else (None, None)


def split_biography(
    paragraphs: Sequence[str], reporters: Sequence[str], station: str | None
) -> tuple[list[str], list[str], str | None]:
    """Return the story, the biography at its end, and the name that the biography starts with."""
    for place in range(max(1, len(paragraphs) - _MOST_OF_BIOGRAPHY), len(paragraphs)):
        before, here = paragraphs[:place], paragraphs[place]
        name = leading_name(here)
        if _introduces(here, before, name, reporters, station):
            biography = [here]
            for paragraph in paragraphs[place + 1 :]:
                if not _goes_on(paragraph, [name, *reporters] if name else reporters):
                    break
                biography.append(paragraph)
            return list(before), biography, name
    return list(paragraphs), [], None


def _introduces(
    here: str, before: Sequence[str], name: str | None, reporters: Sequence[str], station: str | None
) -> bool:
    """Whether a paragraph starts a biography: it says who the reporter is and quotes nobody."""
    folded = f" {fold(here)} "
    for reporter in reporters:
        if folded.startswith(f" {fold(reporter)} "):
            return here[len(reporter) : len(reporter) + 1] != ":"
        if f" {fold(reporter)} " in folded:
            return not _FIRST_PERSON.search(here) and not any(f" {fold(reporter)} " in f" {fold(p)} " for p in before)
    if _SPOKEN.search(here):
        return False
    at_station = bool(station) and f" {fold(station or '')} " in folded
    if name is None:
        return bool(_ROLE_FIRST.match(here)) and (at_station or word_count(here) <= 40)
    # A person whom the story quotes was named before; a person in a biography was not.
    surname = fold(name.split()[-1])
    if reporters or any(f" {surname} " in f" {fold(paragraph)} " for paragraph in before):
        return False
    return at_station or (station is None and bool(_ROLE.search(here)))


def leading_name(paragraph: str) -> str | None:
    """Return the person's name at the start of a paragraph: `Bill Dorman has been the news director at …`."""
    words = paragraph.split()[:7]
    for length in range(min(5, len(words) - 1), 1, -1):
        name, following = " ".join(words[:length]), words[length]
        if is_name(name.rstrip(",")) and not any(word.endswith(",") for word in words[: length - 1]):
            return name.rstrip(",") if following[:1].islower() else None
    return None


def _goes_on(paragraph: str, names: Sequence[str]) -> bool:
    """Whether a later paragraph still belongs to the biography."""
    words = fold(paragraph).split()[:_EARLY]
    known = _PRONOUNS.union(*(fold(name).split() for name in names))
    return not _GOES_ON.isdisjoint(words[:1]) or not known.isdisjoint(words)
