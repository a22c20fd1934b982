"""A page of a list costs the page, and a clip's name its own row, however many clips there are."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from support.bounds import sqlite_steps, statements
from support.program import PEAK_MEMORY, ok, run

from radio_archive.archive import filters as filters_module
from radio_archive.archive import rows
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, recordings
from radio_archive.archive.clips.episodes import Episodes
from radio_archive.archive.filters import Filters
from radio_archive.archive.names.lookup import find_id
from radio_archive.errors import NoSuchClipError

FEW, MANY = 2_000, 20_000
GROWN = """
    WITH RECURSIVE numbers (n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000 + :clips)
    INSERT INTO {into} SELECT {values} FROM numbers"""
ROWS = {
    "recordings (id, sha256, bytes, media_type, duration, sample_rate, channels, storage, path, original_name, added_at)":  # noqa: E501
        "n, printf('%064d', n), 1, 'audio/mpeg', 90, 44100, 1, 'referenced', 'a.mp3', 'a.mp3', '2026-01-01'",
    # Every other clip has no date; twenty are in Hawaiian, and by somebody else.
    "clips (id, uid, show_id, title, air_date, language, added_at)":
        "n, iif(n = 1000, 'k3x9abcd', printf('z%07x', n)), 1, 'Title ' || (n * 7919 % 1000003), "
        "iif(n % 2, date('2005-01-01', '+' || (n * 7919 % 7300) || ' days'), NULL), "
        "iif(n % (:clips / 20), 'en', 'haw'), '2026'",
    "clip_recordings (clip_id, recording_id)": "n, n",
    "subjects (clip_id, subject, folded)": "n, 'Sea', iif(n % (:clips / 20), 'sea', 'sky')",
    "credits (clip_id, person_id, role)": "n, iif(n % (:clips / 20), 1, 2), 'reporter'",
}  # fmt: skip
"""What is written into the tables for each of a number of clips."""


def grown(folder: Path, clips: int) -> Path:
    """Return a new archive with so many clips of one show, without transcripts."""
    ok("init", folder)
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute("INSERT INTO shows (uid, name) VALUES ('s1', 'Reef Notes')")
        db.execute("INSERT INTO people (uid, name) VALUES ('p1', 'Bill Carter'), ('p2', 'Malia Santos')")
        db.execute(
            """INSERT INTO aliases (subject_type, subject_id, name, folded)
               SELECT 'show', id, name, lower(name) FROM shows
               UNION ALL SELECT 'person', id, name, lower(name) FROM people"""
        )
        for into, values in ROWS.items():
            db.execute(GROWN.format(into=into, values=values), {"clips": clips})
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive(grown(tmp_path_factory.mktemp("small") / "a", FEW), read_only=True) as archive:
        yield archive


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive(grown(tmp_path_factory.mktemp("large") / "a", MANY), read_only=True) as archive:
        yield archive


def page(**chosen: str | bool) -> Callable[[Archive], object]:
    return lambda archive: list(read.clips(archive, Filters(**chosen), 20))  # type: ignore[arg-type]


def subject(
    kind: str, of: str, year: str | None = None, start: str = "", size: int = 20
) -> Callable[[Archive], object]:
    def read_page(archive: Archive) -> object:
        key = find_id(archive.db, kind, of) if kind in {"show", "person"} else of
        assert key is not None
        found = Episodes("2026-01-01", kind, key, year).page(archive, start, size, read.LISTED)
        assert len(found.clips) == size
        return found

    return read_page


PAGES = {
    "all": page(),
    "public": page(public=True),
    "show": page(show="Reef Notes"),
    "since": page(since="2010-01-01"),
    "until": page(until="2010-01-01"),
    "show, until": page(show="Reef Notes", until="2010-01-01"),
    "reporter of most": page(reporter="Bill Carter"),
    "reporter of few": page(reporter="Malia Santos"),
    "both": page(speaker="Bill Carter", language="haw"),
    "common language": page(language="en"),
    "rare language": page(language="haw"),
    "incomplete": page(incomplete=True),
    "a show's page": subject("show", "Reef Notes"),
    "a person's page": subject("person", "Bill Carter"),
    "a year of a person": subject("person", "Bill Carter", "2011"),
    "a show's page in the middle": subject("show", "Reef Notes", start="2015-06-01.9999"),
    "the last page of a show": subject("show", "Reef Notes", start="undated.1100"),
    "a person's page in the middle": subject("person", "Bill Carter", start="2015-06-01.9999"),
    "a subject of most": subject("subject", "sea"),
    "a subject of most in the middle": subject("subject", "sea", start="2015-06-01.9999"),
    "a subject of few": subject("subject", "sky"),
    "a day": subject("day", "06-01", size=1),
    "a clip by its name": lambda archive: read.find_uid(archive, "z0000400"),
    "a clip by the beginning": lambda archive: read.find_uid(archive, "k3"),
    "no clip": lambda archive: _missing(archive),
}


def _missing(archive: Archive) -> None:
    with pytest.raises(NoSuchClipError):
        read.find_uid(archive, "y")


@pytest.mark.parametrize("what", PAGES)
def test_a_page_costs_the_page(what: str, small: Archive, large: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters_module, "MANY", 100)
    costs = [sqlite_steps(archive.db.conn, partial(PAGES[what], archive)) for archive in (small, large)]
    assert costs[1] < 2 * costs[0] + 500, costs


def test_few_and_many_are_the_same_clips_in_the_same_order(large: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    for chosen in (
        Filters(reporter="Bill Carter"),
        Filters(language="en"),
        Filters(speaker="Malia Santos"),
    ):
        monkeypatch.setattr(filters_module, "MANY", 10**6)
        few = [clip.uid for clip in read.clips(large, chosen, 50)]
        monkeypatch.setattr(filters_module, "MANY", 10)
        assert [clip.uid for clip in read.clips(large, chosen, 50)] == few
        every = [clip.uid for clip in read.clips(large, chosen)]
        assert every[:50] == few
        assert len(every) == read.count(large, chosen)


def test_a_list_is_the_newest_first_and_what_has_no_date_is_last(large: Archive) -> None:
    listed = list(read.clips(large))
    dated = [clip.date for clip in listed if clip.date]
    assert dated == sorted(dated, reverse=True)
    assert [clip.date for clip in listed[len(dated) :]] == [None] * (MANY + 1 - len(dated))


def test_a_language_has_variants(tmp_path: Path) -> None:
    folder = grown(tmp_path / "a", 9)
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        for number, language in enumerate(("en-US", "EN_gb", "en", "eng", "de", None)):
            db.execute("UPDATE clips SET language = ? WHERE id = ?", [language, 1001 + number])
    with Archive(folder, read_only=True) as archive:
        found = {clip.language for clip in read.clips(archive, Filters(language="English"))}
    assert found == {"en-US", "EN_gb", "en"}


def test_the_beginning_of_a_name_finds_a_clip(small: Archive) -> None:
    assert read.find_uid(small, " Z0000400 ") == "z0000400"
    assert read.find_uid(small, "K3x") == "k3x9abcd"
    for said, expected in {
        "z0000": "several clips begin with",
        "": "no clip",
        "z%": "no clip",
        "z_": "no clip",
    }.items():
        ran = run("show", said, "-a", small.folder)
        assert ran.code == 1
        assert expected in ran.err


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("form", ["--jsonl", "--json", ""])
def test_a_list_of_all_clips_needs_no_more_memory_than_a_page(form: str, large: Archive) -> None:
    program = f"""{PEAK_MEMORY}
