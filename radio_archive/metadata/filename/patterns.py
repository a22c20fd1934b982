"""A station's file name patterns with named fields, from the settings, matched in linear time.

`{show}_{date:YYYY-MM-DD}_{title}` matches the whole name without its suffix. A field in braces matches text; `{{` and
`}}` match braces. If a name matches in several ways, the earliest fields are as short as possible.

    {show} {title} {reporter} {host} {guest} {station} {language}   any text, at least one character
    {any}               any text, not kept
    {number}            digits, not kept
    {code}              the code of a show, in any case
    {date}              a date with the year first: 2024-10-22, 2024_10_22, 20241022
    {date:MMDDYY}       YYYY, YY (1970 to 2069), MM, MMM (Jan, Feb …) and DD, with separators

Two text fields need something fixed between them, which shows where the first one ends.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from radio_archive.errors import ConfigError
from radio_archive.metadata.dates import WRITTEN, calendar_date, date_of, full_year
from radio_archive.text.periods import MONTHS

FREE = ("show", "title", "reporter", "host", "guest", "station", "language", "any")
FIELDS = (*FREE, "number", "code", "date")
LONGEST = 255
"""Characters of a pattern, the limit of a file name."""
MOST = 100

_TOKEN = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<field>[^{}]*)\}|(?P<text>[^{}]+)|(?P<stray>[{}])")
_PART = re.compile(r"YYYY|YY|MMM|MM|DD|[^\w{}]+|_+|(?P<odd>.)")
_WIDTHS = {"YYYY": 4, "YY": 2, "MMM": 3, "MM": 2, "DD": 2}
_SUFFIX = re.compile(r"\.(mp[34]|wav|flac|m4[ab]|aac|ogg|oga|opus|aiff?|wma|mov|mkv|webm)$", re.IGNORECASE)
_ADVICE = "Correct it under [filename] in the settings; docs/metadata.md explains patterns."


class _FixedPart(NamedTuple):
    """A part of a pattern whose end is unambiguous."""

    kind: str
    """`text`, or the name of a field."""
    text: str = ""
    parts: tuple[str, ...] = ()
    """The parts of a date."""


@dataclass(frozen=True, slots=True)
class _FilePattern:
    """Fixed parts alternating with text fields: `segments` is one longer than `names`."""

    written: str
    segments: tuple[tuple[_FixedPart, ...], ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatternMatch:
    """The fields that a pattern found in a name: a date as YYYY-MM-DD, a show's code as written in the settings."""

    pattern: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns in the order in which they are tried."""

    patterns: tuple[_FilePattern, ...] = ()

    def match(self, name: str, codes: Mapping[str, str]) -> PatternMatch | None:
        """Return the fields of the first pattern that matches the whole of `name`; `codes` are the shows' codes."""
        for pattern in self.patterns:
            values = _match_pattern(pattern, name, codes)
            if values is not None:
                return PatternMatch(pattern.written, values)
        return None


def compile_patterns(patterns: Sequence[str]) -> Patterns:
    """Compile the patterns of the settings. Raises ConfigError, which names the wrong pattern and the fault."""
    if len(patterns) > MOST:
        raise ConfigError(f"filename.patterns has {len(patterns)} patterns", f"At most {MOST} are tried.")
    return Patterns(tuple(_compile(number, pattern) for number, pattern in enumerate(patterns, 1)))


def _compile(number: int, written: str) -> _FilePattern:
    where = f"filename.patterns, number {number}, {written[:LONGEST]!r}"
    if not written.strip() or len(written) > LONGEST:
        raise ConfigError(f"{where} is empty or longer than {LONGEST} characters", _ADVICE)
    if "/" in written or "\\" in written:
        raise ConfigError(f"{where} has a slash", "A pattern is for the name of the file alone, not for its folders.")
    suffix = _SUFFIX.search(written)
    if suffix:
        raise ConfigError(f"{where} ends with {suffix[0]}", "Leave the suffix out: a pattern matches the rest.")
    segments: list[list[_FixedPart]] = [[]]
    names: list[str] = []
    for part in _parts(where, written):
        if part.kind not in FREE:
            segments[-1].append(part)
            continue
        if names and not segments[-1]:
            problem = f"{where} has {{{part.kind}}} right after {{{names[-1]}}}"
            raise ConfigError(problem, "Write the text that separates them in the file names.")
        names.append(part.kind)
        segments.append([])
    if not names and not any(part.kind != "text" for segment in segments for part in segment):
        raise ConfigError(f"{where} has no field in braces", f"Known fields: {', '.join(FIELDS)}.")
    return _FilePattern(written, tuple(map(tuple, segments)), tuple(names))


def _parts(where: str, written: str) -> Iterator[_FixedPart]:
    seen: set[str] = set()
    for token in _TOKEN.finditer(written):
        if token["stray"]:
            problem = f"{where} has a {token['stray']!r} without its other half at character {token.start() + 1}"
            raise ConfigError(problem, "Fields are written in { and }; write {{ or }} for a brace itself.")
        if token["field"] is None:
            yield _FixedPart("text", unicodedata.normalize("NFC", token["text"] or token["brace"][0]))
            continue
        name, colon, form = token["field"].partition(":")
        _check_name(where, name, form if colon else None)
        if name in seen and name not in {"any", "number"}:
            raise ConfigError(f"{where} has {{{name}}} twice", _ADVICE)
        seen.add(name)
        yield _FixedPart(name, parts=_date_parts(where, form) if colon else ())


