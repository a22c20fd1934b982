"""Whether the archive knows a name: what that costs in a large archive."""

from pathlib import Path

from support.bounds import sqlite_steps

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims
from radio_archive.models import Claim, Field, Source

CLAIM = Claim(Field.SHOW, "HarborWatch", Source.FILENAME, "file name")


def archive_of(folder: Path, clips: int) -> Archive:
    """Return an archive of clips that each have four claims."""
    archive = Archive.create(folder, "")
    rows = [(number, f"clip{number}", f"2024-01-{number % 28 + 1:02}") for number in range(1, clips + 1)]
    with archive.writing():
        archive.db.conn.executemany(
            "INSERT INTO clips (id, uid, title, air_date, added_at) VALUES (?, ?, 'A title', ?, '2025-01-01')", rows
        )
        archive.db.conn.executemany(
            """INSERT INTO claims (subject_type, subject_id, field, value, source, evidence, confidence, created_at)
               VALUES ('clip', ?, ?, ?, 'filename', 'file name', 0.4, '2025-01-01')""",
            [(key, field, f"Another {key}") for key, *_ in rows for field in ("show", "title", "date", "reporter")],
        )
    return archive


def test_a_name_is_looked_for_among_the_newest_clips_however_many_there_are(tmp_path: Path) -> None:
    steps = []
    for clips in (300, 3_000):
        with archive_of(tmp_path / str(clips), clips) as archive:
            steps.append(sqlite_steps(archive.db.conn, lambda: claims.is_known(archive, CLAIM)))
    assert steps[1] < steps[0] * 1.2
