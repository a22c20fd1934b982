"""What becomes of a file of a watched folder once its end is in the archive: it leaves, and nothing is lost.

Everything here can be done again after a kill at any instant: the row says `left_at` only when all is done.
"""

import errno
import filecmp
import hashlib
import os
import secrets
import shlex
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from radio_archive.archive import intake
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import recordings, sidecars
from radio_archive.archive.intake import Entry, Seen
from radio_archive.config.settings import Settings
from radio_archive.models import IntakeState as State
from radio_archive.models import clean_text
from radio_archive.pipeline import retag
from radio_archive.pipeline.inputs import LARGEST_SIDECAR
from radio_archive.pipeline.request import naming
from radio_archive.watch import folders

REMOVE, KEEP = "remove", "keep"
LONGEST_NAME = 255
"""Bytes of a file name, at most."""
HALF = ".radio-archive-"
"""How the names of files begin that are on their way from another file system."""
FOLDER_OF = {State.FAILED: "failed", State.DUPLICATE: "duplicates"}


class Outbox:
    """Takes ended files out of watched folders."""

    def __init__(self, archive: Archive, roots: Sequence[Path], settings: Settings) -> None:
        self._archive, self._roots, self._settings = archive, roots, settings
        self._options = settings.watch

    def deal(self, entry: Entry) -> str | None:
        """Do what is to be done with an ended file. Returns a line about what could not be done, yet."""
        moved_to = problem = None
        try:
            if not _is_replaced(entry):
                attached, problem = self._attach(entry) if entry.clip else ({}, None)
                moved_to = self._let_go(entry, attached)
        except OSError as error:
            problem = f"it is {entry.state}, but cannot leave {entry.path.parent}: {error.strerror or error}"
        else:
            intake.left(self._archive, entry.path, moved_to)
        if problem:
            intake.note_error(self._archive, entry.path, problem)
        return problem

    def _let_go(self, entry: Entry, attached: Mapping[Path, Seen]) -> Path | None:
        """Return where the file is now, or None if it is only in the archive."""
        if self._options.originals == KEEP:
            return entry.path
        if entry.state is not State.ARCHIVED:
            return self._set_aside(entry)
        if self._options.originals != REMOVE:
            target = self._archive.folder / self._options.originals / entry.path.relative_to(entry.root)
            return self._move_all(entry, self._place(entry, target))
        with suppress(FileNotFoundError):
            self._take_out(entry, {entry.path: entry})
        self._take_out(entry, attached)
        return None

    def attach_late(self, sidecar: Path) -> bool:
        """Keep a sidecar whose recording has ended with its clip; False where there is none yet."""
        known = intake.of_stem(self._archive, sidecar)
        if any(entry.left_at is None and entry.state is not State.VANISHED for entry in known):
            # Not late: whoever deals with the recording takes it along.
            return False
        entry = next((entry for entry in reversed(known) if entry.clip), None)
        if entry is None:
            return False
        with suppress(OSError):
            seen = Seen.of(sidecar, sidecar.lstat())
            if seen.size <= LARGEST_SIDECAR:
                self._keep(entry, sidecar)
                if self._options.originals == REMOVE:
                    self._take_out(entry, {sidecar: seen})
                elif entry.moved_to and entry.moved_to != entry.path:
                    _moved(sidecar, entry.moved_to.with_suffix(sidecar.suffix))
        return True

    def _keep(self, entry: Entry, sidecar: Path) -> None:
        """Keep a sidecar with its clip; what it says is heard at once where it came late."""
        uid = entry.clip or ""
        if sidecars.attach(self._archive, uid, clean_text(sidecar.name), sidecar.read_bytes()):
            retag.reread(self._archive, uid, naming(self._archive, self._settings))

    def sweep(self) -> list[Path]:
        """Finish what a killed process left half-way out of the watched folders; return what was put back."""
        returned = []
        for root in self._roots:
            own = root / folders.OWN
            for path in sorted(own.rglob("*")):
                if not path.is_file():
                    continue
                if self._is_archived(path):
                    path.unlink()
                    continue
                original = _free(root.joinpath(*path.relative_to(own).parts[1:]))
                original.parent.mkdir(parents=True, exist_ok=True)
                path.rename(original)
                returned.append(original)
            shutil.rmtree(own, ignore_errors=True)
            for folder in (root, *(self._aside(root, name) for name in FOLDER_OF.values())):
                _delete_halves(folder)
        if self._options.originals not in {REMOVE, KEEP}:
            _delete_halves(self._archive.folder / self._options.originals)
        return returned

    def _is_archived(self, path: Path) -> bool:
        # Not `sha256_of`, which takes no empty file: sidecars may be empty.
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return bool(recordings.clip_with(self._archive, digest)) or sidecars.is_kept(self._archive, digest)

    def _attach(self, entry: Entry) -> tuple[Mapping[Path, Seen], str | None]:
        """Keep what lies beside a file with its clip. Returns that, and what was too much to keep."""
        attached, problem = {}, None
        for path, seen in folders.beside(entry.path).items():
            if seen.size <= LARGEST_SIDECAR:
                self._keep(entry, path)
                attached[path] = seen
            else:
                name = clean_text(path.name)
                problem = f"{name} was not kept with it: {seen.size:,} bytes, and {LARGEST_SIDECAR:,} is the most"
        return attached, problem

    def _take_out(self, entry: Entry, paths: Mapping[Path, Seen | Entry]) -> None:
        """Delete files that are archived as they were seen, but none that has taken the place of one of them since.

        They are moved out of the way first; only then can nobody exchange them between the last look and the end.
        """
        exit_folder = entry.root / folders.OWN / secrets.token_hex(4)
        try:
            for path, seen in paths.items():
                target = exit_folder / path.relative_to(entry.root)
                target.parent.mkdir(parents=True, exist_ok=True)
                if not Seen.of(path, path.lstat()).is_as(seen):
                    continue
                path.rename(target)
                if Seen.of(path, target.lstat()).is_as(seen):
                    target.unlink()
                else:
                    target.rename(_free(path))
        finally:
            _remove_empty(exit_folder, entry.root)

    def _set_aside(self, entry: Entry) -> Path:
        """Move a file that was not archived, with its sidecars and the reason in plain words, out of the way."""
        folder = self._aside(entry.root, FOLDER_OF[entry.state])
        target = self._place(entry, folder / entry.path.relative_to(entry.root))
        if entry.path.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            self._explain(entry, target)
        return self._move_all(entry, target)

    def _place(self, entry: Entry, target: Path) -> Path:
        """Return where a file is to go: `target`, or a free name like it, which is noted before it is used."""
        if entry.moved_to is None:
            place = _free(target)
            intake.going(self._archive, entry.path, place)
            return place
        return entry.moved_to

    def _explain(self, entry: Entry, target: Path) -> None:
        name = clean_text(entry.path.name)
        if entry.state is State.DUPLICATE:
            why = f"{name} is archived already: it has the same bytes as the clip {entry.clip}."
            what = "Nothing needs to be done. Delete it, or keep it elsewhere."
        else:
            why = f"{name} could not be archived: {entry.error}"
            what = f"To try it again, mended or not: radio-archive intake retry {shlex.quote(name)}"
        lines = [why, what, f"It came from {clean_text(str(entry.path))}."]
        _shortened(target, ".txt").write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")

    def _aside(self, root: Path, name: str) -> Path:
        """Return the folder for what is not archived: in the archive, or beside a watched folder elsewhere."""
        elsewhere = not root.is_relative_to(self._archive.folder)
        beside = root.parent
        return (beside if elsewhere and os.access(beside, os.W_OK) else self._archive.folder) / name

    def _move_all(self, entry: Entry, target: Path) -> Path:
        with suppress(FileNotFoundError):
            target = _moved(entry.path, target)
        for path in folders.beside(entry.path):
            _moved(path, target.with_suffix(path.suffix))
        return target


