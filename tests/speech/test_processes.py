"""Workers that are processes of this machine, through real processes."""

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import weakref
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count, takewhile
from pathlib import Path

import numpy as np
import pytest
from support.audio_files import long_wav, tone, wav
from support.bounds import until
from support.marked_engine import BROKEN, KILLED, STUCK, MarkedTranscriber, marked
from support.program import CLIPS, COMMAND, REPLAY, environment, heed_interrupts, ok, run

from radio_archive.archive.archive import Archive
from radio_archive.audio.decode import RATE, Chunk, Samples, decode_chunks
from radio_archive.audio.examine import examine
from radio_archive.config.settings import ClusterOptions, EngineOptions
from radio_archive.errors import AudioError, UnreadableFileError, WorkerDiedError
from radio_archive.models import Outcome, Transcript
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile
from radio_archive.roots import Root
from radio_archive.speech.backend import SentClip
from radio_archive.speech.engine import ClipFailure, ClipProgress, ClipResult, PreparedClip, Transcriber
from radio_archive.speech.load import LazyEngine, engine_for
from radio_archive.speech.pool import WorkerPool
from radio_archive.speech.processes import ProcessBackend

pytestmark = pytest.mark.skipif(os.name != "posix", reason="these tests end processes by signals, as POSIX has them")

QUICK = "[watch]\nsettle = 0.05\nsidecar_wait = 0.0\n"


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    """Two processes with the engine that does what is marked. Tests share them, as those that end are replaced."""
    with closing(WorkerPool(ProcessBackend(MarkedTranscriber, lambda: ["4", "7"]), 2)) as made:
        yield made


def heard(engine: Transcriber, clips: Iterable[PreparedClip]) -> dict[str, Transcript]:
    return {report.key: report.transcript for report in engine.transcribe(clips) if isinstance(report, ClipResult)}


def process_of(transcript: Transcript) -> int:
    return int(transcript.words[0].text)


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_processes_hear_what_one_process_hears() -> None:
    """Word for word and to the last digit, also in a file that they read themselves.

    Each window is a batch of its own: on some processors, larger ones add up the same numbers in another order.
    """
    sounds = [examine(path).samples for path in sorted(CLIPS.glob("*.mp3"))[:2]]
    pieces = [sound[start * RATE :][: 9 * RATE] for sound in sounds if sound is not None for start in (0, 20)]
    clips = [
        PreparedClip(str(n), 9.0, partial(iter, [Chunk(0.0, piece)]), "en", at_hand=True)
        for n, piece in enumerate(pieces)
    ]
    whales = CLIPS / "whales_final_mix.mp3"
    clips.append(PreparedClip("file", 59.0, partial(decode_chunks, whales), hotwords=("Kona",), path=whales))
    options = EngineOptions("demo", "cpu", threads=1, batch_size=1)
    alone = heard(LazyEngine(options), clips)
    with closing(engine_for(replace(options, workers=2), ClusterOptions())) as engine:
        together = heard(engine, clips)
    assert set(alone) == {clip.key for clip in clips}
    assert all(transcript.words for transcript in alone.values())
    assert together == {key: replace(one, speed=together[key].speed) for key, one in alone.items()}


