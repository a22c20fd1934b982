"""From speech to windows: nothing lost, nothing twice, as few windows as possible, every time mapped back."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from faster_whisper.vad import VadOptions, collect_chunks, get_speech_timestamps
from hypothesis import given
from hypothesis import strategies as st
from support.bounds import cpu_seconds
from support.program import CLIPS, truths

from radio_archive.audio.decode import RATE, Samples
from radio_archive.audio.examine import examine
from radio_archive.speech.windows import GOOD_PAUSE, LIMIT, PAD, Region, Window, find_speech, pack

SMALL = 1000
"""A limit small enough for hypothesis to find the edge cases."""


def laid_out(*lengths_and_pauses: tuple[int, int]) -> list[Region]:
    """Regions from (pause before, length)."""
    regions, now = [], 0
    for pause, length in lengths_and_pauses:
        regions.append(Region(now + pause, now + pause + length))
        now += pause + length
    return regions


def seconds(*pauses_and_lengths: tuple[float, float]) -> list[Region]:
    return laid_out(*((round(pause * RATE), round(length * RATE)) for pause, length in pauses_and_lengths))


def speech(longest: int, most: int = 30) -> st.SearchStrategy[list[Region]]:
    pair = st.tuples(st.integers(0, 3 * longest), st.integers(1, longest))
    return st.lists(pair, max_size=most).map(lambda pairs: laid_out(*pairs))


def pieces(windows: Sequence[Window]) -> list[Region]:
    return [region for window in windows for region in window.regions]


def peer_count(regions: Sequence[Region], limit: int) -> int:
    """How many windows faster-whisper makes; its first is empty if the first region fills a window."""
    chunks = [{"start": region.start, "end": region.end} for region in regions]
    end = regions[-1].end if regions else 0
    audio, _ = collect_chunks(np.zeros(end, np.float32), chunks, sampling_rate=1, max_duration=limit)
    return sum(len(chunk) > 0 for chunk in audio)


def fewest(regions: Sequence[Region], limit: int) -> int:
    """The fewest windows: each is filled as far as possible. No region exceeds the limit."""
    count, filled = 0, limit
    for region in regions:
        filled += region.length
        if filled > limit:
            count, filled = count + 1, region.length
    return count


@given(speech(3 * SMALL), st.integers(0, 300))
def test_all_speech_is_in_the_windows_once_and_in_order(regions: list[Region], pad: int) -> None:
    end = regions[-1].end + 100 if regions else 0
    windows = pack(regions, SMALL, pad=pad, length=end)
    kept = np.zeros(end, np.int64)
    for piece in pieces(windows):
        kept[piece.start : piece.end] += 1
    wanted = np.zeros(end, bool)
    allowed = np.zeros(end, bool)
    for region in regions:
        wanted[region.start : region.end] = True
        allowed[max(0, region.start - pad) : region.end + pad] = True
    assert (kept <= 1).all()
    assert (kept[wanted] == 1).all()
    assert (kept[~allowed] == 0).all()
    assert all(before.end <= after.start for before, after in pairwise(pieces(windows)))
    assert all(0 < window.length <= SMALL for window in windows)


@given(speech(SMALL))
def test_never_more_windows_than_faster_whisper_packs(regions: list[Region]) -> None:
    windows = pack(regions, SMALL)
    assert len(windows) <= peer_count(regions, SMALL)
    assert len(windows) == fewest(regions, SMALL)
    assert pieces(windows) == regions


@given(speech(4 * SMALL, most=8))
def test_a_region_over_the_limit_is_cut_into_near_equal_parts(regions: list[Region]) -> None:
    parts = pieces(pack(regions, SMALL))
    for region in regions:
        inside = [part.length for part in parts if region.start <= part.start < region.end]
        assert len(inside) == -(-region.length // SMALL)
        assert max(inside) - min(inside) <= 1
    assert len(pack(regions, SMALL)) == fewest(parts, SMALL)


def losses(windows: Sequence[Window]) -> tuple[int, float, int]:
    cuts = [after.regions[0].start - before.regions[-1].end for before, after in pairwise(windows)]
    shortfall = sum(max(0, GOOD_PAUSE - pause) ** 2 for pause in cuts)
    return len(windows), shortfall, sum(window.length**2 for window in windows)


def every_packing(regions: Sequence[Region], limit: int) -> list[list[Window]]:
    packings = []
    for bits in range(2 ** (len(regions) - 1)):
        cuts = [0, *(i + 1 for i in range(len(regions) - 1) if bits >> i & 1), len(regions)]
        windows = [Window(tuple(regions[first:last])) for first, last in pairwise(cuts)]
        if all(window.length <= limit for window in windows):
            packings.append(windows)
    return packings


@given(speech(12 * RATE, most=9).filter(bool))
def test_no_packing_is_better(regions: list[Region]) -> None:
    assert losses(pack(regions)) == min(losses(windows) for windows in every_packing(regions, LIMIT))


def test_windows_end_where_the_pause_is_longest() -> None:
    regions = seconds((0, 10), (0.2, 5), (0.9, 5), (0.2, 5), (0.2, 9))
    assert [len(window.regions) for window in pack(regions)] == [2, 3]
    # Padding closes both kinds of pause, but `pack` still knows them.
    assert [len(window.regions) for window in pack(regions, pad=PAD)] == [2, 3]


def test_windows_are_even_where_pauses_are_alike() -> None:
    assert [window.length / RATE for window in pack(seconds(*[(1.5, 4)] * 8))] == [16, 16]


def test_one_cut_in_mid_sentence_is_worse_than_short_pauses() -> None:
    regions = seconds(*((pause, 10) for pause in (0, 0.1, 0.6, 0.1, 0.1, 0.6, 1.5)))
    cuts = [after.regions[0].start - before.regions[-1].end for before, after in pairwise(pack(regions))]
    assert [cut / RATE for cut in cuts] == [0.6, 0.6]


@given(speech(SMALL).filter(bool), st.data())
def test_times_map_back_to_the_very_sample(regions: list[Region], data: st.DataObject) -> None:
    source = np.arange(regions[-1].end, dtype=np.float32)
    for window in pack(regions, SMALL):
        audio = window.audio(source)
        assert len(audio) == window.length
        sample = data.draw(st.integers(0, window.length - 1))
        start, end = window.place(sample / RATE, (sample + 1) / RATE)
        assert start * RATE == pytest.approx(audio[sample], abs=1e-6)
        # A word that ends after this sample ends there, not where the next region starts.
        assert end * RATE == pytest.approx(audio[sample] + 1, abs=1e-6)


@given(speech(SMALL).filter(bool), st.lists(st.floats(-1, 2), min_size=2))
def test_time_never_runs_backwards(regions: list[Region], moments: list[float]) -> None:
    for window in pack(regions, SMALL):
        mapped = [time for moment in sorted(moments) for time in window.place(moment, moment)]
        assert mapped == sorted(mapped)
        assert window.start <= mapped[0]
        assert mapped[-1] <= window.end


def test_a_seam_is_two_moments() -> None:
    window = Window((Region(RATE, 2 * RATE), Region(5 * RATE, 7 * RATE)))
    assert window.place(1.0, 1.0) == (5.0, 5.0)
    assert window.place(0.9, 1.0) == (1.9, 2.0)
    assert (window.place(-3, -3), window.place(99, 99)) == ((1.0, 1.0), (7.0, 7.0))
    assert (window.start, window.end) == (1.0, 7.0)


def test_a_word_lies_in_one_region() -> None:
    window = Window((Region(RATE, 2 * RATE), Region(5 * RATE, 7 * RATE)))
    assert window.place(0.5, 1.1) == (1.5, 2.0)
    assert window.place(0.9, 1.4) == (5.0, 5.4)
    assert window.place(1.5, 1.5) == (5.5, 5.5)
    assert window.place(2.9, 4.0) == (6.9, 7.0)


def test_what_was_heard_in_a_window() -> None:
    window = Window((Region(RATE, 3 * RATE), Region(5 * RATE, 7 * RATE)))
    speech = [Region(0, RATE), Region(RATE // 2, 2 * RATE), Region(4 * RATE, 6 * RATE), Region(7 * RATE, 8 * RATE)]
    assert window.speech_in(speech) == ((1.0, 2.0), (5.0, 6.0))


def test_no_speech_no_windows() -> None:
    assert pack([]) == []
    assert pack([], pad=PAD, length=0) == []
    assert find_speech(np.zeros(0, np.float32), lambda _, threshold=0.5: []) == []


def test_an_hour_without_a_pause() -> None:
    windows = pack([Region(0, 3600 * RATE)])
    assert [window.length for window in windows] == [LIMIT] * 120


def test_thousands_of_tiny_regions_take_no_time() -> None:
    regions = laid_out(*[(80 + i % 7, 160) for i in range(20_000)])
    with cpu_seconds(10):
        windows = pack(regions)
    assert len(windows) == 7


def test_a_detector_may_be_sloppy() -> None:
    found: list[Mapping[str, int]] = [
        {"start": 50, "end": 70}, {"start": -5, "end": 20}, {"start": 10, "end": 30}, {"start": 65, "end": 65},
        {"start": 90, "end": 120},
    ]  # fmt: skip
    heard = find_speech(np.zeros(100, np.float32), lambda _, threshold=0.5: found)
    assert heard == [Region(0, 20), Region(20, 30), Region(50, 70), Region(90, 100)]


def silero(samples: Samples, padded: bool) -> list[Mapping[str, int]]:
    longest = 30 if padded else 30 - 2 * PAD / RATE
    pad = 400 if padded else 0
    options = VadOptions(max_speech_duration_s=longest, min_silence_duration_ms=160, speech_pad_ms=pad)
    return list(get_speech_timestamps(samples, options))


TUNING = [truth for truth in truths() if truth["split"] == "tuning"]


@pytest.mark.parametrize("truth", TUNING, ids=lambda truth: truth["title"])
def test_every_sentence_of_a_real_clip_is_in_a_window(truth: dict[str, Any]) -> None:
    samples = examine(CLIPS / truth["file"]).samples
    assert samples is not None
    regions = find_speech(samples, lambda sound, threshold=0.5: silero(sound, padded=False))
    windows = pack(regions, pad=PAD, length=len(samples))
    for sentence in truth["sentences"]:
        inside = sum(
            max(0.0, min(region.end / RATE, sentence["end"]) - max(region.start / RATE, sentence["start"]))
            for region in pieces(windows)
        )
        assert inside == pytest.approx(sentence["end"] - sentence["start"], abs=0.01), sentence
    for begins, ends in truth["quiet"]:
        for piece in pieces(windows):
            overlap = min(piece.end / RATE, ends) - max(piece.start / RATE, begins)
            assert overlap <= PAD / RATE + 0.1, "the silence is in a window"
    # The audio is what faster-whisper would have decoded, in no more windows.
    peers = [Region(chunk["start"], chunk["end"]) for chunk in silero(samples, padded=True)]
    assert sum(piece.length for piece in pieces(windows)) == sum(peer.length for peer in peers)
    assert len(windows) <= peer_count(peers, LIMIT)