def put_back(archive: Archive, entry: Entry) -> None:
    """Return a file that was set aside, with its sidecars, to where it came from. Raises OSError."""
    aside = entry.moved_to
    if aside is None or aside == entry.path or not aside.exists():
        return
    entry.path.parent.mkdir(parents=True, exist_ok=True)
    if entry.path.exists():
        raise FileExistsError(errno.EEXIST, "another file has taken its place", str(entry.path))
    explanation = _shortened(aside, ".txt")
    explanation.unlink(missing_ok=True)
    for path in folders.beside(aside):
        _moved(path, entry.path.with_suffix(path.suffix))
    _moved(aside, entry.path)


def _is_replaced(entry: Entry) -> bool:
    """Whether another file lies there now: nothing is known of it, and its own turn will come."""
    with suppress(FileNotFoundError):
        return not Seen.of(entry.path, entry.path.lstat()).is_as(entry)
    return False


def _moved(source: Path, target: Path) -> Path:
    """Move a file to a place that is free, across file systems if need be, and return that place."""
    if target.is_file() and filecmp.cmp(source, target, shallow=False):
        # A kill came between the end of the copy and that of the source.
        source.unlink()
        return target
    target = _free(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        half = target.with_name(f"{HALF}{secrets.token_hex(8)}")
        try:
            shutil.copy2(source, half)
            with half.open("rb+") as file:
                os.fsync(file.fileno())
            half.rename(target)
        finally:
            half.unlink(missing_ok=True)
        source.unlink()
    return target


def _delete_halves(folder: Path) -> None:
    waiting = [folder]
    while waiting:
        with suppress(FileNotFoundError, PermissionError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry))
                elif entry.name.startswith(HALF):
                    Path(entry).unlink(missing_ok=True)


def _free(target: Path) -> Path:
    """Return `target`, or a name like it that is not taken."""
    number, free = 1, target
    while os.path.lexists(free):
        number += 1
        free = _shortened(target.with_suffix(""), f" ({number}){target.suffix}")
    return free


def _shortened(path: Path, more: str) -> Path:
    """Return `path` with `more` at the end of its name, cut so that a file system can hold it."""
    room = LONGEST_NAME - len(os.fsencode(more))
    name = os.fsencode(path.name)[:room].decode("utf-8", "ignore") if len(os.fsencode(path.name)) > room else path.name
    return path.with_name(name + more)


def _remove_empty(folder: Path, until: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        with suppress(OSError):
            path.rmdir()
    for path in (folder, *folder.parents):
        if path == until:
            return
        with suppress(OSError):
            path.rmdir()
