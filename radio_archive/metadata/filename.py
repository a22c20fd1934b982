"""Claims from a file's name and from the folders it lies in."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from radio_archive.metadata.dates import WRITTEN, date_of
from radio_archive.models import Claim, Field, Source, clean_text
from radio_archive.text.spelling import fold, name_from_slug

STEM = "stem"
"""The source key of the last resort: a title made of the whole file name."""

_SUFFIX = re.compile(r"\.(?=\w*[A-Za-z])[A-Za-z0-9]{1,5}$")
_TIME = re.compile(r"(?:T\d{2}[-.:]?\d{2}(?:[-.:]?\d{2})?Z?|[ _]\d{2}[-.:]\d{2}(?:[-.:]\d{2})?)(?![A-Za-z0-9])")
_SEPARATORS = " \t_-.–—,+~"
_GENERIC = frozenset(
    "audio,mp3,mp3s,wav,wavs,clip,clips,media,inbox,download,downloads,archive,archives,episode,episodes,segment,"
    "segments,file,files,music,podcast,podcasts,recording,recordings,export,exports,tmp,temp,desktop,documents,"
    "new folder,untitled folder".split(",")
)
_MONTHS = frozenset(
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec".split()
)


class _Name(NamedTuple):
    """A file name in parts: what stands before the date, the date, what stands after it."""

    before: str
    date: str | None
    after: str


def read_name(path: PurePath, folders: Sequence[str] = ()) -> list[Claim]:
    """Return what the name of `path` says; `folders` are those between the folder the user named and the file.

    `asia-minute_2024-10-22_north-korea.mp3` gives a show, a date and a title. What follows a date that stands first
    is ambiguous. It is the show only if it is one capitalized or CamelCase word (`20241105_HarborWatch`) and no folder
    names the show; otherwise it is the title (`2025-03-04 sea turtles`), or, parted by a dash between spaces, both
    (`2025-06-10 Reef Notes - Sea turtles`). The innermost folder that is not a date or a
    place to put files (`2024/10`, `mp3s`) names the show. Where nothing gives a title, the whole name does, weakly.
    """
    claims = _from_folders([clean_text(folder) for folder in folders])
    folder_names_show = any(claim.field == Field.SHOW for claim in claims)
    stem = clean_text(_SUFFIX.sub("", path.name)) or clean_text(path.name)
    evidence = f"file name {stem}"
    name = _parts(_printable(stem))
    show, title = _readable(name.before) if name.date else "", _readable(name.after) if name.date else ""
    parted = re.fullmatch(r"(.+?) [-–—] (.+)", name.after)
    if parted and not name.before:
        show, title = _readable(parted[1]), _readable(parted[2])
    one_word = re.fullmatch(r"[^\W_]+", name.after) and name.after[0].isupper()
    if one_word and not name.before and not folder_names_show:
        show, title = title, ""

    def claim(field: Field, value: str, confidence: float, key: str) -> None:
        if value:
            claims.append(Claim(field, value, Source.FILENAME, evidence, confidence, key))

    claim(Field.DATE, name.date or "", 0.7, "date")
    claim(Field.SHOW, show, 0.6, "show")
    claim(Field.TITLE, title, 0.4, "title")
    if not title:
        claim(Field.TITLE, _whole(name) or stem or "Untitled", 0.2, STEM)
    return claims


def _from_folders(folders: Sequence[str]) -> list[Claim]:
    claims: list[Claim] = []
    for folder in reversed(folders):
        match = WRITTEN.search(folder)
        date = date_of(match) if match else None
        rest = folder[: match.start()] + " " + folder[match.end() :] if match and date else folder
        evidence = f"folder {folder}"
        has = {claim.field for claim in claims}
        if date and not rest.strip(_SEPARATORS):
            if Field.DATE not in has:
                claims.append(Claim(Field.DATE, date, Source.FOLDER, evidence, 0.7, "date"))
        elif Field.SHOW not in has and not _says_nothing(rest):
            show = _readable(_printable(rest))
            if show:
                claims.append(Claim(Field.SHOW, show, Source.FOLDER, evidence, 0.7, "show"))
    return claims


def _says_nothing(folder: str) -> bool:
    """Whether a folder is only a date, a year, a month, a drive, or a place to put files."""
    if re.fullmatch(r"[A-Za-z]:[\\/]?", folder):
        return True
    words = fold(folder).split()
    while words and words[-1].isdigit():
        words.pop()
    return all(word in _MONTHS or word.isdigit() for word in words) or " ".join(words) in _GENERIC


def _printable(text: str) -> str:
    """`text` without emoji, U+FFFD and other characters that no name is made of."""
    kept = (" " if unicodedata.category(character) in {"So", "Co", "Cn"} else character for character in text)
    return " ".join("".join(kept).replace("\ufe0f", "").split())


def _parts(stem: str) -> _Name:
    for match in WRITTEN.finditer(stem):
        date = date_of(match)
        if date:
            time = _TIME.match(stem, match.end())
            after = stem[time.end() if time else match.end() :]
            return _Name(stem[: match.start()].strip(_SEPARATORS), date, after.strip(_SEPARATORS))
    return _Name(stem.strip(_SEPARATORS), None, "")


def _readable(text: str) -> str:
    """The name that part of a file name stands for; empty for one without letters, such as a time or a take number."""
    text = text.strip(_SEPARATORS)
    return name_from_slug(text) if any(character.isalpha() for character in text) else ""


def _whole(name: _Name) -> str:
    """The title of last resort: the whole name, readable, without a date that stands first unless that is all."""
    before, after = name_from_slug(name.before), name_from_slug(name.after)
    if not before:
        return after or name.date or ""
    return " ".join(part for part in (before, name.date, after) if part)
