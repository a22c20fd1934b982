"""The boundary to a loaded model: what the batching asks of it, and what goes in and comes out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from radio_archive.audio.decode import RATE, Samples
from radio_archive.errors import RadioArchiveError
from radio_archive.models import Word
from radio_archive.speech.windows import LIMIT

LATER = RATE // 4
"""Samples of silence before a window that is heard again."""
Encoded = NDArray[np.float32] | NDArray[np.float16]
"""One window's encoder output: (positions, width)."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known about a window before it is decoded. Windows with the same hints can share a batch."""

    language: str | None
    prompt: str | None = None
    hotwords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The decoder's output for one window, before its words are timed."""

    tokens: tuple[int, ...]
    average_log_probability: float
    no_speech_probability: float


@dataclass(frozen=True, slots=True)
class AlignedText:
    """The text of one window with timed words, in seconds from the start of the window's joined audio."""

    words: tuple[Word, ...]
    text: str
    average_log_probability: float
    no_speech_probability: float
    language: str | None = None
    """An ISO 639-1 code, where the decoder found the language itself and the hints name none."""


DecodedT = TypeVar("DecodedT")
"""What a decoder hands to its own alignment."""


class BatchDecoder(Protocol[DecodedT]):
    """A loaded model, used from several threads. Every method may raise RuntimeError or MemoryError."""

    def features(self, audio: Samples) -> NDArray[np.float32]: ...

    def encode(self, features: Sequence[NDArray[np.float32]]) -> list[Encoded]: ...

    def languages(self, encoded: Encoded) -> Mapping[str, float]:
        """Return the probability of each language; nothing if it is found when the window is decoded."""
        ...

    def decode(
        self, encoded: Sequence[Encoded], hints: Hints, *, doubted: str | None = None
    ) -> Sequence[DecodedT | RadioArchiveError]:
        """Return the most probable text of each window, or why there is none.

        If the text `doubted` came before, it is decoded in another way: Whisper marks sentences meanwhile.
        """
        ...

    def align(
        self, encoded: Sequence[Encoded], hypotheses: Sequence[DecodedT], seconds: Sequence[float], hints: Hints
    ) -> list[AlignedText]: ...


Hear = Callable[[Sequence[Samples], Hints], Sequence[AlignedText | RadioArchiveError]]


class OneStep:
    """A decoder that turns the sound of windows into timed words in one step; each window's sound is its encoding."""

    def __init__(self, hear: Hear, *, marking: Hear | None = None) -> None:
        """`marking` is how it hears while it marks sentences, where it can; of the window, or of nothing where not."""
        self._hear, self._marking = hear, marking

    def features(self, audio: Samples) -> NDArray[np.float32]:
        """Return the sound as one row, so that windows of any length share a batch."""
        return audio[np.newaxis]

    def encode(self, features: Sequence[NDArray[np.float32]]) -> list[Encoded]:
        return list(features)

    def languages(self, encoded: Encoded) -> Mapping[str, float]:
        return {}

    def decode(
        self, encoded: Sequence[Encoded], hints: Hints, *, doubted: str | None = None
    ) -> Sequence[AlignedText | RadioArchiveError]:
        sounds = [row[0].astype(np.float32, copy=False) for row in encoded]
        if doubted is None:
            return self._hear(sounds, hints)
        return [self._again(sound, hints, doubted) for sound in sounds]

    def _again(self, sound: Samples, hints: Hints, doubted: str) -> AlignedText | RadioArchiveError:
        """Return another text; behind a little silence if need be, because the same sound has the same text."""
        for marked in self._marking([sound], hints) if self._marking else ():
            if not isinstance(marked, RadioArchiveError) and marked.text != doubted:
                return marked
        lead = LATER if len(sound) + LATER <= LIMIT else 0
        [later] = self._hear([np.concatenate([np.zeros(lead, np.float32), sound])], hints)
        return later if isinstance(later, RadioArchiveError) else _earlier(later, lead / RATE)

    def align(
        self, encoded: Sequence[Encoded], hypotheses: Sequence[AlignedText], seconds: Sequence[float], hints: Hints
    ) -> list[AlignedText]:
        return list(hypotheses)


def _earlier(heard: AlignedText, seconds: float) -> AlignedText:
    """Return words as if the sound had begun so much later."""
    words = (
        replace(word, start=max(0.0, word.start - seconds), end=max(0.0, word.end - seconds)) for word in heard.words
    )
    return replace(heard, words=tuple(words))
