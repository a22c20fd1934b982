"""A backfill whose command and workers are killed again and again: is any clip lost, or archived twice? And how quickly
is a long manifest listed?

    python benchmarks/backfill.py                            # 5,000 clips, 100,000 entries: half an hour on two cores
    python benchmarks/backfill.py --clips 300 --quick        # does it all work? Nothing is kept

The clips are the fixtures, joined and cut into pieces of two seconds, half of them named by path and half by address.
The model replays what it is told to have heard, so that all that is measured is what is done around it.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from recut import make_clips
from runs import keep, parse, parser

from radio_archive.archive import backfill
from radio_archive.archive.archive import Archive
from radio_archive.archive.backfill import EntryState
from radio_archive.audio.container import sha256_of
from radio_archive.backfill.sources import Lister, list_into_queue
from radio_archive.models import Transcript, Word
from radio_archive.speech.replay import record

SECONDS = 2.0
SEED = 20261128
STUCK = 20
"""Runs without a new clip after which it counts as stuck."""


def catalogue(folder: Path, clips: int) -> tuple[Path, Path, Counter[str]]:
    """Make clips, a manifest of them, and a recording of what is heard in each; return these two and the digests."""
    paths = make_clips(folder / "clips", clips, SECONDS)
    digests = {sha256_of(path): path for path in paths}
    heard = (Word(0.0, 0.4, " Piece", 0.9), Word(0.4, 0.9, " heard.", 0.9))
    record({digest: Transcript(heard, "en", model="replayed") for digest in digests}, folder / "replay.json")
    places = [str(path) if number % 2 else path.as_uri() for number, path in enumerate(paths)]
    rows = "".join(f"{place},Piece {number}\n" for number, place in enumerate(places))
    (folder / "list.csv").write_text(f"path,title\n{rows}", encoding="utf-8")
    return folder / "list.csv", folder / "replay.json", Counter(list(digests))


def killed(folder: Path, manifest: Path, replay: Path, every: float, workers: int) -> dict[str, int]:
    """Run a backfill until nothing waits; kill a worker or the command itself about every `every` seconds."""
    chance = random.Random(SEED)  # noqa: S311 - the same kills each time
    command = [sys.executable, "-m", "radio_archive", "backfill", str(manifest), "--model", f"replay:{replay}"]
    command += ["--archive", str(folder), "--workers", str(workers), "--jsonl"]
    kills: Counter[str] = Counter()
    idle, before = 0, -1
    while idle < STUCK:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.5, 1.5) * every)
        while process.poll() is None:
            children = _children(process.pid)
            if children and chance.random() < 0.7:
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(children), signal.SIGKILL)
                    kills["workers"] += 1
                with suppress(subprocess.TimeoutExpired):
                    process.wait(chance.uniform(0.2, 1.0) * every)
                continue
            process.kill()
            process.wait()
            kills["commands"] += 1
        process.wait()
        if process.returncode == 0:
            break
        done = _archived(folder)
        idle = idle + 1 if done == before else 0
        before = done
    return {"commands": kills["commands"], "workers": kills["workers"]}


def _children(process: int) -> list[int]:
    """Return the worker processes of a command; Linux alone tells them."""
    with suppress(OSError):
        found = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
        return [int(child) for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return []


def _archived(folder: Path) -> int:
    with Archive(folder, read_only=True) as archive:
        return sum(count.number for count in backfill.counts(archive) if count.state is EntryState.ARCHIVED)


def found(folder: Path, wanted: Counter[str]) -> dict[str, int]:
    """Compare an archive with the clips that should be in it."""
    with Archive(folder, read_only=True) as archive:
        there = Counter(digest for (digest,) in archive.db.execute("SELECT sha256 FROM recordings"))
        there.update(
            digest
            for (digest,) in archive.db.execute(
                """SELECT sha256 FROM clip_recordings JOIN recordings ON recordings.id = recording_id
                   GROUP BY recording_id HAVING count(*) > 1"""
            )
        )
        states = {count.state.value: count.number for count in backfill.counts(archive)}
    files = [path for path in (folder / "media").rglob("*") if path.is_file()]
    return {
        "lost": sum((wanted - there).values()),
        "duplicated": sum((there - wanted).values()),
        "stray": sum(path.stem not in wanted for path in files),
        "not_archived_in_queue": len(wanted) - states.get("archived", 0),
    }


def listing(folder: Path, entries: int) -> dict[str, float]:
    """Return the CPU seconds that listing a manifest of so many entries takes, for the first time and again."""
    rows = "".join(f"aired/{n // 500}/{n}.mp3,Piece {n},2024-10-22,Harbor Watch,Ann Lee\n" for n in range(entries))
    manifest = folder / "long.csv"
    manifest.write_text(f"path,title,date,show,reporter\n{rows}", encoding="utf-8")
    taken = {}
    with Archive.create(folder / "listed", "") as archive:
        for name in ("first", "again"):
            began = time.process_time()
            listed = list_into_queue(Lister(archive, print), [str(manifest)])
            taken[name] = round(time.process_time() - began, 2)
            assert listed.new == (entries if name == "first" else 0)
    return taken


def main(arguments: list[str]) -> None:
    """Measure, print what was lost and duplicated, and keep the result."""
    options = parser("Kill a backfill again and again, and list a long manifest.")
    options.add_argument("--clips", type=int, default=5_000)
    options.add_argument("--entries", type=int, default=100_000)
    options.add_argument("--kill-every", type=float, default=8.0, help="seconds between two kills, about")
    options.add_argument("--workers", type=int, default=2)
    chosen = parse(options, arguments)
    home = Path(tempfile.mkdtemp(prefix="backfill-"))
    try:
        manifest, replay, digests = catalogue(chosen.cache / f"backfill-{chosen.clips}", chosen.clips)
        archive = home / "archive"
        Archive.create(archive, "").close()
        began = time.monotonic()
        kills = killed(archive, manifest, replay, chosen.kill_every, chosen.workers)
        took = round(time.monotonic() - began)
        result: dict[str, Any] = {"clips": chosen.clips, "kills": kills, "seconds": took, **found(archive, digests)}
        result["listing"] = {"entries": chosen.entries, "cpu_seconds": listing(home, chosen.entries)}
        print(f"lost {result['lost']}, duplicated {result['duplicated']}, left over {result['stray']}")
        keep("backfill", result, quick=chosen.quick)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if result["lost"] or result["duplicated"] or result["stray"] or result["not_archived_in_queue"]:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
