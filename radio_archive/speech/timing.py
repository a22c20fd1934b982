"""Corrects word times by loudness: Whisper's attention starts the first word after a pause too early, in the pause.

Loudness is measured in frames of 10 ms, in dBFS, and compared with the sound around it: "quiet" under a musical bed
is louder than "quiet" in a silent studio.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from radio_archive.models import Word
from radio_archive.speech.levels import FRAME, Levels

CONTEXT = 15.0
"""Seconds before and after the words whose loudness they are compared with."""
BELOW_SPEECH = 26.0
"""dB. A frame this far below the loud parts of the speech around it is quiet."""
ABOVE_FLOOR = 6.0
"""dB. A frame less than this far above the quietest parts around it is quiet too."""
LOUDEST_QUIET = 10.0
"""dB. A frame less than this far below the speech is never quiet."""
SHORTEST_PAUSE = 0.12
"""Seconds of quiet within a word from which it is a pause before or after it: stop consonants are shorter."""
SHORTEST_WORD = 0.04
"""Seconds. A word that would become shorter keeps its times."""
MARGIN = 0.02
"""Seconds kept around the sound: soft consonants are below the threshold."""
SENTENCE_ENDS = (".", "?", "!", "。", "？", "！")


def ends_sentence(word: Word) -> bool:
    return word.text.rstrip().endswith(SENTENCE_ENDS)


def snap(words: Sequence[Word], level: Levels) -> tuple[Word, ...]:
    """Return `words` with starts and ends moved to where there is sound. Times are seconds from the start of `level`.

    Times stay in order. A word that lies wholly in quiet keeps its times.
    """
    if not words or not len(level):
        return tuple(words)
    quiet = _quiet(level, words[0].start, words[-1].end)
    snapped: list[Word] = []
    for index, word in enumerate(words):
        first = index == 0 or ends_sentence(words[index - 1])
        start, end = _sounding(quiet, word.start, word.end, first=first)
        start = max(start, snapped[-1].end if snapped else 0.0)
        snapped.append(replace(word, start=start, end=max(start, end)))
    return tuple(snapped)


def _quiet(level: Levels, start: float, end: float) -> NDArray[np.bool_]:
    """Return which frames of `level` are quiet, compared with the sound from `start` to `end` and around it."""
    near = level[max(0, int((start - CONTEXT) / FRAME)) : int((end + CONTEXT) / FRAME) + 1]
    floor, speech = np.percentile(near, [5, 90]) if len(near) else (-120.0, 0.0)
    threshold = min(max(speech - BELOW_SPEECH, floor + ABOVE_FLOOR), speech - LOUDEST_QUIET)
    return level < threshold


def _sounding(quiet: NDArray[np.bool_], start: float, end: float, *, first: bool) -> tuple[float, float]:
    """Return the part of `start` to `end` that is the word: without quiet ends, and only one side of a pause in it."""
    begin, stop = round(start / FRAME), round(end / FRAME)
    within = quiet[begin:stop]
    loud = np.flatnonzero(~within)
    if not len(loud):
        return start, end
    low, high = int(loud[0]), int(loud[-1]) + 1
    gap = _longest_gap(loud)
    if gap is not None:
        # The first word of a sentence comes after the pause, any other word before it.
        low, high = (gap[1], high) if first else (low, gap[0])
    new_start = max(start, (begin + low) * FRAME - MARGIN) if low else start
    new_end = min(end, (begin + high) * FRAME + MARGIN) if high < len(within) else end
    return (new_start, new_end) if new_end - new_start >= SHORTEST_WORD else (start, end)


def _longest_gap(loud: NDArray[np.intp]) -> tuple[int, int] | None:
    """Return the first and last frame (exclusive) of the longest pause between loud frames; None if all are short."""
    if len(loud) < 2:
        return None
    widths = np.diff(loud) - 1
    widest = int(widths.argmax())
    return (int(loud[widest]) + 1, int(loud[widest + 1])) if widths[widest] * FRAME >= SHORTEST_PAUSE else None
