"""Numbers over time as bars of text."""

from collections.abc import Iterator, Sequence

from radio_archive.cli.output import say, stdout_console

MOST_MONTHS = 48
"""More months than this are shown as years."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def months_between(first: str, last: str) -> Iterator[str]:
    """Yield the months from `first` to `last`, both written 2024-10."""
    year, month = int(first[:4]), int(first[5:7])
    while (text := f"{year:04}-{month:02}") <= last:
        yield text
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def over_time(months: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return counts by month without gaps; by year where there are too many months to look at."""
    dated = {month: number for month, number in months if len(month) == 7}
    if not dated:
        return []
    whole = [(month, dated.get(month, 0)) for month in months_between(min(dated), max(dated))]
    if len(whole) <= MOST_MONTHS:
        return whole
    years: dict[str, int] = {}
    for month, number in whole:
        years[month[:4]] = years.get(month[:4], 0) + number
    return list(years.items())


def bar(share: float, width: int) -> str:
    """Return a bar of `share`, 0 to 1, of `width` characters; what is more than nothing can be seen."""
    eighths = max(round(share * width * 8), int(share > 0))
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def print_bars(rows: Sequence[tuple[str, int]]) -> None:
    """Print a bar for each label and number; piped, the label and the number with a tab between them."""
    console = stdout_console()
    if not console.is_terminal:
        for label, number in rows:
            say(f"{label}\t{number}")
        return
    most = max((number for _, number in rows), default=0)
    wide = max((len(label) for label, _ in rows), default=0)
    digits = len(f"{most:,}")
    for label, number in rows:
        drawn = bar(number / most if most else 0.0, max(10, min(60, console.width - wide - digits - 4)))
        say(f"{label:<{wide}}  {number:>{digits},}  {drawn}".rstrip())
