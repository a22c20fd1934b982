"""Word times mended by the sound: Whisper's attention puts the first word after a pause early, into the pause.

Loudness is judged in frames of 10 ms, in dBFS, against the sound around: what counts as quiet under a musical bed is
louder than what does in a silent studio.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from radio_archive.audio.decode import RATE, Samples
from radio_archive.models import Word

FRAME = 0.01
"""Seconds in a frame."""
AROUND = 15.0
"""Seconds of sound before and after a word that its loudness is compared with."""
BELOW_SPEECH = 26.0
"""What is this many dB below the loud parts of the speech around is quiet."""
ABOVE_FLOOR = 6.0
"""What is not this many dB above the quietest parts around is quiet too."""
LOUDEST_QUIET = 10.0
"""But nothing less than this many dB below the speech is."""
SHORTEST_PAUSE = 0.12
"""Seconds of quiet within a word that can only be a pause beside it: stops within words are shorter."""
LEAST = 0.04
"""Seconds that a word keeps."""
LEAD = 0.02
"""Seconds left before a sound: soft first consonants begin below the threshold."""
SENTENCE_ENDS = (".", "?", "!", "。", "？", "！")

Levels = NDArray[np.float32]


def levels(samples: Samples) -> Levels:
    """Return the level of each whole frame of `samples`, in dBFS, at least -120."""
    size = round(RATE * FRAME)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.einsum("ij,ij->i", frames, frames) / size
    level: Levels = (10 * np.log10(np.maximum(power, 1e-12))).astype(np.float32)
    return level


def snap(words: Sequence[Word], level: Levels) -> tuple[Word, ...]:
    """Return `words`, timed in seconds from the start of `level`, begun and ended where there is sound.

    Times stay in order, and a word that lies wholly in quiet stays as it is.
    """
    if not words or not len(level):
        return tuple(words)
    quiet = _quiet(level, words[0].start, words[-1].end)
    snapped: list[Word] = []
    for index, word in enumerate(words):
        first = index == 0 or words[index - 1].text.rstrip().endswith(SENTENCE_ENDS)
        start, end = _sounding(quiet, word.start, word.end, first=first)
        start = max(start, snapped[-1].end if snapped else 0.0)
        snapped.append(replace(word, start=start, end=max(start, end)))
    return tuple(snapped)


def _quiet(level: Levels, start: float, end: float) -> NDArray[np.bool_]:
    near = level[max(0, int((start - AROUND) / FRAME)) : int((end + AROUND) / FRAME) + 1]
    floor, speech = np.percentile(near, [5, 90]) if len(near) else (-120.0, 0.0)
    threshold = min(max(speech - BELOW_SPEECH, floor + ABOVE_FLOOR), speech - LOUDEST_QUIET)
    return level < threshold


def _sounding(quiet: NDArray[np.bool_], start: float, end: float, *, first: bool) -> tuple[float, float]:
    """Return the part of `start` to `end` that is the word: without quiet at its ends, on one side of a pause in it."""
    begin, stop = round(start / FRAME), round(end / FRAME)
    within = quiet[begin:stop]
    loud = np.flatnonzero(~within)
    if not len(loud):
        return start, end
    low, high = int(loud[0]), int(loud[-1]) + 1
    gap = _longest_gap(loud)
    if gap is not None:
        # A sentence's first word comes after its pause, any other before it.
        low, high = (gap[1], high) if first else (low, gap[0])
    new_start = max(start, (begin + low) * FRAME - LEAD) if low else start
    new_end = min(end, (begin + high) * FRAME + LEAD) if high < len(within) else end
    return (new_start, new_end) if new_end - new_start >= LEAST else (start, end)


def _longest_gap(loud: NDArray[np.intp]) -> tuple[int, int] | None:
    """Return where the longest pause between sounding frames begins and ends; None if none is long enough."""
    if len(loud) < 2:
        return None
    widths = np.diff(loud) - 1
    widest = int(widths.argmax())
    return (int(loud[widest]) + 1, int(loud[widest + 1])) if widths[widest] * FRAME >= SHORTEST_PAUSE else None
