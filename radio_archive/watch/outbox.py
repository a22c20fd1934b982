"""Takes finished files out of a watched folder without losing any.

Every step can be repeated after a kill at any moment: the queue's row gets its `left_at` only when all is done.
"""

import errno
import filecmp
import hashlib
import os
import secrets
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from radio_archive.archive import intake
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, recordings, sidecars
from radio_archive.archive.intake import FileSnapshot, QueuedFile
from radio_archive.config.settings import Settings
from radio_archive.models import IntakeState as State
from radio_archive.models import clean_text
from radio_archive.pipeline import retag
from radio_archive.pipeline.inputs import LARGEST_SIDECAR, sidecar_suffix, stem_of_sidecar
from radio_archive.pipeline.request import naming
from radio_archive.pipeline.sidecars import read as read_sidecars
from radio_archive.watch import folders

REMOVE, KEEP = "remove", "keep"
LONGEST_NAME = 255
"""Most bytes in a file name."""
PARTIAL_PREFIX = ".radio-archive-"
"""Start of the names of files that are being copied from another file system."""
FOLDER_OF = {State.FAILED: "failed", State.DUPLICATE: "duplicates"}


class Outbox:
    """Takes finished files out of watched folders."""

    def __init__(self, archive: Archive, roots: Sequence[Path], settings: Settings) -> None:
        self._archive, self._roots, self._settings = archive, roots, settings
        self._options = settings.watch

    def process(self, entry: QueuedFile) -> str | None:
        """Remove or move a finished file. Return one line about what could not be done yet, or None."""
        moved_to = problem = None
        try:
            if not _is_replaced(entry):
                attached, problem = self._attach(entry) if entry.clip else ({}, None)
                moved_to = self._release(entry, attached)
        except OSError as error:
            problem = f"it is {entry.state}, but cannot leave {entry.path.parent}: {error.strerror or error}"
        else:
            intake.set_left(self._archive, entry.path, moved_to)
        if problem:
            intake.note_error(self._archive, entry.path, problem)
        return problem

    def _release(self, entry: QueuedFile, attached: Mapping[Path, FileSnapshot]) -> Path | None:
        """Take the file out of its folder. Return where it is now, or None if it is only in the archive."""
        if self._options.originals == KEEP:
            return entry.path
        if entry.state is not State.ARCHIVED:
            return self._set_aside(entry)
        if self._options.originals != REMOVE:
            target = self._archive.folder / self._options.originals / entry.path.relative_to(entry.root)
            return self._move_all(entry, self._destination(entry, target))
        with suppress(FileNotFoundError):
            self._take_out(entry, {entry.path: entry})
        self._take_out(entry, attached)
        return None

    def attach_late(self, sidecar: Path, tell: Callable[[str], None]) -> bool:
        """Keep a sidecar with its clip if its recording has finished. Return whether there is such a clip.

        `tell` is given a line for each thing in it that cannot be read.
        """
        known = intake.with_stem(self._archive, stem_of_sidecar(sidecar))
        if any(entry.left_at is None and entry.state is not State.VANISHED for entry in known):
            # Not late: it is kept when the recording is processed.
            return False
        entry = next((entry for entry in reversed(known) if entry.clip), None)
        if entry is None:
            return False
        with suppress(OSError):
            seen = FileSnapshot.of(sidecar, sidecar.lstat())
            if seen.size <= LARGEST_SIDECAR:
                self._tell_problems(entry, self._keep(entry, sidecar), tell)
                if self._options.originals == REMOVE:
                    self._take_out(entry, {sidecar: seen})
                elif entry.moved_to and entry.moved_to != entry.path:
                    _moved(sidecar, entry.moved_to.with_suffix(sidecar_suffix(sidecar)))
        return True

    def _keep(self, entry: QueuedFile, sidecar: Path) -> tuple[str, bytes]:
        """Keep a sidecar with its clip, and return its name and content. What a late one says is applied at once."""
        uid, name, content = entry.clip or "", clean_text(sidecar.name), sidecar.read_bytes()
        # One transaction: a crash between the two would leave a sidecar that is kept and never read.
        with self._archive.writing():
            if sidecars.attach(self._archive, uid, name, content):
                retag.reread(self._archive, uid, naming(self._archive, self._settings))
        return name, content

    def _tell_problems(self, entry: QueuedFile, sidecar: tuple[str, bytes], tell: Callable[[str], None]) -> None:
        duration = read.clip(self._archive, entry.clip or "").duration
        for problem in read_sidecars([sidecar], duration).problems:
            tell(problem)

    def sweep(self) -> list[Path]:
        """Finish what a killed process had begun to remove; return the files that were put back."""
        returned = []
        for root in self._roots:
            own = root / folders.OWN
            for path in sorted(own.rglob("*")):
                if not path.is_file():
                    continue
                if self._is_archived(path):
                    path.unlink()
                    continue
                original = _free_name(root.joinpath(*path.relative_to(own).parts[1:]))
                original.parent.mkdir(parents=True, exist_ok=True)
                path.rename(original)
                returned.append(original)
            shutil.rmtree(own, ignore_errors=True)
            for folder in (root, *(self._aside(root, name) for name in FOLDER_OF.values())):
                _delete_partial_copies(folder)
        if self._options.originals not in {REMOVE, KEEP}:
            _delete_partial_copies(self._archive.folder / self._options.originals)
        return returned

    def _is_archived(self, path: Path) -> bool:
        # Not `sha256_of`, which refuses empty files: sidecars may be empty.
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return bool(recordings.clip_with(self._archive, digest)) or sidecars.is_kept(self._archive, digest)

    def _attach(self, entry: QueuedFile) -> tuple[Mapping[Path, FileSnapshot], str | None]:
        """Keep the sidecars of a file with its clip. Return them, and a line about one that is too large."""
        attached, problem = {}, None
        for path, seen in folders.beside(entry.path).items():
            if seen.size <= LARGEST_SIDECAR:
                self._keep(entry, path)
                attached[path] = seen
            else:
                name = clean_text(path.name)
                problem = f"{name} was not kept with it: {seen.size:,} bytes, and {LARGEST_SIDECAR:,} is the most"
        return attached, problem

    def _take_out(self, entry: QueuedFile, paths: Mapping[Path, FileSnapshot | QueuedFile]) -> None:
        """Delete archived files, except those that have been replaced since they were seen.

        Each is moved to our own folder first, so that nobody can replace it between the last check and the deletion.
        """
        exit_folder = entry.root / folders.OWN / secrets.token_hex(4)
        try:
            for path, seen in paths.items():
                target = exit_folder / path.relative_to(entry.root)
                target.parent.mkdir(parents=True, exist_ok=True)
                if not FileSnapshot.of(path, path.lstat()).same_content(seen):
                    continue
                path.rename(target)
                if FileSnapshot.of(path, target.lstat()).same_content(seen):
                    target.unlink()
                else:
                    target.rename(_free_name(path))
        finally:
            _remove_empty(exit_folder, entry.root)

    def _set_aside(self, entry: QueuedFile) -> Path:
        """Move a file that was not archived, with its sidecars, to its own folder, and write the reason beside it."""
        folder = self._aside(entry.root, FOLDER_OF[entry.state])
        target = self._destination(entry, folder / entry.path.relative_to(entry.root))
        if entry.path.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            self._explain(entry, target)
        return self._move_all(entry, target)

    def _destination(self, entry: QueuedFile, target: Path) -> Path:
        """Return where to move a file: `target` or a similar free name, which is recorded before it is used."""
        if entry.moved_to is None:
            place = _free_name(target)
            intake.set_moving(self._archive, entry.path, place)
            return place
        return entry.moved_to

    def _explain(self, entry: QueuedFile, target: Path) -> None:
        name = clean_text(entry.path.name)
        if entry.state is State.DUPLICATE:
            why = f"{name} is archived already: it has the same bytes as the clip {entry.clip}."
            what = "Nothing needs to be done. Delete it, or keep it elsewhere."
        else:
            why = f"{name} could not be archived: {entry.error}"
            what = f"To try it again, changed or not: radio-archive intake retry {shlex.quote(name)}"
        lines = [why, what, f"It came from {clean_text(str(entry.path))}."]
        _shortened(target, ".txt").write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")

    def _aside(self, root: Path, name: str) -> Path:
        """Return the folder for files that are not archived: in the archive, or beside a watched folder outside it."""
        outside = not root.is_relative_to(self._archive.folder)
        beside = root.parent
        return (beside if outside and os.access(beside, os.W_OK) else self._archive.folder) / name

    def _move_all(self, entry: QueuedFile, target: Path) -> Path:
        with suppress(FileNotFoundError):
            target = _moved(entry.path, target)
        for path in folders.beside(entry.path):
            _moved(path, target.with_suffix(sidecar_suffix(path)))
        return target


