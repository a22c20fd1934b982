"""Compares with an earlier version of the code: each has a process and an archive of its own, and they take turns.

The archives hold the same clips, each as its version saves them. CPU time of the processes is compared.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from rounds import median
from runs import in_turns, milliseconds
from search_questions import pairs
from synthetic_archive import SHOWS, build, new_clip
from synthetic_text import Corpus

import radio_archive
from radio_archive import Archive, search
from radio_archive.archive.clips.save import save_clip

HERE = Path(__file__).parent.parent
CLIPS = 40
"""Clips that are saved in each round. They stay in the archives."""


class Version:
    """A checkout of the code, in a process that answers one request a line."""

    def __init__(self, checkout: Path, archive: Path, segments: int) -> None:
        """Start it; the archive is built if it is not there."""
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(archive), str(segments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, "PYTHONPATH": str(checkout.resolve())},
        )  # fmt: skip
        found = Path(self.ask("where"))
        assert found.is_relative_to(checkout.resolve()), f"{found} is imported, not {checkout}"

    def ask(self, what: str, *values: object) -> Any:
        """Return the answer to one request, the name of a method of `Server` and its arguments."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([what, *values]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "it ended"
        return json.loads(line)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


class Server:
    """What is measured of a version, in its own process."""

    def __init__(self, folder: Path) -> None:
        """Open the archive."""
        self._folder = folder
        self._archive = Archive(folder, read_only=True)

    def where(self) -> str:
        """Return the path of the code that is measured."""
        return radio_archive.__file__

    def search(self, query: str) -> float:
        """Return the CPU milliseconds of a search."""
        return milliseconds(lambda: search(self._archive, query))

    def save(self, seed: int) -> float:
        """Return the CPU milliseconds that a clip takes to be saved."""
        corpus = Corpus(seed)
        clips = [new_clip(corpus, secrets.token_hex(32), number % SHOWS + 1, "Somebody") for number in range(CLIPS)]
        with Archive(self._folder) as archive:
            return median([milliseconds(partial(save_clip, archive, clip)) for clip in clips])

    def sizes(self) -> dict[str, int]:
        """Return the number of segments, and the bytes of their index and of the whole database."""
        index = "SELECT sum(pgsize) FROM dbstat WHERE name GLOB 'segments_fts*'"
        whole = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        queries = {"segments": "SELECT count(*) FROM segments", "index": index, "database": whole}
        return {name: self._archive.db.execute(sql).fetchone()[0] for name, sql in queries.items()}


def against(base: Path, cache: Path, segments: int, rounds: int) -> dict[str, Any]:
    """Compare this checkout with that in `base`."""
    versions = {
        "base": Version(base, cache / "base" / str(segments), segments),
        "now": Version(HERE, cache / str(segments), segments),
    }
    try:
        return {
            "commit": _commit(base),
            "two_words": [_compared(versions, kind, found, rounds) for kind, found in pairs().items()],
            "saving_ms": _saving(versions, rounds),
            "bytes": {name: version.ask("sizes") for name, version in versions.items()},
        }
    finally:
        for version in versions.values():
            version.close()


def _commit(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _compared(versions: Mapping[str, Version], kind: str, asked: Any, rounds: int) -> dict[str, Any]:
    taken: dict[str, list[float]] = {name: [] for name in versions}
    for query in asked:
        runs: dict[str, Callable[[], float]] = {
            name: partial(version.ask, "search", query) for name, version in versions.items()
        }
        for name, found in in_turns(runs, rounds).items():
            taken[name].append(median(found))
    ratios = [now / before for before, now in zip(taken["base"], taken["now"], strict=True)]
    return {
        "kind": kind,
        "queries": len(asked),
        "base_ms": round(median(taken["base"]), 2),
        "ms": round(median(taken["now"]), 2),
        "worst_ms": round(max(taken["now"]), 2),
        "ratio": round(median(ratios), 3),
        "worst_ratio": round(max(ratios), 3),
    }


def _saving(versions: Mapping[str, Version], rounds: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in versions}
    for number in range(rounds + 1):
        seed = secrets.randbits(32)
        for name in (*versions,)[:: -1 if number % 2 else 1]:
            found = versions[name].ask("save", seed)
            # The first round warms up.
            taken[name] += [found] if number else []
    return {name: round(median(found), 2) for name, found in taken.items()}


def serve(archive: Path, segments: int) -> None:
    """Answer requests, one a line."""
    build(archive, segments).close()
    server = Server(archive)
    for line in sys.stdin:
        what, *values = json.loads(line)
        print(json.dumps(getattr(server, what)(*values)), flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
