"""Datasette's own pages about an archive, for its people: what comes first, queries, SQL, metadata and plugins."""

import json
import logging
from pathlib import Path

import pytest
from support.program import ok, run
from support.server import serving
from support.visitor import Visitor

from radio_archive.config.settings import SiteOptions
from radio_archive.site import labels, server


@pytest.fixture(scope="module")
def open_copy(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """A published copy, as its host shows it."""
    folder = tmp_path_factory.mktemp("tables") / "bundle"
    ok("publish", "bundle", folder, "--archive", demo_archive, "--without-audio")
    visitor = Visitor(folder)
    visitor.datasette = server.site(folder / "archive.db", SiteOptions(), immutable=True, tables=True)
    return visitor


def test_the_tables_for_readers_come_first_and_others_are_hidden(open_copy: Visitor) -> None:
    page = open_copy.get("/archive").text
    for name in ("clip_list", "transcript_lines"):
        assert 0 < page.index(f'href="archive/{name}"') < page.index("/archive/clips")
        assert open_copy.get(f"/archive/{name}").status_code == 200
    for name in ("intake", "backfill", "slugs", "_sqlite_migrations"):
        assert f'/archive/{name}"' not in page
        assert open_copy.get(f"/archive/{name}").status_code == 200


def test_tables_have_facets(open_copy: Visitor) -> None:
    answer = open_copy.get("/archive/clip_list.json?_extra=facet_results").json()
    found = answer["facet_results"].get("results", answer["facet_results"])
    assert [one["value"] for one in found["show"]["results"]][:1] == ["Island Morning"]
    assert "reporter" in found


@pytest.mark.parametrize(
    ("name", "arguments", "part"),
    [
        ("said", "&words=undersea+cable", "An undersea cable"),
        ("said", "&words=%22odd", ""),
        ("years", "", "Pacific Report"),
        ("reporters", "", "Dana Kealoha"),
        ("unchecked", "", "2025"),
    ],
)
def test_queries_are_ready(open_copy: Visitor, name: str, arguments: str, part: str) -> None:
    assert labels.QUERIES[name]["title"] in open_copy.get("/archive").text
    answer = open_copy.get(f"/archive/{name}.json?_shape=array{arguments}")
    assert answer.status_code == 200, answer.text
    assert part in answer.text


def test_queries_are_closed_where_tables_are(demo_archive: Path) -> None:
    for name in labels.QUERIES:
        assert Visitor(demo_archive).get(f"/archive/{name}.json?words=cable").status_code == 404


def test_sql_and_csv_are_open_in_a_bundle_that_is_to_have_them(own_archive: Path, tmp_path: Path) -> None:
    for setting, switch in (("false", "off"), ("true", "on")):
        (own_archive / "radio-archive.toml").write_text(f"[site]\nsql = {setting}\n", encoding="utf-8")
        ok("publish", "bundle", tmp_path / "bundle", "--archive", own_archive, "--without-audio")
        start = (tmp_path / "bundle" / "serve.sh").read_text(encoding="utf-8")
        assert f"--setting default_allow_sql {switch}" in start
        assert f"--setting allow_csv_stream {switch}" in start
        assert "--setting allow_download off" in start


def test_serve_takes_metadata_and_plugins(demo_archive: Path, tmp_path: Path) -> None:
    (tmp_path / "metadata.yaml").write_text(
        "title: From the newsroom\nplugins:\n  radio-archive: {private: true}\n"
        "databases:\n  archive:\n    tables:\n      clips: {description: Our own words}\n",
        encoding="utf-8",
    )
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "hello.py").write_text(
        "from datasette import hookimpl, Response\n"
        "def hello():\n    return Response.text('hello')\n"
        "@hookimpl\ndef register_routes():\n    return [(r'/-/hello$', hello)]\n",
        encoding="utf-8",
    )
    options = ("--metadata", str(tmp_path / "metadata.yaml"), "--plugins-dir", str(tmp_path / "plugins"))
    with serving(demo_archive, *options) as running:
        assert running.get("/-/hello").text == "hello"
        assert running.get("/archive/clips").status_code == 404, "what is private is decided by our own option alone"
    with serving(demo_archive, *options, "--private") as running:
        assert "Our own words" in running.get("/archive/clips").text
        assert "hidden table" in running.get("/archive").text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--metadata", "absent.json"), "absent.json cannot be read"),
        (("--metadata", "list.json"), "no table of keys"),
        (("--metadata", "bad.json"), "cannot be read"),
        (("--plugins-dir", "absent"), "absent is no folder"),
    ],
)
def test_metadata_that_is_none_is_one_clear_line(
    demo_archive: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    (tmp_path / "list.json").write_text(json.dumps([1]), encoding="utf-8")
    (tmp_path / "bad.json").write_text("{: [", encoding="utf-8")
    ran = run("serve", "--archive", demo_archive, "--port", "0", *options, cwd=tmp_path)
    assert ran.code != 0
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_who_asks_for_tables_that_stay_closed_is_told_so(demo_archive: Path, caplog: pytest.LogCaptureFixture) -> None:
    visitor = Visitor(demo_archive)
    visitor.datasette = server.site(demo_archive / "archive.db", SiteOptions(), tables=True)
    with caplog.at_level(logging.WARNING):
        answer = visitor.get("/archive")
    assert answer.status_code == 404
    assert "only in a published copy without hidden clips" in answer.text
    assert "`tables` has no effect" in caplog.text
    assert "only in a published copy" not in Visitor(demo_archive).get("/archive").text
