"""benchmarks/untidy_archive.py: what it promises to hold is there, and hidden words are in hidden clips alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from untidy_archive import CLIPS, HIDDEN, HIDING, HOUR, OCCASIONS, STATION, plan

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.filters import Filters
from radio_archive.archive.index import check

COUNTED = {
    "story": "stories",
    "subject": "subjects",
    "gap": "gaps",
    "collection": "collection_clips",
    "approved": "clips WHERE review_status = 'approved'",
    "private": "clips WHERE visibility = 'private'",
    "embargo": "clips WHERE embargo_until > '2998'",
    "only a year": "clips WHERE length(air_date) = 4",
    "rebroadcast": "(SELECT DISTINCT clip_id FROM likenesses WHERE similarity > 0.9)",
}


@pytest.fixture(scope="module")
def archive(untidy_archive: Path) -> Iterator[Archive]:
    with Archive(untidy_archive) as opened:
        yield opened


def test_each_occasion_comes(archive: Archive) -> None:
    planned = list(plan(CLIPS))
    assert {what for clip in planned for what in clip.has} == OCCASIONS.keys()
    for what, where in COUNTED.items():
        assert archive.db.execute(f"SELECT count(*) FROM {where}").fetchone()[0] > 2, what
    assert all(report.is_sound for report in check.verify(archive, mend=False))
    assert planned[HOUR].clip.recording.duration == 3600


def test_only_hidden_clips_say_what_is_hidden(archive: Archive) -> None:
    public = {clip.title for clip in read.clips(archive, Filters(public=True))}
    hidden = sum(bool(clip.has & HIDING) for clip in plan(CLIPS))
    assert read.count(archive, Filters(public=True)) == CLIPS - hidden
    assert not any(HIDDEN in title for title in public)
    assert archive.db.execute("SELECT name FROM stations").fetchall() == [(STATION,)]