@pytest.mark.parametrize("seed", range(3))
def test_a_process_that_is_killed_loses_no_clip(pool: WorkerPool, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    moment, found, killed = random.Random(seed).randrange(40), dict[str, Transcript](), 0
    for report in pool.transcribe(marked(str(n)) for n in range(60)):
        if isinstance(report, ClipResult):
            assert report.key not in found
            found[report.key] = report.transcript
            if len(found) == moment + 1:
                os.kill(killed := process_of(report.transcript), signal.SIGKILL)
    assert sorted(found, key=int) == [str(n) for n in range(60)]
    assert killed
    assert not lives(killed)
    (said,) = caplog.messages
    assert said.startswith("A worker died of signal SIGKILL. The clips in it (")


def test_an_interrupt_from_the_terminal_is_left_to_the_command(pool: WorkerPool) -> None:
    """All processes get it. These hear on, until the command tells them to stop."""
    (first,) = heard(pool, [marked("first")]).values()
    os.kill(process_of(first), signal.SIGINT)
    then = heard(pool, (marked(str(n)) for n in range(60)))
    assert process_of(first) in map(process_of, then.values())


def test_each_process_sees_a_gpu_of_its_own(pool: WorkerPool) -> None:
    seen: dict[int, str] = {}
    # Until both have begun: one that replaces another takes its time.
    clips = takewhile(lambda _: len(seen) < 2, (marked(str(n)) for n in count()))
    for report in pool.transcribe(clips):
        if isinstance(report, ClipResult):
            seen[process_of(report.transcript)] = report.transcript.words[2].text
    assert sorted(seen.values()) == [" 4", " 7"]


def test_clips_that_end_their_process_fail_and_all_others_are_archived(pool: WorkerPool, tmp_path: Path) -> None:
    marks = {3: KILLED, 4: KILLED, 9: BROKEN}
    paths = []
    for number in range(14):
        sound = tone(0.5, 16_000, hertz=300.0 + 20 * number)
        sound[..., 0] = marks.get(number, 0.0)
        paths.append(wav(tmp_path / f"{number}.wav", samples=sound))
    with Archive.create(tmp_path / "archive", "") as archive:
        results = Ingest(archive, pool).run(map(InputFile, paths))
    by_number = {int(result.path.stem): result for result in results}
    assert len(results) == len(by_number) == 14
    assert {number for number, result in by_number.items() if result.outcome is Outcome.FAILED} == set(marks)
    errors = {number: by_number[number].cause for number in marks}
    assert all(isinstance(error, WorkerDiedError) for error in errors.values())
    assert "died of signal SIGKILL" in str(errors[3])
    assert "ZeroDivisionError('a fault in the engine')" in str(errors[9])


def test_whoever_stops_early_leaves_no_process(pool: WorkerPool) -> None:
    """Not even one that would never end by itself."""
    reports = pool.transcribe(iter([marked("first"), *(marked(str(n), STUCK) for n in range(9))]))
    first = next(report for report in reports if isinstance(report, ClipResult))
    assert lives(process_of(first.transcript))
    reports.close()
    assert multiprocessing.active_children() == []
    assert not lives(process_of(first.transcript))
    assert len(heard(pool, [marked("next")])) == 1


def test_samples_that_were_sent_are_not_kept(pool: WorkerPool, tmp_path: Path) -> None:
    """There may be as many clips out as all the processes of a cluster hold."""
    path, kept = wav(tmp_path / "clip.wav"), list[weakref.ref[Samples]]()

    def clips() -> Iterator[PreparedClip]:
        for number in range(40):
            sound: Samples = np.full(RATE, 0.125, np.float32)
            kept.append(weakref.ref(sound))
            yield PreparedClip(str(number), 1.0, partial(iter, (Chunk(0.0, sound),)), path=path, at_hand=True)

    for report in pool.transcribe(clips()):
        if isinstance(report, ClipResult):
            assert sum(one() is not None for one in kept) <= pool.size + 1


def test_a_long_file_is_read_by_the_process_that_hears_it(pool: WorkerPool, tmp_path: Path) -> None:
    """By the same rules: below a watched folder it follows no link."""
    root = Root(tmp_path / "inbox")
    root.path.mkdir()
    long = long_wav(root.path / "long.wav", 601.0)
    assert examine(long).samples is None
    link, away = root.path / "link.wav", root.path / "away.wav"
    link.symlink_to(long)
    clips = [
        PreparedClip(path.stem, 601.0, partial(decode_chunks, path, root=root), path=path, root=root)
        for path in (long, link, away)
    ]
    ended = {report.key: report for report in pool.transcribe(clips) if not isinstance(report, ClipProgress)}
    result = ended.pop("long")
    assert isinstance(result, ClipResult)
    assert result.transcript.words[1].text == f" {601 * RATE}"
    for name in ("link", "away"):
        failure = ended[name]
        assert isinstance(failure, ClipFailure)
        assert isinstance(failure.error, AudioError)
        assert failure.error.path == root.path / f"{name}.wav"


def test_sound_arrives_the_same_whichever_way_it_goes() -> None:
    path = CLIPS / "whales_final_mix.mp3"
    clip = PreparedClip("whales", 59.0, partial(decode_chunks, path), "en", "A prompt.", ("Kona",), path=path)
    (whole,) = clip.chunks()
    for send in (SentClip.decoded, SentClip.by_path, SentClip.as_file):
        there = send(clip).prepared()
        (chunk,) = there.chunks()
        assert (there.key, there.duration, there.language) == ("whales", 59.0, "en")
        assert (there.prompt, there.hotwords) == ("A prompt.", ("Kona",))
        assert (chunk.samples == whole.samples).all()
        assert len(list(there.chunks())) == 1, "it can be decoded again"


def test_a_file_that_cannot_be_sent_is_an_error_about_this_file(tmp_path: Path) -> None:
    gone = tmp_path / "gone.mp3"
    clip = PreparedClip("gone", 1.0, partial(decode_chunks, gone), path=gone)
    with pytest.raises(UnreadableFileError):
        SentClip.as_file(clip)


def children(process: int) -> list[int]:
    """Return the processes that a process started, and which run."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six clips of one window each, for the demo model."""
    folder = tmp_path_factory.mktemp("few")
    sound = examine(CLIPS / "whales_final_mix.mp3").samples
    assert sound is not None
    for number in range(6):
        wav(folder / f"{number}.wav", samples=sound[None, number * 9 * RATE :][:, : 9 * RATE])
    return folder


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells of child processes")


@needs_proc
def test_processes_end_with_the_command_and_the_next_one_goes_on(
    few: Path, empty_archive: Path, tmp_path: Path
) -> None:
    """Stopped as Ctrl-C in a terminal does, by a signal to all of its processes; killed; then left alone."""
    # So long that no run is over when its first clip is.
    sound = examine(CLIPS / "whales_final_mix.mp3").samples
    assert sound is not None
    long = wav(tmp_path / "long.wav", samples=np.tile(sound, 3)[None])
    options: list[str | Path] = [
        "add",
        few,
        long,
        "--archive",
        empty_archive,
        "--model",
        "demo",
        "--workers",
        "2",
        "--batch-size",
        "1",
    ]
    for number in (signal.SIGINT, signal.SIGKILL):
        command = subprocess.Popen(
            [*COMMAND, *options, "--jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment(), start_new_session=True, preexec_fn=heed_interrupts,
        )  # fmt: skip
        assert command.stdout is not None
        assert next(line for line in command.stdout if '"archived"' in line)
        workers = children(command.pid)
        assert len(workers) >= 2
        if number == signal.SIGINT:
            os.killpg(command.pid, number)
        else:
            os.kill(command.pid, number)
        _, said = command.communicate()
        assert command.returncode == {signal.SIGINT: 130, signal.SIGKILL: -signal.SIGKILL}[number]
        for worker in workers:
            until("it has ended", lambda it=worker: not lives(it))  # type: ignore[misc]
        assert "Traceback" not in said
    ran = ok(*options, "--jsonl")
    assert sum(row["outcome"] == "duplicate" for row in ran.rows) >= 2
    assert len(ran.rows) == 7
    assert len(ok("list", "--archive", empty_archive, "--json").json) == 7
    ok("verify", "--archive", empty_archive)


@pytest.mark.parametrize("command", ["add", "watch"])
def test_a_model_that_is_not_there_is_told_as_without_processes(command: str, few: Path, empty_archive: Path) -> None:
    options = (few,) if command == "add" else ("--once",)
    shutil.copy(few / "0.wav", empty_archive / "inbox")
    (empty_archive / "radio-archive.toml").write_text(QUICK)
    where = ("--archive", empty_archive, "--model", "/no/such/model")
    alone, together = (run(command, *options, *where, "--workers", workers) for workers in (1, 2))
    assert together.code == alone.code == 1
    assert together.err.splitlines()[-1] == alone.err.splitlines()[-1]


def test_the_settings_say_how_many_processes_there_are(empty_archive: Path) -> None:
    clip = CLIPS / "whales_final_mix.mp3"
    settings = empty_archive / "radio-archive.toml"
    settings.write_text(f"[engine]\nworkers = 2\nmodel = '{REPLAY}'\n{QUICK}")
    shutil.copy(clip, empty_archive / "inbox")
    watched = ok("watch", "--once", "--archive", empty_archive, "--log-json")
    assert "in 2 processes" in watched.out
    (row,) = ok("list", "--archive", empty_archive, "--json").json
    again = ok("retranscribe", row["clip"], "--archive", empty_archive, "--json")
    assert [row["outcome"] for row in again.json] == ["archived"]
