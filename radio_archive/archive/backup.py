"""Backups: a real copy of the database and of all that it names, in a folder that is whole at any moment.

    backup.json                  what is here: it names the database that counts, and is replaced last, in one step
    archive-1a2b….db             the database, named by the beginning of its SHA-256
    media/ab/abcd….mp3           recordings, and what the public hears of redacted ones; only ever added to
    radio-archive.toml           the settings, and the pictures that they name

So an interrupted backup leaves the earlier one, and more recordings than that needs.
"""

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from pathlib import Path

from radio_archive.archive import database, opening, originals
from radio_archive.archive.archive import BACKUP_MARK, SETTINGS, Archive
from radio_archive.archive.media import INCOMING, MediaFolder, sync, sync_folder
from radio_archive.archive.originals import Fault, Outcome, Stored
from radio_archive.archive.rows import now
from radio_archive.archive.verify import Progress, unnamed
from radio_archive.config.reader import read_settings
from radio_archive.errors import (
    BackupError,
    ConfigError,
    NotAnArchiveError,
    UnreadableFileError,
    UsageError,
    writing_errors,
)
from radio_archive.roots import GONE, Root

KNOWN = ".backups.json"
"""The file in an archive's folder that says where its backups are."""
LOCK = ".backup.lock"
PARTIAL = ".partial"
SHOWN_PROBLEMS = 5
SHOWN = 100
"""Recordings, at most, of which a result has each fault."""
_DATABASE = re.compile(r"archive-[0-9a-f]{16}\.db")
_UNUSED = {f"{BACKUP_MARK}{PARTIAL}", "lost+found"}
"""What may be in a folder that counts as empty."""
_FILES = """SELECT id, sha256, path, bytes,
        (SELECT uid FROM clips JOIN clip_recordings ON clip_id = clips.id
         WHERE recording_id = files.id ORDER BY clips.id LIMIT 1)
    FROM (SELECT id, sha256, path, bytes FROM recordings WHERE storage = 'copied' AND path <> ''
          UNION ALL SELECT recording_id, sha256, path, bytes FROM redacted_recordings WHERE path <> '') AS files"""

_NAMED = "SELECT 1 FROM recordings WHERE path = :path UNION ALL SELECT 1 FROM redacted_recordings WHERE path = :path"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `backup.json` says. Without a `database`, no backup was ever finished there.

    `archive` is what all copies of one archive share. `sha256` and `bytes` are those of the database. `absent` is the
    number of recordings that could not be copied, and are in the backup only if an earlier one had them.
    """

    archive: str
    made_at: str = ""
    database: str = ""
    sha256: str = ""
    bytes: int = 0
    clips: int = 0
    files: int = 0
    absent: int = 0
    radio_archive: str = ""


@dataclass(slots=True)
class Result:
    """What a backup did, or would do: files that it copied, and their bytes.

    `replaced`: those of them that had been damaged in the backup. `referenced` recordings stay where they are, outside
    the archive, and are in no backup. `faulty` recordings are not as they were archived; `faults` has the first.
    """

    place: Path
    made_at: str
    clips: int = 0
    files: int = 0
    referenced: int = 0
    copied: int = 0
    bytes: int = 0
    replaced: int = 0
    pruned: int = 0
    faulty: int = 0
    faults: list[Fault] = field(default_factory=list)
    noted: bool = True
    """Whether the archive knows of it now; where nothing may be written in its folder, it does not."""


@dataclass(frozen=True, slots=True)
class Known:
    """A backup that the archive knows of: where it was made, and when last, in UTC, ISO 8601."""

    place: Path
    made_at: str


def identity(archive: Archive) -> str:
    """Return what an archive and all its copies have in common, and no other archive: the moment it was created."""
    (created,) = archive.db.execute("SELECT applied_at FROM _sqlite_migrations ORDER BY id LIMIT 1").fetchone()
    return hashlib.sha256(str(created).encode()).hexdigest()[:16]


def known(archive: Archive) -> list[Known]:
    """Return the backups of an archive, the latest first, also those on disks that are elsewhere now."""
    try:
        found = json.loads((archive.folder / KNOWN).read_text("utf-8"))
        listed = [Known(Path(place), str(made_at)) for place, made_at in found.items()]
    except (OSError, ValueError, AttributeError):
        return []
    return sorted(listed, key=lambda one: one.made_at, reverse=True)


def note(archive: Archive, place: Path, made_at: str) -> bool:
    """Let the archive know of a backup. Returns False where nothing may be written in its folder."""
    listed = {str(one.place): one.made_at for one in known(archive)} | {str(place): made_at}
    with suppress(OSError):
        replace_file(Root(archive.folder), KNOWN, json.dumps(listed, indent=2).encode())
        return True
    return False


def read_manifest(place: Path) -> Manifest | None:
    """Return what a folder's `backup.json` says; None if there is none. Raises BackupError for one that is not ours."""
    try:
        with Root(place).reader(place / BACKUP_MARK) as file:
            said = json.loads(file.read(1 << 20))
        values = {one.name: said[one.name] for one in fields(Manifest)}
        if any(type(values[one.name]) is not one.type for one in fields(Manifest)):
            raise ValueError("a value of another kind")
        if values["database"] and not _DATABASE.fullmatch(values["database"]):
            raise ValueError("it names no database of a backup")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        problem = f"{place / BACKUP_MARK} is not what a backup has there: {error}"
        raise BackupError(problem, "Use another backup, or another folder.") from error
    return Manifest(**values)


