"""What strangers may not: see what is hidden, by any way; run SQL; take the database; write; keep others from it."""

import asyncio
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any
from urllib.parse import quote

import pytest
from datasette import hookimpl
from datasette.app import Datasette
from datasette.plugins import pm
from support.bounds import PATIENCE
from support.furnish import UNHEARD, Furnished, furnish

from radio_archive.archive.archive import Archive
from radio_archive.config.settings import SiteOptions
from radio_archive.publish import bundle
from radio_archive.site import server

IS_DATASETTE_1 = not version("datasette").startswith("0.")
BEGINNING = UNHEARD[:6]
"""Enough of the hidden word to find it, and not enough to be taken for it where a page repeats what was asked."""
FORMATS = (
    "",
    ".json",
    ".vtt",
    ".srt",
    ".txt",
    ".cms.html",
    ".chapters.json",
    "/",
    "?q=x",
    ".rss",
    ".atom",
    ".html",
    ".md",
    ".csv",
)
OWN_PAGES = (
    "metadata metadata.json config config.json databases databases.json plugins plugins.json versions versions.json "
    "settings settings.json threads threads.json actor actor.json permissions allow-debug messages patterns logout "
    "create-token tables tables.json schema jump jump.json rules allowed check"
).split()


@dataclass
class Asked:
    """A site that is asked within this process."""

    served: Any
    runner: asyncio.Runner
    folder: Path

    def __call__(self, path: str, method: str = "GET", **more: Any) -> Any:
        return self.runner.run(self.served.client.request(method, path, **more))

    def together(self, work: Any) -> Any:
        return self.runner.run(work)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="module")
