"""What each contender hears, and the CPU seconds that it takes.

What (a) and (b) heard is kept in a folder, under the digests of the sound and the weights and the versions: nothing
that is changed here changes it. (c) hears on every run.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from accuracy_clips import Clip
from boundary import watched
from faster_whisper import BatchedInferencePipeline, WhisperModel

from radio_archive.audio.decode import RATE, decode_chunks
from radio_archive.config.settings import EngineOptions
from radio_archive.models import Transcript
from radio_archive.speech.engine import ClipFailure, ClipResult, PreparedClip, Transcriber
from radio_archive.speech.load import load_engine
from radio_archive.text.segmenting import split

BATCH = 8
SEED = 1
"""Decoding again at a higher temperature draws lots: the same ones on every run."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one contender heard in one clip. Times are in seconds; `cpu` is None where clips were decoded together."""

    text: str
    words: list[tuple[float, str]] = field(default_factory=list)
    """Start and text; where the true times are known, and always for (c)."""
    segments: list[float] = field(default_factory=list)
    """Where segments start."""
    language: str | None = None
    cpu: float | None = None
    windows: int | None = None
    """How many windows were decoded, those that were decoded twice twice."""
    reports: list[tuple[float, float, str, list[str]]] = field(default_factory=list)
    """Start, end, verdict and flags of each of our windows."""
    gaps: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Work:
    """The work of (c) on several clips together."""

    cpu: float
    windows: int


def say(text: str) -> None:
    """Report progress where it is not mixed up with the result."""
    print(text, file=sys.stderr, flush=True)


@dataclass
class Reference:
    """(a) and (b): faster-whisper as its users call it."""

    folder: Path
    digest: str
    cache: Path

    @cached_property
    def _model(self) -> WhisperModel:
        model = WhisperModel(str(self.folder), device="cpu", compute_type="int8", local_files_only=True)
        # What the first call loads is not the work of the first clip.
        for filtered in (True, False):
            list(model.transcribe(np.zeros(RATE, np.float32), vad_filter=filtered)[0])
        return model

    def hear(self, contender: str, clips: Sequence[Clip], *, known: bool = True, new: bool = True) -> dict[str, Heard]:
        """Return what it hears in each clip: what is `known` from before, and what is `new`."""
        heard = {}
        for clip in clips:
            one = self._kept(contender, clip, known=known, new=new, make=self._text)
            if one:
                heard[clip.name] = one
        return heard

    def time_words(
        self, contender: str, clips: Sequence[Clip], *, known: bool = True, new: bool = True
    ) -> dict[str, Heard]:
        """Return what it hears with timed words where the true times are known.

        This is a run of its own, which is not in the CPU seconds: by default words are not timed, and the text may be
        another one.
        """
        timed = [clip for clip in clips if clip.words or clip.sentences]
        found = {
            clip.name: self._kept(f"{contender} timed", clip, known=known, new=new, make=self._words) for clip in timed
        }
        return {name: one for name, one in found.items() if one}

    def _kept(
        self, contender: str, clip: Clip, *, known: bool, new: bool, make: Callable[[str, Clip], Heard]
    ) -> Heard | None:
        versions = [version("faster-whisper"), ctranslate2.__version__]
        key = hashlib.sha256(" ".join([clip.digest, self.digest, contender, *versions]).encode()).hexdigest()[:24]
        kept = self.cache / f"{key}.json"
        if known and kept.exists():
            return read_heard(json.loads(kept.read_text(encoding="utf-8")))
        if not new:
            return None
        say(f"{contender}: {clip.name}, {clip.seconds:.0f} s")
        ctranslate2.set_random_seed(SEED)
        one = make(contender[0], clip)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(asdict(one), ensure_ascii=False), encoding="utf-8")
        return one

    def _text(self, contender: str, clip: Clip) -> Heard:
        transcribe = self._transcribe(contender)
        with watched() as tally:
            start = time.process_time()
            found, info = transcribe(str(clip.path))
            segments = list(found)
            cpu = time.process_time() - start
        text = "".join(segment.text for segment in segments).strip()
        starts = [segment.start for segment in segments]
        return Heard(text, [], starts, info.language, cpu, tally.decoded)

    def _words(self, contender: str, clip: Clip) -> Heard:
        segments, _ = self._transcribe(contender)(str(clip.path), word_timestamps=True)
        words = [(word.start, word.word) for segment in segments for word in segment.words]
        return Heard("".join(text for _, text in words).strip(), words)

    def _transcribe(self, contender: str) -> Callable[..., Any]:
        if contender == "a":
            found: Callable[..., Any] = self._model.transcribe
            return found
        return partial(BatchedInferencePipeline(self._model).transcribe, batch_size=BATCH)


def load_ours(folder: Path) -> Transcriber:
    """Return the engine with the options that users have, apart from the weights."""
    return load_engine(EngineOptions(model=str(folder), device="cpu", compute_type="int8"))


def hear_ours(engine: Transcriber, clips: Sequence[Clip], label: str) -> tuple[dict[str, Heard], Work]:
    """Return what (c) hears in all clips together, as it gets them from `add`, and the work it took."""
    heard: dict[str, Heard] = {}
    with watched() as tally:
        start = time.process_time()
        for report in engine.transcribe(map(_prepared, clips)):
            if isinstance(report, ClipFailure):
                raise report.error
            if isinstance(report, ClipResult):
                heard[report.key] = _of_transcript(report.transcript)
                if not len(heard) % 10:
                    say(f"c {label} {len(heard)}/{len(clips)}")
        cpu = time.process_time() - start
    work = Work(cpu, tally.decoded)
    say(f"c {label}: {sum(clip.seconds for clip in clips):.0f} s in {work.cpu:.1f} s of CPU, {work.windows} windows")
    return heard, work


def _prepared(clip: Clip) -> PreparedClip:
    return PreparedClip(clip.name, clip.seconds, lambda: decode_chunks(clip.path))


def _of_transcript(transcript: Transcript) -> Heard:
    return Heard(
        text=transcript.text,
        words=[(word.start, word.text) for word in transcript.words],
        segments=[segment.start for segment in split(transcript.words)],
        language=transcript.language,
        reports=[(one.start, one.end, str(one.verdict), list(one.flags)) for one in transcript.windows],
        gaps=[(gap.start, gap.end) for gap in transcript.gaps],
    )


def read_heard(kept: Mapping[str, Any]) -> Heard:
    """Return what was written as JSON."""
    pairs = {name: [tuple(one) for one in kept[name]] for name in ("words", "reports", "gaps")}
    return Heard(**{**kept, **pairs})
