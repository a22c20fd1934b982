"""Transcribing on a Ray cluster: whatever dies, each clip is heard once; and what is heard is the same as here."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from support import marked_engine
from support.audio_files import encode
from support.bounds import until
from support.foreign_plugin import ARRIVALS, arrivals, install
from support.marked_engine import BROKEN, KILLED, marked
from support.program import CLIPS, COMMAND, FIXTURES, REPLAY, Ran, environment, ok, run
from support.ray_cluster import LOOPBACK, TESTS, RayCluster, running

import radio_archive
from radio_archive.audio.decode import RATE, Chunk, decode_chunks
from radio_archive.audio.examine import examine
from radio_archive.config.settings import ClusterOptions, EngineOptions
from radio_archive.errors import UnreadableFileError, WorkerDiedError
from radio_archive.speech.backend import Died, Event
from radio_archive.speech.cluster import SETTINGS, ClusterBackend
from radio_archive.speech.engine import ClipFailure, ClipProgress, ClipResult, PreparedClip
from radio_archive.speech.pool import WorkerPool

ABSENT = "Ray is not installed; `make cluster` installs it"
needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason=ABSENT)
QUICK = "[engine]\nshort_windows = true\nencode_batch_size = 1\n"
"""Settings for a test of many clips. The last bits of numbers, and so of times, depend on the windows in a batch."""
UPGRADED = """
import sys
from pathlib import Path
from radio_archive.cli import main
from radio_archive.speech.cluster_worker import installation

installation()
with Path(sys.argv.pop(1)).open("a", encoding="utf-8") as file:
    file.write("# changed")
main()
"""
"""A program whose code is changed after its start: what workers find is then other code than its own."""
SENT = """
import sys
from contextlib import closing
from pathlib import Path
from radio_archive.config.settings import ClusterOptions, EngineOptions
from radio_archive.speech.cluster import ClusterBackend
from radio_archive.speech.cluster_worker import installation
from radio_archive.speech.pool import WorkerPool
from support.marked_engine import MarkedTranscriber, marked

def load(options):
    import radio_archive
    engine = MarkedTranscriber()
    engine.name = radio_archive.__file__
    return engine

installation()
backend = ClusterBackend(load, EngineOptions(), ClusterOptions(sys.argv[1], send_code=True))
with closing(WorkerPool(backend, 1)) as pool:
    backend.room()
    package = Path(sys.argv[2])
    package.rename(package.with_name("gone"))
    assert len(list(pool.transcribe([marked("clip")]))) == 2
    print(pool.name)
"""
"""A program whose code is gone from its place when its workers start: as if they were on machines that never had it."""
HEARD = "SELECT sha256, words FROM transcripts JOIN recordings ON recordings.id = recording_id ORDER BY sha256"


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    """Two machines with one CPU each, in a cluster of this computer alone, and this process's connection to it."""
    if find_spec("ray") is None:
        pytest.skip(ABSENT)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**SETTINGS, **LOOPBACK}.items():
            patch.setenv(name, value)
        with running() as started:
            import ray

            ray.init(started.address, log_to_driver=False, logging_level="critical")
            yield started
            ray.shutdown()


@pytest.fixture(scope="module")
def short_clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of fifty clips of four seconds each."""
    folder = tmp_path_factory.mktemp("short")
    for path in sorted(CLIPS.rglob("*.mp3")):
        (whole,) = examine(path).chunks()
        for start in (5, 17, 29, 41):
            part = whole.samples[start * RATE : (start + 4) * RATE]
            encode(folder / f"{path.stem} {start}.wav", part[None], codec="pcm_s16le", container="wav", rate=RATE)
    for path in sorted(folder.iterdir())[50:]:
        path.unlink()
    return folder


class Noting(ClusterBackend):
    """Also notes which workers died."""

    def __init__(self, cluster: RayCluster, **settings: Any) -> None:
        super().__init__(marked_engine.load, EngineOptions(), ClusterOptions(cluster.address, **settings))
        self.deaths: list[Died] = []

    def next_event(self) -> Event:
        event = super().next_event()
        if isinstance(event, Died):
            self.deaths.append(event)
        return event


def pool_on(cluster: RayCluster, **settings: Any) -> WorkerPool:
    """Return two workers that hear nothing but how long a clip is."""
    return WorkerPool(Noting(cluster, **settings), 2)


def from_file(path: Path) -> PreparedClip:
    return PreparedClip(path.name, 4.0, partial(decode_chunks, path), path=path)


def ended(reports: Iterator[Any]) -> dict[str, ClipResult | ClipFailure]:
    """Return how each clip ended, which it must do once."""
    found: dict[str, ClipResult | ClipFailure] = {}
    for report in reports:
        if not isinstance(report, ClipProgress):
            assert report.key not in found
            found[report.key] = report
    return found


def process_of(result: ClipResult) -> int:
    return int(result.transcript.words[0].text)


def on_cluster(cluster: RayCluster, *arguments: object) -> Ran:
    return run(*arguments, "--cluster", cluster.address, env=environment(**LOOPBACK))


def heard(archive: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(archive / "archive.db") as connection:
        return connection.execute(HEARD).fetchall()


def processes_of_ray() -> set[str]:
    """Return the numbers of the processes that are Ray's own, of any cluster."""
    lines = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, encoding="utf-8", check=True).stdout
    return {line.split()[0] for line in lines.splitlines() if "/raylet " in line or "/gcs_server " in line}


