"""The plain-text twin of an archive: a folder with a file for each public clip, which people mend, by git or by hand.

`FOLDER/.radio-archive` has each file as it was exported. What differs from that was changed by people, and is brought
back as corrections: by a merge over words with what was corrected in the archive since.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from radio_archive.archive.archive import DATABASE, Archive
from radio_archive.archive.clips import corrections, read, versions
from radio_archive.archive.clips.batches import BatchKind
from radio_archive.archive.filters import Filters
from radio_archive.archive.rows import pages
from radio_archive.errors import NoSuchClipError, StaleTextError, UsageError, writing_errors
from radio_archive.formats import text_tree
from radio_archive.formats.text_tree import TextFile
from radio_archive.models import Clip
from radio_archive.roots import GONE, Root
from radio_archive.text.corrected import joined
from radio_archive.text.merging import Conflict, edits, merge, pieces, pieces_of
from radio_archive.text.replacing import AROUND, Place

KEPT = ".radio-archive"
"""The folder in a tree that has its files as they were exported."""
LARGEST = 8 << 20
"""Bytes of a file of the tree; a larger one is not read."""
MOST = 4
"""How many times as many words as were exported a file may have: to compare more of them takes long."""
AT_ONCE = 100
"""Clips that are read together."""
TRIES = 3
"""How often a clip that others change meanwhile is tried."""
_NAME = re.compile(r"([0-9a-z]{1,40})\.txt")
_IGNORE = "# What was exported, for the next import. Not for git.\n*\n"


class Outcome(StrEnum):
    """What became of a file of the tree when it was exported."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    """Its clip is not public any more, or was removed."""
    KEPT = "kept"
    """It has changes that were not imported yet."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a file of the tree brings: where its text is changed, and where it cannot be, or why nothing is read."""

    path: str
    clip: str | None = None
    places: tuple[Place, ...] = ()
    conflicts: tuple[tuple[float, Conflict], ...] = ()
    """Each with its time in seconds."""
    problem: str | None = None


