"""Dates in file names, tags and pages: complete, valid dates in the years of radio only."""

import datetime
import re

FIRST_YEAR, LAST_YEAR = 1920, 2100

WRITTEN = re.compile(r"(?<!\d)(\d{4})([-_.]?)(\d{2})\2(\d{2})(?!\d)")
"""A date with the year first. With the year last, day and month cannot be told apart."""


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
