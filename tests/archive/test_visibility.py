"""An embargo ends at the station's time, wherever it is decided whether a clip may be seen, on any machine."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from support.program import ok, run
from support.search_rows import Rows

from radio_archive.archive import visibility
from radio_archive.archive.archive import SETTINGS, Archive
from radio_archive.archive.clips import decisions, read
from radio_archive.archive.filters import Filters
from radio_archive.archive.public import views
from radio_archive.archive.public.copy import copy_published
from radio_archive.errors import RadioArchiveError
from radio_archive.search.search import search

FIRST, LAST, HONOLULU = ZoneInfo("Etc/GMT-14"), ZoneInfo("Etc/GMT+12"), ZoneInfo("Pacific/Honolulu")
"""The zones where a day begins first and last: their calendars never show the same day."""
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


def at(machine: pytest.MonkeyPatch, zone: str) -> None:
    """Let the machine's clock show the time of `zone`."""
    machine.setenv("TZ", zone)
    time.tzset()


def station(folder: Path, zone: str | None) -> Archive:
    return Archive.create(folder, f'[station]\ntimezone = "{zone}"\n' if zone else "")


def with_embargoes(archive: Archive, texts: Sequence[str]) -> list[str]:
    """Add a clip under each of these embargoes, as they are, and return their names."""
    uids = [Rows(archive).clip(["The reef is closed"]) for _ in texts]
    for uid, text in zip(uids, texts, strict=True):
        archive.db.execute("UPDATE clips SET embargo_until = ? WHERE uid = ?", [text, uid])
    archive.db.conn.commit()
    archive.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return uids


def seen_by(archive: Archive, uids: Sequence[str]) -> dict[str, list[bool]]:
    """Return what each part of the program that decides on it lets the public see of the clips."""
    copy = archive.folder / "copy.db"
    copy_published(archive, copy, audio=False)
    with closing(sqlite3.connect(copy)) as published, closing(sqlite3.connect(archive.database_path)) as visitor:
        views.hide(visitor)
        found = {
            "listed": {clip.uid for clip in read.clips(archive, Filters(public=True))},
            "found": {hit.clip.uid for hit in search(archive, "reef", Filters(public=True), limit=99).clips},
            "on the site": {uid for (uid,) in visitor.execute("SELECT uid FROM clips")},
            "published": {uid for (uid,) in published.execute("SELECT uid FROM clips")},
            "quoted without a word": {uid for uid in uids if not visibility.reasons(archive, uid)},
        }
    hidden = visibility.hidden_clips(archive)
    assert hidden == len(uids) - len(found["listed"])
    assert views.holds_hidden_clips(archive.database_path) == (hidden > 0)
    copy.unlink()
    return {part: [uid in seen for uid in uids] for part, seen in found.items()}


def clock(zone: ZoneInfo, later: timedelta = timedelta()) -> str:
    """Return what a clock in `zone` shows, or will show `later`."""
    return f"{datetime.now(zone) + later:%Y-%m-%dT%H:%M}"


def of_station(later: timedelta) -> str:
    return clock(HONOLULU, later)


def of_world(later: timedelta) -> str:
    return f"{datetime.now(UTC) + later:%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("zone", "until", "over"),
    [
        (LAST, lambda: [clock(FIRST)[:10], clock(LAST)[:10]], [False, True]),
        (FIRST, lambda: [clock(FIRST)[:10]], [True]),
        (None, lambda: [clock(FIRST)[:10]], [True]),
        (
            HONOLULU,
            lambda: [
                f"{told(later)}{ending}"
                for told, ending in ((of_station, ""), (of_station, ":01"), (of_station, "-10:00"), (of_world, "Z"))
                for later in (2 * A_MINUTE, -2 * A_MINUTE)
            ],
            [False, True] * 4,
        ),
    ],
)
def test_an_embargo_ends_by_the_stations_clock(
    zone: ZoneInfo | None,
    until: Callable[[], list[str]],
    over: list[bool],
    tmp_path: Path,
    machine: pytest.MonkeyPatch,
) -> None:
    at(machine, "Etc/GMT-14")
    with station(tmp_path / "a", zone.key if zone else None) as archive:
        given = until()
        uids = with_embargoes(archive, [*given, *(visibility.embargo(archive, text) for text in given)])
        seen = seen_by(archive, uids)
    assert all(found == over * 2 for found in seen.values()), seen


def test_what_is_no_day_and_no_time_never_ends(tmp_path: Path) -> None:
    with station(tmp_path / "a", None) as archive:
        texts = (
            *("now", "2460000", "12:00", "next spring", "1 Dec 2020", "2020-12-01Z", "2020-12-01 06:00"),
            *("2020-12-01T06:00 HST", "2020-12-01T06:00-10", "2020-12-01T99:00Z", "2020-12-01T06:00+99:00"),
            *("2020-12-01T06:00'Z", "-2020-12-01", "９２０２-12-01", " "),
        )
        seen = seen_by(archive, with_embargoes(archive, texts))
    assert not any(any(found) for found in seen.values()), seen


