"""How quick the site is: its search and its clip pages against Datasette's own pages on the same file.

    python benchmarks/site.py --folder /tmp/million        # an archive of a million segments, made once
    python benchmarks/site.py --folder /tmp/small --segments 20000 --rounds 1 --dry-run

Three servers answer, each a process of its own, over the same immutable copy:

    site    radio_archive's pages
    plain   Datasette's table search and row pages, as `datasette archive.db` starts it
    tuned   the same with an inspect file, an immutable database and without facet suggestions

And how long a clip page of ours takes while one hostile client keeps the search busy, against its quiet time: with
sixteen searches at a time of ninety repeated phrases, which are refused, and of the costliest that are answered.

And the same servers over an archive of 2,000 clips as untidy as a station's, and what publishing it again costs: see
`site_untidy.py`.
"""

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import site_untidy
import untidy_archive
from machine import this_machine
from rounds import median
from site_asking import Row, ask, row_of, servers

RESULTS = Path(__file__).parent / "results"
CLIENTS = (1, 20)


@dataclass(frozen=True, slots=True)
class Served:
    """A contender: what it is called, and where its pages are."""

    name: str
    address: str
    search: str
    clip: str


def prepare(folder: Path, segments: int) -> Path:
    """Return a published copy of an archive of so many segments, made unless it is there."""
    from synthetic_archive import build

    from radio_archive.archive.public.copy import copy_published

    copy = folder / "published" / "archive.db"
    if not copy.exists():
        with build(folder / "archive", segments) as archive:
            copy.parent.mkdir(exist_ok=True)
            copy_published(archive, copy.with_suffix(".new"), audio=False)
            copy.with_suffix(".new").rename(copy)
    return copy


Words = Mapping[str, Sequence[str]]
"""What is looked for, by how common it is."""


def choose(copy: Path, number: int) -> tuple[Words, list[tuple[int, str]]]:
    """Return words to look for, so many that are common, less so, and rare; and clips: id and address."""
    import sqlite3

    from radio_archive.archive.archive import Archive
    from radio_archive.archive.clips import read
    from radio_archive.text.forms import STEM

    with closing(sqlite3.connect(f"{copy.as_uri()}?immutable=1", uri=True)) as db:
        db.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, segments_fts, row)")
        ranked = [
            term for (term,) in db.execute(
                "SELECT term FROM vocabulary WHERE length(term) > 2 AND term NOT GLOB '*[0-9]*' ORDER BY doc DESC"
            )
            # The index has stems too, which nobody types.
            if not term.startswith(STEM)
        ]  # fmt: skip
        words = {
            f"search, {name} words": ranked[first : first + step * number : step]
            for name, first, step in (("common", 0, 1), ("less common", 200, 10), ("rare", 2_000, 500))
        }
        ids = dict(db.execute("SELECT uid, id FROM clips ORDER BY random() LIMIT ?", [number]).fetchall())
    with Archive(copy.parent, read_only=True) as archive:
        found = read.by_uid(archive, list(ids), read.Part.ADDRESS)
    return words, [(ids[uid], entry.address) for uid, entry in found.items()]


@contextmanager
def contenders(copy: Path) -> Iterator[list[Served]]:
    """Start all three."""
    with servers(copy) as (site, plain, quick):
        table, row = "/archive/segments?_search={word}", "/archive/clips/{id}"
        yield [
            Served("site", site, "/search?q={word}", "/{address}"),
            Served("plain", plain, table, row),
            Served("tuned", quick, table, row),
        ]


