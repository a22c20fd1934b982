"""Convert the contents of feed elements into plain values: HTML texts, days, durations, addresses."""

import re
from datetime import UTC, datetime, time, tzinfo
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit, urlunsplit

from radio_archive.metadata.dates import WRITTEN, date_of
from radio_archive.models import clean_text
from radio_archive.text.periods import MONTHS

LONGEST_HTML = 50_000
"""Characters of a description that are read."""
LONGEST_URL = 4000
"""Characters; no server accepts a longer address."""
LONGEST_TIME = 360_000.0
"""Seconds; a duration above a hundred hours is wrong."""

_KNOWN = (
    "a|abbr|article|aside|b|big|blockquote|body|br|center|cite|code|dd|del|div|dl|dt|em|figcaption|figure|font|footer"
    "|h[1-6]|head|header|hr|html|i|iframe|img|ins|kbd|li|main|mark|meta|nav|ol|p|pre|q|s|script|section|small|span"
    "|strike|strong|style|sub|sup|table|tbody|td|tfoot|th|thead|title|tr|tt|u|ul|wbr"
)
_MARKUP = re.compile(
    rf"(?i)</?(?:{_KNOWN})(?:\s[^<>]{{0,2000}})?/?>|&(?:#\d{{1,7}}|#x[0-9a-f]{{1,6}}|[a-z]\w{{1,30}});"
)
_BLOCKS = frozenset(
    "address article aside blockquote body br center dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr "
    "html li main nav ol p pre section table tbody td tfoot th thead tr ul".split()
)
_UNSEEN = frozenset({"script", "style", "head", "title", "iframe"})

_ISO = re.compile(r"\s*(\d{4}-\d{2}-\d{2}|\d{8})(?!\d)")
_DAY_FIRST = re.compile(
    r"\s*(?:[^\W\d]{2,10}\.?(?:,\s*|\s+))?(\d{1,2})[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+(\d{4}|\d{2})(?!\d)"
)
_MONTH_FIRST = re.compile(
    r"\s*(?:[A-Za-z]{3,9}\.?,?\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(?:\d{1,2}:\d{2}(?::\d{2})?\s+)?(\d{4})(?!\d)"
)
_UTC = re.compile(r"(?i)(?:z|ut|utc|gmt|[+-]00:?00)\s*$")
_CLOCK = re.compile(r"\s*(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,7})(?:[.,](\d{1,9}))?\s*")


def plain_text(text: str) -> str:
    """Return text or HTML as plain text: a line for each paragraph, without blank lines."""
    text = text[:LONGEST_HTML]
    if _MARKUP.search(text):
        reader = _TextExtractor()
        reader.feed(text)
        reader.close()
        text = "".join(reader.kept)
    return "\n".join(line for line in map(clean_text, text.splitlines()) if line)


def plain_line(text: str, longest: int = 1000) -> str:
    """Return plain text on one line; empty if it is longer than `longest` characters."""
    line = " ".join(plain_text(text[: 8 * longest]).split("\n"))
    return line if len(line) <= longest else ""


class _TextExtractor(HTMLParser):
    """Collects the visible text of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            # In HTML a line ends at the end of an element, not at a line break in the source.
            self.kept.append(data.replace("\n", " ").replace("\r", " "))

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.kept.append("\n")


def parse_day(text: str) -> str | None:
    """Return the day of a date, YYYY-MM-DD, as written: time zones are ignored.

    Reads the dates of RSS (`Tue, 22 Oct 2024 23:30:00 -1000`, also with two-digit years), Atom and similar forms.
    None for any other text and for an invalid day.
    """
    text = text[:100]
    if iso := _ISO.match(text):
        return _day(iso[1])
    if match := _DAY_FIRST.match(text):
        day, name, year = match.groups()
    elif match := _MONTH_FIRST.match(text):
        name, day, year = match.groups()
    else:
        return None
    month = MONTHS.get(name[:3].casefold())
    if len(year) == 2:
        # RFC 2822.
        year = f"{'20' if int(year) < 50 else '19'}{year}"
    return _day(f"{year}-{month:02}-{int(day):02}") if month else None


def _day(text: str) -> str | None:
    match = WRITTEN.fullmatch(text)
    return date_of(match) if match else None


def is_utc(text: str) -> bool:
    """Whether a date is in Universal Time, whose day may differ from the station's local day."""
    return bool(_UTC.search(text[:100]))


def moment_of(text: str) -> datetime | None:
    """Return the moment that a date of RSS or Atom names; None without a zone or a time, for which midnight stands."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text[:100].strip())
            return moment.astimezone(UTC) if moment.tzinfo and moment.time() != time() else None
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def day_in_zone(text: str, zone: tzinfo) -> str | None:
    """Return the day in `zone` of a time in Universal Time, which a word may precede.

    None for a time in another zone, and for midnight, which usually means a day without a time.
    """
    if not is_utc(text):
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        for written in (text[:100], text[:100].partition(" ")[2]):
            try:
                moment = read(written.strip())
                local = moment.replace(tzinfo=UTC).astimezone(zone)
                return local.date().isoformat() if moment.time() != time() else None
            except (ValueError, TypeError, OverflowError, IndexError):
                continue
    return None


def parse_duration(text: str) -> float | None:
    """Return the seconds of `1:02:03.5`, `62:03` or `3723`; None for anything else."""
    match = _CLOCK.fullmatch(text[:40])
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds)
    total = float(f"{whole}.{fraction or 0}")
    return total if total <= LONGEST_TIME else None


def absolute_url(text: str, base: str) -> str | None:
    """Return an absolute address; None if it is invalid. Any scheme is accepted."""
    text = clean_text(text[: LONGEST_URL + 1])
    if not text or len(text) > LONGEST_URL:
        return None
    try:
        whole = urljoin(base, text.replace(" ", "%20"))
        parts = urlsplit(whole)
    except ValueError:
        return None
    return whole if parts.scheme and len(whole) <= LONGEST_URL else None


def page_url(text: str, base: str) -> str | None:
    """Return the http(s) address of a web page, safe to link to; None for any other (`javascript:`)."""
    whole = absolute_url(text, base)
    return whole if whole and whole.lower().startswith(("http://", "https://")) else None


def public_url(url: str) -> str:
    """Return an address without parts that may be secret: user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if not parts.scheme or not host:
        return url if not parts.query and "@" not in url else url.split("?")[0].rpartition("@")[2]
    host = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, host + port, parts.path, "", ""))
