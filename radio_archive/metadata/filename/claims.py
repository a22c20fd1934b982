"""Claims from a file's name and from its folders."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from radio_archive.metadata.dates import WRITTEN, date_of, date_of_folders, find_date, unambiguous_date
from radio_archive.metadata.filename.patterns import PatternMatch, Patterns
from radio_archive.metadata.people import is_station
from radio_archive.models import RECURS, Claim, Field, Source, clean_text
from radio_archive.text.languages import language_code
from radio_archive.text.periods import MONTHS
from radio_archive.text.spelling import fold, name_from_slug

STEM = "stem"
"""The source key of the fallback title, made of the whole file name."""

_SUFFIX = re.compile(r"\.(?=\w*[A-Za-z])[A-Za-z0-9]{1,5}$")
_TIME = re.compile(r"(?:T\d{2}[-.:]?\d{2}(?:[-.:]?\d{2})?Z?|[ _]\d{2}[-.:]\d{2}(?:[-.:]\d{2})?)(?![A-Za-z0-9])")
_SEPARATORS = " \t_-.–—,+~"
_GENERIC = frozenset(
    "aif aiff air aired all approved archive archived archives audio audios backup backups bounce bounces broadcast "
    "broadcasts clip clips copy cut cuts delivered delivery desktop disc disk documents done download downloads draft "
    "drafts edit edited edits ep episode episodes export exported exports feature features file files final finals "
    "finished flac folder for import inbox incoming interviews main master masters media misc mix mixdown mixdowns "
    "mixes mp3 mp3s music new news old on other out outbox output part podcast podcasts produced production programs "
    "published q1 q2 q3 q4 queue raw ready rec recorded recorder recording recordings recs render rendered renders "
    "season seasons segment segments series session sessions shows sound sounds spot spots stories stuff take takes "
    "temp test tests the tmp to untitled upload uploaded uploads vol volume volumes wav wavs web week weeks work "
    "year".split()
)
"""Words of folder names that say how far a file is, where it came from, or when: never what its show is called."""
_DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
_LEADING = re.compile(r"^[A-Z]{3,5}[-_]+(?=[A-Z][a-z])|\s+for$")
"""A station's letters before the show, a word before the date: `HPR-AsiaMinute-102224`, `Asia Minute for Oct 22`."""
_STATION_ENDS = frozenset({"radio", "fm", "am", "network", "broadcasting", "station", "newsroom", "media"})
_CONVENTION, _RECURRING = 0.3, 0.6
"""The confidence in a show that stands where shows stand in file names: only a proposal, unless the name recurs."""
_OUTERMOST, _INNER = 0.7, 0.3
"""The confidence that the outermost folder, and that one within it, names the show."""


_DIGITS = re.compile(r"[-_ .]?(?P<digits>\d{8}|\d{6})(?!\d)", re.ASCII)


class _NameParts(NamedTuple):
    """A file name split at its date."""

    before: str
    date: str | None
    after: str
    confidence: float = 0.0
    """In the date."""


class _FieldValue(NamedTuple):
    """A value for a field from a part of a name, and its confidence."""

    field: Field
    value: str
    confidence: float