def make(
    archive: Archive,
    place: Path,
    *,
    reread: bool = False,
    prune: bool = False,
    new: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda *_: None,
) -> Result:
    """Make or renew the backup of an archive in the folder `place`, also while others write to the archive.

    Files that are there with the right size were read back when they came; with `reread` they are read again. `prune`
    deletes recordings that the new backup does not name. `new` permits a first backup where an earlier one is gone. An
    original that is not as it was archived is a fault, and is never copied over what the backup has.

    Raises UsageError for a place that cannot be one, BackupError, DiskFullError, ArchiveBusyError if another backup
    runs, MediaGoneError, and NotAnArchiveError if the database is damaged. The backup is then what it was.
    """
    place = place.resolve()
    archive.media.require()
    with archive.reading():
        mine = identity(archive)
        _require_place(archive, place, mine, new=new)
        # From before the copy: what is removed from then on may be in it.
        made_at = now()
        if dry_run:
            return _Writer(archive, archive, Result(place, made_at), reread).foresee()
    advice = "An earlier backup there is as it was. Free some space, then run the same command again: it goes on."
    with archive.alone(LOCK, "backup"), writing(place, advice):
        # What is private in the archive is so in its backup.
        place.mkdir(mode=0o700 | archive.folder.stat().st_mode & 0o777, exist_ok=True)
        if read_manifest(place) is None:
            _write_manifest(place, Manifest(mine))
        (place / "media").mkdir(exist_ok=True)
        MediaFolder(place).sweep()
        copied = place / f"archive.db{PARTIAL}"
        with passing(copied), _copied_database(archive, copied, progress) as copy:
            result = _Writer(archive, copy, Result(place, made_at), reread).copy(progress)
            copy_settings(archive.folder, place, over=True)
            _commit(place, copied, mine, result)
            if prune:
                result.pruned = _prune(copy)
    result.noted = note(archive, place, result.made_at)
    return result


