"""Whisper through faster-whisper and CTranslate2: the only module that imports them.

Windows are decoded without timestamps and without the previous text, so a mistake in one does not spread to the next.
Features, encoder, decoder, alignment and voice activity are faster-whisper's; the batching is ours.
"""

import logging
import os
from collections.abc import Generator, Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations
from faster_whisper.vad import VadOptions, get_speech_timestamps
from numpy.typing import NDArray

from radio_archive.audio.decode import RATE, Samples
from radio_archive.config.settings import EngineOptions
from radio_archive.errors import ModelNotFoundError, UsageError
from radio_archive.models import Transcript, Word
from radio_archive.speech import weights
from radio_archive.speech.assembly import Assembled
from radio_archive.speech.batching import Batcher, Sizes
from radio_archive.speech.decoder import AlignedText, Encoded, Hints, Hypothesis
from radio_archive.speech.engine import ClipResult, EngineReport, PreparedClip
from radio_archive.speech.prefetch import Prefetcher
from radio_archive.speech.windows import LIMIT, PAD

logging.getLogger("faster_whisper").setLevel(logging.ERROR)
logger = logging.getLogger(__name__)

FRAMES_PER_SECOND = 100
FULL = 3000
"""Frames of a full window."""
SHORT_STEP = 500
"""Lengths of short windows are multiples of this many frames, so that some can share a batch."""
MEDIAN_FILTER = 7
"""Width of the median filter over the attention, in frames, as in OpenAI's Whisper."""
PREPENDED, APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
"""Punctuation that belongs to the next word, and to the previous word."""
LONGEST_WORD = 1.4
"""Seconds. A word longer than this and than twice the median includes a pause."""
SIZES = {"cpu": Sizes(encode=1, decode=16), "cuda": Sizes(encode=16, decode=32)}
"""On a CPU a larger batch makes the encoder slower per window and the decoder faster; on a GPU both get faster."""
LANGUAGE_OF_ENGLISH_MODELS = "en"
LANGUAGE_STEP = 2
"""Every which encoder position the language is detected from. Neighbours say nearly the same, at the cost of each."""


