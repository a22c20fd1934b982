"""How quick a model is here is told by the runs with the same weights, before those with the same name."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import recordings

WEIGHTS = "d" * 64


@pytest.fixture
def runs(own_archive: Path) -> Archive:
    """An archive with four runs: two of the model `mine`, one of these with the known weights, and two odd ones."""
    made = [
        ("mine", 4.0, f'{{"weights_sha256": "{WEIGHTS}"}}'),
        ("/old/path/of/mine", 6.0, f'{{"weights_sha256": "{WEIGHTS}"}}'),
        ("mine", 100.0, '{"weights_sha256": "other"}'),
        ("mine", 50.0, "{damaged"),
    ]
    with closing(sqlite3.connect(own_archive / "archive.db")) as db, db:
        ids = [number for (number,) in db.execute("SELECT id FROM transcripts ORDER BY id DESC LIMIT 4")]
        for number, (model, speed, options) in zip(ids, made, strict=True):
            db.execute(
                "UPDATE transcripts SET model = ?, speed = ?, options = ? WHERE id = ?", [model, speed, options, number]
            )
    return Archive(own_archive)


def test_runs_with_the_same_weights_tell_the_speed_whatever_they_were_called(runs: Archive) -> None:
    assert recordings.typical_speed(runs, "mine", WEIGHTS) == pytest.approx((4 + 6) / 2)


def test_runs_with_the_same_name_tell_it_where_the_weights_are_new_or_unknown(runs: Archive) -> None:
    expected = pytest.approx((4 + 100 + 50) / 3)
    assert recordings.typical_speed(runs, "mine", "e" * 64) == expected
    assert recordings.typical_speed(runs, "mine") == expected


def test_a_model_that_never_ran_has_no_speed(runs: Archive) -> None:
    assert recordings.typical_speed(runs, "other", "e" * 64) is None
