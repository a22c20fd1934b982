"""How quick the site is: its search and its clip pages against Datasette's own pages on the same file.

    python benchmarks/site.py --folder /tmp/million        # an archive of a million segments, made once
    python benchmarks/site.py --folder /tmp/small --segments 20000 --rounds 1 --dry-run

Three servers answer, each a process of its own, over the same immutable copy:

    site    radio_archive's pages
    plain   Datasette's table search and row pages, as `datasette archive.db` starts it
    tuned   the same with an inspect file, an immutable database and without facet suggestions

And how long a clip page of ours takes while one hostile client keeps the search busy, against its quiet time: with
sixteen searches at a time of ninety repeated phrases, which are refused, and of the costliest that are answered.
"""

import argparse
import asyncio
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import httptools
import httpx
from machine import this_machine
from rounds import median

RESULTS = Path(__file__).parent / "results"
CLIENTS = (1, 20)
PATIENCE_MS = 60_000
"""For Datasette's own search, which would otherwise give up on common words."""
WITHOUT_PLUGINS = "import sys; sys._called_from_test = True; from datasette.cli import cli; cli()"
"""Starts Datasette as its own tests do: with no plugin that is installed."""


@dataclass(frozen=True, slots=True)
class Served:
    """A contender: what it is called, and where its pages are."""

    name: str
    address: str
    search: str
    clip: str


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of page of one contender with so many clients: milliseconds; `failed` were not answered with a page."""

    page: str
    contender: str
    clients: int
    requests: int
    median: float
    p95: float
    failed: int


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

    with closing(sqlite3.connect(f"{copy.as_uri()}?immutable=1", uri=True)) as db:
        db.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, segments_fts, row)")
        ranked = [
            term for (term,) in db.execute(
                "SELECT term FROM vocabulary WHERE length(term) > 2 AND term NOT GLOB '*[0-9]*' ORDER BY doc DESC"
            )
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
def server(name: str, copy: Path, arguments: Sequence[str], *, plugins: bool) -> Iterator[str]:
    """Start Datasette in a process of its own; without `plugins`, as if ours were not installed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    program = ["-m", "datasette"] if plugins else ["-c", WITHOUT_PLUGINS]
    process = subprocess.Popen(
        [sys.executable, *program, "serve", *arguments, "--host", "127.0.0.1", "--port", port],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=copy.parent,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                httpx.get(f"{address}/-/static/app.css", timeout=5)
                break
            except httpx.TransportError:
                assert process.poll() is None, name
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


@contextmanager
def contenders(copy: Path) -> Iterator[list[Served]]:
    """Start all three."""
    from radio_archive.site import server as serving

    inspect = copy.parent / "inspect-data.json"
    if not inspect.exists():
        made = subprocess.run(
            [sys.executable, "-m", "datasette", "inspect", copy], check=True, capture_output=True, encoding="utf-8"
        )
        inspect.write_text(made.stdout, encoding="utf-8")
    ours = [part for name, value in serving.SETTINGS.items() for part in ("--setting", name, _setting(value))]
    patient = ["--setting", "sql_time_limit_ms", str(PATIENCE_MS)]
    tuned = ["--setting", "suggest_facets", "off", *patient]
    frozen = ["-i", str(copy), "--inspect-file", str(inspect)]
    with ExitStack() as stack:
        site = stack.enter_context(server("site", copy, [*frozen, *ours], plugins=True))
        plain = stack.enter_context(server("plain", copy, [str(copy), *patient], plugins=False))
        quick = stack.enter_context(server("tuned", copy, [*frozen, *tuned], plugins=False))
        table, row = "/archive/segments?_search={word}", "/archive/clips/{id}"
        yield [
            Served("site", site, "/search?q={word}", "/{address}"),
            Served("plain", plain, table, row),
            Served("tuned", quick, table, row),
        ]


def _setting(value: bool | int) -> str:
    return str(value) if type(value) is int else "on" if value else "off"


class Answer:
    """One answer, as the parser reports it."""

    complete = False

    def on_message_complete(self) -> None:
        self.complete = True


async def ask(address: str, paths: Sequence[str], clients: int) -> list[tuple[float, bool]]:
    """Ask for all `paths`, so many at a time, each on a connection that stays open.

    Return the milliseconds that each took, and whether a page came. Clients share the machine with who answers, and do
    as little as they can: httpx would take half as long over a page as the quickest of them.
    """
    took: list[tuple[float, bool]] = []
    waiting = list(reversed(paths))
    port = int(address.rpartition(":")[2])

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            path = waiting.pop()
            answer = Answer()
            parser = httptools.HttpResponseParser(answer)
            start = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            while not answer.complete:
                data = await reader.read(1 << 16)
                assert data, "the connection was closed"
                parser.feed_data(data)
            took.append(((time.perf_counter() - start) * 1000, parser.get_status_code() == 200))
        writer.close()

    async with asyncio.timeout(PATIENCE_MS / 1000 * len(paths)):
        await asyncio.gather(*(client() for _ in range(clients)))
    return took


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
    return [_row(page, name, clients, answers) for (page, name, clients), answers in took.items()]


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


def _row(page: str, name: str, clients: int, answers: Sequence[tuple[float, bool]]) -> Row:
    times = sorted(milliseconds for milliseconds, _ in answers)
    p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
    failed = sum(not came for _, came in answers)
    return Row(page, name, clients, len(times), round(median(times), 1), round(p95, 1), failed)


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
    machine = this_machine("cpu")
    document = {
        "machine": asdict(machine), "segments": given.segments, "rounds": given.rounds,
        "site": [asdict(row) for row in rows], "ratios": ratios(rows), "hostile": hostile,
    }  # fmt: skip
    print(json.dumps({**document["ratios"], **hostile}, indent=2))
    if not given.dry_run and not given.hostile:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"site-{machine.slug}.json"
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    slow = {name: ratio for name, ratio in hostile.items() if ratio >= MOST_STALLED}
    if slow:
        sys.exit(f"more than {MOST_STALLED} times as long: {slow}")


if __name__ == "__main__":
    main()
