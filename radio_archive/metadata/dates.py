"""Dates in file names, tags and pages: complete, valid dates in the years of radio only."""

import datetime
import re
from typing import NamedTuple

from radio_archive.text.periods import FIRST_YEAR, LAST_YEAR, MONTHS

WRITTEN = re.compile(r"(?<!\d)(\d{4})([-_.]?)(\d{2})\2(\d{2})(?!\d)")
"""A date with the year first. With the year last, day and month cannot be told apart."""

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_APART = r"[-_ .,]{0,3}"
_WORDED = re.compile(
    rf"(?ix)(?<![^\W_]) (?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?{_APART})?"
    rf"(?:(?P<month>{_MONTH}){_APART}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[-_\ .,]{{1,3}}(?P<year>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?{_APART}(?P<month2>{_MONTH}){_APART}(?P<year2>\d{{4}})"
    rf"|(?P<year3>\d{{4}}){_APART}(?P<month3>{_MONTH}){_APART}(?P<day3>\d{{1,2}}))(?!\d)"
)
_SIX = re.compile(r"(?<=[^\W\d_][-_ ])(\d{6})(?![^\W_])", re.ASCII)
"""Six digits after a word: `AsiaMinute-102224`. After another number they may be a time."""
_FOLDERS = re.compile(
    rf"(?i)(?:^|/)(\d{{4}})[/_.-](?:(\d{{1,2}})(?:[-_ .]*(?:{_MONTH}))?|({_MONTH}))[/_.-](\d{{1,2}})(?=/|$)"
)


class FoundDate(NamedTuple):
    """A date in a text, from `start` to `end`, as YYYY-MM-DD, and the confidence in it."""

    start: int
    end: int
    date: str
    confidence: float


def date_of(match: re.Match[str]) -> str | None:
    """Return a match of WRITTEN as YYYY-MM-DD; None for an invalid date or one outside the years of radio."""
    year, _, month, day = match.groups()
    return calendar_date(int(year), int(month), int(day))


def calendar_date(year: int, month: int, day: int) -> str | None:
    """Return YYYY-MM-DD; None for an invalid date or one outside the years of radio."""
    try:
        date = datetime.date(year, month, day)
    except ValueError:
        return None
    return date.isoformat() if FIRST_YEAR <= date.year <= LAST_YEAR else None


def full_year(two_digits: int) -> int:
    """Return the year from 1970 to 2069 for two digits."""
    return two_digits + (1900 if two_digits >= 70 else 2000)


def unambiguous_date(digits: str) -> str | None:
    """The date of six or eight digits; None if different orders of day, month and year give different dates."""
    year = len(digits) - 4
    readings = set()
    for order in ("YMD", "MDY", "DMY"):
        found, position = {}, 0
        for letter in order:
            width = year if letter == "Y" else 2
            found[letter], position = int(digits[position : position + width]), position + width
        full = full_year(found["Y"]) if year == 2 else found["Y"]
        readings.add(calendar_date(full, found["M"], found["D"]))
    dates = readings - {None}
    return dates.pop() if len(dates) == 1 else None


def find_date(name: str) -> FoundDate | None:
    """Return the date in the name of a file: `2024-10-22`, `Oct_22_2024`, `22Oct2024`, or six digits after a word."""
    for match in WRITTEN.finditer(name):
        if date := date_of(match):
            return FoundDate(*match.span(), date, 0.7)
    for match in _WORDED.finditer(name):
        month = match["month"] or match["month2"] or match["month3"]
        day, year = (match[key] or match[f"{key}2"] or match[f"{key}3"] for key in ("day", "year"))
        if date := calendar_date(int(year), MONTHS[month.lower()], int(day)):
            return FoundDate(*match.span(), date, 0.7)
    for match in _SIX.finditer(name):
        if date := unambiguous_date(match[1]):
            return FoundDate(*match.span(), date, 0.5)
    return None


def date_of_folders(path: str) -> tuple[str, str] | None:
    """Return the date that folders give together, and the folders: `2024/10/22`, `2024/October/22`, `2024-10/22`."""
    for match in _FOLDERS.finditer(path):
        year, month, named, day = match.groups()
        if date := calendar_date(int(year), MONTHS[named.lower()] if named else int(month), int(day)):
            return date, match[0].strip("/")
    return None