def read_name(
    path: PurePath,
    folders: Sequence[str] = (),
    patterns: Patterns = Patterns(),  # noqa: B008 - it is frozen
    codes: Mapping[str, str] | None = None,
    recurring: Collection[str] = (),
) -> list[Claim]:
    """Return the claims of the name of `path`; `folders` are those between the folder the user named and the file.

    The first of `patterns` that matches decides. Without a match, `asia-minute_2024-10-22_north-korea.mp3` gives a
    show, a date and a title. Text after a leading date is ambiguous: it may be the show only if it is one capitalized
    or CamelCase word (`20241105_HarborWatch`) and no folder names the show; otherwise it is the title (`2025-03-04 sea
    turtles`), or both if separated by a spaced dash (`2025-06-10 Reef Notes - Sea turtles`). Such a show is only a
    proposal, because `Undersea cable 2024-10-22` looks the same, unless it is one of `recurring` (see
    `recurring_shows`). `codes` map the first letters of a file name to a show (`AM102224`). The outermost folder that
    is not a date, a station or a place to put files (`2024/10`, `mp3s`, `finals`) names the show; one within it only
    proposes another. If nothing else gives a title, the whole name is a weak claim to it.
    """
    claims = _from_folders([clean_text(folder) for folder in folders])
    stem = clean_text(_SUFFIX.sub("", path.name)) or clean_text(path.name)
    codes = codes or {}
    match = patterns.match(stem, codes)
    if match:
        values, evidence = list(_by_pattern(match, codes)), f"file name {stem}, read as {match.pattern}"
    else:
        folder_names_show = any(claim.field == Field.SHOW for claim in claims)
        values = _by_code(stem, codes) or list(_by_convention(_parts(_printable(stem)), folder_names_show, recurring))
        evidence = f"file name {stem}"
    for field, value, confidence in values:
        if clean_text(value):
            claims.append(
                Claim(field, clean_text(value), Source.FILENAME, clean_text(evidence), confidence, field.value)
            )
    if all(claim.field != Field.TITLE for claim in claims):
        whole = _fallback_title(_parts(_printable(stem))) or stem or "Untitled"
        claims.append(Claim(Field.TITLE, whole, Source.FILENAME, f"file name {stem}", 0.2, STEM))
    return claims


def recurring_shows(files: Iterable[tuple[PurePath, Sequence[str]]]) -> frozenset[str]:
    """Return the shows, folded, that names of several days give, or that a folder is called like.

    `files` are the files of a run with the folders that each is in, below the folder the user named.
    """
    days: dict[str, set[str]] = defaultdict(set)
    folders: set[str] = set()
    for path, inside in files:
        claims = read_name(path, inside)
        folders |= {
            fold(claim.value) for claim in claims if claim.source == Source.FOLDER and claim.source_key == "show"
        }
        said = {claim.field: fold(claim.value) for claim in claims if claim.source == Source.FILENAME}
        if Field.SHOW in said and Field.DATE in said:
            days[said[Field.SHOW]].add(said[Field.DATE])
    return frozenset(folders.union(show for show, dates in days.items() if len(dates) >= RECURS))


def _by_pattern(match: PatternMatch, codes: Mapping[str, str]) -> Iterator[_FieldValue]:
    for name, value in match.values.items():
        if name == "code":
            yield _FieldValue(Field.SHOW, codes[value], 0.9)
        elif name == "date":
            yield _FieldValue(Field.DATE, value, 0.9)
        elif name == "language":
            yield _FieldValue(Field.LANGUAGE, language_code(value) or "", 0.9)
        elif name != "any":
            yield _FieldValue(Field(name), _readable(_printable(value)), 0.9)


def _by_code(stem: str, codes: Mapping[str, str]) -> list[_FieldValue]:
    """The values of a name that starts with a show's code and a date, such as `AM102224`; none for any other name."""
    for code in sorted(codes, key=len, reverse=True):
        rest = stem[len(code) :]
        if not code or stem[: len(code)].casefold() != code.casefold():
            continue
        written = WRITTEN.match(rest.lstrip("-_ ."))
        date, after = (date_of(written), rest.lstrip("-_ .")[written.end() :]) if written else (None, "")
        digits = None if date else _DIGITS.match(rest)
        if digits:
            date, after = unambiguous_date(digits["digits"]), rest[digits.end() :]
        if date or digits:
            title = _readable(_printable(after)) if after[:1] in _SEPARATORS else ""
            return [
                _FieldValue(Field.SHOW, codes[code], 0.8),
                _FieldValue(Field.DATE, date or "", 0.6),
                _FieldValue(Field.TITLE, title, 0.5),
            ]
    return []