def put_back(archive: Archive, entry: QueuedFile) -> None:
    """Move a file that was set aside, with its sidecars, back to where it came from. Raises OSError."""
    aside = entry.moved_to
    if aside is None or aside == entry.path or not aside.exists():
        return
    entry.path.parent.mkdir(parents=True, exist_ok=True)
    if entry.path.exists():
        raise FileExistsError(errno.EEXIST, "another file has taken its place", str(entry.path))
    explanation = _shortened(aside, ".txt")
    explanation.unlink(missing_ok=True)
    for path in folders.beside(aside):
        _moved(path, entry.path.with_suffix(sidecar_suffix(path)))
    _moved(aside, entry.path)


def _is_replaced(entry: QueuedFile) -> bool:
    """Whether another file has its path now. That file will be processed in its turn."""
    with suppress(FileNotFoundError):
        return not FileSnapshot.of(entry.path, entry.path.lstat()).same_content(entry)
    return False


def _moved(source: Path, target: Path) -> Path:
    """Move a file to `target` or a similar free name, across file systems if needed; return the path."""
    if target.is_file() and filecmp.cmp(source, target, shallow=False):
        # An earlier run was killed after copying and before deleting the source.
        source.unlink()
        return target
    target = _free_name(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        partial = target.with_name(f"{PARTIAL_PREFIX}{secrets.token_hex(8)}")
        try:
            shutil.copy2(source, partial)
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.rename(target)
        finally:
            partial.unlink(missing_ok=True)
        source.unlink()
    return target


def _delete_partial_copies(folder: Path) -> None:
    waiting = [folder]
    while waiting:
        with suppress(FileNotFoundError, PermissionError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry))
                elif entry.name.startswith(PARTIAL_PREFIX):
                    Path(entry).unlink(missing_ok=True)


def _free_name(target: Path) -> Path:
    """Return `target`, or a similar name that does not exist."""
    number, free = 1, target
    while os.path.lexists(free):
        number += 1
        free = _shortened(target.with_suffix(""), f" ({number}){target.suffix}")
    return free


def _shortened(path: Path, more: str) -> Path:
    """Return `path` with `more` appended to its name, shortened to what a file system allows."""
    room = LONGEST_NAME - len(os.fsencode(more))
    name = os.fsencode(path.name)[:room].decode("utf-8", "ignore") if len(os.fsencode(path.name)) > room else path.name
    return path.with_name(name + more)


def _remove_empty(folder: Path, until: Path) -> None:
    """Remove empty folders in `folder`, then `folder` and its parents below `until`."""
    for path in sorted(folder.rglob("*"), reverse=True):
        with suppress(OSError):
            path.rmdir()
    for path in (folder, *folder.parents):
        if path == until:
            return
        with suppress(OSError):
            path.rmdir()
