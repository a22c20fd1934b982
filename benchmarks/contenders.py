"""Those who compete: each takes the same files (the limit: the same sound in memory) and reads them all, once."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.vad import VadOptions, collect_chunks, get_speech_timestamps
from numpy.typing import NDArray

from radio_archive.archive.archive import Archive
from radio_archive.audio.decode import RATE
from radio_archive.audio.examine import examine
from radio_archive.config.settings import TEMPLATE, EngineOptions, ShowHints
from radio_archive.models import Outcome
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile
from radio_archive.pipeline.request import Request
from radio_archive.speech.whisper import WhisperTranscriber

LANGUAGE, BEAM = "en", 5
Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Setup:
    """One model as everybody uses it. `guards`: checks on what was decoded, which may decode a window again."""

    folder: str
    device: str
    compute_type: str
    guards: bool = False


class WholeWindows(WhisperModel):  # type: ignore[misc]
    """A model whose last word in a window always ends with the window.

    `transcribe` goes on from the last word's end. Random weights put that end anywhere, and windows would be
    read several times over.
    """

    def add_word_timestamps(
        self, segments: list[Any], tokenizer: Any, encoded: Any, frames: Any, *rest: Any, **options: Any
    ) -> Any:
        """Time the words as ever, then stretch the last one; `frames` is one number only in `transcribe`."""
        last = super().add_word_timestamps(segments, tokenizer, encoded, frames, *rest, **options)
        if isinstance(frames, int):
            for segment in segments:
                words = [word for part in segment for word in part["words"]]
                if words:
                    words[-1]["end"] = (segment[0]["seek"] + frames) / self.frames_per_second
        return last


def load(setup: Setup, *, random: bool) -> WhisperModel:
    """Load the model for faster-whisper."""
    kind = WholeWindows if random else WhisperModel
    return kind(setup.folder, device=setup.device, compute_type=setup.compute_type, local_files_only=True)


def _decoding(setup: Setup) -> dict[str, Any]:
    decoding = {"language": LANGUAGE, "beam_size": BEAM, "without_timestamps": True, "word_timestamps": True}
    if setup.guards:
        return decoding
    thresholds = ("compression_ratio_threshold", "log_prob_threshold", "no_speech_threshold")
    return {**decoding, "temperature": 0.0, **dict.fromkeys(thresholds)}


def sequential(setup: Setup, model: WhisperModel, clips: Sequence[Path]) -> None:
    """One file after the other, one window after the other."""
    for clip in clips:
        segments, _ = model.transcribe(str(clip), vad_filter=True, condition_on_previous_text=False, **_decoding(setup))
        for _ in segments:
            pass


def batched(setup: Setup, model: WhisperModel, batch: int, clips: Sequence[Path]) -> None:
    """One file after the other, the windows of a file together."""
    pipeline = BatchedInferencePipeline(model)
    for clip in clips:
        segments, _ = pipeline.transcribe(str(clip), batch_size=batch, **_decoding(setup))
        for _ in segments:
            pass


def load_ours(setup: Setup) -> WhisperTranscriber:
    """Load the model for radio_archive."""
    return WhisperTranscriber(
        EngineOptions(
            model=setup.folder,
            device=setup.device,
            compute_type=setup.compute_type,
            beam_size=BEAM,
            guards=setup.guards,
            language=LANGUAGE,
        )
    )


def ours(engine: WhisperTranscriber, clips: Sequence[Path]) -> None:
    """The whole pipeline into a fresh archive: copies of the media and rows of the database included."""
    folder = Path(tempfile.mkdtemp(prefix="throughput-"))
    try:
        with Archive.create(folder / "archive", TEMPLATE) as archive:
            results = Ingest(archive, engine, Request(hints=ShowHints(language=LANGUAGE))).run(
                InputFile(clip) for clip in clips
            )
        failed = [result.error for result in results if result.outcome is not Outcome.ARCHIVED]
        assert len(results) == len(clips), f"{len(results)} results for {len(clips)} clips"
        assert not failed, failed
    finally:
        shutil.rmtree(folder)


def windows(model: WhisperModel, clips: Sequence[Path]) -> list[Features]:
    """Return the features of every window: as few as the speech of a clip needs, as `transcribe` cuts them."""
    found: list[Features] = []
    for clip in clips:
        samples = examine(clip).samples
        assert samples is not None
        spoken, _ = collect_chunks(samples, get_speech_timestamps(samples, VadOptions()))
        speech = np.concatenate(spoken)
        for start in range(0, len(speech), 30 * RATE):
            features = model.feature_extractor(speech[start : start + 30 * RATE])
            found.append(pad_or_trim(features[..., :-1]))
    return found


@dataclass(frozen=True, slots=True)
class Limit:
    """Nothing but the model's own work, on features in memory: no files, no text, no database."""

    model: WhisperModel
    features: Sequence[Features]

    def run(self, encode: int, decode: int) -> None:
        """Encode `encode` windows at a time; decode and align `decode` at a time."""
        for start in range(0, len(self.features), decode):
            self.decode(self.encode(self.features[start : start + decode], encode))

    def encode(self, features: Sequence[Features], batch: int) -> ctranslate2.StorageView:
        """Return the encoder's output for all of `features`, which were encoded `batch` at a time."""
        parts = [self.model.encode(np.stack(group)) for group in _groups(features, batch)]
        if len(parts) == 1:
            return parts[0]
        assert self.model.model.device == "cpu", "batches are joined on a CPU only"
        return ctranslate2.StorageView.from_array(np.concatenate([np.asarray(part) for part in parts]))

    def decode(self, encoded: ctranslate2.StorageView) -> None:
        """Decode the windows together, then time their words."""
        engine, multilingual = self.model.model, self.model.model.is_multilingual
        tokenizer = Tokenizer(self.model.hf_tokenizer, multilingual, task="transcribe", language=LANGUAGE)
        number = encoded.shape[0]
        suppressed = [tokenizer.transcribe, tokenizer.translate, tokenizer.sot, tokenizer.sot_prev, tokenizer.sot_lm]
        results = engine.generate(
            encoded,
            [[*tokenizer.sot_sequence, tokenizer.no_timestamps]] * number,
            beam_size=BEAM,
            suppress_tokens=[*tokenizer.non_speech_tokens, *suppressed],
            return_scores=True,
            return_no_speech_prob=True,
        )
        texts = [[token for token in result.sequences_ids[0] if token < tokenizer.eot] for result in results]
        engine.align(encoded, tokenizer.sot_sequence, texts, [3000] * number, median_filter_width=7)


def _groups(features: Sequence[Features], size: int) -> Iterator[Sequence[Features]]:
    for start in range(0, len(features), size):
        yield features[start : start + size]
