"""Measure what saving one clip costs in a large archive and in a small one.

    python benchmarks/saving.py                              # builds the archives once, into a temporary folder
    python benchmarks/saving.py --segments 100000 --quick    # does it all work? Nothing is kept

Both archives get clips of the same shows in turns, in one process, so that the ratio holds on a busy machine; CPU time
is what is compared. The clips that are saved stay there: each run makes others.
"""

import secrets
import sys
from functools import partial
from pathlib import Path
from typing import Any

from rounds import median
from runs import keep, milliseconds, parse, parser
from synthetic_archive import SHOWS, build, new_clip
from synthetic_text import Corpus

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.save import NewClip, save_clip
from radio_archive.archive.names import roster

SMALL = 10_000
"""Segments of the archive that others are compared with."""
CLIPS = 40
"""Clips that are saved in each round."""


def cost(archive: Archive, clips: list[NewClip]) -> list[float]:
    """Return the CPU milliseconds that each clip takes to be saved, the look-up of known people included."""

    known = roster.RosterReader(archive)
    known.news()

    def save(clip: NewClip) -> None:
        known.news()
        save_clip(archive, clip)

    return [milliseconds(partial(save, clip)) for clip in clips]


def measure(sizes: list[int], rounds: int, cache: Path) -> dict[str, Any]:
    """Return the median milliseconds of a clip for each size, and their ratio to those of the smallest."""
    for size in sizes:
        build(cache / str(size), size).close()
    archives = {size: Archive(cache / str(size)) for size in sizes}
    corpus = Corpus(secrets.randbits(32))
    taken: dict[int, list[float]] = {size: [] for size in sizes}
    for number in range(rounds + 1):
        clips = [new_clip(corpus, secrets.token_hex(32), at % SHOWS + 1, "Somebody") for at in range(CLIPS)]
        for size in sizes[number % len(sizes) :] + sizes[: number % len(sizes)]:
            found = cost(archives[size], clips)
            # The first round warms up.
            taken[size] += found if number else []
    for archive in archives.values():
        archive.close()
    medians = {size: median(found) for size, found in taken.items()}
    return {
        "rounds": rounds,
        "clips": CLIPS * rounds,
        "milliseconds": {str(size): round(found, 2) for size, found in medians.items()},
        "ratio": {str(size): round(found / medians[sizes[0]], 3) for size, found in medians.items()},
    }


def main(arguments: list[str]) -> None:
    """Measure, and keep the result for report.py."""
    options = parse(parser("Measure what saving a clip costs."), arguments)
    keep("saving", measure([SMALL, options.segments], options.rounds, options.cache), quick=options.quick)


if __name__ == "__main__":
    main(sys.argv[1:])
