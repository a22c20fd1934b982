"""Reading clips again: by the roster as it is, and at the same cost for each clip of any archive."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path

import pytest
from support.bounds import sqlite_steps
from support.spoken_archive import say

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.names import roster
from radio_archive.archive.names.roster import RosterReader
from radio_archive.metadata.gather import Naming
from radio_archive.models import Known, Roster
from radio_archive.pipeline.retag import reread, retag
from radio_archive.pipeline.spoken import SpokenClaims

SAID = ("This is Island Morning.", "The harbor is closed. " * 4, "For Island Morning, I'm Keoni Nakamura.")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.create(tmp_path / "a", "")


def crowd(archive: Archive, number: int) -> None:
    """Put people on the roster, nobody of whom is in a clip."""
    for at in range(number):
        roster.add(archive, "person", f"Person{at} Oftheroster", [], {})


def read_again(archive: Archive, uids: Iterable[str], spoken: SpokenClaims) -> None:
    for uid in uids:
        reread(archive, uid, Naming(), spoken, dry_run=True)


def test_a_clip_is_read_again_at_the_same_cost_with_any_number_of_people(tmp_path: Path) -> None:
    steps = []
    for people in (5, 400):
        with Archive.create(tmp_path / f"{people}", "") as archive:
            crowd(archive, people)
            first, *others = [say(archive, *SAID, title=f"Clip {number}") for number in range(6)]
            spoken = SpokenClaims(archive)
            # The roster itself is read for the first one.
            reread(archive, first, Naming(), spoken, dry_run=True)
            work = partial(read_again, archive, others, spoken)
            steps.append(sqlite_steps(archive.db.conn, work))
    assert steps[1] < 1.2 * steps[0]


def test_somebody_who_is_added_meanwhile_is_known_at_once(archive: Archive) -> None:
    roster.add(archive, "person", "Malia Santos", [], {})
    for number in range(3):
        say(archive, *SAID, title=f"Clip {number}")
    found = [(change.clip, change.after) for change in retag(archive, read.uids(archive), Naming(), dry_run=True)]
    assert not [after for _, after in found if after == "Keoni Nakamura"]
    again = retag(archive, added_before_the_second(archive), Naming(), dry_run=True)
    uids = list(read.uids(archive))
    assert [change.clip for change in again if change.after == "Keoni Nakamura"] == uids[1:]


def added_before_the_second(archive: Archive) -> Iterator[str]:
    """Yield the uids; before the second one, another process adds a person."""
    for at, uid in enumerate(read.uids(archive)):
        if at == 1:
            with Archive(archive.folder) as other:
                roster.add(other, "person", "Keoni Nakamura", [], {})
        yield uid


def test_the_roster_is_read_once_and_then_what_is_new(archive: Archive) -> None:
    reader = RosterReader(archive)
    assert reader.news() == (Roster(), True)
    roster.add(archive, "person", "Malia Santos", [], {})
    say(archive, "One.", show="Reef Notes")
    assert reader.news() == (Roster((Known("Malia Santos"),), (Known("Reef Notes"),)), False)
    assert reader.news() == (Roster(), False)
    with Archive(archive.folder) as other:
        roster.add(other, "person", "Lani Pua", [], {})
    assert reader.news() == (Roster((Known("Lani Pua"),)), False)


def renamed(archive: Archive) -> None:
    roster.change(archive, roster.find(archive, "person", "Lani"), {"name": "Lani Kealoha"})


def also_called(archive: Archive) -> None:
    roster.change(archive, roster.find(archive, "person", "Lani"), {}, ["L. Pua"])


def merged(archive: Archive) -> None:
    roster.merge(archive, "person", *(roster.find(archive, "person", name) for name in ("Lani", "Malia")))


def alias_deleted(archive: Archive) -> None:
    with archive.writing():
        archive.db.execute("DELETE FROM aliases WHERE name = 'Lani Pua'")


@pytest.mark.parametrize("change", [renamed, also_called, merged, alias_deleted])
def test_after_a_change_all_of_the_roster_is_read(archive: Archive, change: Callable[[Archive], None]) -> None:
    reader = RosterReader(archive)
    for name in ("Malia Santos", "Lani Pua"):
        roster.add(archive, "person", name, [], {})
    before = reader.news()[0]
    change(archive)
    news, whole = reader.news()
    assert whole
    assert news == RosterReader(archive).news()[0] != before


def test_uids_come_by_the_page_while_clips_are_changed(archive: Archive) -> None:
    rows = [(f"u{number:07}", "a") for number in range(2_500)]
    with closing(sqlite3.connect(archive.database_path)) as db:
        db.executemany("INSERT INTO clips (uid, title, added_at) VALUES (?, ?, '2024')", rows)
        db.commit()
    assert sqlite_steps(archive.db.conn, lambda: list(islice(read.uids(archive), 10))) < 20_000
    seen = []
    for uid in read.uids(archive):
        with archive.writing():
            archive.db.execute("UPDATE clips SET air_date = '2024-01-01' WHERE uid = ?", [uid])
        seen.append(uid)
    assert seen == [uid for uid, _ in rows]
