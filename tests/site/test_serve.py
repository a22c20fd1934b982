"""`radio-archive serve`: starts, says where, answers this machine alone, sees what a watcher adds, and stops."""

import json
import re
import signal
import socket
import sqlite3
from pathlib import Path

import httpx
import pytest
from support.program import environment, run
from support.server import serving

from radio_archive.errors import PortTakenError
from radio_archive.site import server as module

NOTE = module.NOTE


def test_it_serves_the_live_archive_and_stops_when_told_to(own_archive: Path) -> None:
    with serving(own_archive) as server:
        assert server.get("/").status_code == 200
        note = json.loads((own_archive / NOTE).read_text(encoding="utf-8"))
        assert note["address"] == server.address == module.running_at(own_archive)
        # Another process archives a clip meanwhile, and it is there at once.
        with sqlite3.connect(own_archive / "archive.db") as db:
            db.execute("UPDATE clips SET title = 'Fresh from the newsroom' WHERE id = 14")
        page = server.get("/", **{"accept-encoding": "gzip"})
        assert "Fresh from the newsroom" in page.text
        assert page.headers["content-encoding"] == "gzip"
        code, said = server.stop(signal.SIGTERM)
    assert (code, said) == (0, "Stopped.\n")
    assert not (own_archive / NOTE).exists()
    assert module.running_at(own_archive) is None


def test_ctrl_c_says_no_more_than_that(demo_archive: Path) -> None:
    with serving(demo_archive) as server:
        assert server.stop(signal.SIGINT) == (130, "Stopped.\n")


def test_hidden_clips_are_counted_and_shown_only_on_request(own_archive: Path) -> None:
    with sqlite3.connect(own_archive / "archive.db") as db:
        db.execute("UPDATE clips SET visibility = 'private', title = 'Not for everybody' WHERE id = 14")
    with serving(own_archive) as server:
        assert "Not for everybody" not in server.get("/").text
        assert "1 clip private or under an embargo: not shown; --private" in server.stop(signal.SIGTERM)[1]
    with serving(own_archive, "--private") as server:
        assert "Not for everybody" in server.get("/").text
        assert "shown too" in server.stop(signal.SIGTERM)[1]


def test_a_taken_port_is_one_clear_line(demo_archive: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run("serve", "--archive", demo_archive, "--port", taken.getsockname()[1])
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "--port 0" in ran.err
    with pytest.raises(PortTakenError), socket.create_server(("127.0.0.1", 0)) as taken:
        module.listen(taken.getsockname()[1])


def test_it_listens_on_this_machine_only() -> None:
    with module.listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_it_opens_a_browser_when_asked_to(demo_archive: Path, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n', encoding="utf-8")
    browser.chmod(0o755)
    with serving(demo_archive, "--open", env=environment(BROWSER=f"{browser} %s")) as server:
        assert server.get("/").status_code == 200
        assert (tmp_path / "opened").read_text(encoding="utf-8").strip() == server.address


def test_search_opens_what_it_found_in_the_running_site(demo_archive: Path, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n', encoding="utf-8")
    browser.chmod(0o755)
    search = ("search", "announced undersea cable", "--archive", demo_archive, "--open")
    ran = run(*search)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "radio-archive serve" in ran.err
    with serving(demo_archive) as server:
        ran = run(*search, env=environment(BROWSER=f"{browser} %s"))
        opened = (tmp_path / "opened").read_text(encoding="utf-8").strip()
        assert ran.code == 0
        assert ran.out.strip() == opened
        assert re.fullmatch(re.escape(server.address) + r"clip/\w+#t=[56](\.\d)?", opened)
        page = httpx.get(opened, follow_redirects=True)
        assert "an-undersea-cable" in str(page.url)


def test_it_does_not_answer_to_the_name_of_another_site(demo_archive: Path) -> None:
    """A page on the web whose name leads to this machine (DNS rebinding) reads nothing."""
    with serving(demo_archive) as server:
        port = httpx.URL(server.address).port
        assert server.get("/", Host="evil.example").status_code == 421
        assert server.get("/", Host=f"evil.example:{port}").status_code == 421
        assert server.get("/", Host=f"127.0.0.1.evil.example:{port}").status_code == 421
        assert server.get("/", Host=f"localhost:{port}").status_code == 200
        # Nor is anything of what is served, or of Datasette's own pages, more than it should be.
        for path in ("/archive.db", "/archive.db?download=1", "/archive?sql=select+1", "/archive.json?sql=select+1"):
            assert server.get(path).headers.get("content-type", "") != "application/octet-stream", path
            assert "SQLite format 3" not in server.get(path).text, path


def test_an_archive_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    ran = run("serve", "--port", "0", cwd=tmp_path)
    assert (ran.code, ran.err.count("\n")) == (1, 1)


def test_a_note_leads_nowhere_but_to_this_machine(tmp_path: Path) -> None:
    with module.listen(0) as listener:
        port = listener.getsockname()[1]
        for wrong in (
            "", "[]", "{}", '{"address": 7}', '{"address": "http://evil.example/"}',
            f'{{"address": "http://127.0.0.1:{port}@evil.example/"}}', '{"address": "http://127.0.0.1:99999999/"}',
        ):  # fmt: skip
            (tmp_path / NOTE).write_text(wrong, encoding="utf-8")
            assert module.running_at(tmp_path) is None, wrong
        with module.noted(tmp_path, module.address(listener)):
            assert module.running_at(tmp_path) == f"http://127.0.0.1:{port}/"
        assert not (tmp_path / NOTE).exists()


def test_where_no_note_can_be_left_it_serves_without(tmp_path: Path) -> None:
    with module.noted(tmp_path / "nowhere", "http://127.0.0.1:1/"):
        assert module.running_at(tmp_path / "nowhere") is None
    assert list(tmp_path.iterdir()) == []
