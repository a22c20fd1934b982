"""NVIDIA's Parakeet TDT through onnx-asr and ONNX Runtime, without Torch: the only module that imports them.

A transducer writes a token where it hears it, so words have times and probabilities, and silence stays empty. It takes
neither a prompt nor names to listen for, and finds the language itself.
"""

import logging
import re
from collections.abc import Generator, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import pairwise
from statistics import fmean
from typing import Any

import numpy as np

from radio_archive.audio.decode import RATE, Samples
from radio_archive.config.settings import EngineOptions
from radio_archive.errors import ModelNotFoundError, TranscriptionError, UsageError
from radio_archive.models import Transcript, Word
from radio_archive.speech import weights
from radio_archive.speech.assembly import Assembled
from radio_archive.speech.batching import Batcher, Sizes
from radio_archive.speech.catalog import INSTALLING
from radio_archive.speech.decoder import AlignedText, Hints, OneStep
from radio_archive.speech.engine import ClipResult, EngineReport, PreparedClip
from radio_archive.speech.prefetch import Prefetcher
from radio_archive.speech.whisper import detect_speech

logger = logging.getLogger(__name__)

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
"""ONNX Runtime's names of what computes."""
SIZES = {"cpu": 1, "cuda": 8}
"""Windows heard together. Weights of 8 bits are scaled by all that is computed at once: together, windows may differ in
a word from what they are alone. So on a CPU, where it gains nothing, each is heard alone."""
LONGEST_TAIL = 0.32
"""Seconds from where the last token of a word is heard to the end of the word, at most."""
SHORTEST = 0.08
"""Seconds: a step of the encoder."""
ENGLISH = "parakeet-tdt-0.6b-v2"
LANGUAGES = {
    ENGLISH: {"en"},
    "parakeet-tdt-0.6b-v3": set("bg hr cs da nl en et fi fr de el hu it lv lt mt pl pt ro sk sl es sv ru uk".split()),
}
_MARK = re.compile(r"<[^<>]*>")
"""A token that is no text."""