def measure(served: Sequence[Served], words: Words, clips: Sequence[tuple[int, str]], rounds: int) -> list[Row]:
    """Ask every contender for every page in every round, in an order that turns."""
    took: dict[tuple[str, str, int], list[tuple[float, bool]]] = {}
    shuffled = random.Random(3)  # noqa: S311 - the same each time
    for number in range(rounds):
        turn = number % len(served)
        for one in [*served[turn:], *served[:turn]]:
            asked = {name: [one.search.format(word=quote(word)) for word in some] for name, some in words.items()}
            asked["clip"] = [one.clip.format(id=key, address=quote(place)) for key, place in clips]
            for clients in CLIENTS:
                for page, some in asked.items():
                    # Enough for all to be busy to the end; none of the three remembers an answer.
                    paths = some * max(1, 3 * clients // len(some))
                    shuffled.shuffle(paths)
                    took.setdefault((page, one.name, clients), []).extend(asyncio.run(ask(one.address, paths, clients)))
                    print(f"  round {number + 1}, {one.name}, {page}, {clients}", file=sys.stderr)
    return [row_of(page, name, clients, answers) for (page, name, clients), answers in took.items()]


HOSTILE = 16
"""Searches at a time of one hostile client."""
HOSTILE_LENGTHS = {"refused": 90, "answered": 20}
"""Phrases of two words in each: 90 are refused, and 20 are as many as the site answers."""
MOST_STALLED = 1.5
"""How many times its quiet time a clip page may take meanwhile."""


async def stalled(address: str, query: str, paths: Sequence[str]) -> tuple[float, float]:
    """Return the median milliseconds of a clip page in quiet, and while a hostile client searches for `query`."""
    search, done = f"/search?q={quote(query)}", asyncio.Event()

    async def hammer() -> None:
        while not done.is_set():
            await ask(address, [search], 1)
            # Those that are refused at once must not make the client itself, on this machine, what keeps it busy.
            await asyncio.sleep(0.05)

    quiet = await ask(address, paths, 1)
    hammering = [asyncio.create_task(hammer()) for _ in range(HOSTILE)]
    await asyncio.sleep(1)
    busy = await ask(address, paths, 1)
    done.set()
    await asyncio.gather(*hammering)
    assert all(came for _, came in (*quiet, *busy)), "a page did not come"
    return median(sorted(took for took, _ in quiet)), median(sorted(took for took, _ in busy))


def measure_hostile(site: Served, words: Words, clips: Sequence[tuple[int, str]], rounds: int) -> Mapping[str, float]:
    """Return how many times its quiet time a clip page takes beside a hostile client, as the median of all rounds."""
    common = next(iter(words.values()))
    phrases = [f'"{one} {other}"' for one in common for other in common] * 90
    paths = [site.clip.format(id=key, address=quote(place)) for key, place in clips] * 5
    found: dict[str, list[float]] = {name: [] for name in HOSTILE_LENGTHS}
    for number in range(rounds):
        for name, length in HOSTILE_LENGTHS.items():
            quiet, busy = asyncio.run(stalled(site.address, " ".join(phrases[:length]), paths))
            found[name].append(busy / quiet)
            print(f"  round {number + 1}, hostile, {name}: {quiet:.1f} ms, {busy:.1f} ms", file=sys.stderr)
    return {
        f"clip beside {HOSTILE} searches of {HOSTILE_LENGTHS[name]} phrases ({name}), of its quiet time": round(
            median(sorted(some)), 2
        )
        for name, some in found.items()
    }


def ratios(rows: Sequence[Row]) -> Mapping[str, float]:
    """Return how many times longer Datasette's own pages take, by median."""
    by = {(row.page, row.contender, row.clients): row.median for row in rows}
    return {
        f"{page}, {clients} client{'s' if clients > 1 else ''}, {other} / site": round(
            by[page, other, clients] / by[page, "site", clients], 2
        )
        for page in dict.fromkeys(row.page for row in rows)
        for clients in CLIENTS
        for other in ("plain", "tuned")
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the archive is, or is made")
    parser.add_argument("--segments", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=int, default=8, help="clips in a round, and searches of each kind")
    parser.add_argument("--dry-run", action="store_true", help="keep no results")
    parser.add_argument(
        "--hostile", action="store_true", help="only the pages beside a hostile client; keep no results"
    )
    parser.add_argument("--clips", type=int, default=untidy_archive.CLIPS, help="of the untidy archive; 0: without it")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    copy = prepare(given.folder.absolute(), given.segments)
    words, clips = choose(copy, given.pages)
    with contenders(copy) as served:
        rows: list[Row] = []
        if not given.hostile:
            measure(served, {name: some[:2] for name, some in words.items()}, clips[:2], 1)
            rows = measure(served, words, clips, given.rounds)
        hostile = measure_hostile(served[0], words, clips, given.rounds)
    untidy: site_untidy.Measured = {}
    if given.clips and not given.hostile:
        untidy = site_untidy.measure(given.folder.absolute() / "untidy", given.clips, given.rounds)
    machine = this_machine("cpu")
    document = {
        "machine": asdict(machine), "segments": given.segments, "rounds": given.rounds,
        "site": [asdict(row) for row in rows], "ratios": ratios(rows), "hostile": hostile,
        "untidy": untidy,
    }  # fmt: skip
    print(json.dumps({**document["ratios"], **hostile, "untidy": untidy}, indent=2))
    if not given.dry_run and not given.hostile:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"site-{machine.slug}.json"
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    slow = {name: ratio for name, ratio in hostile.items() if ratio >= MOST_STALLED}
    if slow:
        sys.exit(f"more than {MOST_STALLED} times as long: {slow}")


if __name__ == "__main__":
    main()
