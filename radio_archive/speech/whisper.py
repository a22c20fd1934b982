"""Whisper through faster-whisper and CTranslate2: the only module that imports them."""

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import version

import ctranslate2
from faster_whisper import BatchedInferencePipeline, WhisperModel

from radio_archive.audio import RATE, Chunk
from radio_archive.config import EngineOptions
from radio_archive.errors import ModelNotFoundError, RadioArchiveError, TranscriptionError, UsageError
from radio_archive.models import Transcript, Word
from radio_archive.speech import models
from radio_archive.speech.engine import EngineReport, Heard, PreparedClip, Progress, Unheard

logging.getLogger("faster_whisper").setLevel(logging.ERROR)


class WhisperTranscriber:
    """A loaded Whisper model.

    Windows without timestamps and without the previous text: no window's mistake spreads to the next.
    """

    def __init__(self, options: EngineOptions) -> None:
        """Load the model. Raises ModelNotFoundError, or UsageError for a device that is not there."""
        self.device = _device(options.device)
        self.compute_type = _compute_type(options.compute_type, self.device)
        self.weights = models.find(default_model(self.device) if options.model == "auto" else options.model)
        self.options = options
        try:
            self._model = WhisperModel(
                str(self.weights.folder),
                device=self.device,
                compute_type=self.compute_type,
                cpu_threads=options.threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelNotFoundError(
                f"cannot load the model in {self.weights.folder}: {error}",
                "Download it again, or choose another with --model.",
            ) from error
        self._pipeline = BatchedInferencePipeline(self._model)

    @property
    def name(self) -> str:
        return f"{self.weights.name} on {self.device} ({self.compute_type})"

    def transcribe(self, clips: Iterable[PreparedClip]) -> Iterator[EngineReport]:
        """Yield progress and one result for each clip; see `Transcriber`."""
        for clip in clips:
            try:
                yield from self._transcribe(clip)
            except RadioArchiveError as error:
                yield Unheard(clip.key, error)
            except (RuntimeError, ValueError, MemoryError) as error:
                yield Unheard(
                    clip.key,
                    TranscriptionError(
                        f"the engine failed: {error or type(error).__name__}",
                        "Try again, or with another model or --device cpu.",
                    ),
                )

    def _transcribe(self, clip: PreparedClip) -> Iterator[EngineReport]:
        started = time.monotonic()
        language, words = clip.language, list[Word]()
        for chunk in clip.chunks():
            heard, found = self._hear(chunk, language)
            language = found or language
            for word in heard:
                words.append(word)
                if word.text.endswith((".", "?", "!")):
                    yield Progress(clip.key, word.end)
            yield Progress(clip.key, chunk.offset + len(chunk.samples) / RATE)
        elapsed = time.monotonic() - started
        transcript = Transcript(
            words=tuple(words),
            language=language,
            engine="faster-whisper",
            engine_version=version("faster-whisper"),
            model=self.weights.name,
            revision=self.weights.revision,
            options=self._record(),
            speed=round(clip.duration / elapsed, 2) if elapsed > 0 else None,
        )
        yield Heard(clip.key, transcript)

    def _hear(self, chunk: Chunk, language: str | None) -> tuple[Iterator[Word], str | None]:
        segments, info = self._pipeline.transcribe(
            chunk.samples,
            language=language,
            word_timestamps=True,
            beam_size=self.options.beam_size,
            batch_size=self.options.batch_size,
        )
        words = (
            Word(chunk.offset + word.start, chunk.offset + max(word.start, word.end), word.word, word.probability)
            for segment in segments
            for word in segment.words or ()
        )
        # Where nobody speaks there is no language to detect, whatever the model's guess.
        return words, info.language if info.duration_after_vad else None

    def _record(self) -> dict[str, object]:
        return {
            **asdict(self.options),
            "model": self.weights.name,
            "device": self.device,
            "compute_type": self.compute_type,
            "weights_sha256": self.weights.sha256,
            "ctranslate2": ctranslate2.__version__,
        }


def default_model(device: str) -> str:
    """Return the model that serves a device best."""
    return models.DEFAULT_ON_GPU if device == "cuda" else models.DEFAULT_ON_CPU


def best_device() -> str:
    """Return `cuda` where CTranslate2 sees a GPU, else `cpu`."""
    return "cuda" if ctranslate2.get_cuda_device_count() > 0 else "cpu"


def _device(asked: str) -> str:
    if asked not in {"auto", "cpu", "cuda"}:
        raise UsageError(f"no device is called {asked!r}", "Use auto, cpu or cuda.")
    if asked == "cuda" and best_device() != "cuda":
        raise UsageError("there is no CUDA device on this machine", "Use --device cpu, or leave --device out.")
    return best_device() if asked == "auto" else asked


def _compute_type(asked: str, device: str) -> str:
    supported = ctranslate2.get_supported_compute_types(device)
    if asked == "auto":
        preferred = ("float16", "int8") if device == "cuda" else ("int8", "float32")
        return next((kind for kind in preferred if kind in supported), "default")
    if asked not in supported:
        raise UsageError(
            f"{device} here cannot compute in {asked!r}",
            f"Use one of: {', '.join(sorted(supported))}; or leave it out.",
        )
    return asked