def free_cpus() -> float:
    import ray

    return float(ray.available_resources().get("CPU", 0))


@pytest.mark.parametrize("what", ["a worker", "a machine"])
def test_whatever_is_killed_each_clip_is_heard_once(cluster: RayCluster, short_clips: Path, what: str) -> None:
    found: dict[str, ClipResult | ClipFailure] = {}
    backend = Noting(cluster)
    pool = WorkerPool(backend, 2)
    for report in pool.transcribe(map(from_file, sorted(short_clips.iterdir()))):
        assert report.key not in found
        if isinstance(report, ClipProgress):
            continue
        assert isinstance(report, ClipResult), report
        found[report.key] = report
        if len(found) == 10 and what == "a worker":
            os.kill(process_of(report), signal.SIGKILL)
        elif len(found) == 10:
            cluster.lose_a_machine()
    pool.close()
    (death,) = backend.deaths
    if what == "a machine":
        cluster.gain_a_machine()
        assert "the loss of its machine" in death.cause
        assert not death.blames_clips
    else:
        assert "the end of its process" in death.cause
        assert death.blames_clips
    assert set(found) == {path.name for path in short_clips.iterdir()}
    assert {report.transcript.words[1].text for report in found.values() if isinstance(report, ClipResult)} == {
        f" {4 * RATE}"
    }


@pytest.mark.parametrize(
    ("mark", "cause"), [(KILLED, "the end of its process on"), (BROKEN, "ZeroDivisionError('a fault in the engine')")]
)
def test_a_clip_that_ends_its_workers_fails_alone(cluster: RayCluster, mark: float, cause: str) -> None:
    clips = [marked(str(n), mark if n == 7 else 0.0) for n in range(20)]
    pool = pool_on(cluster)
    found = ended(pool.transcribe(clips))
    pool.close()
    assert len(found) == 20
    (failed,) = (report for report in found.values() if isinstance(report, ClipFailure))
    assert failed.key == "7"
    assert isinstance(failed.error, WorkerDiedError)
    assert f"one that heard it alone died of {cause}" in failed.error.problem


def test_a_run_that_was_killed_leaves_no_worker_and_the_next_one_ends_it(
    cluster: RayCluster, short_clips: Path, tmp_path: Path
) -> None:
    """And hears the same as the command's own process does, to the last digit of the times.

    Of each clip a plugin is told once; of the last before the end, perhaps not.
    """
    install(tmp_path / "site", "printer", ARRIVALS)
    env = environment(
        **LOOPBACK, PYTHONPATH=os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(tmp_path / "site")])
    )
    here, there = tmp_path / "here", tmp_path / "there"
    for archive in (here, there):
        ok("init", archive)
        (archive / "radio-archive.toml").write_text(QUICK, encoding="utf-8")
    add = ["add", short_clips, "--model", "demo", "--threads", "1", "--batch-size", "1"]
    arguments = [str(word) for word in [*add, "--archive", there, "--jsonl", "--cluster", cluster.address]]
    with subprocess.Popen([*COMMAND, *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as first:
        assert first.stdout
        assert json.loads(first.stdout.readline())["outcome"] == "archived"
        first.kill()
    until("its workers are gone", lambda: free_cpus() == 2)
    before = len(heard(there))
    assert 0 < before < 50
    again = run(*add, "--archive", there, "--json", "--cluster", cluster.address, env=env)
    assert again.code == 0, again.err
    assert len(again.json) >= 50 - before
    told = arrivals(there)
    assert len(told) == len(set(told)) in {49, 50}
    assert {row["clip"] for row in again.json if row["outcome"] == "archived"} <= set(told)
    assert free_cpus() == 2
    ok(*add, "--archive", here)
    assert len(heard(here)) == 50
    assert heard(there) == heard(here)


def test_workers_read_files_on_shared_storage(cluster: RayCluster, short_clips: Path, tmp_path: Path) -> None:
    """Also where another path or address leads to it. One that is not below the folder is sent."""
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    for folder in (mine, theirs):
        folder.mkdir()
    good, gone, sent = sorted(short_clips.iterdir())[:3]
    for path in (good, gone):
        (mine / path.name).write_bytes(path.read_bytes())
    (theirs / good.name).write_bytes(good.read_bytes())
    pool = pool_on(cluster, audio="shared", folder=str(mine), url=f"file://{theirs}")
    found = ended(pool.transcribe(map(from_file, [mine / good.name, mine / gone.name, sent])))
    pool.close()
    assert isinstance(found[good.name], ClipResult)
    assert isinstance(found[sent.name], ClipResult)
    failed = found[gone.name]
    assert isinstance(failed, ClipFailure)
    assert isinstance(failed.error, UnreadableFileError)
    assert f"a worker cannot read file://{theirs}/{gone.name}" in failed.error.problem


def test_sound_without_a_file_is_sent(cluster: RayCluster, short_clips: Path) -> None:
    (whole,) = examine(sorted(short_clips.iterdir())[0]).chunks()
    clip = PreparedClip("from memory", 4.0, partial(iter, (Chunk(0.0, whole.samples[:1234]),)))
    pool = pool_on(cluster)
    (report,) = ended(pool.transcribe([clip])).values()
    pool.close()
    assert isinstance(report, ClipResult)
    assert report.transcript.words[1].text == " 1234"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--device", "cuda"], r"the cluster at 127\.0\.0\.1:\d+ has no GPU\. Add a machine that has one"),
        (["--threads", "64"], r"has no machine with 64 CPUs for a worker: at most 1\. Use fewer --threads"),
        (["--model", "no-such"], r"no model is called 'no-such', and there is no such folder \(on \S+\)\. Known"),
    ],
)
def test_what_the_cluster_cannot_do_is_said_in_one_line(
    cluster: RayCluster, empty_archive: Path, options: list[str], said: str
) -> None:
    clip = next(CLIPS.glob("*.mp3"))
    ran = on_cluster(cluster, "add", clip, "--archive", empty_archive, "--model", "demo", *options)
    assert ran.code != 0
    assert re.search(said, ran.err.splitlines()[-1])


