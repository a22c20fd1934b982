"""Pictures of sound: small, the same however the sound comes, and drawn for old recordings too."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.program import ok

from radio_archive.archive.archive import Archive
from radio_archive.audio.peaks import MOST, Peaks

RATE = 16_000


def drawn(samples: NDArray[np.float32], cuts: list[int]) -> bytes | None:
    peaks = Peaks()
    for part in np.split(samples, cuts):
        peaks.add(part)
    return peaks.to_bytes()


@pytest.mark.parametrize("cuts", [[], [1, 2, 5], [799], [801, 900, 901, 5_000], [100, 100, 300_000]])
def test_it_does_not_matter_in_which_pieces_the_sound_comes(cuts: list[int]) -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, 30 * RATE + 123).astype(np.float32)
    assert drawn(samples, cuts) == drawn(samples, [])


def test_it_is_loud_where_the_sound_is() -> None:
    samples = np.zeros(80 * RATE, np.float32)
    samples[60 * RATE : 61 * RATE] = -0.5
    picture = drawn(samples, []) or b""
    assert len(picture) == MOST
    assert [place for place, peak in enumerate(picture) if peak] == list(range(600, 610))
    assert max(picture) == 128


def test_there_is_nothing_to_draw_without_sound() -> None:
    assert Peaks().to_bytes() is None


def test_every_recording_has_one_and_old_ones_get_the_same(own_archive: Path) -> None:
    def kept() -> list[bytes]:
        with Archive(own_archive, read_only=True) as archive:
            return [row[0] for row in archive.db.execute("SELECT peaks FROM recordings ORDER BY id")]

    at_ingest = kept()
    assert all(len(peaks) == MOST for peaks in at_ingest)
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("UPDATE recordings SET peaks = NULL WHERE id > 2")
    assert f"Drew {len(at_ingest) - 2} recordings" in ok("waveforms", "--archive", own_archive).out
    assert kept() == at_ingest