class WhisperTranscriber:
    """A loaded Whisper model."""

    def __init__(self, options: EngineOptions) -> None:
        """Load the model.

        Raises ModelNotFoundError, or UsageError for a device or compute type that this machine lacks.
        """
        self.options = options
        self.device = _device(options.device)
        self.compute_type = _compute_type(options.compute_type, self.device)
        self.weights = weights.find(default_model(self.device) if options.model == "auto" else options.model)
        self._load()
        sizes = SIZES[self.device]
        sizes = Sizes(options.encode_batch_size or sizes.encode, options.batch_size or sizes.decode)
        self._batcher = Batcher(self, self._prefetcher, sizes, self._finish, guarded=options.guards)
        self._tokenizers: dict[str, Tokenizer] = {}

    def _load(self) -> None:
        try:
            self._model = self._loaded()
            if self.device == "cuda":
                # A wrong driver or library fails at the first computation, not at loading.
                self.encode([self.features(np.zeros(1600, np.float32))])
        except Exception as error:  # tokenizers raises nothing more precise
            if self.device != "cuda" or self.options.device != "auto":
                raise ModelNotFoundError(
                    f"cannot load the model in {self.weights.folder}: {error}",
                    "Download it again, choose another with --model, or use --device cpu.",
                ) from error
            logger.warning("The GPU cannot be used (%s). Going on with the CPU.", error)
            self.device, self.compute_type = "cpu", _compute_type("auto", "cpu")
            self._load()

    def _loaded(self) -> WhisperModel:
        return WhisperModel(
            str(self.weights.folder),
            device=self.device,
            compute_type=self.compute_type,
            cpu_threads=self.options.threads,
            local_files_only=True,
        )

    @property
    def name(self) -> str:
        return f"{self.weights.name} on {self.device} ({self.compute_type})"

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield progress and one result for each clip; see `Transcriber`."""
        return self._batcher.transcribe(clips)

    def features(self, audio: Samples) -> NDArray[np.float32]:
        """Return the log-mel spectrogram of a window: (mel bins, 3000 frames), fewer frames with `short_windows`."""
        mel = self._model.feature_extractor(audio)[..., :-1]
        frames = -(-mel.shape[-1] // SHORT_STEP) * SHORT_STEP if self.options.short_windows else FULL
        padded: NDArray[np.float32] = pad_or_trim(mel, min(max(frames, SHORT_STEP), FULL))
        return padded

    def encode(self, features: Sequence[NDArray[np.float32]]) -> list[Encoded]:
        encoded = self._model.encode(np.stack(features))
        if self.device == "cuda":
            encoded = encoded.to_device(ctranslate2.Device.cpu)
        # A copy, because the storage is freed with its view, and the windows of a batch go separate ways from here.
        return list(np.array(encoded))

    def languages(self, encoded: Encoded) -> dict[str, float]:
        if not self._model.model.is_multilingual:
            return {LANGUAGE_OF_ENGLISH_MODELS: 1.0}
        [found] = self._model.model.detect_language(_storage([encoded[::LANGUAGE_STEP]]))
        return {token.strip("<|>"): probability for token, probability in found}

    def decode(self, encoded: Sequence[Encoded], hints: Hints, *, doubted: str | None = None) -> list[Hypothesis]:
        tokenizer = self._tokenizer(hints.language)
        prompt = self._prompt(tokenizer, hints, timestamps=doubted is not None)
        results = self._model.model.generate(_storage(encoded), [prompt] * len(encoded), **self._arguments(tokenizer))
        hypotheses = []
        for result in results:
            tokens = tuple(token for token in result.sequences_ids[0] if token < tokenizer.eot)
            # The score is divided by the length without the end-of-text token, which Whisper counts too.
            length = len(result.sequences_ids[0])
            mean = result.scores[0] * length / (length + 1) if length else 0.0
            hypotheses.append(Hypothesis(tokens, mean, result.no_speech_prob))
        return hypotheses

    def align(
        self, encoded: Sequence[Encoded], hypotheses: Sequence[Hypothesis], seconds: Sequence[float], hints: Hints
    ) -> list[AlignedText]:
        tokenizer = self._tokenizer(hints.language)
        words = self._aligned(tokenizer, [list(one.tokens) for one in hypotheses], _storage(encoded), seconds)
        texts = [tokenizer.decode(list(one.tokens)).strip() for one in hypotheses]
        return [
            AlignedText(timed, text, one.average_log_probability, one.no_speech_probability)
            for one, timed, text in zip(hypotheses, words, texts, strict=True)
        ]

    def _prefetcher(self) -> Prefetcher:
        depth = 2 * max(self._batcher.sizes.encode, self._batcher.sizes.decode)
        threads = 1 if self.device == "cpu" else min(4, os.cpu_count() or 1)
        return Prefetcher(detect_speech, self.features, threads=threads, depth=depth)

    def _finish(self, clip: PreparedClip, heard: Assembled, work: float) -> ClipResult:
        transcript = Transcript(
            words=heard.words,
            language=heard.language,
            engine="faster-whisper",
            engine_version=version("faster-whisper"),
            model=self.weights.name,
            revision=self.weights.revision,
            options=self._settings(clip),
            speed=round(clip.duration / work, 2) if work > 0 else None,
            windows=heard.windows,
            gaps=heard.gaps,
        )
        return ClipResult(clip.key, transcript)

    def _settings(self, clip: PreparedClip) -> dict[str, object]:
        """Return the settings of a transcription, to be stored with the transcript."""
        options = asdict(self.options)
        # How many others there are says nothing of a transcript, nor where an endpoint would be.
        del options["workers"], options["url"]
        return {
            **options,
            "model": self.weights.name,
            "device": self.device,
            "compute_type": self.compute_type,
            "batch_size": self._batcher.sizes.decode,
            "encode_batch_size": self._batcher.sizes.encode,
            "language": clip.language,
            "prompt": clip.prompt,
            "hotwords": list(clip.hotwords),
            "weights_sha256": self.weights.sha256,
            "ctranslate2": ctranslate2.__version__,
        }

    def _tokenizer(self, language: str | None) -> Tokenizer:
        multilingual = self._model.model.is_multilingual
        code = (language or LANGUAGE_OF_ENGLISH_MODELS) if multilingual else LANGUAGE_OF_ENGLISH_MODELS
        if code not in self._tokenizers:
            self._tokenizers[code] = Tokenizer(self._model.hf_tokenizer, multilingual, task="transcribe", language=code)
        return self._tokenizers[code]

    def _prompt(self, tokenizer: Tokenizer, hints: Hints, *, timestamps: bool = False) -> list[int]:
        """Return the tokens before the text: the prompt and as many hotwords as fit beside it, in order of rank."""
        room = self._model.max_length // 2 - 1
        style = tokenizer.encode(" " + hints.prompt.strip())[-room:] if hints.prompt else []
        chosen = ""
        for word in hints.hotwords:
            longer = f"{chosen}, {word}" if chosen else word
            if len(tokenizer.encode(" " + longer)) > room - len(style):
                break
            chosen = longer
        prompt: list[int] = self._model.get_prompt(
            tokenizer, style, without_timestamps=not timestamps, hotwords=chosen or None
        )
        return prompt

    def _arguments(self, tokenizer: Tokenizer) -> dict[str, object]:
        return {
            "beam_size": self.options.beam_size,
            "max_length": self._model.max_length,
            "suppress_blank": True,
            "suppress_tokens": get_suppressed_tokens(tokenizer, [-1]),
            "return_scores": True,
            "return_no_speech_prob": True,
            "sampling_temperature": 0.0,
        }

    def _aligned(
        self, tokenizer: Tokenizer, tokens: list[list[int]], storage: ctranslate2.StorageView, seconds: Sequence[float]
    ) -> list[tuple[Word, ...]]:
        frames = [max(1, round(length * FRAMES_PER_SECOND)) for length in seconds]
        alignments = self._model.find_alignment(tokenizer, tokens, storage, frames, MEDIAN_FILTER)
        return [_words(alignment) for alignment in alignments]


def detect_speech(samples: Samples, *, threshold: float = 0.5) -> list[dict[str, int]]:
    """Return where speech is, as faster-whisper's batched mode does but without padding, which `pack` adds.

    `threshold` is the probability at which speech begins. It ends 0.15 lower, as Silero recommends, but not below 0.1.
    """
    longest = (LIMIT - 2 * PAD) / RATE
    options = VadOptions(
        threshold=threshold,
        neg_threshold=max(threshold - 0.15, 0.1),
        max_speech_duration_s=longest,
        min_silence_duration_ms=160,
        speech_pad_ms=0,
    )
    found: list[dict[str, int]] = get_speech_timestamps(samples, options)
    return found


def _words(alignment: list[dict[str, object]]) -> tuple[Word, ...]:
    """Return timed words with their punctuation. A word that includes the pause before it is shortened."""
    merge_punctuations(alignment, PREPENDED, APPENDED)
    kept = [piece for piece in alignment if piece["word"]]
    lengths = [float(piece["end"]) - float(piece["start"]) for piece in kept]  # type: ignore[arg-type]
    longest = max(LONGEST_WORD, 2 * float(np.median(lengths))) if lengths else LONGEST_WORD
    return tuple(
        Word(
            max(float(piece["start"]), float(piece["end"]) - longest),  # type: ignore[arg-type]
            float(piece["end"]),  # type: ignore[arg-type]
            str(piece["word"]),
            float(piece["probability"]),  # type: ignore[arg-type]
        )
        for piece in kept
    )


def _storage(encoded: Sequence[Encoded]) -> ctranslate2.StorageView:
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(np.stack(encoded)))


def default_model(device: str) -> str:
    """Return the name of the default model for a device."""
    return weights.DEFAULT_ON_GPU if device == "cuda" else weights.DEFAULT_ON_CPU


def best_device() -> str:
    """Return `cuda` where CTranslate2 sees a GPU, else `cpu`."""
    return "cuda" if ctranslate2.get_cuda_device_count() > 0 else "cpu"


def gpus() -> list[str]:
    """Return the GPUs that this process may use, as CUDA calls them."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    found = range(ctranslate2.get_cuda_device_count())
    return allowed.split(",")[: len(found)] if allowed is not None else list(map(str, found))


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
