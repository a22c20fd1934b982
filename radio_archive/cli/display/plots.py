"""Numbers over time, as bars made of text."""

from collections.abc import Sequence

from radio_archive.cli.display.output import is_terminal, say, stdout_console
from radio_archive.search.concordance import periods

MOST_MONTHS = 48
"""More months than this are shown as years."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def over_time(months: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return counts by month without gaps, or by year if there are too many months."""
    dated = {month: number for month, number in months if len(month) == 7}
    if not dated:
        return []
    whole = [(month, dated.get(month, 0)) for month in periods(min(dated), max(dated))]
    if len(whole) <= MOST_MONTHS:
        return whole
    years: dict[str, int] = {}
    for month, number in whole:
        years[month[:4]] = years.get(month[:4], 0) + number
    return list(years.items())


def bar(share: float, width: int) -> str:
    """Return a bar for `share`, 0 to 1, of `width` characters at most. A share above 0 is always visible."""
    eighths = max(round(share * width * 8), int(share > 0))
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def print_bars(rows: Sequence[tuple[str, int]]) -> None:
    """Print a bar for each label and number. In a pipe, print the label, a tab and the number."""
    if not is_terminal():
        for label, number in rows:
            say(f"{label}\t{number}")
        return
    console = stdout_console()
    most = max((number for _, number in rows), default=0)
    wide = max((len(label) for label, _ in rows), default=0)
    digits = len(f"{most:,}")
    for label, number in rows:
        drawn = bar(number / most if most else 0.0, max(10, min(60, console.width - wide - digits - 4)))
        say(f"{label:<{wide}}  {number:>{digits},}  {drawn}".rstrip())
