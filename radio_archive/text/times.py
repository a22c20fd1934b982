"""Times and dates as people write them."""

import math
import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from radio_archive.errors import UsageError

_TIME = re.compile(r"(?:(?:(\d{1,3}):)?([0-5]?\d):)?(\d{1,6}(?:\.\d{1,3})?)", re.ASCII)
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
MONTHS = "January February March April May June July August September October November December".split()


def clock(seconds: float) -> str:
    """Return a time as `1:21` or `1:02:03`, without fractions."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def seconds_of(text: str) -> float:
    """Return the seconds of a time such as `12.3`, `1:05` or `1:02:03.5`. Raises UsageError."""
    parts = _TIME.fullmatch(text)
    if parts is None:
        raise UsageError(f"{text[:60]!r} is not a time in seconds", "Write it like 12.3, or like 1:05.")
    hours, minutes, seconds = parts.groups(default="0")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def stretch(start: float, end: float) -> str:
    """Return a stretch of time as `0:31–0:36`, from the second in which it starts until it is over."""
    # Half a tenth of a second more is not worth a whole second on display.
    return f"{clock(start)}–{clock(math.ceil(round(end, 1)))}"


def long_date(text: str | None) -> str:
    """Return `22 October 2024` for 2024-10-22, `October 2024` for 2024-10; other text as it is."""
    try:
        if text and _MONTH.fullmatch(text):
            return long_date(f"{text}-01").partition(" ")[2]
        day = date.fromisoformat(text or "")
    except ValueError:
        return text or ""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def retry_after(text: str) -> float | None:
    """Return the seconds that a header Retry-After asks for (RFC 9110); None if it says nothing."""
    if re.fullmatch(r"\d{1,9}", text.strip()):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, LookupError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def moment(seconds: float) -> str:
    """Return the fragment of an address for a moment of a clip: `#t=12.3`."""
    return f"#t={round(seconds, 1):g}"