class _Writer:
    """Copies the files that `copy`, an archive over a copy of the database, names into a backup."""

    def __init__(self, archive: Archive, copy: Archive, result: Result, reread: bool) -> None:
        self._archive, self._copied, self._reread, self.result = archive, copy, reread, result
        self._media = MediaFolder(result.place)
        counts = "SELECT (SELECT count(*) FROM clips), (SELECT count(*) FROM recordings WHERE storage = 'referenced')"
        result.clips, result.referenced = copy.db.execute(counts).fetchone()

    def foresee(self) -> Result:
        """Count what would be copied, by sizes alone."""
        for row, size in files_of(self._copied):
            self.result.files += 1
            if self._media.size(row.path) != size:
                self.result.copied, self.result.bytes = self.result.copied + 1, self.result.bytes + size
        return self.result

    def copy(self, progress: Progress) -> Result:
        """Copy what is missing, has another size, or is to be read again and is damaged. Raises DiskFullError."""
        root = Root(self._archive.media.root)
        with closing(self._media):
            for row, size in files_for(self._copied, self._media, progress):
                self.result.files += 1
                self._copy(row, size, root)
        return self.result

    def _copy(self, row: Stored, size: int, root: Root) -> None:
        has, source = self._media.size(row.path) == size, self._archive.media
        if source.size(row.path) != size:
            self._fault(row)
            return
        damaged = has and self._reread and self._media.digest(self._media.path(row.path)) != row.sha256
        if has and not damaged:
            return
        try:
            self._media.put(source.path(row.path), row.sha256, Path(row.path).suffix, root)
        except UnreadableFileError:
            self._fault(row)
            return
        self.result.copied, self.result.bytes = self.result.copied + 1, self.result.bytes + size
        self.result.replaced += damaged

    def _fault(self, row: Stored) -> None:
        outcome, found, _ = originals.read_again(self._archive, row)
        if outcome == Outcome.MISSING and not self._archive.db.execute(_NAMED, {"path": row.path}).fetchone():
            return  # Its clip was removed just now.
        self.result.faulty += 1
        if len(self.result.faults) < SHOWN:
            self.result.faults.append(Fault(row.clip, row.path, outcome, row.sha256, found))


def files_of(archive: Archive) -> Iterator[tuple[Stored, int]]:
    """Yield what an archive's database says of each file in media/, and its bytes."""
    for key, sha256, path, size, clip in archive.db.execute(_FILES):
        yield Stored(key, sha256, path, clip), size


def files_for(archive: Archive, media: MediaFolder, progress: Progress) -> Iterator[tuple[Stored, int]]:
    """Yield the same, to be copied into `media`. Raises OSError if there is no room for those that are not there."""
    total = missing = done = 0
    for row, size in files_of(archive):
        total += size
        missing += size if media.size(row.path) != size else 0
    require_room(media.root, missing)
    for row, size in files_of(archive):
        yield row, size
        done += size
        progress("recordings", done, total)


def require_room(place: Path, needed: int) -> None:
    """Raise OSError, as a full disk does, if a folder's disk has not so many bytes free."""
    free = shutil.disk_usage(place).free
    if free < needed:
        raise OSError(errno.ENOSPC, f"{needed / 1e6:,.1f} MB are needed, and {free / 1e6:,.1f} MB are free")


def writing(place: Path, when_full: str) -> AbstractContextManager[None]:
    """Turn what goes wrong with writing to a backup, or from one, into our errors."""
    return writing_errors(place, BackupError, "Check the disk and the permissions.", when_full=when_full)


def _require_place(archive: Archive, place: Path, mine: str, *, new: bool) -> None:
    if place.exists() and not place.is_dir():
        raise UsageError(f"{place} is a file", "Name a folder.")
    if not place.parent.is_dir():
        raise UsageError(f"there is no folder {place.parent}", "Mount its disk, or make the folder.")
    real = Path(os.path.realpath(place))
    if any(folder.exists() and folder.samefile(archive.folder) for folder in (real, *real.parents)):
        raise UsageError(f"{place} is in the archive itself", "Name a folder elsewhere, best on another disk.")
    if archive.folder.is_relative_to(real):
        raise UsageError(f"the archive itself is in {place}", "Name a folder elsewhere, best on another disk.")
    for name in (BACKUP_MARK, SETTINGS, "media", f"media/{INCOMING}"):
        if (place / name).is_symlink():
            raise UsageError(
                f"{place / name} is a link, and a backup follows none", "Remove it, or name another folder."
            )
    manifest = read_manifest(place)
    if manifest is None and place.is_dir() and {entry.name for entry in place.iterdir()} - _UNUSED:
        raise UsageError(f"{place} holds something else than a backup", "Name a new folder, or an empty one.")
    if manifest is not None and manifest.archive != mine:
        raise UsageError(f"{place} is the backup of another archive", "Name another folder.")
    if manifest is None and not new and any(one.place == place for one in known(archive)):
        raise UsageError(
            f"the backup that was made in {place} is not there now",
            "Mount its disk. If it is gone for good, --new begins another one there.",
        )


