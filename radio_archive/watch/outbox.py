"""Takes finished files out of a watched folder without losing any.

Every step can be repeated after a kill at any moment: the queue's row gets its `left_at` only when all is done.
"""

import errno
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from radio_archive.archive import intake
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, recordings, sidecars
from radio_archive.archive.intake import FileSnapshot, QueuedFile
from radio_archive.audio.container import SUFFIXES
from radio_archive.config.settings import Settings
from radio_archive.models import IntakeState as State
from radio_archive.models import clean_text
from radio_archive.pipeline import retag
from radio_archive.pipeline.inputs import LARGEST_SIDECAR, SIDECARS, sidecar_suffix, stem_of_sidecar
from radio_archive.pipeline.repair import Repairs
from radio_archive.pipeline.request import naming
from radio_archive.pipeline.sidecars import read as read_sidecars
from radio_archive.pipeline.versions import messages
from radio_archive.roots import GONE, Root
from radio_archive.watch import folders, moves
from radio_archive.watch.moves import moved

REMOVE, KEEP = "remove", "keep"
LARGEST_NOTE = 64 << 10
"""Bytes that are read of a file that may be a note of ours."""
FOLDER_OF = {State.FAILED: "failed", State.DUPLICATE: "duplicates"}


class Outbox:
    """Takes finished files out of watched folders."""

    def __init__(self, archive: Archive, roots: Sequence[Root], settings: Settings) -> None:
        self._archive, self._settings = archive, settings
        self._options = settings.watch
        self._roots = {root.path: root for root in roots}
        self._originals = Root(archive.folder / self._options.originals)
        self._aside = {
            (root.path, state): aside(archive.folder, root.path, name)
            for root in roots
            for state, name in FOLDER_OF.items()
        }

    def process(self, entry: QueuedFile) -> str | None:
        """Remove or move a finished file. Return one line about what could not be done yet, or None."""
        # Only what is in the archive that everybody sees may leave the folder.
        self._archive.require_same()
        moved_to = problem = None
        try:
            root = self.root_of(entry)
            if not _is_replaced(entry, root):
                attached, problem = self._attach(entry, root) if entry.clip else ({}, None)
                moved_to = self._release(entry, root, attached)
        except OSError as error:
            problem = f"it is {entry.state}, but cannot leave {entry.path.parent}: {error.strerror or error}"
        else:
            intake.set_left(self._archive, entry.path, moved_to)
        if problem:
            intake.note_error(self._archive, entry.path, problem)
        return problem

    def root_of(self, entry: QueuedFile) -> Root:
        """Return the watched folder of a file, which an earlier watcher may have watched."""
        return self._roots.get(entry.root) or self._roots.setdefault(entry.root, Root(entry.root))

    def _release(self, entry: QueuedFile, root: Root, attached: Mapping[Path, FileSnapshot]) -> Path | None:
        """Take the file out of its folder. Return where it is now, or None if it is only in the archive."""
        if self._options.originals == KEEP:
            return entry.path
        if entry.state is not State.ARCHIVED:
            return self._set_aside(entry, root)
        if self._options.originals != REMOVE:
            place = self._originals.path / entry.path.relative_to(entry.root)
            return _move_all(entry, root, self._originals, self._destination(entry, self._originals, place))
        moves.take_out(root, entry.path, entry, self._is_archived)
        for path, seen in attached.items():
            moves.take_out(root, path, seen, self._is_archived)
        return None

    def attach_late(self, as_seen: FileSnapshot, tell: Callable[[str], None]) -> bool:
        """Keep a sidecar with its clip if its recording has finished and it is as it was seen. Return whether so.

        `tell` is given a line for each thing in it that cannot be read.
        """
        sidecar = as_seen.path
        known = intake.with_stem(self._archive, stem_of_sidecar(sidecar))
        if any(entry.left_at is None and entry.state is not State.VANISHED for entry in known):
            # Not late: it is kept when the recording is processed.
            return False
        entry = next((entry for entry in reversed(known) if entry.clip), None)
        if entry is None:
            return False
        root = self.root_of(entry)
        with suppress(OSError):
            seen = FileSnapshot.of(sidecar, root.lstat(sidecar))
            if not seen.same_content(as_seen):
                # It is still being written: the next scan sees how it is then.
                return False
            if seen.size <= LARGEST_SIDECAR:
                self._tell_problems(entry, self._keep(entry, root, sidecar), tell)
                if self._options.originals == REMOVE:
                    moves.take_out(root, sidecar, seen, self._is_archived)
                elif entry.moved_to and entry.moved_to.is_relative_to(self._originals.path):
                    moved(root, sidecar, self._originals, entry.moved_to.with_suffix(sidecar_suffix(sidecar)))
        return True

    def _keep(self, entry: QueuedFile, root: Root, sidecar: Path) -> tuple[str, bytes]:
        """Keep a sidecar with its clip, and return its name and content. What a late one says is applied at once."""
        uid, name = entry.clip or "", clean_text(sidecar.name)
        with root.reader(sidecar) as file:
            content = file.read(LARGEST_SIDECAR)
        # One transaction: a crash between the two would leave a sidecar that is kept and never read.
        with self._archive.writing():
            if sidecars.attach(self._archive, uid, name, content):
                repairs = Repairs.of_settings(self._archive, self._settings)
                retag.reread(self._archive, uid, naming(self._archive, self._settings), repairs=repairs)
        return name, content

    def _tell_problems(self, entry: QueuedFile, sidecar: tuple[str, bytes], tell: Callable[[str], None]) -> None:
        clip = read.clip(self._archive, entry.clip or "", read.Part.SOURCES)
        fitted = next((info for info in clip.transcripts if info.model == sidecar[0]), None)
        for problem in (*read_sidecars([sidecar], clip.duration).problems, *(messages(fitted) if fitted else ())):
            tell(problem)

    def sweep(self) -> list[Path]:
        """Finish what a killed process had begun to remove; return the files that were put back."""
        returned = []
        for root in list(self._roots.values()):
            own = root.path / folders.OWN
            moves.unlink_link(root, own)
            emptied = []
            for path, is_folder in root.walk(own):
                if is_folder:
                    emptied.append(path)
                elif self._is_to_be_deleted(root, path):
                    root.unlink(path)
                else:
                    original = root.path.joinpath(*path.relative_to(own).parts[1:])
                    returned.append(moves.move_back(root, path, original))
            for folder in reversed(emptied):
                root.remove_empty(folder)
            moves.delete_partial_copies(root)
        for place in self._aside.values():
            moves.delete_partial_copies(place)
        if self._options.originals not in {REMOVE, KEEP}:
            moves.delete_partial_copies(self._originals)
        return returned

    def _is_to_be_deleted(self, root: Root, path: Path) -> bool:
        with suppress(OSError):
            return self._options.originals == REMOVE and self._is_archived(moves.digest_at(root, path))
        return False

    def _is_archived(self, sha256: str) -> bool:
        return bool(recordings.clip_with(self._archive, sha256)) or sidecars.is_kept(self._archive, sha256)

    def _attach(self, entry: QueuedFile, root: Root) -> tuple[Mapping[Path, FileSnapshot], str | None]:
        """Keep the sidecars of a file with its clip. Return them, and a line about one that is too large."""
        attached, problem = {}, None
        for path, seen in folders.beside(entry.path, root).items():
            if seen.size <= LARGEST_SIDECAR:
                self._keep(entry, root, path)
                attached[path] = seen
            else:
                name = clean_text(path.name)
                problem = f"{name} was not kept with it: {seen.size:,} bytes, and {LARGEST_SIDECAR:,} is the most"
        return attached, problem

    def _set_aside(self, entry: QueuedFile, root: Root) -> Path | None:
        """Move a file that was not archived, with its sidecars, to its own folder, and write the reason beside it."""
        place = self._aside.setdefault(
            (entry.root, entry.state), aside(self._archive.folder, entry.root, FOLDER_OF[entry.state])
        )
        target = self._destination(entry, place, place.path / entry.path.relative_to(entry.root))
        note = None
        if root.exists(entry.path):
            note = _explain(entry, place, target)
        target = _move_all(entry, root, place, target)
        if entry.state is State.DUPLICATE and not self._is_duplicate(place, target):
            # Another file of the same size and time had taken its place: it has its own turn.
            for path in (target, *folders.beside(target, place)):
                moved(place, path, root, entry.path.with_suffix(sidecar_suffix(path)))
            if note:
                place.unlink(note)
            return None
        return target

    def _is_duplicate(self, place: Root, path: Path) -> bool:
        with suppress(*GONE):
            return recordings.clip_with(self._archive, moves.digest_at(place, path)) is not None
        return True

    def _destination(self, entry: QueuedFile, place: Root, target: Path) -> Path:
        """Return where to move a file: `target` or a similar free name, which is recorded before it is used."""
        if entry.moved_to is None:
            free = moves.free_name(place, target, lambda path: _is_free_with_all(place, path))
            intake.set_moving(self._archive, entry.path, free)
            return free
        return entry.moved_to