def test_a_machine_with_another_version_of_the_program_is_refused(
    cluster: RayCluster, empty_archive: Path, tmp_path: Path
) -> None:
    """As its number may be the same, the code is compared."""
    copy = Path(shutil.copytree(Path(radio_archive.__file__).parent, tmp_path / "other" / "radio_archive"))
    add = ["add", next(CLIPS.glob("*.mp3")), "--archive", empty_archive, "--model", FIXTURES / "demo-model"]
    ran = subprocess.run(
        [sys.executable, "-c", UPGRADED, copy / "models.py", *map(str, add), "--cluster", cluster.address],
        env=environment(**LOOPBACK, PYTHONPATH=str(copy.parent)),
        cwd=copy.parent,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode != 0
    assert "there is other code of radio-archive" in ran.stderr
    assert "Install the same version on every machine, or send it along: send_code = true" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_program_can_be_sent_to_machines_that_do_not_have_it(cluster: RayCluster, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(Path(radio_archive.__file__).parent, tmp_path / "other" / "radio_archive"))
    ran = subprocess.run(
        [sys.executable, "-c", SENT, cluster.address, copy],
        env=environment(**LOOPBACK, PYTHONPATH=f"{copy.parent}{os.pathsep}{TESTS}"),
        cwd=copy.parent,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "py_modules" in ran.stdout


@needs_ray
@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "127.0.0.1:1",
            "cannot connect to a Ray cluster at 127.0.0.1:1: [Errno 111] Connection refused. Is it running?",
        ),
        ("head", "'head' is no address of a cluster. It takes a host and a port, such as 10.0.0.1:6379"),
    ],
)
def test_a_cluster_that_is_not_there(empty_archive: Path, address: str, said: str) -> None:
    ran = run("add", next(CLIPS.glob("*.mp3")), "--archive", empty_archive, "--model", "demo", "--cluster", address)
    assert ran.code != 0
    assert said in ran.err


@needs_ray
def test_a_cluster_of_this_machine_alone_lasts_as_long_as_the_command(empty_archive: Path) -> None:
    before = processes_of_ray()
    clip = next(CLIPS.glob("*.mp3"))
    ran = ok(
        "add", clip, "--archive", empty_archive, "--model", REPLAY, "--cluster", "local", "--workers", "1", "--json"
    )
    assert [row["outcome"] for row in ran.json] == ["archived"]
    assert processes_of_ray() == before


def test_without_ray_the_command_says_what_to_install(empty_archive: Path, tmp_path: Path) -> None:
    (tmp_path / "ray.py").write_text("raise ImportError('there is none')\n", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    add = ["add", next(CLIPS.glob("*.mp3")), "--archive", empty_archive, "--model", "demo", "--cluster", "local"]
    ran = run(*add, env=environment(PYTHONPATH=path))
    assert ran.code != 0
    assert (
        "a cluster needs Ray, which is not installed. Install it with: pip install 'radio-archive[cluster]'" in ran.err
    )
