"""Windows of different clips share batches without effect on any clip: order, neighbours, failures, memory, hints."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_whisper import BatchedInferencePipeline, WhisperModel
from numpy.typing import NDArray
from support.program import CLIPS, FIXTURES

from radio_archive.audio.decode import RATE, Chunk
from radio_archive.audio.examine import examine
from radio_archive.config.settings import EngineOptions
from radio_archive.errors import NotAudioError
from radio_archive.models import Transcript, Word
from radio_archive.speech.batching import Sizes
from radio_archive.speech.decoder import Encoded, Hints, Hypothesis
from radio_archive.speech.engine import ClipFailure, ClipProgress, ClipResult, PreparedClip
from radio_archive.speech.prefetch import Prefetcher
from radio_archive.speech.whisper import WhisperTranscriber, detect_speech
from radio_archive.speech.windows import PAD, find_speech, pack

FILES = sorted(CLIPS.rglob("*.mp3"))
SOME = FILES[:4]


@cache
def engine(compute_type: str = "int8", batch_size: int = 0, *, short: bool = False) -> WhisperTranscriber:
    options = EngineOptions("demo", "cpu", compute_type, batch_size=batch_size, guards=False, short_windows=short)
    return WhisperTranscriber(options)


@cache
def samples(path: Path) -> NDArray[np.float32]:
    """The beginning of a clip: two windows, and more than a hundred words."""
    found = examine(path).samples
    assert found is not None
    return found[: 50 * RATE]


def prepared(path: Path, **hints: Any) -> PreparedClip:
    sound = samples(path)
    return PreparedClip(path.name, len(sound) / RATE, lambda: iter([Chunk(0.0, sound)]), **hints)


def heard(transcriber: WhisperTranscriber, paths: Sequence[Path], **hints: Any) -> dict[str, Transcript]:
    reports = transcriber.transcribe(prepared(path, **hints) for path in paths)
    return {report.key: report.transcript for report in reports if isinstance(report, ClipResult)}


@cache
def heard_together(compute_type: str = "int8") -> dict[str, Transcript]:
    """Some clips, heard in one run."""
    return heard(engine(compute_type), SOME)


def assert_alike(one: Sequence[Word], other: Sequence[Word]) -> None:
    """The same words at the same times.

    Batches of another size add up the same numbers in another order: on some processors that decides a doubtful word.
    """
    matcher = SequenceMatcher(None, [word.text for word in one], [word.text for word in other], autojunk=False)
    pairs = [
        (one[block.a + place], other[block.b + place])
        for block in matcher.get_matching_blocks()
        for place in range(block.size)
    ]
    assert len(pairs) >= 0.97 * max(len(one), len(other)) > 50
    apart = sorted(abs(first.start - second.start) for first, second in pairs)
    assert apart[len(apart) * 95 // 100] <= 0.1


@pytest.mark.hears
def test_a_clip_does_not_depend_on_its_neighbours() -> None:
    together = heard_together()
    backwards = heard(engine(batch_size=3), SOME[::-1])
    alone = {name: transcript for path in SOME[:2] for name, transcript in heard(engine(batch_size=1), [path]).items()}
    assert list(together) != list(backwards)
    for name, transcript in together.items():
        assert_alike(transcript.words, backwards[name].words)
        assert_alike(transcript.words, alone.get(name, transcript).words)


@pytest.mark.parametrize("compute_type", ["float32", pytest.param("int8", marks=pytest.mark.hears)])
def test_the_words_are_those_of_faster_whisper_on_the_same_windows(compute_type: str) -> None:
    pipeline = BatchedInferencePipeline(
        WhisperModel(str(FIXTURES / "demo-model"), device="cpu", compute_type=compute_type)
    )
    ours = heard_together(compute_type)
    for path in SOME:
        # faster-whisper packs differently, so it gets each of our windows as a separate file.
        windows = pack(find_speech(samples(path), detect_speech), pad=PAD, length=len(samples(path)))
        words: list[Word] = []
        for window in windows:
            audio = window.audio(samples(path))
            segments, _ = pipeline.transcribe(
                audio, language="en", clip_timestamps=[{"start": 0, "end": len(audio) / RATE}], word_timestamps=True
            )
            words += [Word(0.0, 0.0, word.word) for segment in segments for word in segment.words or ()]
        assert_alike([replace(word, start=0.0) for word in ours[path.name].words], words)


def test_results_come_as_clips_finish_and_inputs_are_drawn_lazily() -> None:
    drawn: list[str] = []

    def clips() -> Iterator[PreparedClip]:
        for path in FILES:
            drawn.append(path.name)
            yield prepared(path)

    reports = engine(batch_size=4).transcribe(clips())
    first = next(report for report in reports if isinstance(report, ClipResult))
    assert first.key == FILES[0].name
    assert len(drawn) < len(FILES)
    reports.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("prefetch")]


def test_progress_reaches_the_end_of_what_was_said() -> None:
    seconds = [
        report.seconds for report in engine().transcribe([prepared(FILES[0])]) if isinstance(report, ClipProgress)
    ]
    assert seconds == sorted(seconds)
    assert seconds[-1] > 0.9 * len(samples(FILES[0])) / RATE


def test_a_long_recording_in_chunks_is_one_clip() -> None:
    sound = np.concatenate([samples(path) for path in SOME[:3]])
    cut = len(samples(SOME[0])) + len(samples(SOME[1]))
    chunks = [Chunk(0.0, sound[:cut]), Chunk(cut / RATE, sound[cut:])]
    clip = PreparedClip("long", len(sound) / RATE, lambda: iter(chunks))
    [transcript] = [report.transcript for report in engine().transcribe([clip]) if isinstance(report, ClipResult)]
    starts = [word.start for word in transcript.words]
    assert starts == sorted(starts)
    later = [replace(word, start=word.start - cut / RATE) for word in transcript.words if word.start >= cut / RATE]
    assert_alike(later, heard_together()[SOME[2].name].words)


def broken(message: str) -> Callable[[], Iterator[Chunk]]:
    def chunks() -> Iterator[Chunk]:
        raise NotAudioError(Path("broken.mp3"), message)

    return chunks


def test_one_bad_clip_fails_alone() -> None:
    bad = PreparedClip("bad", 10.0, broken("this cannot be decoded"))
    reports = list(engine().transcribe([prepared(SOME[0]), bad, prepared(SOME[1])]))
    failed = [report for report in reports if isinstance(report, ClipFailure)]
    assert [(report.key, str(report.error)) for report in failed] == [("bad", "this cannot be decoded")]
    assert {report.key for report in reports if isinstance(report, ClipResult)} == {SOME[0].name, SOME[1].name}


class Fragile(WhisperTranscriber):
    """The real engine on a machine with little memory."""

    most = 2
    largest = 0

    def decode(self, encoded: Sequence[Encoded], hints: Hints, *, doubted: str | None = None) -> list[Hypothesis]:
        if len(encoded) > self.most:
            raise RuntimeError("CUDA failed with error out of memory")
        self.largest = max(self.largest, len(encoded))
        return super().decode(encoded, hints, doubted=doubted)


def test_out_of_memory_halves_the_batch_and_goes_on() -> None:
    fragile = Fragile(EngineOptions("demo", "cpu", guards=False, batch_size=8))
    transcripts = heard(fragile, SOME)
    assert transcripts.keys() == heard_together().keys()
    for name, transcript in transcripts.items():
        assert_alike(transcript.words, heard_together()[name].words)
    assert fragile.largest == 2
    assert fragile._batcher.sizes == Sizes(1, 2), "later batches are small from the start"


class Poisoned(WhisperTranscriber):
    """The real engine, which fails when one particular window is in the batch."""

    poison: Encoded

    def decode(self, encoded: Sequence[Encoded], hints: Hints, *, doubted: str | None = None) -> list[Hypothesis]:
        if any(np.array_equal(one, self.poison) for one in encoded):
            raise RuntimeError("this window breaks the decoder")
        return super().decode(encoded, hints, doubted=doubted)


def test_a_window_that_breaks_its_batch_costs_its_clip_only() -> None:
    poisoned = Poisoned(EngineOptions("demo", "cpu", guards=False))
    window = pack(find_speech(samples(SOME[1]), detect_speech), pad=PAD, length=len(samples(SOME[1])))[1]
    poisoned.poison = poisoned.encode([poisoned.features(window.audio(samples(SOME[1])))])[0]
    reports = list(poisoned.transcribe(prepared(path) for path in SOME[:3]))
    assert [report.key for report in reports if isinstance(report, ClipFailure)] == [SOME[1].name]
    assert {report.key for report in reports if isinstance(report, ClipResult)} == {SOME[0].name, SOME[2].name}


def test_clips_with_other_hints_are_heard_in_the_same_run() -> None:
    clips = [prepared(SOME[0], hotwords=("Pacific Report", "Dana Kealoha")), prepared(SOME[1])]
    transcripts = {r.key: r.transcript for r in engine().transcribe(clips) if isinstance(r, ClipResult)}
    assert_alike(transcripts[SOME[1].name].words, heard_together()[SOME[1].name].words)
    assert transcripts[SOME[0].name].options["hotwords"] == ["Pacific Report", "Dana Kealoha"]


def test_hotwords_are_cut_to_the_room_that_is_left_in_the_order_of_their_rank() -> None:
    transcriber = engine()
    tokenizer = transcriber._tokenizer("en")
    names = tuple(f"Person Number {n}" for n in range(200))
    room = transcriber._model.max_length // 2 - 1
    for prompt in (None, "This is Pacific Report."):
        tokens = transcriber._prompt(tokenizer, Hints("en", prompt, names))
        said = tokenizer.decode(tokens)
        assert "Person Number 0" in said
        assert "Person Number 199" not in said
        assert len(tokens) <= room + len(tokenizer.sot_sequence) + 2
        assert (prompt or "") in said


def test_short_windows_are_quicker_to_encode_and_still_understood() -> None:
    short = engine(short=True)
    assert short.features(np.zeros(12 * RATE, np.float32)).shape == (80, 1500)
    assert engine().features(np.zeros(12 * RATE, np.float32)).shape == (80, 3000)
    transcripts = heard(short, SOME[:2])
    assert all(len(transcript.words) > 100 for transcript in transcripts.values())


def test_a_gpu_that_does_not_work_falls_back_to_the_cpu(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """CTranslate2 is built for CUDA and finds no driver here, as on a machine with a broken driver."""
    monkeypatch.setattr("radio_archive.speech.whisper.best_device", lambda: "cuda")
    monkeypatch.setattr("radio_archive.speech.whisper._compute_type", lambda asked, device: "int8")
    transcriber = WhisperTranscriber(EngineOptions("demo"))
    assert transcriber.device == "cpu"
    assert "Going on with the CPU" in caplog.text
    assert heard(transcriber, SOME[:1])[SOME[0].name].words


def test_what_waits_for_the_model_is_bounded() -> None:
    begun: list[str] = []

    def chunks(name: str, sound: NDArray[np.float32]) -> Callable[[], Iterator[Chunk]]:
        def decode() -> Iterator[Chunk]:
            begun.append(name)
            yield Chunk(0.0, sound)

        return decode

    with Prefetcher(detect_speech, engine().features, threads=1, depth=2) as prefetcher:
        given = 0
        while prefetcher.has_room:
            path = FILES[given]
            prefetcher.submit(PreparedClip(path.name, 1.0, chunks(path.name, samples(path))))
            given += 1
        assert given == 2
        prefetcher.get()
        assert len(begun) == 1, "the second clip is not decoded while windows of the first wait"


class Polyglot(WhisperTranscriber):
    """The real engine, but loud clips are English and quiet ones Hawaiian: the demo model knows English only."""

    def __init__(self, options: EngineOptions) -> None:
        super().__init__(options)
        self.batches: list[tuple[str | None, int]] = []
        self.asked = 0

    def features(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        mel = super().features(audio)
        mel[0, -1] = np.abs(audio).max()
        return mel

    def encode(self, features: Sequence[NDArray[np.float32]]) -> list[Encoded]:
        encoded = super().encode(features)
        for one, mel in zip(encoded, features, strict=True):
            one[-1, 0] = mel[0, -1]
        return encoded

    def languages(self, encoded: Encoded) -> dict[str, float]:
        self.asked += 1
        return {"en" if encoded[-1, 0] > 0.3 else "haw": 1.0}

    def decode(self, encoded: Sequence[Encoded], hints: Hints, *, doubted: str | None = None) -> list[Hypothesis]:
        assert len({bool(one[-1, 0] > 0.3) for one in encoded}) == 1, "one batch, one language"
        self.batches.append((hints.language, len(encoded)))
        return super().decode(encoded, hints, doubted=doubted)


def test_clips_in_two_languages_are_told_apart_in_one_run() -> None:
    polyglot = Polyglot(EngineOptions("demo", "cpu", guards=False, batch_size=4))

    def clip(path: Path, volume: float) -> PreparedClip:
        sound = samples(path) * np.float32(volume)
        return PreparedClip(path.name, len(sound) / RATE, lambda: iter([Chunk(0.0, sound)]))

    clips = [clip(path, 1.0 if number % 2 else 0.2) for number, path in enumerate(SOME)]
    known = PreparedClip("known", 1.0, clip(SOME[0], 0.2).chunks, language="haw")
    found = {r.key: r.transcript for r in polyglot.transcribe([*clips, known]) if isinstance(r, ClipResult)}
    assert [found[path.name].language for path in SOME] == ["haw", "en", "haw", "en"]
    assert found["known"].language == "haw"
    windows = sum(len(found[path.name].windows) for path in SOME)
    assert polyglot.asked == windows, "once for each window of a clip whose language is not known"
    assert {language for language, _ in polyglot.batches} == {"en", "haw"}
    assert max(size for _, size in polyglot.batches) == 4