def aside(archive: Path, root: Path, name: str) -> Root:
    """Return the folder for files that are not archived: in the archive, or beside a watched folder outside it."""
    outside = not root.is_relative_to(archive)
    beside = root.parent
    return Root((beside if outside and os.access(beside, os.W_OK) else archive) / name)


def _is_free_with_all(place: Root, target: Path) -> bool:
    """Whether nothing has the name of the note or a sidecar of `target`, or would take its note for a sidecar."""
    note = _note_of(target)
    sidecars_of = [target.with_suffix(end) for suffix in SIDECARS for end in (suffix, suffix.upper())]
    owners = [moves.shortened(note.with_suffix(""), suffix) for suffix in SUFFIXES]
    return not any(place.exists(path) for path in (note, *sidecars_of, *owners))


def _note_of(target: Path) -> Path:
    """Return the name of the file that says why `target` was set aside; never that of its own sidecar."""
    is_short = len(os.fsencode(target.name)) + len(".txt") <= moves.LONGEST_NAME
    return moves.shortened(target, ".txt" if is_short else "~.txt")


def _explain(entry: QueuedFile, place: Root, target: Path) -> Path:
    """Write why a file was set aside into a file of its own, and return that; a killed run may have written it."""
    content = _reason(entry)
    note = _note_of(target)
    while True:
        if _holds(place, note, content):
            return note
        try:
            with place.writer(note) as file:
                file.write(content)
            return note
        except FileExistsError:
            note = moves.free_name(place, note)


