"""An engine that hears nothing but a language, and remembers what it was told of each clip."""

from collections.abc import Generator, Iterable

from radio_archive.models import Transcript, Word
from radio_archive.speech.engine import ClipResult, EngineReport, PreparedClip


class Listening:
    """The engine; `told` holds every clip that it was given."""

    name = "listening"

    def __init__(self, language: str | None = None) -> None:
        self._language = language
        self.told: list[PreparedClip] = []

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        for clip in clips:
            self.told.append(clip)
            yield ClipResult(clip.key, Transcript((), language=self._language))


class Hearing(Listening):
    """An engine that hears the same words in every clip, half a second for each; `text` may be changed between runs."""

    name = "hearing"

    def __init__(self, text: str, language: str | None = "en") -> None:
        super().__init__(language)
        self.text = text

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        for clip in clips:
            self.told.append(clip)
            words = [Word(n * 0.5, n * 0.5 + 0.4, f" {word}", 0.9) for n, word in enumerate(self.text.split())]
            yield ClipResult(clip.key, Transcript(tuple(words), language=self._language, model="small"))