def furnished(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    folder = tmp_path_factory.mktemp("security") / "archive"
    return furnish(Path(copytree(demo_archive, folder, ignore=ignore_patterns("*.db-wal", "*.db-shm", ".serving*"))))


@pytest.fixture(scope="module")
def live(furnished: Furnished, runner: asyncio.Runner) -> Asked:
    """The archive itself, as `serve` shows it."""
    return Asked(server.site(furnished.folder / "archive.db", SiteOptions()), runner, furnished.folder)


@pytest.fixture(scope="module")
def published(furnished: Furnished, runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """A bundle, with Datasette's own pages open."""
    folder = tmp_path_factory.mktemp("published") / "bundle"
    with Archive(furnished.folder, read_only=True) as archive:
        bundle.publish(archive, folder, SiteOptions())
    return Asked(server.site(folder / "archive.db", SiteOptions(), immutable=True, tables=True), runner, folder)


@pytest.fixture(params=["live", "published"])
def site(request: pytest.FixtureRequest) -> Asked:
    found: Asked = request.getfixturevalue(request.param)
    return found


def ways_to(furnished: Furnished) -> Iterator[str]:
    """Yield every address that anybody might try for what is hidden."""
    for address in furnished.hidden:
        yield from (f"/{address}{form}" for form in FORMATS)
        yield f"/oembed?url={quote(f'http://localhost/{address}', safe='')}"
    for uid in furnished.hidden_uids:
        yield from (f"/clip/{uid}", f"/embed/{uid}", f"/embed/{uid}?start=0&end=9", f"/clips/undated/x-{uid}")
        yield f"/pacific-report/2024-10-22/x-{uid}.json"
    for digest in furnished.hidden_digests:
        yield from (f"/audio/{digest}", f"/audio/{digest}.mp3", f"/audio/{digest}?download=1", f"/cover/{digest}")
        yield f"/audio/{digest}/quote?start=0&end=2"
    for number in (1, 2, 3):
        yield from (f"/pacific-report/2020-01-0{number}/old", f"/pacific-report/2020-01-0{number}/old.json")
    name = UNHEARD.lower()
    for place in (
        f"/{name}-hour",
        f"/people/{name}-jones",
        "/people",
        "/about",
        "/",
        "/index",
        "/sitemap",
        "/sitemap-1",
    ):
        yield from (f"{place}{form}" for form in ("", ".json", ".rss", ".atom", ".xml", "?year=2024", "?page=2"))
    for extra in ("", "&sort=newest", "&sort=oldest", f"&show={BEGINNING}", "&page=2", "&year=2024"):
        yield from (f"/search{form}?q={BEGINNING}*{extra}" for form in ("", ".json", ".rss", ".atom"))
    for query in (
        f"title:{BEGINNING}*",
        f"story:{BEGINNING}*",
        f"said:{BEGINNING}*",
        f"reporter:{BEGINNING}*",
        "a*",
        "the",
    ):
        yield from (f"/search{form}?q={quote(query)}" for form in ("", ".json", ".rss", ".atom"))


def tables(folder: Path) -> list[str]:
    with closing(sqlite3.connect(f"{(folder / 'archive.db').as_uri()}?mode=ro", uri=True)) as db:
        # Of the tables inside the full-text indexes, the one that holds the text stands for all.
        names = db.execute("""SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
                              AND name NOT GLOB '*_fts_[cdi][ood][nci]*'""").fetchall()
        return [name for (name,) in names if not name.startswith("sqlite_")]


def ways_past_the_site(furnished: Furnished) -> Iterator[str]:
    """Yield the addresses of Datasette's own pages at which what is hidden might be found."""
    yield from ("/archive", "/archive.json", "/archive/", "/archive?_search=x", "/-/search", "/-/jump.json?q=a")
    for table in tables(furnished.folder):
        yield from (f"/archive/{table}{form}" for form in (
            "?_size=max", ".json?_shape=array&_size=max", ".csv?_stream=on&_size=max", f"?_search={BEGINNING}*",
            f".json?_search={BEGINNING}*&_searchmode=raw&_extra=query,foreign_key_tables", "/1", "/2.json",
        ))  # fmt: skip
    statement = quote("select * from main.segments")
    for place in ("/archive", "/archive.json", "/archive/-/query", "/archive/-/query.json", "/archive.csv"):
        yield f"{place}?sql={statement}"
    yield f"/archive/segments.json?_where={quote('1=1 union select 1')}"


def leaks(site: Asked, path: str, furnished: Furnished) -> list[str]:
    """Return what of the hidden clips can be read in an answer."""
    answer = site(path)
    text = (
        f"{answer.headers} {answer.text if answer.headers.get('content-type', '').startswith(('text', 'app')) else ''}"
    )
    # An answer may repeat the address that was asked for, and no more.
    for repeated in (path, path.partition("?")[0], quote(path), path.replace("&", "&amp;")):
        text = text.replace(repeated, "")
    text = text.lower()
    hidden = (UNHEARD.lower(), *furnished.hidden_uids, *furnished.hidden_digests)
    found = [secret for secret in hidden if secret in text]
    if re.match(r"/(audio|cover)/", path) and answer.status_code in {200, 206}:
        found.append("the sound")
    return found


def test_hidden_clips_are_nowhere_on_the_site(site: Asked, furnished: Furnished) -> None:
    leaking = {path: found for path in ways_to(furnished) if (found := leaks(site, path, furnished))}
    assert leaking == {}


def test_hidden_clips_are_nowhere_in_tables_and_sql(site: Asked, furnished: Furnished) -> None:
    leaking = {path: found for path in ways_past_the_site(furnished) if (found := leaks(site, path, furnished))}
    assert leaking == {}


def test_they_would_be_found(furnished: Furnished, runner: asyncio.Runner) -> None:
    """The tests above are worth something only if they find what is shown on purpose."""
    everything = Asked(
        server.site(furnished.folder / "archive.db", SiteOptions(), private=True), runner, furnished.folder
    )
    past = ("/archive/clips.json", "/archive/clips/1", "/archive/segments.csv", "/archive/claims")
    found = [path for path in (*ways_to(furnished), *past) if leaks(everything, path, furnished)]
    wanted = {
        f"/{furnished.hidden[0]}", f"/{furnished.hidden[1]}.vtt", f"/{furnished.hidden[2]}.json", "/", "/people",
        f"/clip/{furnished.hidden_uids[0]}", f"/audio/{furnished.hidden_digests[0]}.mp3", *past[:3],
        f"/search.json?q={BEGINNING}*", f"/search.atom?q={BEGINNING}*", "/index.atom",
        "/pacific-report/2020-01-01/old",
    }  # fmt: skip
    assert wanted <= set(found), wanted - set(found)
    assert len(found) > 60


def test_what_is_hidden_is_answered_as_if_it_were_not_there(site: Asked, furnished: Furnished) -> None:
    nothing = site("/harbor-watch/2024-11-05/there-was-never-such-a-thing")
    for address in furnished.hidden:
        answer = site(f"/{address}")
        assert answer.status_code == nothing.status_code == 404
        assert answer.text.replace(address, "") == nothing.text.replace(str(nothing.url.path)[1:], "")
    assert site(f"/audio/{furnished.hidden_digests[0]}").status_code == site(f"/audio/{'0' * 64}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/archive.db", "/archive.db?x", "/archive/archive.db", "/-/archive.db", "/media", "/media/"]
)
def test_no_file_can_be_taken(site: Asked, path: str) -> None:
    answer = site(path)
    assert answer.status_code in {403, 404}
    assert b"SQLite format 3" not in answer.content


@pytest.mark.parametrize(
    "path",
    [
        "/audio/../archive.db", "/audio/..%2Farchive.db", "/audio/%2e%2e%2farchive.db", "/audio//etc/passwd",
        f"/audio/{'A' * 64}", f"/audio/{'0' * 63}", f"/audio/{'0' * 65}", f"/audio/{'g' * 64}",
        f"/audio/{'0' * 64}/../x",
        f"/audio/{'0' * 64}.mp3%00.db", f"/audio/{'０' * 64}", "/audio/", "/audio", f"/cover/{'0' * 64}/..",
        "/-/static-plugins/radio-archive/../site.py", "/-/static-plugins/radio-archive/..%2fsite.py",
        "/-/static/../../app.py", "/..%2f..%2fetc/passwd", "/%00", "/%ff%fe", "/clip/%27%20or%201=1",
    ],
)  # fmt: skip
def test_no_address_leads_out_of_it(site: Asked, path: str) -> None:
    answer = site(path)
    assert answer.status_code in {301, 302, 400, 403, 404, 414}
    assert b"root:" not in answer.content
    assert b"import " not in answer.content
    assert "Traceback" not in answer.text


def test_sql_is_off(site: Asked) -> None:
    for path in (
        "/archive?sql=select+1234*1000%2B567",
        "/archive.json?sql=select+1234*1000%2B567",
        "/archive/-/query.json?sql=select+1234*1000%2B567",
    ):
        answer = site(path, follow_redirects=True)
        assert not answer.is_success, path
        assert "1234567" not in answer.text, path


def test_nothing_can_be_written(site: Asked, furnished: Furnished) -> None:
    """What Datasette 1.0 offers to write with included."""
    row = {
        "row": {"title": "mine"},
        "rows": [{"id": 1, "title": "mine"}],
        "update": {"title": "mine"},
        "sql": "drop table clips",
    }
    before = (site.folder / "archive.db").read_bytes()
    for path in (
        "/archive/clips/-/insert", "/archive/clips/-/upsert", "/archive/clips/1/-/update", "/archive/clips/1/-/delete",
        "/archive/clips/-/drop", "/archive/-/create", "/archive/-/execute-write", "/archive/clips/-/alter", "/archive",
        "/archive/clips", "/", "/search", "/about", f"/{furnished.cable}", "/-/messages", "/-/permissions", "/-/logout",
    ):  # fmt: skip
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            answer = site(path, method, json=row)
            # Datasette 1.0 takes other methods for GET, and shows a table.
            assert not answer.is_success or method != "POST", (method, path)
    assert (site.folder / "archive.db").read_bytes() == before


def test_datasettes_own_pages_show_no_path(site: Asked) -> None:
    home = str(Path.home())
    for page in OWN_PAGES:
        answer = site(f"/-/{page}")
        for path in (str(site.folder), str(site.folder.parent), home + "/"):
            assert path not in answer.text, page


def test_errors_show_no_path(site: Asked) -> None:
    for path in (
        "/nowhere",
        "/nowhere/at/all",
        "/search?q=" + quote('"' * 99),
        "/search?q=" + "x" * 5000,
        "/archive/nothing",
    ):
        answer = site(path)
        assert answer.status_code < 500, path
        for secret in (str(site.folder), "Traceback", "sqlite3", ".py"):
            assert secret not in answer.text, path


def test_every_page_of_ours_has_the_policy(site: Asked, furnished: Furnished) -> None:
    for path in (
        "/",
        "/search",
        "/search?q=cable",
        "/about",
        "/people",
        "/harbor-watch",
        f"/{furnished.cable}",
        "/no/such/page",
    ):
        answer = site(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert answer.headers["x-content-type-options"] == "nosniff", path
        scripts = re.findall(r"<script\b([^>]*)>", answer.text)
        assert all("src=" in attributes or "ld+json" in attributes for attributes in scripts), path
        assert not re.search(r"\son\w+=\"|\sstyle=\"", answer.text.replace("&#34;", "")), path


class Endless:
    """A plugin of Datasette: `SELECT endless()` keeps the thread that runs it until it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go = 0, threading.Event()

    def _prepare(self, conn: sqlite3.Connection) -> None:
        conn.create_function("endless", 0, self._wait)

    prepare_connection = hookimpl(_prepare)

    def _wait(self) -> None:
        self.begun += 1
        self.let_go.wait(PATIENCE)


def open_to_all(published: Asked) -> Datasette:
    """Datasette over what was published, where somebody opened SQL to the world."""
    settings = dict(server.SETTINGS) | {"default_allow_sql": True}
    path = str(published.folder / "archive.db")
    return Datasette(immutables=[path], settings=settings, **published_configuration())


QUERIES = ("undersea cable", "government", "coral", "fishing boats")


async def search_for(queries: Sequence[str], ask: Any) -> None:
    for query in queries:
        answer = await ask(f"/search?q={quote(query)}")
        assert answer.status_code == 200
        assert 'class="hits"' in answer.text


def test_slow_queries_of_six_clients_are_ended_and_the_search_answers(published: Asked) -> None:
    slow = quote("with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n")
    datasette, searched, ended = open_to_all(published), asyncio.Event(), 0

    async def hammer() -> None:
        nonlocal ended
        while not searched.is_set():
            await datasette.client.get(f"/archive.json?sql={slow}", follow_redirects=True)
            ended += 1

    async def all_at_once() -> None:
        await datasette.invoke_startup()
        # What is loaded for the first search of all would take a minute of every processor beside the others.
        await search_for(QUERIES[:1], datasette.client.get)
        hammering = [asyncio.create_task(hammer()) for _ in range(6)]
        await search_for(QUERIES[1:], datasette.client.get)
        searched.set()
        await asyncio.gather(*hammering)

    published.together(all_at_once())
    assert ended >= 6


# Datasette 1.0 looks something up on a thread of its own before every page; 0.65 needs none.
if not IS_DATASETTE_1:

    def test_the_search_answers_while_none_of_datasettes_threads_is_free(published: Asked) -> None:
        """The site reads on threads of its own."""
        endless, datasette = Endless(), open_to_all(published)

        async def all_at_once() -> None:
            await datasette.invoke_startup()
            ask = datasette.client.get
            hammering = [asyncio.create_task(ask("/archive.json?sql=select+endless()")) for _ in range(6)]
            while endless.begun < datasette.setting("num_sql_threads"):
                await asyncio.sleep(0.01)
            await search_for(QUERIES, ask)
            assert not any(task.done() for task in hammering)
            endless.let_go.set()
            await asyncio.gather(*hammering)

        pm.register(endless)
        try:
            published.together(all_at_once())
        finally:
            endless.let_go.set()
            pm.unregister(endless)


def published_configuration() -> dict[str, Any]:
    where = "config" if IS_DATASETTE_1 else "metadata"
    return {where: server.configuration(SiteOptions(), tables=True)}
