"""The boundary to a loaded model: what the batching asks of it, and what goes in and comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from radio_archive.audio.decode import Samples
from radio_archive.models import Word

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


class BatchDecoder(Protocol):
    """A loaded model, used from several threads. Every method may raise RuntimeError or MemoryError."""

    def features(self, audio: Samples) -> NDArray[np.float32]: ...

    def encode(self, features: Sequence[NDArray[np.float32]]) -> list[Encoded]: ...

    def languages(self, encoded: Encoded) -> Mapping[str, float]:
        """Return the probability of each language."""
        ...

    def decode(self, encoded: Sequence[Encoded], hints: Hints, *, timestamps: bool = False) -> list[Hypothesis]:
        """Return the most probable text of each window; with `timestamps`, Whisper marks sentences meanwhile."""
        ...

    def align(
        self, encoded: Sequence[Encoded], hypotheses: Sequence[Hypothesis], seconds: Sequence[float], hints: Hints
    ) -> list[AlignedText]: ...
