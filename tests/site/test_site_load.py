"""What a visitor gets while others ask for too much, and while the archive cannot be read."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from sqlite_utils import Database
from support.bounds import PATIENCE, until
from support.visitor import Visitor

from radio_archive.archive.database import database_errors, time_limit
from radio_archive.config.settings import SiteOptions
from radio_archive.errors import ClientBusyError, SearchTimeoutError
from radio_archive.site import answers, connections, server, site
from radio_archive.site.clients import PEER, client_of
from radio_archive.site.pools import Pool
from radio_archive.site.site import Site, site_of

PHRASES = " ".join(['"undersea cable"'] * 90)
"""What kept all threads of the site busy for seconds."""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "REFUSAL_SECONDS", 0.0)


def own_site(visitor: Visitor) -> Site:
    found = site_of(visitor.datasette)
    assert found is not None
    return found


@contextmanager
def endless(visitor: Visitor, pool: str, number: int) -> Iterator[None]:
    """Keep so many threads of a pool busy, or places of its queue taken."""
    let_go = threading.Event()
    for _ in range(number):
        getattr(own_site(visitor), pool).submit(lambda: let_go.wait(PATIENCE))
    try:
        yield
    finally:
        let_go.set()


def test_pages_answer_while_all_threads_for_searches_are_busy(demo_archive: Path) -> None:
    visitor = Visitor(demo_archive)
    clip = visitor.entry("undersea cable")
    with endless(visitor, "_searches", site.SEARCHERS + 5):
        for path in (f"/{clip.address}", "/", "/about", "/people", f"/audio/{clip.recording.sha256}", "/index.rss"):
            assert visitor.get(path).status_code == 200, path


def test_a_search_that_would_wait_too_long_is_told_when_to_come_back(demo_archive: Path) -> None:
    visitor = Visitor(demo_archive)
    with endless(visitor, "_searches", site.SEARCHERS + site.SEARCHES_WAITING):
        for form in ("", ".json", ".rss"):
            answer = visitor.get(f"/search{form}?q=cable")
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["cache-control"] == "no-store"
            assert "try again in a moment" in answer.text
        assert visitor.get("/search").status_code == 200, "the empty form needs no search"
    until("it is answered again", lambda: visitor.get("/search?q=cable").status_code == 200)


def test_clients_take_turns_and_have_a_share_of_the_queue() -> None:
    pool, let_go, done = Pool("test", 1, 10, share=3), threading.Event(), list[str]()
    pool.submit(lambda: let_go.wait(PATIENCE))
    asked = [pool.submit(partial(done.append, name), name[0]) for name in ("a1", "a2", "a3", "b1")]
    with pytest.raises(ClientBusyError):
        pool.submit(lambda: None, "a")
    let_go.set()
    for one in asked:
        one.result(PATIENCE)
    assert done == ["a1", "b1", "a2", "a3"]
    pool.submit(lambda: None, "a").result(PATIENCE)


CLIENTS: dict[str, tuple[str | None, str, int, str]] = {
    "no proxy": ("192.0.2.7", "", 0, "192.0.2.7"),
    "a header that nobody vouches for": ("192.0.2.7", "203.0.113.9", 0, "192.0.2.7"),
    "a proxy": ("127.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
    "a client that names another before the proxy does": ("127.0.0.1", "198.51.100.1, 203.0.113.9", 1, "203.0.113.9"),
    "two proxies": ("127.0.0.1", "198.51.100.1,203.0.113.9 ,192.0.2.1", 2, "203.0.113.9"),
    "fewer proxies than there should be": ("192.0.2.7", "203.0.113.9", 2, "192.0.2.7"),
    "a proxy that says nothing": ("127.0.0.1", " ", 1, "127.0.0.1"),
    "a port": ("127.0.0.1", "203.0.113.9:4711", 1, "203.0.113.9"),
    "IPv6: the network of one customer": ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::/64"),
    "IPv6 with a port": ("::1", "[2001:db8:1:2::9]:80", 1, "2001:db8:1:2::/64"),
    "IPv4 inside IPv6": ("::ffff:192.0.2.7", "", 0, "192.0.2.7"),
    "IPv6 with the name of an interface": ("fe80::1%eth0", "", 0, "fe80::/64"),
    "no address": ("127.0.0.1", "unknown", 1, "unknown"),
    "a Unix socket": (None, "", 0, ""),
    "a number that makes no sense": ("192.0.2.7", "203.0.113.9", -1, "192.0.2.7"),
}


@pytest.mark.parametrize("case", CLIENTS)
def test_who_sent_a_request(case: str) -> None:
    peer, passed, proxies, client = CLIENTS[case]
    headers = [(b"x-forwarded-for", part.encode()) for part in passed.split(",")] if passed else []
    scope = {"client": ("203.0.113.9", 0), PEER: (peer, 1)} if peer else {"client": None}
    assert client_of(scope | {"headers": headers}, proxies) == client


@pytest.mark.parametrize("proxies", [0, 1])
def test_one_client_does_not_take_the_search_from_others(demo_archive: Path, proxies: int) -> None:
    """A real server, and two addresses of this machine; or, behind a proxy, two that it names."""
    visitor = Visitor(demo_archive, options=SiteOptions(proxies=proxies))
    greedy, other = ("198.51.100.1", "198.51.100.2") if proxies else ("127.0.0.1", "127.0.0.2")
    let_go = [threading.Event() for _ in range(site.SHARE)]

    async def ask(port: int, client: str, passed: str = "") -> httpx.Response:
        sent = {"X-Forwarded-For": client if proxies else passed} if proxies or passed else {}
        transport = httpx.AsyncHTTPTransport(local_address="127.0.0.1" if proxies else client)
        async with httpx.AsyncClient(transport=transport, timeout=PATIENCE) as asking:
            return await asking.get(f"http://127.0.0.1:{port}/search.json?q=cable", headers=sent)

    async def asked() -> tuple[list[httpx.Response], httpx.Response]:
        await visitor.datasette.invoke_startup()
        with server.listen(0) as listener:
            port = listener.getsockname()[1]
            application = connections.with_peer(visitor.datasette.app())
            running = uvicorn.Server(uvicorn.Config(application, log_level="warning", **connections.options()))
            task = asyncio.create_task(running.serve(sockets=[listener]))
            while not running.started:
                await asyncio.sleep(0.01)
            for event in let_go:
                own_site(visitor)._searches.submit(partial(event.wait, PATIENCE), greedy)
            # What stands before the address that a proxy adds, or without one, anybody can write.
            refused = [await ask(port, greedy), await ask(port, greedy, "203.0.113.9")]
            waiting = asyncio.create_task(ask(port, other))
            while own_site(visitor)._searches._taken[other] == 0:
                await asyncio.sleep(0.01)
            # Those that run, and one whose turn comes before.
            for event in let_go[: 2 * site.SEARCHERS]:
                event.set()
            answered = await waiting
            running.should_exit = True
            await task
            return refused, answered

    try:
        refused, answered = asyncio.run(asked())
    finally:
        for event in let_go:
            event.set()
    assert [(one.status_code, one.headers["retry-after"]) for one in refused] == [(429, str(answers.RETRY))] * 2
    assert refused[0].headers["cache-control"] == "no-store"
    assert answered.status_code == 200
    assert answered.json()["clips"]


@pytest.mark.parametrize(("query", "said"), [(PHRASES, "1,529 characters"), ("a " * 60, "60 words")])
def test_what_costs_too_much_is_refused_with_a_word(demo_archive: Path, query: str, said: str) -> None:
    visitor = Visitor(demo_archive)
    with endless(visitor, "_searches", site.SEARCHERS + site.SEARCHES_WAITING):
        for form in ("", ".json", ".atom"):
            answer = visitor.get(f"/search{form}?q={quote(query.strip())}")
            assert answer.status_code == 400
            assert said in answer.text
            assert "Leave out all but the words that matter most" in answer.text


def test_a_limit_is_one_of_work_and_not_of_time() -> None:
    many = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM (SELECT i FROM n LIMIT ?)"
    )
    with closing(sqlite3.connect(":memory:")) as connection:
        db = Database(connection)
        # As on a busy machine, time goes by and nothing is done.
        connection.create_function("waited", 0, lambda: time.sleep(0.3))
        with time_limit(db, 0.2):
            assert db.execute("SELECT waited()").fetchone() is not None
            assert db.execute(many, [1_000]).fetchone() == (1_000,)
        with pytest.raises(SearchTimeoutError), database_errors(Path("a")), time_limit(db, 0.2):
            db.execute(many, [1_000_000_000]).fetchone()


def test_pages_come_without_totals_while_these_are_counted(demo_archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "PATIENCE", 0.0)
    monkeypatch.setattr(site, "READ_SECONDS", 0.3)
    visitor = Visitor(demo_archive)
    clip = visitor.entry("undersea cable")
    with endless(visitor, "_counts", 1):
        for path in ("/", f"/{clip.address}", "/search?q=cable", "/nowhere"):
            answer = visitor.get(path)
            assert answer.status_code in {200, 404}, path
            assert "Transcripts are made by machine" in answer.text
            assert "14 clips" not in answer.text
    until("they are counted", lambda: "14 clips" in visitor.get("/").text)


def test_many_visitors_make_it_count_once(demo_archive: Path) -> None:
    visitor, counted = Visitor(demo_archive), 0

    def number(_: Any) -> int:
        nonlocal counted
        counted += 1
        return counted

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(own_site(visitor).cached(number) for _ in range(20)))

    assert asyncio.run(all_at_once()) == [1] * 20


@pytest.mark.parametrize("fault", ["gone", "damaged"])
def test_an_archive_that_cannot_be_read_has_pages_that_say_so(own_archive: Path, fault: str) -> None:
    visitor = Visitor(own_archive)
    clip = visitor.entry("undersea cable")
    asyncio.run(visitor.datasette.invoke_startup())
    assert own_site(visitor).hides
    database = own_archive / "archive.db"
    for file in own_archive.glob("archive.db*"):
        file.unlink()
    if fault == "damaged":
        database.write_bytes(b"no database" * 1_000)
    for path in ("/", f"/{clip.address}", "/search?q=cable", "/search.json?q=cable", "/about", "/people.json"):
        answer = visitor.get(path)
        assert answer.status_code == 503, path
        assert int(answer.headers["retry-after"]) > 0
        assert "cannot be read at the moment" in answer.text
        assert str(own_archive) not in answer.text
        if ".json" not in path:
            assert 'rel="stylesheet"' in answer.text, "it looks like the others"


async def _received(reader: asyncio.StreamReader) -> bytes:
    """Return all that comes until the other side closes the connection, or refuses what is still sent."""
    got = b""
    with suppress(ConnectionError):
        while part := await reader.read(1 << 16):
            got += part
    return got


async def _application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nX-Slow: "],
)
def test_a_client_that_does_not_finish_its_request_is_let_go(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)

    async def asked() -> tuple[bytes, bytes]:
        with server.listen(0) as listener:
            port = listener.getsockname()[1]
            config = uvicorn.Config(
                _application, log_level="warning", http=connections.ImpatientProtocol, timeout_keep_alive=600
            )
            running = uvicorn.Server(config)
            task = asyncio.create_task(running.serve(sockets=[listener]))
            while not running.started:
                await asyncio.sleep(0.01)
            slow, writer = await asyncio.open_connection("127.0.0.1", port)
            reading = asyncio.create_task(_received(slow))
            writer.write(sent)
            # A byte now and then does not buy more time.
            for _ in range(1_000):
                if sent and not reading.done():
                    writer.write(b"x")
                    await asyncio.sleep(0.01)
            assert not sent or reading.done()
            got = await asyncio.wait_for(reading, PATIENCE)
            quick, other = await asyncio.open_connection("127.0.0.1", port)
            other.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answered = await asyncio.wait_for(quick.read(), PATIENCE)
            running.should_exit = True
            await task
            return got, answered

    got, answered = asyncio.run(asked())
    assert got.count(b"200 OK") == sent.count(b"\r\n\r\n")
    assert answered.endswith(b"ok")
