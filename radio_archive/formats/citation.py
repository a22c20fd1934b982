"""The citation of a spoken passage in print."""

from datetime import date

_MONTHS = "January February March April May June July August September October November December".split()


def citation(*, title: str, show: str | None, reporter: str | None, aired: str | None, said: str, clip: str) -> str:
    """Return one line: reporter, “title,” show, air date, time in the clip, and the clip's uid.

    Unknown parts are left out. `aired` is an ISO 8601 date, `said` a time range as people write it: 0:41–0:49.
    """
    parts = [reporter, f"“{title}”", show, _written(aired), said]
    return f"{', '.join(part for part in parts if part)} (clip {clip})."


def _written(aired: str | None) -> str | None:
    """Return a date in words: 22 October 2024."""
    if aired is None:
        return None
    try:
        day = date.fromisoformat(aired)
    except ValueError:
        return aired
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
