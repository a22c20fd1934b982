"""`publish bundle`: what a server gets, run by its own start script; and the command line of `publish`."""

import json
import os
import shlex
import socket
import sqlite3
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
from support.bounds import PATIENCE, until
from support.program import environment, ok, run


@pytest.fixture(scope="module")
def bundle(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hosts") / "bundle"
    ran = ok("publish", "bundle", folder, "--archive", demo_archive)
    assert ran.out.startswith("14 clips published.\n")
    assert "14 transcripts not checked by a person" in ran.err
    return folder


@pytest.fixture(scope="module")
def host(bundle: Path) -> Iterator[str]:
    """The start script, run as a server runs it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    process = subprocess.Popen(
        ["sh", bundle / "serve.sh"], cwd="/", env=environment(PORT=port, PYTHON=sys.executable),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            assert process.poll() is None
            with suppress(httpx.TransportError):
                httpx.get(address, timeout=PATIENCE)
                return True
            return False

        until("the host answers", answers)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_a_bundle_holds_what_a_host_needs(bundle: Path) -> None:
    assert sorted(path.name for path in bundle.iterdir() if not path.name.startswith(".")) == [
        "Containerfile", "README.txt", "archive.db", "inspect-data.json", "media", "metadata.json", "requirements.txt",
        "serve.sh", "wheels",
    ]  # fmt: skip
    assert sum(path.is_file() for path in (bundle / "media").rglob("*")) == 14
    inspected = json.loads((bundle / "inspect-data.json").read_text(encoding="utf-8"))["archive"]
    assert inspected["tables"]["clips"] == {"count": 14}
    assert inspected["size"] == (bundle / "archive.db").stat().st_size
    assert not os.access(bundle / "archive.db", os.W_OK) or os.getuid() == 0
    assert (bundle / "archive.db").stat().st_mode & 0o222 == 0


def test_its_host_serves_it(host: str, bundle: Path) -> None:
    with closing(sqlite3.connect(bundle / "archive.db")) as db:
        ((sha256,),) = db.execute("SELECT sha256 FROM clip_list WHERE title LIKE 'An undersea%'").fetchall()
    assert "Coffee Growers" in httpx.get(f"{host}/").text
    assert "from Fiji to" in httpx.get(f"{host}/search?q=undersea+cable").text
    part = httpx.get(f"{host}/audio/{sha256}.mp3", headers={"Range": "bytes=10-19"})
    assert (part.status_code, len(part.content)) == (206, 10)
    # Its tables are public; SQL and the database file are not.
    assert httpx.get(f"{host}/archive/clips.json?_shape=array").json()[0]["visibility"] == "public"
    assert httpx.get(f"{host}/archive.db").status_code in {403, 404}
    assert httpx.get(f"{host}/archive.json?sql=select+1", follow_redirects=True).status_code in {400, 403, 404}


def test_its_requirements_are_enough(bundle: Path, tmp_path: Path) -> None:
    """The site runs from the wheel and requirements.txt, without the program's other requirements."""
    (wheel,) = (bundle / "wheels").iterdir()
    zipfile.ZipFile(wheel).extractall(tmp_path / "env")
    named = (bundle / "requirements.txt").read_text(encoding="utf-8")
    left_out = {"faster_whisper", "ctranslate2", "trafilatura", "mutagen", "feedparser", "ftfy", "watchfiles", "lxml"}
    assert "datasette" in named
    assert not any(name.replace("_", "-") in named for name in left_out)
    program = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {sorted(left_out)!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
import asyncio
from pathlib import Path
import radio_archive
assert radio_archive.__file__.startswith({str(tmp_path)!r})
from radio_archive.site import server
from radio_archive.config.settings import SiteOptions
site = server.site(Path({str(bundle / "archive.db")!r}), SiteOptions(), immutable=True)
async def ask():
    for path in ("/", "/search?q=cable", "/about", "/index.rss", "/harbor-watch", "/sitemap.xml"):
        answer = await site.client.get(path)
        assert answer.status_code == 200, (path, answer.text)
    page = await site.client.get("/search.json?q=undersea+cable")
    clip = page.json()["clips"][0]
    for form in ("", ".vtt", ".srt", ".txt", ".json", ".cms.html"):
        answer = await site.client.get(clip["url"].partition("localhost")[2] + form)
        assert answer.status_code == 200, form
    sound = clip["audio"].partition("localhost")[2].partition(".")[0]
    assert (await site.client.get(sound + "/quote?start=1&end=3")).status_code == 200
asyncio.run(ask())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(PYTHONPATH=str(tmp_path / "env")), cwd=tmp_path,
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_publishing_again_replaces_and_says_what_is_left_out(own_archive: Path, tmp_path: Path) -> None:
    ok("publish", "bundle", tmp_path / "out", "--archive", own_archive, "--without-audio")
    assert not (tmp_path / "out" / "media").exists()
    with sqlite3.connect(own_archive / "archive.db") as db:
        db.execute("UPDATE clips SET visibility = 'private' WHERE id = 1")
    ran = ok("publish", "bundle", tmp_path / "out", "--archive", own_archive, "--show", "harbor-watch")
    assert "clips left out" in ran.err
    assert sum(path.is_file() for path in (tmp_path / "out" / "media").rglob("*")) == int(ran.out.split()[0])


def test_what_cannot_be_published_is_one_clear_line(demo_archive: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    for arguments, said in (
        (["static", tmp_path], "was not published"),
        (["bundle", tmp_path / "new", "--show", "Nobody's Hour"], "Nobody's Hour"),
        (["static", tmp_path / "new", "--url", "archive.example.org"], "https://"),
        (["static", tmp_path / "thesis.txt"], "is a file"),
        (["static", demo_archive / "media" / "site"], "is in media/ of the archive"),
        (["bundle", demo_archive / "inbox"], "is in inbox/ of the archive"),
    ):
        ran = run("publish", *arguments, "--archive", demo_archive)
        assert ran.code == 1
        assert ran.err.count("\n") == 1
        assert said in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_missing_recording_stops_the_publication(own_archive: Path, tmp_path: Path) -> None:
    next(iter((own_archive / "media").rglob("*.mp3"))).unlink()
    ran = run("publish", "static", tmp_path / "out", "--archive", own_archive)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "doctor" in ran.err
    assert list(tmp_path.glob("*out*")) == []
    assert ok("publish", "static", tmp_path / "out", "--archive", own_archive, "--without-audio").code == 0
    home = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "<article>" in home
    assert "data-sound" not in home


def test_the_three_lines_that_publish_the_demo(demo_archive: Path, tmp_path: Path) -> None:
    """As docs/publishing.md has them; `make demo` makes the archive, and any web server shows the site."""
    page = (Path(__file__).parents[2] / "docs" / "publishing.md").read_text(encoding="utf-8")
    lines = page.partition("```sh\n")[2].partition("```")[0].splitlines()
    assert len(lines) == 3
    assert lines[0] == "make demo"
    (tmp_path / "demo-archive").symlink_to(demo_archive)
    ok(*shlex.split(lines[1])[1:], cwd=tmp_path)
    assert "--directory demo-site" in lines[2]
    assert "An undersea cable" in (tmp_path / "demo-site" / "pacific-report" / "index.html").read_text(encoding="utf-8")


def test_a_static_site_that_knows_its_address_has_feeds(demo_archive: Path, tmp_path: Path) -> None:
    import feedparser

    url = "https://radio.example/archive/"
    ok("publish", "static", tmp_path / "out", "--archive", demo_archive, "--url", url.rstrip("/"))
    site = tmp_path / "out"
    feeds = [feedparser.parse((site / f"index.{form}").read_bytes()) for form in ("rss", "atom")]
    for feed in feeds:
        assert not feed.bozo
        assert len(feed.entries) == 14
        for entry in feed.entries:
            assert (site / entry.link.removeprefix(url) / "index.html").is_file()
            (sound,) = [link for link in entry.links if link.rel == "enclosure"]
            assert (site / sound.href.removeprefix(url)).stat().st_size == int(sound.length)
    # The pages are fetched under the same address for all archives, so it does not identify this one.
    known_as = "radio.example/archive/index"
    assert feeds[0].feed.podcast_guid == str(
        uuid.uuid5(uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6"), f"{known_as}.rss")
    )
    assert feeds[1].feed.id == f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{known_as}.atom')}"
    assert (site / "pacific-report.atom").is_file()
    sitemap = "".join(path.read_text(encoding="utf-8") for path in site.glob("sitemap*.xml"))
    assert sitemap.count(f"<loc>{url}") > 14
    # Neither the address under which the pages were fetched nor this machine is named.
    for path in site.rglob("*"):
        if path.suffix in {".html", ".json", ".js", ".xml", ".rss", ".atom", ".txt"}:
            text = path.read_text(encoding="utf-8")
            assert "radio-archive.invalid" not in text, path
            assert str(demo_archive) not in text, path
            assert "localhost" not in text, path
