"""Claims from the tags in an audio file, of whatever format."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from radio_archive.audio.container import SUFFIXES
from radio_archive.metadata.dates import WRITTEN, calendar_date, date_of
from radio_archive.metadata.people import each_person, is_station, looks_like_a_person
from radio_archive.metadata.resolve import GUESS
from radio_archive.metadata.tags.mojibake import readable
from radio_archive.metadata.tags.raw import AudioTag
from radio_archive.models import Claim, Field, Source
from radio_archive.text.languages import language_code
from radio_archive.text.spelling import fold

LONGEST = {Field.SUMMARY: 5000}
LONGEST_OTHER = 1000
MOST_PEOPLE = 20


class _Rule(NamedTuple):
    """Which field a frame is about, and how far it is trusted (0 to 1)."""

    field: Field
    confidence: float


_SHOW, _REPORTER, _ARTIST = _Rule(Field.SHOW, 0.95), _Rule(Field.REPORTER, 0.95), _Rule(Field.REPORTER, 0.6)
_TITLE, _ALBUM, _DATE = _Rule(Field.TITLE, 0.9), _Rule(Field.SHOW, 0.8), _Rule(Field.DATE, 0.8)
_LANGUAGE, _SUMMARY = _Rule(Field.LANGUAGE, 0.5), _Rule(Field.SUMMARY, 0.5)

_ID3 = {
    "TXXX:SHOW": _SHOW,
    "TXXX:REPORTER": _REPORTER,
    "TIT2": _TITLE,
    "TALB": _ALBUM,
    "TPE1": _ARTIST,
    "TDRL": _Rule(Field.DATE, 0.9),
    "TDRC": _DATE,
    "TLAN": _LANGUAGE,
    "COMM": _SUMMARY,
}
_VORBIS = {
    "SHOW": _SHOW,
    "REPORTER": _REPORTER,
    "TITLE": _TITLE,
    "ALBUM": _ALBUM,
    "ARTIST": _ARTIST,
    "DATE": _DATE,
    "LANGUAGE": _LANGUAGE,
    "DESCRIPTION": _SUMMARY,
    "COMMENT": _SUMMARY,
}
_MP4 = {
    "tvsh": _SHOW,
    "SHOW": _SHOW,
    "REPORTER": _REPORTER,
    "©nam": _TITLE,
    "©alb": _ALBUM,
    "©ART": _ARTIST,
    "©day": _DATE,
    "LANGUAGE": _LANGUAGE,
    "desc": _SUMMARY,
    "©cmt": _SUMMARY,
}

# The `bext` chunk of a broadcast wave, with the names of EBU Tech 3285. Its date may be that of the recording, long
# before it aired, and its originator need not be the reporter. Both count only if nothing else is known.
_BEXT = {
    "Description": _Rule(Field.SUMMARY, 0.4),
    "Originator": _Rule(Field.STATION, 0.5),
    "OriginationDate": _Rule(Field.DATE, GUESS - 0.05),
}
_INFO = {
    "INAM": _TITLE,
    "IPRD": _ALBUM,
    "IART": _ARTIST,
    "ICRD": _Rule(Field.DATE, 0.6),
    "ILNG": _LANGUAGE,
    "ISBJ": _SUMMARY,
    "ICMT": _SUMMARY,
}
# AES46. Its start date is the first day on air; the artist of a cart is who made it.
_CART = {"Title": _TITLE, "Artist": _ARTIST, "StartDate": _Rule(Field.DATE, 0.7)}
_RIVENDELL = {"title": _TITLE, "artist": _ARTIST, "album": _ALBUM, "startDatetime": _Rule(Field.DATE, 0.6)}
_ASF = {
    "SHOW": _SHOW,
    "REPORTER": _REPORTER,
    "Title": _TITLE,
    "WM/AlbumTitle": _ALBUM,
    "Author": _ARTIST,
    "WM/MediaOriginalBroadcastDateTime": _Rule(Field.DATE, 0.9),
    "WM/Year": _DATE,
    "WM/MediaStationName": _Rule(Field.STATION, 0.8),
    "WM/Language": _LANGUAGE,
    "Description": _SUMMARY,
}
_AIFF = {"NAME": _TITLE, "AUTH": _ARTIST, "ANNO": _Rule(Field.SUMMARY, 0.4)}
_APE = {
    "SHOW": _SHOW,
    "REPORTER": _REPORTER,
    "TITLE": _TITLE,
    "ALBUM": _ALBUM,
    "ARTIST": _ARTIST,
    "RECORD DATE": _DATE,
    "YEAR": _DATE,
    "LANGUAGE": _LANGUAGE,
    "COMMENT": _SUMMARY,
}
_MATROSKA = {
    **_VORBIS,
    "DATE_BROADCASTED": _Rule(Field.DATE, 0.9),
    "DATE_RELEASED": _DATE,
    "DATE_RECORDED": _Rule(Field.DATE, 0.5),
    "SUMMARY": _SUMMARY,
}
_RULES = {
    "ID3": _ID3,
    "ID3v1": _ID3,
    "APEv2": _APE,
    "Vorbis": _VORBIS,
    "MP4": _MP4,
    "INFO": _INFO,
    "bext": _BEXT,
    "cart": _CART,
    "rdxl": _RIVENDELL,
    "AIFF": _AIFF,
    "ASF": _ASF,
    "Matroska": _MATROSKA,
    "3GP": {"titl": _TITLE, "albm": _ALBUM, "perf": _ARTIST, "auth": _ARTIST, "dscp": _SUMMARY},
    # The language of a track in QuickTime is mostly the editor's.
    "QuickTime": {key: rule for key, rule in _VORBIS.items() if key != "LANGUAGE"},
}
_ORIGINATOR = _Rule(Field.REPORTER, GUESS - 0.05)

_JUNK = re.compile(
    r"(?i)(lame|lavf|lavc|libsndfile|encod(ed|er)|created (with|by)|processed (with|by)|ripped|converted (with|by)"
    r"|audacity|auphonic|exact audio copy|itun)|[0-9a-f ]{40,}$|[a-z]?(?-i:[A-Z]{3,})="
)

_FILLED_IN = re.compile(
    r"(unknown|unbekannte[rs]?|no|various) (album|artists?|title|show|interpret|titel)|unknown|(the )?podcasts?"
    r"|(new )?(recording|audio|track|voice|file|memo|session|untitled|sequence)( \d+)*|neue aufnahme( \d+)?"
    r"|(album|artist|title|author|n a|none|null|test)"
)
"""What programs fill in, folded."""
_NOT_WRITTEN = re.compile(r"^\S*[\d-]\S*$|_")
"""One word with digits or hyphens, or an underscore: nobody writes a title so."""
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")


def claims_from_tags(tags: Iterable[AudioTag], *, name: str = "") -> list[Claim]:
    """Return what the tags of an audio file called `name` claim.

    Not taken: a year alone as a date, a station as a reporter, an encoder's note about itself as a summary, what a
    program fills in where nobody did, the file's own name as a title.
    """
    kinds: dict[str, list[tuple[str, str]]] = {}
    for found in tags:
        kinds.setdefault(found.kind, []).extend(found.texts)
    return [one for kind, texts in kinds.items() for claim in _claims(kind, texts, name) for one in each_person(claim)]


def _claims(kind: str, found: Iterable[tuple[str, str]], name: str) -> list[Claim]:
    rules = _RULES[kind]
    gathered: dict[str, list[str]] = {key: [] for key in rules}
    for key, text in found:
        if key in gathered:
            gathered[key].append(text)
    texts = {key: usable for key, values in gathered.items() if (usable := _usable(values, rules[key], name))}
    claims = []
    for key, given in texts.items():
        rule = rules[key]
        if key == "Originator" and not is_station(given[0]):
            rule = _ORIGINATOR
        values = list(dict.fromkeys(value for text in given if (value := _value(rule, text, texts, rules))))
        for number, value in enumerate(values, 1):
            place = key if len(values) == 1 else f"{key} {number:02}"
            claims.append(Claim(rule.field, value, Source.TAGS, f"{kind} {key}", rule.confidence, place))
    return claims


def _usable(values: Iterable[str], rule: _Rule, name: str) -> list[str]:
    """Return the texts of a frame that can be values of the rule's field: of people several, else the first."""
    longest = LONGEST.get(rule.field, LONGEST_OTHER)
    usable: list[str] = []
    for value in values:
        # Cleaning megabytes takes minutes.
        text = readable(value) if len(value) <= 4 * longest else ""
        if text and len(text) <= longest and not _means_nothing(text, rule.field, name):
            usable.append(text)
            if rule.field != Field.REPORTER or len(usable) == MOST_PEOPLE:
                break
    return usable


