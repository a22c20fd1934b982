"""Servers of an archive, each a process of its own, and clients that ask them; for `site.py` and `site_untidy.py`."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httptools
import httpx
from rounds import median

PATIENCE_MS = 60_000
"""For Datasette's own search, which would otherwise give up on common words."""
WITHOUT_PLUGINS = "import sys; sys._called_from_test = True; from datasette.cli import cli; cli()"
"""Starts Datasette as its own tests do: with no plugin that is installed."""


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
def servers(copy: Path) -> Iterator[tuple[str, str, str]]:
    """Start our site, plain Datasette and a tuned one over a published copy, and yield their addresses."""
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
        yield site, plain, quick


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


def row_of(page: str, name: str, clients: int, answers: Sequence[tuple[float, bool]]) -> Row:
    """Return what so many answers to one kind of page took: the milliseconds of each, and whether it came."""
    times = sorted(milliseconds for milliseconds, _ in answers)
    p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
    failed = sum(not came for _, came in answers)
    return Row(page, name, clients, len(times), round(median(times), 1), round(p95, 1), failed)
