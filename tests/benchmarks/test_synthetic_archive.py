"""benchmarks/synthetic_archive.py: an archive as `save_clip` makes it, with all that real ones hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import synthetic_archive
from support.program import ok
from synthetic_archive import OCCASIONS, Plan, build, save
from synthetic_text import A_CLIP

from radio_archive.archive.archive import Archive
from radio_archive.archive.index import check
from radio_archive.config.settings import TEMPLATE

CLIPS = 70
"""So many that each of the occasions comes."""
TIMES = ("added", "created", "found", "seen", "changed", "left")
OWN = {
    "uid",
    "old",
    "added_at",
    "created_at",
    "found_at",
    "seen_at",
    "changed_at",
    "first_seen_at",
    "left_at",
    "quiet_since",
}
"""Columns with random names, and with the time."""
COUNTED = {
    "story": "stories",
    "earlier transcript": "(SELECT 1 FROM transcripts GROUP BY clip_id HAVING count(*) > 1)",
    "gap": "gaps JOIN clips ON current_transcript_id = transcript_id",
    "feed": "(SELECT 1 FROM feed_items WHERE clip_id IS NOT NULL)",
    "watched": "intake WHERE state = 'archived'",
    "subject": "subjects",
    "approved": "clips WHERE review_status = 'approved'",
    "note": "notes",
    "collection": "collection_clips",
    "private": "clips WHERE visibility = 'private'",
    "correction": "corrections",
    "host": "credits WHERE role = 'host'",
    "guest": "credits WHERE role = 'guest'",
    "conflict": "claims WHERE field = 'reporter' AND source = 'filename'",
    "rebroadcast": "likenesses WHERE similarity > 0.9",
}
"""What there is once for each clip with an occasion."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with build(tmp_path_factory.mktemp("made") / "archive", CLIPS * A_CLIP) as archive:
        yield archive


def rows(archive: Archive) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows, without random names and times."""
    db = archive.db
    tables = [
        name for name in db.table_names() if "_fts" not in name and not name.startswith(("_", "sqlite_", "row_digests"))
    ]
    found = {}
    for table in tables:
        columns = ", ".join(f'"{column.name}"' for column in db.table(table).columns if column.name not in OWN)
        found[table] = sorted(db.execute(f"SELECT {columns} FROM [{table}]").fetchall(), key=repr)
    return found


def test_clips_and_their_occasions_are_as_many_as_planned(made: Archive) -> None:
    counts = {what: made.db.execute(f"SELECT count(*) FROM {where}").fetchone()[0] for what, where in COUNTED.items()}
    planned = [what for clip in Plan(CLIPS).batch(0) for what in clip.has]
    assert counts == {what: planned.count(what) for what in OCCASIONS}
    assert min(counts.values()) > 0
    assert made.db.execute("SELECT count(*), count(DISTINCT clip_id) FROM segments").fetchone() == (
        CLIPS * A_CLIP,
        CLIPS,
    )


def test_it_is_sound_and_can_be_searched(made: Archive) -> None:
    with Archive(made.folder) as archive:
        assert [report for report in check.verify(archive, mend=False) if not report.is_sound] == []
    (title,) = made.db.execute("SELECT title FROM clips WHERE visibility = 'private'").fetchone()
    assert title in ok("search", f'title:"{title}"', "--archive", made.folder).out
    assert "audio" not in [line.split()[1] for line in ok("doctor", "--archive", made.folder).out.splitlines()]
    assert "statistics" not in made.db.table_names()
    assert "sqlite_stat1" not in made.db.table_names()


def test_the_rows_are_those_of_clips_that_are_saved_one_by_one(made: Archive, tmp_path: Path) -> None:
    with Archive.create(tmp_path / "one by one", TEMPLATE) as archive:
        synthetic_archive.begin(archive, Plan(CLIPS).corpus)
        for planned in Plan(CLIPS).batch(0):
            save(archive, planned)
        assert rows(archive) == rows(made)


def test_a_build_that_was_stopped_goes_on(made: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic_archive, "BATCH", 30)
    with build(tmp_path / "whole", CLIPS * A_CLIP) as archive:
        whole = rows(archive)
    seen: list[int] = []

    def stop(archive: Archive, planned: synthetic_archive.Planned) -> str:
        seen.append(planned.number)
        if len(seen) == 45:
            raise KeyboardInterrupt
        return save(archive, planned)

    monkeypatch.setattr(synthetic_archive, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "stopped", CLIPS * A_CLIP)
    with build(tmp_path / "stopped", CLIPS * A_CLIP) as archive:
        assert rows(archive) == whole
    assert seen[45] == 30


def test_a_folder_that_was_not_made_here_is_left_alone(tmp_path: Path) -> None:
    ok("init", tmp_path / "mine")
    with pytest.raises(Exception, match="there is an archive"):
        build(tmp_path / "mine", CLIPS * A_CLIP)
    assert (tmp_path / "mine" / "archive.db").exists()