def _means_nothing(text: str, field: Field, name: str) -> bool:
    """Whether a program wrote the text, not a person."""
    if field == Field.SUMMARY:
        return bool(_JUNK.match(text))
    if field in {Field.TITLE, Field.SHOW, Field.REPORTER} and _FILLED_IN.fullmatch(fold(text)):
        return True
    if field != Field.TITLE:
        return False
    is_file = PurePath(text).suffix.lower() in SUFFIXES
    # `Undersea cable.mp3` may be named after its title; `AM102224` is named after nothing else.
    return is_file or (text.casefold() == PurePath(name).stem.casefold() and bool(_NOT_WRITTEN.search(text)))


def _value(rule: _Rule, text: str, texts: Mapping[str, Sequence[str]], rules: Mapping[str, _Rule]) -> str | None:
    if rule.field == Field.DATE:
        return _date(text)
    if rule.field == Field.LANGUAGE:
        return language_code(text)
    if rule == _ORIGINATOR:
        return text if looks_like_a_person(text) else None
    if rule == _ARTIST:
        shows = {fold(show) for key, other in rules.items() if other.field == Field.SHOW for show in texts.get(key, ())}
        return None if fold(text) in shows or is_station(text) else text
    return text


def _date(text: str) -> str | None:
    match = WRITTEN.match(text.replace("/", "-"))
    if match:
        return date_of(match)
    if match := _YEAR_LAST.match(text):
        one, other, year = (int(match[group]) for group in (1, 3, 4))
        # Only where one of the two cannot be a month.
        if max(one, other) > 12:
            return calendar_date(year, min(one, other), max(one, other))
    return None
