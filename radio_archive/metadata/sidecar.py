"""Claims from a JSON or TOML file beside a recording.

Keys, in any case, with `-`, `_` or nothing between words, at the top level or in an object called `clip`:

    show, station, title, language, summary    text
    reporter, host, guest                      a name, several names in one text (`A and B`), or a list of names
    date                                       YYYY-MM-DD, or a date and time, whose date is kept as written

Common synonyms are read too: series, program, album, podcast; author, byline, presenter; published, air date; and so
on. An object with a name counts as that name. The `info.json` of yt-dlp is read too, but its uploader is not taken for
a reporter; `published` knows the JSON of other programs. All other keys are ignored, and nothing in such a file stops
the recording from being archived.
"""

import datetime
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, NamedTuple

from radio_archive.metadata.dates import WRITTEN, date_of
from radio_archive.metadata.people import is_station
from radio_archive.metadata.published import translated
from radio_archive.models import Claim, Field, Source, clean_text
from radio_archive.text.languages import language_code

LARGEST = {".json": 4 << 20, ".toml": 1 << 16}
"""Bytes by suffix, at most; a larger file does not describe a clip and takes gigabytes or minutes to parse."""
LONGEST = {Field.SUMMARY: 5000}
LONGEST_OTHER = 1000
MOST_PEOPLE = 20
PEOPLE = frozenset({Field.REPORTER, Field.HOST, Field.GUEST})

EXACT, USUAL, LIKELY = 0.95, 0.85, 0.6
# The field and the confidence of each key, in lower case without `-`, `_` and spaces.
_KEYS = {
    **{field.value: (field, EXACT) for field in Field if field != Field.TRANSCRIPT},
    **dict.fromkeys("reporters correspondent correspondents".split(), (Field.REPORTER, EXACT)),
    **dict.fromkeys("author authors byline bylines".split(), (Field.REPORTER, USUAL)),
    **dict.fromkeys("hosts presenter presenters anchor anchors moderator".split(), (Field.HOST, USUAL)),
    **dict.fromkeys("guests interviewee interviewees".split(), (Field.GUEST, USUAL)),
    **dict.fromkeys(
        "showname showtitle series seriestitle program programme programname podcast podcasttitle".split(),
        (Field.SHOW, USUAL),
    ),
    "album": (Field.SHOW, 0.7),
    **dict.fromkeys("stationname callsign broadcaster".split(), (Field.STATION, USUAL)),
    **dict.fromkeys("headline episodetitle".split(), (Field.TITLE, USUAL)),
    **dict.fromkeys("airdate aired airedon dateaired broadcastdate".split(), (Field.DATE, 0.9)),
    **dict.fromkeys("published publishedat publisheddate publishdate publishedon datepublished pubdate".split(),
                    (Field.DATE, 0.8)),
    **dict.fromkeys("releasedate publicationdate".split(), (Field.DATE, 0.8)),
    "uploaddate": (Field.DATE, LIKELY),
    "publishdatetime": (Field.DATE, 0.8),
    "lang": (Field.LANGUAGE, USUAL),
    **dict.fromkeys("description abstract synopsis dek".split(), (Field.SUMMARY, LIKELY)),
}  # fmt: skip
_TRANSLATED = {"artist": (Field.REPORTER, LIKELY)}
_BY = re.compile(r"(?:by|von|por|par)[: ] *", re.IGNORECASE)
_AND = re.compile(r" and | & |[;/]| \+ ", re.IGNORECASE)
_TIME = re.compile(r"[T ]\d{1,2}:?\d{2}")
# A match starts only where a part starts, which keeps the time linear.
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]{0,99}"|'[^'\n]{0,99}')[ \t]*+\.[ \t]*+){50}""")
_ADDRESS = re.compile(r"://|@|^[\w.-]+\.\w{2,}(:\d+)?$|^\W*$")
_TOO_NESTED = "its brackets are nested too deeply"
_LINES = ("segments", "word_segments", "transcription", "parts")
"""Keys of what has the lines of a transcript."""
_TRANSCRIPT, _BEGINNING = re.compile(rb'"(?:%s)"\s*:\s*\[' % "|".join(_LINES).encode()), 1 << 20
"""What tells a transcript in a file that cannot describe a clip, and the bytes in which it is looked for."""
_DEPTH = 200
"""Nested brackets, at most; the description of a clip has three levels."""


