"""The citation of a spoken passage in print."""

from radio_archive.text.times import long_date


def citation(*, title: str, show: str | None, reporter: str | None, aired: str | None, said: str, clip: str) -> str:
    """Return one line: reporter, “title,” show, air date, time in the clip, and the clip's uid.

    Unknown parts are left out. `aired` is an ISO 8601 date, `said` a time range as people write it: 0:41–0:49.
    """
    parts = [reporter, f"“{title}”", show, long_date(aired), said]
    return f"{', '.join(part for part in parts if part)} (clip {clip})."