import contextlib, io, sys
from radio_archive.cli import main
class Nowhere(io.StringIO):
    def write(self, text):
        return len(text)
def listed(*options):
    with contextlib.redirect_stdout(Nowhere()), contextlib.suppress(SystemExit):
        main()
arguments = ["radio-archive", "list", "-a", {str(large.folder)!r}, *{[form] if form else []!r}]
sys.argv = [*arguments, "--limit", "200"]
listed()
before = peak_memory()
sys.argv = arguments
listed()
print(peak_memory() - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    # KiB. The database of eight megabytes may be cached; all the clips at once would be forty more.
    assert int(done.stdout) < 20_000


def test_clips_that_are_named_come_in_this_order_and_page_by_page(large: Archive) -> None:
    uids = [f"z{number:07x}" for number in range(1300, 1001, -1)]
    ran = statements(large.db.conn, lambda: list(read.in_order(large, uids)))
    assert [clip.uid for clip in read.in_order(large, ["gone", *uids])] == uids
    assert len(ran) == 3


def test_the_few_recordings_without_a_waveform_are_found_without_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "PAGE", 2)
    folder = grown(tmp_path / "a", FEW)
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute("UPDATE recordings SET peaks = x'00' WHERE id % 400")
    with Archive(folder) as archive:
        number = recordings.number_without_peaks(archive)
        assert sqlite_steps(archive.db.conn, lambda: list(recordings.without_peaks(archive))) < 500
        seen = []
        for sha256, _ in recordings.without_peaks(archive):
            seen.append(sha256)
            recordings.save_peaks(archive, sha256, b"\0")
        assert (len(seen), sorted(set(seen))) == (number, seen) == (5, seen)
        assert recordings.number_without_peaks(archive) == 0
        # Joining and renaming clips look their addresses up.
        query = "EXPLAIN QUERY PLAN UPDATE slugs SET subject_id = 1 WHERE subject_type = 'clip' AND subject_id = 2"
        assert "slugs_subject" in archive.db.execute(query).fetchone()[3]
