"""An archive is served wherever it is: in a folder of any name, and where nothing may be written."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest
from conftest import copied
from support.nobody import as_nobody, give_to_nobody
from support.program import environment, ok
from support.server import serving
from support.visitor import Visitor

from radio_archive.archive.database import address

NAME = """100%41 #1 what? it's "so" & ü;=+"""
"""Characters that mean something in an address of SQLite's, in a shell, in HTML or on the web."""

needs_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such names, and other permissions")


@pytest.fixture(scope="module")
def odd(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(demo_archive, tmp_path_factory.mktemp("places") / NAME)


@needs_posix
def test_an_archive_in_a_folder_of_any_name_is_served_and_published(odd: Path, tmp_path: Path) -> None:
    assert "undersea cable" in ok("search", "announced undersea", "--archive", odd).out
    assert ok("verify", "--archive", odd).code == 0
    with serving(odd) as server:
        for path in ("/", "/search?q=cable", "/about"):
            assert server.get(path).status_code == 200, path
        assert "Coffee Growers" in server.get("/").text
    with serving(odd, "--private") as server:
        assert server.get("/archive/clips").status_code == 200
    ok("publish", "bundle", tmp_path / NAME / "bundle", "--archive", odd)
    visitor = Visitor(tmp_path / NAME / "bundle", immutable=True)
    assert visitor.get("/search?q=cable").status_code == 200
    ok("publish", "static", tmp_path / NAME / "static", "--archive", odd, "--without-audio")
    assert (tmp_path / NAME / "static" / "index.html").exists()
    # Nothing was made at an address that ends early, or with other letters.
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert [path.name for path in odd.parent.iterdir()] == [NAME]


@needs_posix
def test_a_folder_whose_name_is_no_text_holds_an_archive_too(demo_archive: Path, tmp_path: Path) -> None:
    folder = copied(demo_archive, tmp_path / os.fsdecode(b"caf\xe9"))
    assert "undersea cable" in ok("search", "announced undersea", "--archive", folder).out
    # Datasette 1.0 keeps the paths of databases as text.
    if version("datasette").startswith("0."):
        assert Visitor(folder).get("/search?q=cable").status_code == 200


@pytest.fixture
def read_only(own_archive: Path) -> Path:
    """An archive that its reader may not write to, nor make a file beside; with nothing in its log."""
    with closing(sqlite3.connect(own_archive / "archive.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in own_archive.glob("archive.db-*"):
        file.unlink()
    give_to_nobody(own_archive)
    for path in (own_archive, *own_archive.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return own_archive


def asked_as_nobody(folder: Path, other: Path, program: str) -> None:
    """Run a program that asks the site of an archive, without the rights of root; `other` is an archive as well."""
    script = f"""
import asyncio, os
from pathlib import Path
from radio_archive.config.settings import SiteOptions
from radio_archive.site import server
folder = Path({str(folder)!r})
def site_of(folder):
    return server.site(folder / "archive.db", SiteOptions())
async def get(datasette, path):
    await datasette.invoke_startup()
    answer = await datasette.client.get(path)
    assert answer.status_code == 200, (path, answer.text)
    return answer.text
async def main():
    # Templates and modules may lie where only root can read.
    for path in ("/", "/search?q=cable", "/about", "/people.json"):
        await get(site_of(Path({str(other)!r})), path)
    if os.getuid() == 0:
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
    assert not os.access(folder, os.W_OK)
{program}
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr


@needs_posix
def test_a_read_only_archive_is_searched_and_served(read_only: Path, demo_archive: Path) -> None:
    ran = as_nobody("search", "announced undersea", "--archive", read_only)
    assert "undersea cable" in ran.stdout, ran.stderr
    asked_as_nobody(
        read_only,
        demo_archive,
        """
    for path in ("/", "/search?q=cable", "/about", "/people.json"):
        await get(site_of(folder), path)
    assert 'class="hits"' in await get(site_of(folder), "/search?q=announced+undersea")
""",
    )
    assert not list(read_only.glob("archive.db-*"))


@needs_posix
def test_it_sees_what_its_owner_changes_meanwhile(read_only: Path) -> None:
    """Where SQLite cannot see by itself that a file has another content."""
    database = read_only / "archive.db"
    visitor = Visitor(read_only, private=True)
    served = visitor.datasette.databases["archive"]
    # As if it could not be read otherwise: root may write anywhere.
    served.is_frozen, served._open = True, lambda: _frozen(database)
    pages = ("/", "/archive/clips.json?_size=max", "/archive/clips/14.json")
    for path in pages:
        assert "Fresh from the newsroom" not in visitor.get(path).text, path
    database.chmod(0o644)
    read_only.chmod(0o755)
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("UPDATE clips SET title = 'Fresh from the newsroom' WHERE id = 14")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in pages:
        assert "Fresh from the newsroom" in visitor.get(path).text, path


def _frozen(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(address(database, "immutable"), uri=True, check_same_thread=False)