class _KnownField(NamedTuple):
    """A known key: its path as written, its field and confidence, and its value."""

    path: str
    field: Field
    confidence: float
    value: object


@dataclass(frozen=True, slots=True)
class SidecarResult:
    """The claims of a sidecar, and the problem with it, worded for its author. `has_segments`: it is a transcript."""

    claims: tuple[Claim, ...] = ()
    problem: str | None = None
    has_segments: bool = False


class _Unreadable(Exception):  # noqa: N818 - it never leaves this module
    """The file is not what its suffix says."""


def read_sidecar(name: str, content: bytes) -> list[Claim]:
    """Return the claims of the sidecar called `name`; none if it cannot be read. Never raises."""
    return list(examine_sidecar(name, content).claims)


def examine_sidecar(name: str, content: bytes, zone: tzinfo | None = None) -> SidecarResult:
    """Return the claims of the sidecar, or the problem if it cannot be read. Never raises.

    `zone` is the station's, for times that are given in seconds of Universal Time.
    """
    shown = clean_text(name)[:255]
    is_transcript = name.lower().endswith(".json") and _TRANSCRIPT.search(content[:_BEGINNING])
    # It may be larger than what describes a clip, and whisper.cpp cuts letters apart.
    if is_transcript and (len(content) > LARGEST[".json"] or not _is_utf8(content)):
        return SidecarResult(has_segments=True)
    try:
        document = _parsed(name, content)
    except _Unreadable as error:
        return SidecarResult((), f"{shown}: {clean_text(str(error))[:300]}")
    claims: list[Claim] = []
    problem = None
    for found in _known_fields(document, zone):
        values = list(_values(found))
        if found.field == Field.DATE and not values and found.value not in (None, "", [], {}):
            written = clean_text(str(found.value)[:40])
            problem = problem or f"{shown}: {found.path} is {written!r}: write a date as YYYY-MM-DD"
        for number, value in enumerate(values, 1):
            key = found.path if len(values) == 1 else f"{found.path} {number:02}"
            evidence = f"sidecar {shown}: {found.path}"
            claims.append(Claim(found.field, value, Source.SIDECAR, evidence, found.confidence, key))
    return SidecarResult(tuple(claims), problem, any(_is_timed(document.get(key)) for key in _LINES))


def _is_timed(lines: object) -> bool:
    first = lines[0] if isinstance(lines, list) and lines else None
    return isinstance(first, dict) and not first.keys().isdisjoint(("start", "startTime", "start_time", "offsets"))


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parsed(name: str, content: bytes) -> Mapping[str, object]:
    suffix = "." + name.rpartition(".")[2].lower()
    if suffix not in LARGEST:
        raise _Unreadable("only .json and .toml files are read")
    if len(content) > LARGEST[suffix]:
        raise _Unreadable(f"it is larger than {LARGEST[suffix]:,} bytes")
    try:
        text = content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
        document = _json(text) if suffix == ".json" else _toml(text)
    except RecursionError:
        raise _Unreadable(_TOO_NESTED) from None
    except UnicodeDecodeError:
        raise _Unreadable("it is not UTF-8, so its letters are not certain: save it as UTF-8") from None
    except (ValueError, ArithmeticError, MemoryError) as error:
        # Raised by both parsers, and by numbers with thousands of digits.
        raise _Unreadable(f"it is no valid {suffix[1:].upper()}: {error}") from None
    if not isinstance(document, dict):
        kind = "a list" if isinstance(document, list) else "a single value"
        raise _Unreadable(f"it is {kind}, not an object with keys such as title and date")
    return document


def _json(text: str) -> object:
    if _deepest(text) > _DEPTH:
        raise _Unreadable(_TOO_NESTED)
    return json.loads(text, object_pairs_hook=_distinct, parse_constant=_not_a_number)


