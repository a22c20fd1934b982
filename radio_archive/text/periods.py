"""Days, months, years and seasons as people type them: `2024-10`, `3/1/2025`, `March 2025`, `last week`."""

import re
from datetime import date, timedelta

MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|sep sept september|"
        "oct october|nov november|dec december".split("|"),
        start=1,
    )
    for name in names.split()
}
"""By name and abbreviation, in small letters."""
SEASONS = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}
"""The first month of each season, which has three; those of the northern half of the earth, by whole months."""
FIRST_YEAR, LAST_YEAR = 1920, 2100
"""Numbers of four digits in a text are taken for years only between these, the years of radio."""
FORMS = "2024, 2024-10, 2024-10-22, 10/22/2024, March 2025, last week"
"""Examples, for messages."""

_MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[0-9]{4})"
_GAP = r"[\s,-]+"
_WRITTEN = [
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR}(?:[-/](?P<month>[0-9]{{1,2}})(?:[-/]{_DAY})?)?",
        rf"(?P<month>[0-9]{{1,2}})/(?:{_DAY}/)?{_YEAR}",
        rf"{_MONTH}{_GAP}(?:of\s)?(?:{_DAY}{_GAP})?{_YEAR}",
        rf"{_DAY}{_GAP}(?:of\s)?{_MONTH}{_GAP}{_YEAR}",
        rf"(?P<season>{'|'.join(SEASONS)}){_GAP}(?:of\s)?{_YEAR}",
    )
]
_HAS_YEAR = re.compile(r"[0-9]{4}")
_RELATIVE = re.compile(
    rf"today|yesterday|(?P<which>this|last|past)\s(?:(?P<season>{'|'.join(SEASONS)})"
    r"|(?:(?P<number>[0-9]{1,4})\s)?(?P<unit>day|week|month|year)s?)"
)


def date_range(text: str, today: date | None = None) -> tuple[str, str] | None:
    """Return the first and last day, in ISO 8601, of a day, month, season or year as people write it.

    In `3/1/2025` the month is first. Winter is named by the year in which it ends. Weeks begin on Monday; `last week`
    is the one before this one, `last spring` the latest that is over, `last 7 days` ends today. `today` is for
    these; it is the present day by default. Returns None for everything else, and for days that no calendar has.
    """
    plain = " ".join(text.lower().split())
    try:
        for pattern in _WRITTEN:
            if match := pattern.fullmatch(plain):
                return _iso(*_written(match))
        match = _RELATIVE.fullmatch(plain)
        return _iso(*_relative(match, today or date.today())) if match else None  # noqa: DTZ011 - the user's own day
    except (ValueError, OverflowError):
        return None


def written_range(text: str) -> tuple[str, str] | None:
    """Return the same for words of a sentence: only for what surely is a time, as `November 2022` is."""
    if not _HAS_YEAR.search(text):
        return None
    found = date_range(text.strip(" ,.;:!?"))
    return found if found and FIRST_YEAR <= int(found[1][:4]) <= LAST_YEAR else None


def _iso(first: date, last: date) -> tuple[str, str]:
    return first.isoformat(), last.isoformat()


def _written(match: re.Match[str]) -> tuple[date, date]:
    parts = match.groupdict()
    year, month, day = int(parts["year"]), parts.get("month"), parts.get("day")
    if season := parts.get("season"):
        return _season(season, year)
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    number = MONTHS.get(month) or int(month)
    first = date(year, number, int(day or 1))
    return first, first if day else _last_of_month(first)


def _season(name: str, year: int) -> tuple[date, date]:
    first = date(year - (name == "winter"), SEASONS[name], 1)
    return first, _last_of_month(_months_later(first, 2))


def _relative(match: re.Match[str], today: date) -> tuple[date, date]:
    which, season, number, unit = match["which"], match["season"], match["number"], match["unit"]
    if season:
        # Next year's winter may have begun already.
        begun = [span for year in (1, 0, -1, -2) if (span := _season(season, today.year + year))[0] <= today]
        return begun[0] if which == "this" else next(span for span in begun if span[1] < today)
    if unit is None:
        day = today - timedelta(match[0] == "yesterday")
        return day, day
    if number or unit == "day" or which == "past":
        return _ago(int(number or 1), unit, today) + timedelta(1), today
    begins = {"week": today - timedelta(today.weekday()), "month": today.replace(day=1), "year": date(today.year, 1, 1)}
    first = begins[unit]
    if which == "this":
        return first, today
    return _ago(1, unit, first), first - timedelta(1)


def _ago(number: int, unit: str, day: date) -> date:
    if unit in {"day", "week"}:
        return day - timedelta(number * (7 if unit == "week" else 1))
    first = _months_later(day.replace(day=1), -number * (12 if unit == "year" else 1))
    return min(first + timedelta(day.day - 1), _last_of_month(first))


def _months_later(first: date, number: int) -> date:
    """Return the first of a month some months after, or before, the first of another."""
    months = first.year * 12 + first.month - 1 + number
    return date(months // 12, months % 12 + 1, 1)


def _last_of_month(day: date) -> date:
    # The day before the first of the next month; at the end of the calendar there is no next month.
    return (day.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1) if day < date(9999, 12, 1) else date.max
