"""Folders into which others may write: what is done below one follows no link that somebody put there.

Each step from the folder to the file is taken by the descriptor of the folder before it, so that nobody can exchange a
folder for a link between a check and what is done. Where the system cannot do that (Windows), each step is checked.
"""

import ctypes
import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

GONE = (FileNotFoundError, NotADirectoryError)
"""Raised for a path that leads nowhere now: it was taken away, or a file or a link is where one of its folders was."""
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Not blocking, in case a pipe took the file's place."""
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
BY_DESCRIPTOR = {os.open, os.stat, os.rename, os.unlink, os.mkdir, os.rmdir} <= os.supports_dir_fd
NO_REPLACE = 1
"""Linux's flag for a rename that never replaces a file."""


class Root:
    """A folder of ours. It may itself be a link of its owner, which is resolved once, here; below it none is followed.

    All methods take whole paths that begin with `path`, and raise OSError: NotADirectoryError for a link on the way.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.real = Path(os.path.realpath(path))

    @contextmanager
    def at(self, path: Path, *, make: bool = False) -> Iterator[tuple[str, int | None]]:
        """Yield the name and folder (for `dir_fd`) of a path; `make` creates the folders that are missing."""
        *folders, name = self._parts(path)
        if not BY_DESCRIPTOR:
            yield str(self._checked(folders, make=make) / name), None
            return
        if make:
            self.real.mkdir(parents=True, exist_ok=True)
        here = os.open(self.real, FOLDER | NO_FOLLOW)
        try:
            for folder in folders:
                here = _step(here, folder, path, make=make)
            yield name, here
        except OSError as error:
            error.filename = str(path)
            raise
        finally:
            os.close(here)

    def _parts(self, path: Path) -> tuple[str, ...]:
        parts = path.relative_to(self.path).parts or (".",) if path.is_relative_to(self.path) else ("..",)
        if ".." in parts:
            raise NotADirectoryError(errno.ENOTDIR, "it leads out of its folder", str(path))
        return parts

    def _checked(self, folders: list[str], *, make: bool) -> Path:
        here = self.real
        for folder in ("", *folders):
            here /= folder
            if make:
                here.mkdir(parents=not folder, exist_ok=True)
            if not stat.S_ISDIR(here.lstat().st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(here))
        return here

    def open(self, path: Path, flags: int = READ) -> int:
        """Open a file, not a link, and return its descriptor."""
        with self.at(path) as (name, folder):
            return os.open(name, flags | NO_FOLLOW, 0o666, dir_fd=folder)

    def reader(self, path: Path) -> io.BufferedReader:
        """Open a regular file for reading."""
        file = os.fdopen(self.open(path), "rb")
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise FileNotFoundError(errno.ENOENT, "it is no file any more", str(path))
        return file

    def writer(self, path: Path) -> io.BufferedWriter:
        """Create a file and open it for writing. Raises FileExistsError if anything has its name."""
        with self.at(path, make=True) as (name, folder):
            return os.fdopen(os.open(name, NEW | NO_FOLLOW, 0o666, dir_fd=folder), "wb")

    def make_folder(self, folder: Path) -> None:
        """Create a folder, and those above it, where it is missing."""
        with self.at(folder / "any", make=True):
            pass

    def lstat(self, path: Path) -> os.stat_result:
        with self.at(path) as (name, folder):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)

    def exists(self, path: Path) -> bool:
        """Whether anything has that name, a link too."""
        try:
            self.lstat(path)
        except OSError as error:
            if isinstance(error, GONE) or error.errno == errno.ENAMETOOLONG:
                return False
            raise
        return True

    def unlink(self, path: Path) -> None:
        with self.at(path) as (name, folder):
            os.unlink(name, dir_fd=folder)

    def replace(self, old: Path, new: Path) -> None:
        """Rename a file, also over another one. The folders of the new name are created."""
        with self.at(old) as (name, folder), self.at(new, make=True) as (target, place):
            os.replace(name, target, src_dir_fd=folder, dst_dir_fd=place)

    def remove_empty(self, folder: Path) -> None:
        """Remove a folder and those above it, as far as they are empty; not the root."""
        for path in (folder, *folder.parents):
            if path == self.path:
                return
            with suppress(OSError), self.at(path) as (name, above):
                os.rmdir(name, dir_fd=above)

    @contextmanager
    def scandir(self, folder: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
        """List a folder. Only the name of an entry may be used after the block, and its path never."""
        with self.at(folder) as (name, above):
            if above is None:
                with os.scandir(name) as entries:
                    yield entries
                return
            here = os.open(name, FOLDER | NO_FOLLOW, dir_fd=above)
        try:
            with os.scandir(here) as entries:
                yield entries
        finally:
            os.close(here)

    def walk(self, folder: Path) -> Iterator[tuple[Path, bool]]:
        """Yield all that is below a folder, and whether it is a folder. What cannot be read is passed over."""
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            with suppress(OSError), self.scandir(here) as entries:
                found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
                waiting += [here / name for name, is_folder in found if is_folder]
                yield from [(here / name, is_folder) for name, is_folder in found]


def _step(here: int, folder: str, path: Path, *, make: bool) -> int:
    """Return the descriptor of a subfolder in place of `here`, which is closed if that succeeds."""
    if make:
        with suppress(FileExistsError):
            os.mkdir(folder, dir_fd=here)
    try:
        inner = os.open(folder, FOLDER | NO_FOLLOW, dir_fd=here)
    except OSError as error:
        # By system, a link is one or the other.
        code = errno.ENOTDIR if error.errno == errno.ELOOP else error.errno or 0
        raise OSError(code, os.strerror(code), str(path)) from None
    os.close(here)
    return inner


def rename(source: Root, old: Path, target: Root, new: Path) -> None:
    """Rename a file, from one root to another or within one. Raises FileExistsError if anything has the new name.

    The folders of the new name are created.
    """
    with source.at(old) as (name, folder), target.at(new, make=True) as (free, place):
        if place is not None and folder is not None:
            code = _rename_exclusively(folder, name, place, free)
            if code == 0:
                return
            if code not in {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}:
                raise OSError(code, os.strerror(code), str(new if code == errno.EEXIST else old))
        with suppress(FileNotFoundError):
            os.stat(free, dir_fd=place, follow_symlinks=False)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
        os.rename(name, free, src_dir_fd=folder, dst_dir_fd=place)


def _rename_exclusively(folder: int, name: str, place: int, free: str) -> int:
    """Rename as only Linux can, with the check and the renaming as one. Return an error number, or 0."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return errno.ENOSYS
    failed = call(folder, os.fsencode(name), place, os.fsencode(free), NO_REPLACE)
    return ctypes.get_errno() if failed else 0


def reader(path: Path, root: Root | None = None) -> io.BufferedReader:
    """Open a file for reading: one in a root without following links, any other as its path says."""
    return root.reader(path) if root else os.fdopen(os.open(path, READ), "rb")
