"""An archive as a database of Datasette: in a folder of any name, and also where nothing may be written."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datasette.database import Database

from radio_archive.archive.database import connect, database_errors
from radio_archive.archive.opening import mode_for_reading

PATIENCE = 5.0
"""How many seconds a page waits for another process that has locked the archive, which none of ours does."""

ATTEMPTS = 5
"""How often something is read from a file that others change meanwhile."""


class ArchiveDatabase(Database):  # type: ignore[misc] # Datasette has no types
    """Datasette's own takes `#`, `?` and `%` in a path for parts of an address, and needs to write to read."""

    is_frozen = False
    """Whether connections do not see what others write, because no file for that can be made beside it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._current = threading.local()

    def connect(self, write: bool = False) -> Any:
        """Open a connection; none of them can write. Raises ArchiveError."""
        assert not write, "an archive is never written to by its site"  # noqa: S101
        connection = self._open()
        # Datasette closes what is in its list, of which each version has another.
        for name in ("_all_connections", "_all_file_connections"):
            getattr(self, name, []).append(connection)
        return connection

    def _open(self) -> Any:
        path = Path(self.path)
        mode = mode_for_reading(path) if self.is_mutable else "immutable"
        self.is_frozen = self.is_frozen or (self.is_mutable and mode == "immutable")
        with database_errors(path):
            return connect(path, mode, any_thread=True, patience=PATIENCE).conn

    async def execute_fn(self, fn: Callable[[Any], Any]) -> Any:
        """Run `fn` with a connection, for Datasette's own pages: one that sees what others have written."""
        return await super().execute_fn(self._with_current(fn))

    async def _execute_fn(self, fn: Callable[[Any], Any]) -> Any:
        # Datasette 1.0 runs SQL by this one.
        return await super()._execute_fn(self._with_current(fn))

    def _with_current(self, fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def read(connection: Any) -> Any:
            for _ in range(ATTEMPTS):
                before = self.state()
                found = fn(self._opened_for(before) if before else connection)
                if self.state() == before:
                    break
            return found

        return read

    def _opened_for(self, state: object) -> Any:
        """Return this thread's connection to the file in this `state`."""
        here = self._current.__dict__
        if here.get("state") != state:
            if before := here.pop("connection", None):
                before.close()
            connection = self._open()
            self.ds._prepare_connection(connection, self.name)
            here |= {"state": state, "connection": connection}
        return here["connection"]

    def state(self) -> tuple[object, ...]:
        """Return what differs once connections must be opened again; always the same if they see changes themselves."""
        if not self.is_frozen:
            return ()
        path = Path(self.path)
        return tuple(_stamp(file) for file in (path, path.with_name(f"{path.name}-wal")))


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
