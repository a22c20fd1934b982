"""What docs/publishing.md says of a publication: its files, its feeds, its headers and its limits."""

import asyncio
import re
import socket
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from support.pages import CODE, DOCS, fenced, read
from support.program import ok

from radio_archive.archive.public import columns
from radio_archive.config.reader import read_settings
from radio_archive.config.settings import SiteOptions
from radio_archive.publish import static
from radio_archive.site import answers, connections, labels, search, site, sound
from radio_archive.site.server import HOST, SETTINGS, for_this_host_only

PAGE = read(DOCS / "publishing.md")
TEXT = " ".join(PAGE.split())


@pytest.fixture(scope="module")
def sites(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Each kind of publication, and a static site that knows no address."""
    folder = tmp_path_factory.mktemp("sites")
    url = ("--url", "https://archive.example.org/")
    made = {"static": ("static", folder / "static", *url), "bundle": ("bundle", folder / "bundle")}
    made["without url"] = ("static", folder / "nowhere")
    for words in made.values():
        ok("publish", *words, "--archive", demo_archive)
    return {kind: Path(words[1]) for kind, words in made.items()}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_has_json_and_captions_beside_it(sites: Mapping[str, Path]) -> None:
    found = files(sites["static"])
    # A page of one year, or another page of a list, stands behind a hyphen.
    pages = {name.removesuffix("/index.html") for name in found if name.endswith("/index.html") and "/-/" not in name}
    clips = {page for page in pages if re.search(r"/(\d{4}-\d\d-\d\d|undated)/", page)}
    moved = {page for page in pages if 'http-equiv="refresh"' in read(sites["static"] / page / "index.html")}
    assert len(clips) == 14
    players = {page for page in pages if page.startswith("embed/")}
    assert len(players) == 14
    assert {page for page in pages - moved - players if f"{page}.json" not in found} == {"search"}
    assert "index.json" in found
    assert [page for page in clips for suffix in ("vtt", "srt", "txt") if f"{page}.{suffix}" not in found] == []


def test_feeds_and_the_sitemap_need_an_address(sites: Mapping[str, Path]) -> None:
    whole = files(sites["static"])
    people = {name.removesuffix(".json") for name in whole if re.fullmatch(r"people/[^/]+\.json", name)}
    feeds = {"index", "pacific-report", "harbor-watch", "reef-notes", "island-morning", *people}
    for ending in (".rss", ".atom"):
        assert f"| `{ending}` |" in PAGE
        assert {name.removesuffix(ending) for name in whole if name.endswith(ending)} == feeds
    without = files(sites["without url"])
    assert "sitemap.xml" in whole - without
    assert [name for name in without if name.endswith((".rss", ".atom", ".xml"))] == []


def test_a_bundle_holds_what_is_listed(sites: Mapping[str, Path]) -> None:
    listed = set(CODE.findall(PAGE.partition("The folder holds")[2].partition("In a container")[0]))
    there = {path.name + "/" * path.is_dir() for path in sites["bundle"].iterdir() if not path.name.startswith(".")}
    assert listed == there
    for line in fenced(DOCS / "publishing.md", "sh")[-2].splitlines():
        assert line.replace("~/bundle", ".") in read(sites["bundle"] / "README.txt")
    with closing(sqlite3.connect(f"{(sites['bundle'] / 'archive.db').as_uri()}?immutable=1", uri=True)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_what_strangers_may_not_do_is_set(sites: Mapping[str, Path]) -> None:
    told = {
        "no SQL of their own": SETTINGS["default_allow_sql"] is False,
        "no download of the database": SETTINGS["allow_download"] is False,
        "no streamed CSV": SETTINGS["allow_csv_stream"] is False,
        "longer than half a second": SETTINGS["sql_time_limit_ms"] == 500,
    }
    assert {text: is_so and text in TEXT for text, is_so in told.items()} == dict.fromkeys(told, True)
    start = read(sites["bundle"] / "serve.sh")
    assert "--setting default_allow_sql off" in start
    assert "--setting sql_time_limit_ms 500" in start
    container = read(sites["bundle"] / "Containerfile")
    assert "USER 65534" in container
    assert "PORT=" in container


def test_the_limits_are_those_of_the_site() -> None:
    told = {
        f"{search.LONGEST} characters and {search.MOST_WORDS} words at most": True,
        f"{site.SEARCHES_WAITING} searches may wait": True,
        f"may have {site.SHARE} of them under way": True,
        "may take four seconds of a processor": site.READ_SECONDS == 4,
        "cached for a minute, sound for an hour": (answers.FRESH, sound.CACHED) == (60, 3_600),
        f"within {connections.HEAD_SECONDS:.0f} seconds, and takes {connections.MOST} at once": True,
        "four queries are ready": len(labels.QUERIES) == 4,
        labels.QUERIES["said"]["title"]: True,
    }
    text = " ".join(TEXT.split())
    assert {said: is_so and said in text for said, is_so in told.items()} == dict.fromkeys(told, True)


def test_the_policy_on_the_page_is_the_one_that_is_sent() -> None:
    (policy,) = re.findall(r"`Content-Security-Policy: (.*?)`", TEXT)
    sent = {one.strip() for one in answers.POLICY.split(";")}
    told = {one.strip() for one in policy.split(";")}
    assert told < sent
    more = {one.split()[0] for one in sent - told}
    assert (
        f"`serve` and bundles send these, and {' and '.join(f'`{name}`' for name in sorted(more, reverse=True))}"
        in TEXT
    )


def test_how_much_the_search_in_a_browser_is_made_for() -> None:
    assert f"up to {static.SEARCHABLE:,} segments" in PAGE


def test_what_is_withheld_is_told() -> None:
    """In the table's words."""
    tables = {
        "notes": "notes", "saved searches": "saved_searches",
        "corrections": "corrections", "the watch folder's queue": "intake", "other sidecars": "sidecars",
        "the record of what was removed": "tombstones",
    }  # fmt: skip
    right = " ".join(row.split(" | ")[-1] for row in PAGE.splitlines() if row.startswith("| ") and " | " in row)
    assert [words for words in tables if words not in right] == []
    assert set(tables.values()) <= columns.WITHHELD
    left = columns.TABLES["clips"].columns
    assert {"title", "show_id", "air_date", "language", "summary", "rights", "review_status"} <= set(left)
    assert {"options", "speed", "windows"} == set(columns.TABLES["transcripts"].withheld)


def test_the_settings_on_the_page_can_be_used(tmp_path: Path) -> None:
    (text,) = fenced(DOCS / "publishing.md", "toml")
    path = tmp_path / "radio-archive.toml"
    path.write_text(text, encoding="utf-8")
    site = read_settings(path).site
    assert site != SiteOptions()
    assert site.url == "https://archive.example.org/"


async def _answered(host: str) -> int:
    sent: list[int] = []

    async def application(scope: object, receive: object, send: object) -> None:
        sent.append(200)

    async def send(message: Mapping[str, int]) -> None:
        sent.append(message.get("status", 0))

    scope = {"type": "http", "headers": [(b"host", host.encode())]}
    await for_this_host_only(application, 8001)(scope, None, send)
    return sent[0]


@pytest.mark.parametrize("host", [*re.findall(r"only requests for `([\d.]+)` or `(\w+)`", TEXT)[0], "example.org"])
def test_the_names_that_are_answered(host: str) -> None:
    assert asyncio.run(_answered(f"{host}:8001")) == (421 if host == "example.org" else 200)
    assert socket.inet_aton(HOST)[0] == 127