def _holds(place: Root, note: Path, content: bytes) -> bool:
    with suppress(OSError), place.reader(note) as file:
        return file.read(len(content) + 1) == content
    return False


def _reason(entry: QueuedFile) -> bytes:
    name = clean_text(entry.path.name)
    if entry.state is State.DUPLICATE:
        why = f"{name} is archived already: it has the same bytes as the clip {entry.clip}."
        what = "Nothing needs to be done. Delete it, or keep it elsewhere."
    else:
        why = f"{name} could not be archived: {entry.error}"
        what = f"To try it again, changed or not: radio-archive intake retry {shlex.quote(name)}"
    lines = [why, what, f"It came from {clean_text(str(entry.path))}."]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _move_all(entry: QueuedFile, root: Root, place: Root, target: Path) -> Path:
    with suppress(*GONE):
        target = moved(root, entry.path, place, target)
    for path in folders.beside(entry.path, root):
        moved(root, path, place, target.with_suffix(sidecar_suffix(path)))
    return target


def put_back(archive: Archive, entry: QueuedFile) -> None:
    """Move a file that was set aside, with its sidecars, back to where it came from. Raises OSError."""
    if entry.moved_to is None or entry.moved_to == entry.path:
        return
    root, place = Root(entry.root), _place_of(archive, entry)
    if not place.exists(entry.moved_to):
        return
    if root.exists(entry.path):
        raise FileExistsError(errno.EEXIST, "another file has taken its place", str(entry.path))
    note = _note_of(entry.moved_to)
    with suppress(*GONE), place.reader(note) as file:
        # Not all of it: the reason may have been another when it was written.
        if file.read(LARGEST_NOTE).endswith(_reason(entry).splitlines(keepends=True)[-1]):
            place.unlink(note)
    for path in folders.beside(entry.moved_to, place):
        moved(place, path, root, entry.path.with_suffix(sidecar_suffix(path)))
    moved(place, entry.moved_to, root, entry.path)


def _place_of(archive: Archive, entry: QueuedFile) -> Root:
    """Return the folder of ours that a file was moved to."""
    name, target = FOLDER_OF.get(entry.state, ""), entry.moved_to or entry.path
    known = (Root(folder / name) for folder in (archive.folder, entry.root.parent))
    return next((place for place in known if target.is_relative_to(place.path)), Root(target.parent))


def _is_replaced(entry: QueuedFile, root: Root) -> bool:
    """Whether another file has its path now. That file will be processed in its turn."""
    with suppress(*GONE):
        return not FileSnapshot.of(entry.path, root.lstat(entry.path)).same_content(entry)
    return False