def _toml(text: str) -> object:
    # A key of thousands of parts takes quadratic time and memory.
    if _deepest(text) > _DEPTH or _LONG_KEY.search(text):
        raise _Unreadable("its brackets or keys are nested too deeply")
    return tomllib.loads(text.replace("\r\n", "\n"))


def _deepest(text: str) -> int:
    """The greatest depth of nested brackets; brackets inside texts count too."""
    deepest = depth = 0
    for bracket in re.finditer(r"[\[{]+|[\]}]+", text):
        length = bracket.end() - bracket.start()
        depth = depth + length if bracket[0][0] in "[{" else max(0, depth - length)
        deepest = max(deepest, depth)
    return deepest


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Unreadable(f"the key {twice[:100]!r} is there twice, so it is unclear which value is meant")
    return values


def _not_a_number(_: str) -> None:
    """Ignore NaN and Infinity: not JSON, but some programs write them, and we read no numbers."""


def _known_fields(document: Mapping[str, object], zone: tzinfo | None) -> Iterator[_KnownField]:
    inner = document.get("clip")
    # Keys for people who uploaded, published or played a file are left out: they do not speak in it.
    tables: list[tuple[str, Any]] = [("", document), ("clip.", inner if isinstance(inner, dict) else {})]
    plain = set()
    for place, table in tables:
        for key, value in table.items():
            known = _KEYS.get(re.sub(r"[-_ ]", "", key[:60]).casefold())
            if known:
                plain.add(place + key)
                yield _KnownField(place + clean_text(key), *known, value)
    for path, meaning, value in translated(document, zone):
        if path not in plain and value:
            yield _KnownField(path, *_TRANSLATED.get(meaning) or _KEYS[meaning], value)


def _values(found: _KnownField) -> Iterator[str]:
    if found.field in PEOPLE:
        items = found.value if isinstance(found.value, list) else [found.value]
        names = (name for item in items[:MOST_PEOPLE] for name in _people(_text(item, found.field)))
        accepted = (name for name in names if found.confidence == EXACT or not is_station(name))
        yield from list(dict.fromkeys(accepted))[:MOST_PEOPLE]
        return
    value = found.value[0] if isinstance(found.value, list) and len(found.value) == 1 else found.value
    if found.field == Field.DATE:
        date = _date(value)
        if date:
            yield date
        return
    text = _text(value, found.field)
    if found.field == Field.LANGUAGE:
        text = language_code(text) or ""
    if text:
        yield text


def _text(value: object, field: Field) -> str:
    """The text of `value`, or the name of the object that it describes; empty for anything else."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("name", "title") if isinstance(value.get(key), str)), "")
    longest = LONGEST.get(field, LONGEST_OTHER)
    text = clean_text(value) if isinstance(value, str) and len(value) <= 4 * longest else ""
    return text if len(text) <= longest else ""


def _people(text: str) -> Iterator[str]:
    """The names in a byline; none where a comma may separate two people, or a person from a job or a first name."""
    if _ADDRESS.search(text):
        # Some programs write a computer's name as the host.
        return
    text = _BY.sub("", text, count=1) if _BY.match(text) else text
    for name in _AND.split(text):
        parts = [part.strip() for part in name.split(",") if part.strip()]
        if len(parts) == 1:
            yield parts[0]
        elif all(" " in part for part in parts):
            people = [part for part in parts if not is_station(part)]
            yield from people


def _date(value: object) -> str | None:
    """The date of a value, if it is certain. For a date and time, the date as written, in its own time zone."""
    if isinstance(value, datetime.date):
        value = value.isoformat()
    if isinstance(value, int) and 10_000_000 <= value <= 99_999_999:
        value = str(value)
    if not isinstance(value, str) or len(value) > 100:
        return None
    text = value.strip().replace("/", "-")
    match = WRITTEN.match(text)
    whole = match is not None and (match.end() == len(text) or _TIME.match(text, match.end()))
    return date_of(match) if match and whole else None
