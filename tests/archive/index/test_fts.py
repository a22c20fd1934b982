"""What makes a full-text index leaves no work for those who save clips after it."""

from pathlib import Path

from support.search_rows import Rows

from radio_archive.archive.archive import Archive
from radio_archive.archive.index import fts
from radio_archive.config.settings import TEMPLATE

PIECES = "SELECT count(DISTINCT segid) FROM segments_fts_idx"


def test_an_index_that_is_made_again_is_in_one_piece(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "archive", TEMPLATE) as archive:
        rows = Rows(archive)
        rows.clip([" ".join(f"w{number:06}" for number in range(n, n + 20_000)) for n in range(0, 300_000, 20_000)])
        with archive.writing():
            fts.make(archive.db, "segments")
        assert archive.db.execute(PIECES).fetchone() == (1,)
        archive.db.execute("INSERT INTO segments_fts (segments_fts) VALUES ('integrity-check')")