@dataclass(slots=True)
class TextTree:
    """The twin of an archive in `folder`. Links below it are not followed. Raises UsageError, DiskFullError."""

    archive: Archive
    folder: Path
    unchanged: int = 0
    """Files that nobody changed."""
    batch: int | None = None
    """The number of the batch of corrections, once there is one."""
    _root: Root = field(init=False)

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()
        self._root = Root(self.folder)
        self.archive.require_outside(self.folder)
        if (self.folder / DATABASE).exists():
            raise UsageError(f"{self.folder} is an archive", "Name a folder of its own for the text tree.")
        if self.folder.exists() and not self.folder.is_dir():
            raise UsageError(f"{self.folder} is a file", "Name a folder for the text tree.")

    def export(self) -> Iterator[tuple[str, Outcome]]:
        """Write the file of each public clip, and yield its path and what became of it."""
        self._put(self.folder / KEPT / ".gitignore", _IGNORE.encode())
        clips = read.clips(self.archive, Filters(public=True), order=read.AS_ADDED, parts=read.Part.WORDS)
        for page in pages(clips, AT_ONCE):
            current = versions.current_of_public(self.archive, [clip.uid for clip in page])
            for clip in page:
                if clip.uid in current:
                    yield self._export(clip, text_tree.write(clip, *current[clip.uid]).encode())
        for names in pages(self._exported(), AT_ONCE):
            current = versions.current_of_public(self.archive, names)
            yield from (self._remove(uid) for uid in names if uid not in current)

    def look(self) -> Iterator[Read]:
        """Yield what each changed file brings, in the order of their names. Nothing is changed."""
        for path, uid in self._files():
            yield from self._changed(path, uid)

    def apply(self, one: Read, author: str) -> Read:
        """Correct a clip as a file says, as it is now, and return what was done."""
        for attempt in range(TRIES):
            try:
                # What is brought is found again: the text may be another one than when it was looked at.
                found = next(self._changed(self.folder / one.path, one.clip or ""), Read(one.path, one.clip))
                if found.clip and found.places:
                    now = corrections.now_of(self.archive, found.clip)
                    self.batch = corrections.edit(
                        self.archive, found.clip, [place.edit for place in found.places], author,
                        reason="text tree", version=now.version, kind=BatchKind.FIX, batch=self.batch,
                    )  # fmt: skip
            except StaleTextError:
                if attempt == TRIES - 1:
                    raise
            except UsageError as error:
                return Read(one.path, one.clip, problem=str(error))
            else:
                return found
        return one

    def _changed(self, path: Path, uid: str) -> Iterator[Read]:
        name = str(path.relative_to(self.folder))
        try:
            content, base = self._content(path), self._content(self._base(uid))
        except OSError as error:
            yield Read(name, problem=f"it cannot be read: {error.strerror or error}")
            return
        if base is None:
            yield Read(name, problem="it was not exported from this archive to this folder")
        elif content == base:
            self.unchanged += 1
        elif content is not None:
            try:
                yield self._merged(name, uid, text_tree.read(base), text_tree.read(content))
            except NoSuchClipError as error:
                yield Read(name, problem=error.problem)

    def _merged(self, name: str, uid: str, base: TextFile, theirs: TextFile) -> Read:
        problem = theirs.problem
        if not problem and theirs.facts["clip"] != uid:
            problem = f"its name is of the clip {uid}, and the lines at its top say {theirs.facts['clip']}"
        was, other = pieces(base.lines), pieces(theirs.lines)
        if not problem and len(other) > MOST * len(was) + 1_000:
            problem = f"it has {len(other):,} words, and {len(was):,} were exported"
        if not problem and was and not other:
            problem = "nothing is left of its text: `radio-archive fix` removes words, and `remove` a clip"
        if problem:
            return Read(name, uid, problem=problem)
        now = corrections.now_of(self.archive, uid).corrected
        ours = pieces_of(now)
        merged = merge(was, ours, other)
        if merged.changes and not ours:
            return Read(name, uid, problem="its clip has no words that could be corrected")
        found = []
        for edit in edits(now, ours, merged.changes):
            low, high = now.within(edit.first_word, edit.last_word)
            around = joined(now.words[max(0, low - AROUND) : low]), joined(now.words[high : high + AROUND])
            found.append(Place(edit, now.words[low].start, *around))
        starts = [now.words[ours[min(one.at, len(ours) - 1)].first].start if ours else 0.0 for one in merged.conflicts]
        return Read(name, uid, tuple(found), tuple(zip(starts, merged.conflicts, strict=True)))

    def _export(self, clip: Clip, content: bytes) -> tuple[str, Outcome]:
        name, uid = text_tree.path_of(clip.uid, clip.show), clip.uid
        with _writing(self.folder / name):
            kept = self._content(self._base(uid))
            base = text_tree.read(kept) if kept is not None else None
            # A clip may be of another show now.
            old = base.path if base and base.path != name and self._root.exists(self.folder / base.path) else name
            there = self._content(self.folder / old)
            if there == content and old == name:
                if kept != content:
                    self._put(self._base(uid), content)
                return name, Outcome.UNCHANGED
            if there not in {None, kept} and not (base and self._is_imported(base, there or b"", content)):
                return old, Outcome.KEPT
            # The file first: if only that is done, its changes are those of the archive.
            self._put(self.folder / name, content)
            self._put(self._base(uid), content)
            if old != name:
                self._discard(self.folder / old)
        return name, Outcome.WRITTEN

    def _is_imported(self, base: TextFile, there: bytes, content: bytes) -> bool:
        """Whether the archive has all that was changed in a file."""
        theirs = text_tree.read(there)
        ours = pieces(text_tree.read(content).lines)
        merged = merge(pieces(base.lines), ours, pieces(theirs.lines))
        return theirs.problem is None and not (merged.changes or merged.conflicts)

    def _remove(self, uid: str) -> tuple[str, Outcome]:
        """Remove the file of a clip that is gone, or that not everybody may see, if it is as we wrote it."""
        with _writing(self._base(uid)):
            kept = self._content(self._base(uid))
            name = text_tree.read(kept or b"").path
            there = self._content(self.folder / name)
            if there not in {None, kept}:
                return name, Outcome.KEPT
            self._discard(self.folder / name)
            self._discard(self._base(uid))
        return name, Outcome.REMOVED

    def _files(self) -> Iterator[tuple[Path, str]]:
        """Yield the files of the tree, each with the clip that its name says."""
        if not self._root.exists(self.folder / KEPT):
            raise UsageError(f"{self.folder} is no text tree", "`radio-archive export --text-tree` makes one.")
        with self._root.scandir(self.folder) as entries:
            shows = sorted(one.name for one in entries if one.is_dir(follow_symlinks=False) and one.name[0] != ".")
        for show in shows:
            for path, is_folder in self._root.walk(self.folder / show):
                name = _NAME.fullmatch(path.name)
                if name and not is_folder:
                    yield path, name[1]

    def _exported(self) -> Iterator[str]:
        """Yield the clips that have a file."""
        for path, is_folder in self._root.walk(self.folder / KEPT):
            if not is_folder and (name := _NAME.fullmatch(path.name)):
                yield name[1]

    def _base(self, uid: str) -> Path:
        return self.folder / KEPT / uid[:2] / f"{uid}.txt"

    def _content(self, path: Path) -> bytes | None:
        """Return what is in a file below the folder; None if it is not there. Raises OSError."""
        try:
            with self._root.reader(path) as file:
                content = file.read(LARGEST + 1)
        except GONE:
            if self._root.exists(path):
                raise OSError(0, "it is no file, or it is a link") from None
            return None
        if len(content) > LARGEST:
            raise OSError(0, f"it is larger than {LARGEST:,} bytes")
        return content

    def _put(self, path: Path, content: bytes) -> None:
        with _writing(path):
            part = path.with_name(f".{path.name}.part")
            if self._root.exists(part):
                self._root.unlink(part)
            try:
                with self._root.writer(part) as file:
                    file.write(content)
                self._root.replace(part, path)
            except OSError:
                with suppress(OSError):
                    self._root.unlink(part)
                raise

    def _discard(self, path: Path) -> None:
        if self._root.exists(path):
            self._root.unlink(path)
        self._root.remove_empty(path.parent)


def _writing(path: Path) -> AbstractContextManager[None]:
    advice = "Move away what is in its place, or name another folder."
    return writing_errors(path, UsageError, advice, when_full="Free some space, or name a folder on another disk.")