@contextmanager
def passing(path: Path) -> Iterator[None]:
    """Delete a file before and after: what it is for is done, or has failed."""
    path.unlink(missing_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


@contextmanager
def _copied_database(archive: Archive, partial: Path, progress: Progress) -> Iterator[Archive]:
    """Copy the database, check the copy, and yield the archive that it is of, in the backup's folder."""
    (size,) = archive.db.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
    require_room(partial.parent, size)
    with Root(partial.parent).writer(partial):
        partial.chmod(archive.database_path.stat().st_mode & 0o777)
    mode = opening.mode_for_reading(archive.database_path)
    database.copy(archive.database_path, partial, mode, lambda *done: progress("database", *done))
    if problems := database_problems(partial):
        raise NotAnArchiveError(f"{archive.database_path} is damaged: {problems}", database.RESTORING)
    with database.opened(partial) as connection:
        yield Archive.over(connection, partial.parent)


def database_problems(path: Path) -> str:
    """Return what SQLite finds wrong in the tables of a database to which nothing writes; empty for a sound one."""
    with database.opened(path) as connection:
        said = database.integrity_problems(database.over(connection))
    # What is wrong in an index can be made again.
    return "; ".join([line for line in said if "fts5" not in line.casefold()][:SHOWN_PROBLEMS])


def copy_settings(source: Path, target: Path, *, over: bool) -> None:
    """Copy the settings, and the pictures that they name; without `over`, only what is missing."""
    names = [SETTINGS]
    with suppress(ConfigError):
        names += [image for _, image in read_settings(source / SETTINGS).podcasts.files()]
    theirs, ours = Root(source), Root(target)
    for name in names:
        if over or not ours.exists(target / name):
            with suppress(*GONE), theirs.reader(source / name) as file:
                replace_file(ours, name, file.read())


def _commit(place: Path, copied: Path, mine: str, result: Result) -> None:
    with copied.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    name = f"archive-{digest[:16]}.db"
    Root(place).replace(copied, place / name)
    sync_folder(place)
    _write_manifest(
        place,
        Manifest(
            mine, result.made_at, name, digest, size, result.clips, result.files, result.faulty,
            version("radio-archive"),
        ),
    )  # fmt: skip
    for entry in place.iterdir():
        if _DATABASE.fullmatch(entry.name) and entry.name != name:
            entry.unlink()


def _write_manifest(place: Path, manifest: Manifest) -> None:
    replace_file(Root(place), BACKUP_MARK, json.dumps(asdict(manifest), indent=2).encode())


def replace_file(root: Root, name: str, content: bytes) -> None:
    """Write a file at once: it is never seen half-written."""
    target = root.path / name
    partial = target.with_name(f"{target.name}{PARTIAL}")
    with suppress(FileNotFoundError):
        root.unlink(partial)
    with root.writer(partial) as file:
        file.write(content)
        sync(file)
    root.replace(partial, target)
    sync_folder(target.parent)


def _prune(copy: Archive) -> int:
    """Delete recordings that the database of a backup does not name; return their number."""
    number = 0
    for path in unnamed(copy):
        copy.media.discard(path)
        number += 1
    return number