def _check_name(where: str, name: str, form: str | None) -> None:
    if name not in FIELDS:
        close = difflib.get_close_matches(name.lower(), FIELDS, 1)
        hint = f"Did you mean {{{close[0]}}}?" if close else f"Known fields: {', '.join(FIELDS)}."
        raise ConfigError(f"{where} has {{{name}}}, which is not a field", hint)
    if form is not None and name != "date":
        raise ConfigError(f"{where} has {{{name}:{form}}}", "Only a date has a format: {date:MMDDYY}.")


def _date_parts(where: str, form: str) -> tuple[str, ...]:
    found = list(_PART.finditer(form))
    odd = next((part["odd"] for part in found if part["odd"]), None)
    parts = tuple(part[0] for part in found)
    if odd is not None:
        raise ConfigError(f"{where} has {odd!r} in a date format", "Use YYYY, YY, MM, MMM, DD and separators.")
    for wanted, what in (
        ({"YYYY", "YY"}, "year (YYYY or YY)"),
        ({"MM", "MMM"}, "month (MM or MMM)"),
        ({"DD"}, "day (DD)"),
    ):
        if sum(part in wanted for part in parts) != 1:
            raise ConfigError(f"{where} has the date format {form!r}", f"It needs exactly one {what}.")
    return parts


def _match_pattern(pattern: _FilePattern, name: str, codes: Mapping[str, str]) -> dict[str, str] | None:
    first, *others = pattern.segments
    for end, values in _segment_ends(first, name, 0, codes):
        if not others:
            if end == len(name):
                return values
            continue
        rest = _match_free_texts(pattern.names, others, name, end, codes)
        if rest is not None:
            return values | rest
    return None


def _match_free_texts(
    names: Sequence[str], segments: Sequence[Sequence[_FixedPart]], name: str, position: int, codes: Mapping[str, str]
) -> dict[str, str] | None:
    """The values of the text fields and of the fixed parts after them, from `position` to the end of the name.

    Each text is as short as possible. This needs no backtracking: a fixed part that fits at all also fits somewhere
    after the leftmost place of the one before it.
    """
    found: dict[str, str] = {}
    for free, segment, is_last in zip(names, segments, [False] * (len(names) - 1) + [True], strict=True):
        hit = _leftmost(segment, name, position, codes, is_last)
        if hit is None:
            return None
        start, end, values = hit
        found |= {free: name[position:start], **values}
        position = end
    return found


def _leftmost(
    segment: Sequence[_FixedPart], name: str, position: int, codes: Mapping[str, str], is_last: bool
) -> tuple[int, int, dict[str, str]] | None:
    """Where `segment` starts and ends, at least one character after `position`; the last one ends with the name."""
    if not segment:
        return (len(name), len(name), {}) if len(name) > position else None
    for start in range(position + 1, len(name)):
        for end, values in _segment_ends(segment, name, start, codes):
            if end == len(name) or not is_last:
                return start, end, values
    return None


def _segment_ends(
    segment: Sequence[_FixedPart], name: str, start: int, codes: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the end and the values of `segment` at `start`; several if codes share their first letters."""
    if not segment:
        yield start, {}
        return
    part, *others = segment
    for end, value in _match_part(part, name, start, codes):
        for last, values in _segment_ends(others, name, end, codes):
            yield last, {part.kind: value, **values} if value else values


def _match_part(part: _FixedPart, name: str, start: int, codes: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    if part.kind == "text":
        if name.startswith(part.text, start):
            yield start + len(part.text), ""
    elif part.kind == "number":
        end = start
        while end < len(name) and name[end] in "0123456789":
            end += 1
        if end > start:
            yield end, ""
    elif part.kind == "code":
        for code in sorted(codes, key=len, reverse=True):
            if code and name[start : start + len(code)].casefold() == code.casefold():
                yield start + len(code), code
    elif not part.parts:
        written = WRITTEN.match(name, start)
        date = date_of(written) if written else None
        if written and date:
            yield written.end(), date
    else:
        yield from _match_date(part.parts, name, start)


def _match_date(parts: Sequence[str], name: str, start: int) -> Iterator[tuple[int, str]]:
    numbers: dict[str, int] = {}
    for part in parts:
        width = _WIDTHS.get(part, len(part))
        text, start = name[start : start + width], start + width
        if part == "MMM" and text.lower() in MONTHS:
            numbers["M"] = MONTHS[text.lower()]
        elif part in _WIDTHS and part != "MMM" and len(text) == width and text.isascii() and text.isdigit():
            numbers[part[0]] = full_year(int(text)) if part == "YY" else int(text)
        elif text != part or part in _WIDTHS:
            return
    date = calendar_date(numbers["Y"], numbers["M"], numbers["D"])
    if date:
        yield start, date
