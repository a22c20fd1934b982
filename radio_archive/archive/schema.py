"""The version of a database, and upgrades to the current one."""

import errno
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from radio_archive.archive import database, migrations
from radio_archive.archive.index import rebuild
from radio_archive.archive.media import sync_folder
from radio_archive.errors import (
    FULL,
    ArchiveError,
    ArchiveReadOnlyError,
    DiskFullError,
    NewerArchiveError,
    NotAnArchiveError,
    RadioArchiveError,
)
from radio_archive.events import Listener, Notice

_VERSIONS = Migrations("radio_archive")


def _register(name: str) -> None:
    @_VERSIONS(name=name)
    def apply(db: Database) -> None:
        for statement in migrations.statements(name):
            db.execute(statement)
        rebuild.mark(db, migrations.STALE.get(name, ()))


for _name in migrations.NAMES:
    _register(_name)


def check(db: Database, path: Path) -> None:
    """Raise NotAnArchiveError for a database that is not ours, NewerArchiveError for one of a later version."""
    others = set(db.table_names()) - {_VERSIONS.migrations_table}
    if db.execute("PRAGMA application_id").fetchone()[0] != database.APPLICATION_ID and others:
        raise NotAnArchiveError(
            f"{path} is a database, but not a radio archive",
            "Name another folder, or make an archive with `radio-archive init FOLDER`.",
        )
    unknown = [version.name for version in _VERSIONS.applied(db) if version.name not in migrations.NAMES]
    if unknown:
        raise NewerArchiveError(
            f"{path} was made by a newer version of radio-archive (it has {', '.join(unknown)})",
            "Update with `pip install --upgrade radio-archive`.",
        )


def is_current(db: Database) -> bool:
    """Whether a database has the current version and no derived rows that are stale."""
    return not _VERSIONS.pending(db) and not rebuild.is_due(db)


def require_rights(path: Path) -> None:
    """Raise ArchiveReadOnlyError if a database, or its folder, that needs an upgrade may not be written."""
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise ArchiveReadOnlyError(
            f"{path} was made by an older version of radio-archive and must be upgraded, but may not be written there",
            "Copy the archive to where you may write, and open the copy.",
        )


def upgrade(db: Database, path: Path, listener: Listener) -> None:
    """Upgrade a database to the current version in one transaction; one that is not new is copied first.

    Raises ArchiveReadOnlyError, DiskFullError or another ArchiveError if the copy fails; then nothing was changed.
    """
    if not _VERSIONS.pending(db):
        return
    require_rights(path)
    with database.transaction(db, path):
        # Another process, perhaps of a newer version, may have upgraded it since.
        check(db, path)
        pending = _VERSIONS.pending(db)
        if pending and _VERSIONS.applied(db):
            kept = _back_up(path, pending[0].name)
            listener(Notice(f"upgrading {path}; as it was, it is kept in {kept.name} beside it", path))
        _VERSIONS.apply(db)


def _back_up(path: Path, version: str) -> Path:
    """Copy a database to a file in its folder, in place of earlier copies from before the same version."""
    name = f"{path.name}.before-{version}"
    earlier = [file for file in path.parent.iterdir() if file.name.startswith(f"{name}-")]
    kept, partly = path.with_name(f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"), path.with_name(f"{name}.partial")
    try:
        partly.unlink(missing_ok=True)
        if shutil.disk_usage(path.parent).free < path.stat().st_size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        # The copy gets the archive's permissions.
        os.close(os.open(partly, os.O_CREAT | os.O_EXCL | os.O_WRONLY, path.stat().st_mode & 0o777))
        database.copy(path, partly)
        partly.replace(kept)
        sync_folder(kept.parent)
    except (OSError, RadioArchiveError) as error:
        partly.unlink(missing_ok=True)
        raise _back_up_failed(path, error) from error
    for file in earlier:
        if file != kept:
            file.unlink(missing_ok=True)
    return kept


def _back_up_failed(path: Path, error: OSError | RadioArchiveError) -> RadioArchiveError:
    if isinstance(error, DiskFullError) or getattr(error, "errno", None) in FULL:
        return DiskFullError(
            f"no space left for a copy of {path}, which is made before it is upgraded",
            f"Nothing was changed. Free {path.stat().st_size / 1e6:,.0f} MB there, then run the same command again.",
        )
    reason = error.problem if isinstance(error, RadioArchiveError) else error.strerror
    return ArchiveError(
        f"{path} cannot be copied, which is done before it is upgraded: {reason}",
        "Nothing was changed. Look at the disk, and whether you may write there.",
    )