@pytest.mark.parametrize(
    ("zone", "given", "stored"),
    [
        ("Pacific/Honolulu", "2026-12-01", "2026-12-01"),
        ("Pacific/Honolulu", "2026-12-01T06:00", "2026-12-01T06:00:00-10:00"),
        ("Pacific/Honolulu", "2026-12-01 06:00:30", "2026-12-01T06:00:30-10:00"),
        ("Pacific/Honolulu", "2026-12-01T06:00+01:00", "2026-12-01T06:00:00+01:00"),
        ("Pacific/Honolulu", "2026-12-01t06:00z", "2026-12-01T06:00:00Z"),
        # The hour that comes twice is meant when it comes again, so that nothing is early.
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T01:30:00-05:00"),
        # A local time before zones had whole minutes.
        ("Pacific/Honolulu", "1890-01-01T00:00", "1890-01-01T10:31:26Z"),
        (None, "2026-12-01T06:00", "2026-12-01T06:00:00+14:00"),
    ],
)
def test_an_embargo_is_stored_as_the_station_means_it(
    zone: str | None, given: str, stored: str, tmp_path: Path, machine: pytest.MonkeyPatch
) -> None:
    at(machine, "Etc/GMT-14")
    with station(tmp_path / "a", zone) as archive:
        uid = Rows(archive).clip(["The reef is closed"])
        assert decisions.set_decision(archive, uid, "embargo", given) == stored
        assert decisions.of_clip(archive, uid).embargo_until == stored


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("next spring", "embargo is 'next spring'"),
        ("2026-13-01", "no calendar"),
        ("2026-02-30T06:00", "no calendar"),
        ("2026-12-01T25:00", "no calendar"),
        ("2026-12-01T06:00+25:00", "no calendar"),
        ("2026-12-01T06:00+15:00", "an offset that no place has"),
        ("0001-01-01T00:00+14:00", "no calendar"),
        ("9999-12-31T23:59-12:00", "no calendar"),
        ("9999-12-31T23:59", "no calendar"),
        ("2026-W49-2", "embargo is"),
        ("20261201T0600", "embargo is"),
        ("2026-12-01+10:00", "embargo is"),
        ("２０２６-12-01", "embargo is"),
        ("9" * 5_000, "embargo is '999"),
        ("2026-03-08T02:30", "does not exist in America/New_York: clocks are set forward"),
    ],
)
def test_an_embargo_that_cannot_be_meant_is_refused(given: str, problem: str, tmp_path: Path) -> None:
    with station(tmp_path / "a", "America/New_York") as archive:
        uid = Rows(archive).clip(["The reef is closed"])
        with pytest.raises(RadioArchiveError) as refused:
            decisions.set_decision(archive, uid, "embargo", given)
        assert problem in refused.value.problem
        assert len(str(refused.value)) < 400
        assert decisions.of_clip(archive, uid).embargo_until is None


def test_settings_that_cannot_be_read_publish_nothing_early(tmp_path: Path) -> None:
    with station(tmp_path / "a", None) as archive:
        (archive.folder / SETTINGS).write_text('[station]\ntimezone = "Pacific/Honalulu"\n', encoding="utf-8")
        with pytest.raises(RadioArchiveError, match=r"line 2: station\.timezone is 'Pacific/Honalulu'"):
            visibility.embargo(archive, "2026-12-01T06:00")
        hidden, shown = clock(LAST, 2 * A_MINUTE), clock(LAST, -2 * A_MINUTE)
        seen = seen_by(archive, with_embargoes(archive, [hidden, shown]))
    assert all(found == [False, True] for found in seen.values()), seen


def test_a_zone_that_is_set_later_counts_at_once(tmp_path: Path, machine: pytest.MonkeyPatch) -> None:
    at(machine, "Etc/GMT-14")
    with station(tmp_path / "a", None) as archive:
        uid = Rows(archive).clip(["The reef is closed"])
        decisions.set_decision(archive, uid, "embargo", clock(FIRST)[:10])
        assert not visibility.reasons(archive, uid)
        (archive.folder / SETTINGS).write_text('[station]\ntimezone = "Etc/GMT+12"\n', encoding="utf-8")
        assert visibility.reasons(archive, uid)


def test_tag_takes_a_time_and_says_what_it_means(tmp_path: Path) -> None:
    with station(tmp_path / "a", "Pacific/Honolulu") as archive:
        uid = Rows(archive).clip(["The reef is closed"])
    said = ok("tag", uid, "embargo=2999-12-01T06:00", "-a", tmp_path / "a").out
    assert "embargo: 2999-12-01T06:00:00-10:00" in said
    assert "until 2999-12-01T06:00:00-10:00" in ok("show", uid, "-a", tmp_path / "a").out
    refused = run("tag", uid, "embargo=2999-12-01T24:30", "review=approved", "-a", tmp_path / "a")
    assert refused.code != 0
    assert "no calendar and clock shows" in refused.err
    assert ok("show", uid, "-a", tmp_path / "a", "--json").json["facts"]["review"] == "unreviewed", (
        "nothing is half done"
    )