class ParakeetTranscriber:
    """A loaded Parakeet."""

    def __init__(self, options: EngineOptions) -> None:
        """Load the model. Raises ModelNotFoundError, or UsageError for a device or compute type that there is not."""
        if find_spec("onnx_asr") is None:
            raise ModelNotFoundError(f"the model {options.model!r} needs the package onnx-asr", f"Run `{INSTALLING}`.")
        self.options = options
        self.device = _device(options.device)
        if options.compute_type not in {"auto", "int8"}:
            problem = f"Parakeet is here in int8 alone, not in {options.compute_type!r}"
            raise UsageError(problem, "Leave --compute-type out.")
        self.weights = weights.find(options.model)
        self._model = self._loaded()
        self._warned: set[str] = set()
        sizes = Sizes(encode=1, decode=options.batch_size or SIZES[self.device])
        self._decoder = OneStep(self._hear)
        self._batcher = Batcher(self._decoder, self._prefetcher, sizes, self._finish, guarded=options.guards)

    def _loaded(self) -> Any:
        import onnx_asr
        import onnxruntime

        session = onnxruntime.SessionOptions()
        session.intra_op_num_threads = self.options.threads
        session.log_severity_level = 4
        try:
            return onnx_asr.load_model(
                "nemo-conformer-tdt",
                self.weights.folder,
                quantization="int8",
                sess_options=session,
                providers=[PROVIDERS[self.device]],
            ).with_timestamps()
        except Exception as error:  # ONNX Runtime has no common class of errors
            problem = f"cannot load the model in {self.weights.folder}: {error}"
            raise ModelNotFoundError(problem, "Download it again, or choose another with --model.") from error

    @property
    def name(self) -> str:
        return f"{self.weights.name} on {self.device} (int8)"

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield progress and one result for each clip; see `Transcriber`."""
        return self._batcher.transcribe(self._noted(clips))

    def _noted(self, clips: Iterable[PreparedClip]) -> Generator[PreparedClip, None, None]:
        """Yield the clips; say once of each kind of hint that it cannot be used."""
        for clip in clips:
            for what, given in (("prompt", clip.prompt), ("hotwords", clip.hotwords)):
                if given:
                    self._warn(f"Parakeet takes no {what}: what is set is not used.")
            if clip.language and clip.language not in LANGUAGES.get(self.weights.name, {clip.language}):
                self._warn(f"{self.weights.name} does not hear the language {clip.language!r}.")
            yield clip

    def _warn(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            logger.warning(text)

    def _prefetcher(self) -> Prefetcher:
        return Prefetcher(detect_speech, self._decoder.features, threads=1, depth=2 * self._batcher.sizes.decode)

    def _hear(self, windows: Sequence[Samples], hints: Hints) -> Sequence[AlignedText]:
        try:
            found = self._model.recognize(list(windows), sample_rate=RATE)
        except Exception as error:  # ONNX Runtime has no common class of errors
            raise RuntimeError(str(error) or type(error).__name__) from error
        language = "en" if self.weights.name == ENGLISH else None
        return [
            _aligned(one.tokens, one.timestamps, one.logprobs, len(window) / RATE, language)
            for one, window in zip(found, windows, strict=True)
        ]

    def _finish(self, clip: PreparedClip, heard: Assembled, work: float) -> ClipResult:
        transcript = Transcript(
            words=heard.words,
            language=heard.language,
            engine="onnx-asr",
            engine_version=version("onnx-asr"),
            model=self.weights.name,
            revision=self.weights.revision,
            options={
                "model": self.weights.name,
                "device": self.device,
                "compute_type": "int8",
                "batch_size": self._batcher.sizes.decode,
                "guards": self.options.guards,
                "language": clip.language,
                "weights_sha256": self.weights.sha256,
                "onnxruntime": _runtime(),
            },
            speed=round(clip.duration / work, 2) if work > 0 else None,
            windows=heard.windows,
            gaps=heard.gaps,
        )
        return ClipResult(clip.key, transcript)


def _aligned(
    tokens: Sequence[str], times: Sequence[float], scores: Sequence[float], seconds: float, language: str | None
) -> AlignedText:
    """Return tokens, each with the second where it is heard and its log probability, as words."""
    if not len(tokens) == len(times) == len(scores):
        raise TranscriptionError("the model's tokens, times and scores differ in number", "Download the model again.")
    kept = [at for at, token in enumerate(tokens) if token and not _MARK.fullmatch(token.strip())]
    begins = [n for n, at in enumerate(kept) if n == 0 or tokens[at].startswith(" ")]
    words = []
    for first, after in pairwise([*begins, len(kept)]):
        spelled = kept[first:after]
        text = "".join(tokens[at] for at in spelled)
        if not text.strip():
            continue
        start, last = times[spelled[0]], times[spelled[-1]]
        end = min(last + LONGEST_TAIL, times[kept[after]] if after < len(kept) else seconds)
        probability = min(1.0, fmean(float(np.exp(scores[at])) for at in spelled))
        words.append(Word(start, max(end, min(start + SHORTEST, seconds)), f" {text.lstrip()}", probability))
    mean = fmean(float(scores[at]) for at in kept) if kept else 0.0
    return AlignedText(tuple(words), "".join(word.text for word in words).strip(), mean, 0.0, language)


def _runtime() -> str | None:
    for name in ("onnxruntime", "onnxruntime-gpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _device(asked: str) -> str:
    import onnxruntime

    if asked not in {"auto", *PROVIDERS}:
        raise UsageError(f"no device is called {asked!r}", "Use auto, cpu or cuda.")
    here = PROVIDERS["cuda"] in onnxruntime.get_available_providers()
    if asked == "cuda" and not here:
        raise UsageError("ONNX Runtime has no CUDA here", "Install onnxruntime-gpu, or use --device cpu.")
    return "cuda" if here and asked != "cpu" else "cpu"
