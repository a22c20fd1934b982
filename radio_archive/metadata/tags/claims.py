"""Claims from the tags in an audio file: ID3, Vorbis comments, MP4, and the chunks of WAV files."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from radio_archive.metadata.dates import WRITTEN, date_of
from radio_archive.metadata.languages import language_code
from radio_archive.metadata.people import each_person, is_station, looks_like_a_person
from radio_archive.metadata.resolve import GUESS
from radio_archive.metadata.tags.mojibake import readable
from radio_archive.metadata.tags.raw import AudioTag
from radio_archive.models import Claim, Field, Source
from radio_archive.text.spelling import fold

LONGEST = {Field.SUMMARY: 5000}
LONGEST_OTHER = 1000
"""Characters; a longer value is ignored, as it is not what the frame is for."""


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
_RULES = {"ID3": _ID3, "ID3v1": _ID3, "Vorbis": _VORBIS, "MP4": _MP4, "INFO": _INFO, "bext": _BEXT}
_ORIGINATOR = _Rule(Field.REPORTER, GUESS - 0.05)

_JUNK = re.compile(
    r"(?i)(lame|lavf|lavc|libsndfile|encod(ed|er)|created (with|by)|processed (with|by)|ripped|converted (with|by)"
    r"|audacity|auphonic|exact audio copy|itun)|[0-9a-f ]{40,}$|[a-z]?(?-i:[A-Z]{3,})="
)


def claims_from_tags(tags: Iterable[AudioTag]) -> list[Claim]:
    """Return what the tags of an audio file claim.

    Not taken: a year alone as a date, a station as a reporter, an encoder's note about itself as a summary.
    """
    kinds: dict[str, list[tuple[str, str]]] = {}
    for found in tags:
        kinds.setdefault(found.kind, []).extend(found.texts)
    return [one for kind, texts in kinds.items() for claim in _claims(kind, texts) for one in each_person(claim)]


def _claims(kind: str, found: Iterable[tuple[str, str]]) -> list[Claim]:
    rules = _RULES[kind]
    gathered: dict[str, list[str]] = {key: [] for key in rules}
    for key, text in found:
        if key in gathered:
            gathered[key].append(text)
    texts = {key: text for key, values in gathered.items() if (text := _first(values, rules[key]))}
    claims = []
    for key, text in texts.items():
        rule = rules[key]
        if key == "Originator" and not is_station(text):
            rule = _ORIGINATOR
        value = _value(rule, text, texts, rules)
        if value:
            claims.append(Claim(rule.field, value, Source.TAGS, f"{kind} {key}", rule.confidence, key))
    return claims


def _first(values: Iterable[str], rule: _Rule) -> str:
    """Return the first text of a frame that can be a value of the rule's field; empty if none can."""
    longest = LONGEST.get(rule.field, LONGEST_OTHER)
    for value in values:
        # Cleaning megabytes takes minutes.
        text = readable(value) if len(value) <= 4 * longest else ""
        if text and len(text) <= longest and not (rule.field == Field.SUMMARY and _JUNK.match(text)):
            return text
    return ""


def _value(rule: _Rule, text: str, texts: Mapping[str, str], rules: Mapping[str, _Rule]) -> str | None:
    if rule.field == Field.DATE:
        match = WRITTEN.match(text)
        return date_of(match) if match else None
    if rule.field == Field.LANGUAGE:
        return language_code(text)
    if rule == _ORIGINATOR:
        return text if looks_like_a_person(text) else None
    if rule == _ARTIST:
        shows = {fold(texts[key]) for key, other in rules.items() if other.field == Field.SHOW and key in texts}
        return None if fold(text) in shows or is_station(text) else text
    return text