def _by_convention(name: _NameParts, folder_names_show: bool, recurring: Collection[str]) -> Iterator[_FieldValue]:
    """Yield show, date and title of a name in the usual form, by their order and separators."""
    show, title = _readable(name.before) if name.date else "", _readable(name.after) if name.date else ""
    parted = re.fullmatch(r"(.+?) [-–—] (.+)", name.after)
    if parted and not name.before:
        show, title = _readable(parted[1]), _readable(parted[2])
    if name.date and not name.before and not show and not folder_names_show and _may_be_show(name.after):
        # One word, as it was written, is hardly a title.
        show, title = title, title if re.search(r"[\W_]", name.after) else ""
    if title and _is_generic(title):
        title = ""
    yield _FieldValue(Field.DATE, name.date or "", name.confidence)
    yield _FieldValue(Field.SHOW, show, _RECURRING if fold(show) in recurring else _CONVENTION)
    yield _FieldValue(Field.TITLE, title, 0.5)


def _may_be_show(text: str) -> bool:
    """Whether text after a date may be a show: up to four words, each with a capital."""
    words = re.split(r"[\s_-]+", text)
    return len(words) <= 4 and all(word[:1].isupper() and word.isalnum() for word in words)


def _from_folders(folders: Sequence[str]) -> list[Claim]:
    claims: list[Claim] = []
    shows: list[tuple[str, str]] = []
    together = date_of_folders("/".join(folders))
    if together:
        claims.append(Claim(Field.DATE, together[0], Source.FOLDER, f"folder {together[1]}", 0.7, "date"))
    for folder in folders:
        match = WRITTEN.search(folder)
        date = date_of(match) if match else None
        rest = folder[: match.start()] + " " + folder[match.end() :] if match and date else folder
        if date and not rest.strip(_SEPARATORS):
            claims = [Claim(Field.DATE, date, Source.FOLDER, f"folder {folder}", 0.7, "date")]
        elif not _is_generic(rest) and not _is_station_folder(rest.strip(_SEPARATORS)):
            show = _readable(_printable(rest))
            shows += [(show, f"folder {folder}")] if show else []
    kinds = ((_OUTERMOST, "show"), (_INNER, "inner"))
    for (show, evidence), (confidence, key) in zip(shows[:1] + shows[1:][-1:], kinds, strict=False):
        claims.append(Claim(Field.SHOW, show, Source.FOLDER, evidence, confidence, key))
    return claims


def _is_generic(folder: str) -> bool:
    """Whether a folder name is only a date, a number, a drive, or a place to put files."""
    if re.fullmatch(r"[A-Za-z]:[\\/]?", folder):
        return True
    words = (word.strip("0123456789") for word in fold(folder).split())
    return all(
        word in MONTHS or word in _DAYS or word in _GENERIC or (len(word) <= 1 and word.isascii()) for word in words
    )


def _is_station_folder(folder: str) -> bool:
    """Whether a folder is called like a station: `KHPR`, `Harbor Public Radio`, but not `Pacific News Minute`."""
    words = fold(folder).split()
    return is_station(folder) and (len(words) == 1 or words[-1] in _STATION_ENDS)


def _printable(text: str) -> str:
    """`text` without emoji, U+FFFD and other characters that names do not contain."""
    kept = (" " if unicodedata.category(character) in {"So", "Co", "Cn"} else character for character in text)
    return " ".join("".join(kept).replace("\ufe0f", "").split())


def _parts(stem: str) -> _NameParts:
    found = find_date(stem)
    if found is None:
        return _NameParts(stem.strip(_SEPARATORS), None, "")
    time = _TIME.match(stem, found.end)
    before = _LEADING.sub("", stem[: found.start].strip(_SEPARATORS))
    after = stem[time.end() if time else found.end :]
    return _NameParts(before, found.date, after.strip(_SEPARATORS), found.confidence)


def _readable(text: str) -> str:
    """The name in a part of a file name; empty for a part without letters, such as a time or a take number."""
    text = text.strip(_SEPARATORS)
    return name_from_slug(text) if any(character.isalpha() for character in text) else ""


def _fallback_title(name: _NameParts) -> str:
    """The fallback title: the whole name in readable form, without a leading date unless there is nothing else."""
    before, after = name_from_slug(name.before), name_from_slug(name.after)
    if not before:
        return after or name.date or ""
    return " ".join(part for part in (before, name.date, after) if part)
