"""Dates as files write them: only whole ones that stand in the calendar, in the years of radio."""

import datetime
import re

FIRST_YEAR, LAST_YEAR = 1920, 2100

WRITTEN = re.compile(r"(?<!\d)(\d{4})([-_.]?)(\d{2})\2(\d{2})(?!\d)")
"""A date with the year first. With the year last, nobody knows the day from the month."""


def date_of(match: re.Match[str]) -> str | None:
    """Return a match of WRITTEN as YYYY-MM-DD; None for a date that never was or is far from radio's years."""
    year, _, month, day = match.groups()
    try:
        date = datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None
    return date.isoformat() if FIRST_YEAR <= date.year <= LAST_YEAR else None
