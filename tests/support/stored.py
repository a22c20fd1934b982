"""Archives of clips whose recordings are any bytes: quick to make, and whole for all that looks at bytes alone."""

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from radio_archive.archive import backup
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import save
from radio_archive.audio.container import sha256_of
from support.clips import new_clip


def store(archive: Archive, *names: str, size: int = 5_000) -> list[str]:
    """Archive recordings of so many bytes, each of which begins with its name; return the clips' uids."""
    return [_store(archive, name, size) for name in names]


def _store(archive: Archive, name: str, size: int) -> str:
    source = archive.folder / "inbox" / f"{name}.bin"
    source.write_bytes(name.encode().ljust(size, b"."))
    digest = sha256_of(source)
    path = archive.media.put(source, digest, ".mp3")
    source.unlink()
    new = new_clip(name)
    recording = replace(new.recording, sha256=digest, bytes=size)
    return save.save_clip(archive, replace(new, recording=recording, path=path)).clip


def media(folder: Path) -> dict[str, bytes]:
    """Return what each file in media/ of an archive or a backup has, by its path in the folder."""
    found = {path.relative_to(folder).as_posix(): path for path in (folder / "media").rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith("media/.incoming/")}


def state(place: Path) -> str:
    """Return the digest of a backup's database, which must be whole, and have all recordings that it names."""
    manifest = backup.read_manifest(place)
    assert manifest is not None
    path = place / manifest.database
    assert hashlib.sha256(path.read_bytes()).hexdigest() == manifest.sha256
    assert backup.database_problems(path) == ""
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as db:
        named = db.execute("SELECT path, sha256 FROM recordings").fetchall()
    has = {name: hashlib.sha256(content).hexdigest() for name, content in media(place).items()}
    assert len(named) == manifest.files > 0
    assert {name: has.get(name) for name, _ in named} == dict(named)
    return manifest.sha256
