"""Which clips are public: one rule for the site, for what is published, and for quotes.

A clip is hidden while it is private, its show is private, or its embargo lasts. An embargo is a day or a time in
ISO 8601. A day, and a time without an offset, are those of the station: of `[station] timezone`, or else of this
machine's zone. What is written in any other way never ends, because its meaning is unknown.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from radio_archive.archive.archive import SETTINGS, Archive
from radio_archive.config.reader import read_settings
from radio_archive.errors import ConfigError, UsageError

_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_MINUTE = f"{_DAY}T[0-9][0-9]:[0-9][0-9]"
_LOCAL = " OR ".join(f"clips.embargo_until GLOB '{form}'" for form in (_DAY, _MINUTE, f"{_MINUTE}:[0-9][0-9]"))
_ZONED = " OR ".join(f"clips.embargo_until GLOB '{_MINUTE}*{zone}'" for zone in ("Z", "[-+][0-9][0-9]:[0-9][0-9]"))
_PRIVATE = "clips.visibility <> 'public'"
_IN_PRIVATE_SHOW = """EXISTS (SELECT 1 FROM shows AS hiding
                    WHERE hiding.id = clips.show_id AND hiding.visibility = 'private')"""
_FREE = f"""(clips.embargo_until IS NULL
         OR (({_LOCAL}) AND clips.embargo_until <= :station_time)
         OR (({_ZONED}) AND coalesce(datetime(clips.embargo_until) <= :utc_time, 0)))"""
PUBLIC = f"(NOT {_PRIVATE} AND {_FREE} AND NOT {_IN_PRIVATE_SHOW})"
"""A condition on a row of `clips`; `clock` returns its parameters."""
CLOCK = frozenset(("station_time", "utc_time"))
"""The names of the parameters of PUBLIC."""
_EMBARGO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?) ?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII)
_FARTHEST = timedelta(hours=14)
"""The largest offset that any zone has, and that SQLite understands."""
_LAST_TO_BEGIN = timezone(timedelta(hours=-12))
"""Where each day begins last."""


def clock(archive: Archive) -> dict[str, object]:
    """Return the parameters of PUBLIC: what time it is."""
    return {"station_time": station_time(archive.folder), "utc_time": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"}


def station_time(folder: Path) -> str:
    """Return the local time at the station whose archive is in `folder`: `2026-12-01T06:00:00`."""
    return f"{datetime.now(zone_or_last(folder)):%Y-%m-%dT%H:%M:%S}"


def zone_or_last(folder: Path) -> tzinfo | None:
    """Return the same as `station_zone`; for settings that cannot be read, the zone where days begin last.

    So nothing is shown too early.
    """
    try:
        return station_zone(folder)
    except ConfigError:
        return _LAST_TO_BEGIN


def station_zone(folder: Path) -> tzinfo | None:
    """Return the time zone in the settings of the archive in `folder`; None if none is set, which means this machine's.

    Raises ConfigError.
    """
    path = folder / SETTINGS
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _zone(path, changed)


@lru_cache(maxsize=64)
def _zone(path: Path, _changed: int) -> tzinfo | None:
    name = read_settings(path).station.timezone
    return ZoneInfo(name) if name else None


def embargo(archive: Archive, text: str) -> str:
    """Return the end of an embargo as it is stored: a day as it is, a time with its offset from Universal Time.

    Of a time that a clock shows twice, when it is set back, the second is meant. Raises UsageError, and ConfigError if
    the settings that name the station's zone cannot be read.
    """
    parts = _EMBARGO.fullmatch(text)
    problem = f"embargo is {text[:60]!r}"
    advice = (
        "Write a day, 2026-12-01, or a time, 2026-12-01T06:00, as a clock at the station shows it; "
        "or with an offset: 2026-12-01T06:00-10:00."
    )
    if parts is None:
        raise UsageError(problem, advice)
    day, time, offset = parts.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{time or '00:00'}")
        if time is None:
            return day
        ends = datetime.fromisoformat(f"{day}T{time}{offset.upper()}") if offset else _at_station(archive, local)
        # Also what SQLite compares: it has no year before 0 or after 9999.
        in_utc = ends.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{problem}, which no calendar and clock shows", advice) from None
    shift = ends.utcoffset() or timedelta()
    if abs(shift) > _FARTHEST:
        raise UsageError(f"{problem}, with an offset that no place has", "An offset is from -12:00 to +14:00.")
    # Before 1900, zones had offsets with seconds.
    return (in_utc if shift % timedelta(minutes=1) else ends).isoformat().replace("+00:00", "Z")


def _at_station(archive: Archive, local: datetime) -> datetime:
    zone = station_zone(archive.folder)
    ends = local.replace(fold=1, tzinfo=zone).astimezone(UTC).astimezone(zone)
    if ends.replace(tzinfo=None, fold=0) != local:
        name = zone or "this machine's time zone"
        raise UsageError(
            f"embargo is {local.isoformat()}, a time that does not exist in {name}: clocks are set forward over it",
            "Write a later time, or give its offset, as in 2026-12-01T06:00-10:00.",
        )
    return ends


def reasons(archive: Archive, uid: str) -> tuple[str, ...]:
    """Return in words why a clip is hidden; empty for a public one."""
    query = f"""SELECT {_PRIVATE}, {_IN_PRIVATE_SHOW}, CASE WHEN NOT {_FREE} THEN clips.embargo_until END,
                    (SELECT name FROM shows WHERE shows.id = clips.show_id)
                FROM clips WHERE uid = :uid"""  # noqa: S608 - our own conditions
    parameters = {"uid": uid, **clock(archive)}
    with archive.reading():
        private, in_private_show, until, show = archive.db.execute(query, parameters).fetchone()
    found = [f"{uid} is private"] if private else []
    found += [f"the show of {uid}, {show}, is private"] if in_private_show else []
    found += [f"{uid} is under embargo until {until}"] if until else []
    return tuple(found)


def hidden_clips(archive: Archive) -> int:
    """Return the number of hidden clips."""
    query = f"SELECT count(*) FROM clips WHERE NOT {PUBLIC}"  # noqa: S608 - our own constant
    with archive.reading():
        return int(archive.db.execute(query, clock(archive)).fetchone()[0])
