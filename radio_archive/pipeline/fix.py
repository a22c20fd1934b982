"""One text replaced everywhere it was heard, as one batch that can be undone."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, read
from radio_archive.archive.clips.batches import BatchKind
from radio_archive.archive.filters import EVERYTHING, Filters
from radio_archive.archive.rows import pages
from radio_archive.errors import NoSuchClipError, StaleTextError
from radio_archive.models import Clip
from radio_archive.search import places as candidates
from radio_archive.text.corrected import correct
from radio_archive.text.replacing import Finder, Place, WholeWords, places

AT_ONCE = 100
"""Clips whose words are read together."""
TRIES = 3
"""How often a clip that others change meanwhile is tried."""
Progress = Callable[[int, int], None]


def unlimited(_: str) -> AbstractContextManager[object]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Found:
    """The places in one clip."""

    clip: Clip
    places: tuple[Place, ...]


@dataclass(slots=True)
class Fix:
    """What is to be replaced, and where. `limit` surrounds the search in one clip, by its uid, and may end it."""

    archive: Archive
    finder: Finder
    filters: Filters = EVERYTHING
    limit: Callable[[str], AbstractContextManager[object]] = unlimited
    places: int = 0
    batch: int | None = None
    """The number of the batch, once there is one."""
    _clips: "array[int]" = field(default_factory=lambda: array("q"))

    def look(self, progress: Progress = lambda done, total: None) -> int:
        """Find the clips and count the places; return the number of clips.

        Words are found by the full-text index, of which only what matches is read. A pattern is looked for in every
        clip that the filters choose. Raises UsageError for an unknown show.
        """
        self._clips, self.places = array("q"), 0
        for found, clip_id in self._search(progress):
            self._clips.append(clip_id)
            self.places += len(found.places)
        return len(self._clips)

    def found(self) -> Iterator[Found]:
        """Yield the places in each of the clips that `look` found, as they are now."""
        for page in pages(self._clips, AT_ONCE):
            yield from (found for found, _ in self._in(page))

    def apply(
        self,
        author: str,
        reason: str | None = None,
        *,
        forgets: bool = False,
        progress: Progress = lambda done, total: None,
    ) -> list[str]:
        """Replace the text at the places as one batch; return the uids of the clips that it changed.

        Each clip is changed in a transaction of its own. If it is stopped, the batch has what was done until then.
        """
        changed: list[str] = []
        for done, uid in enumerate(self._uids(), 1):
            # A clip that was removed meanwhile keeps nobody from the others.
            with suppress(NoSuchClipError):
                changed += [uid] if self._apply_to(uid, author, reason, forgets=forgets) else []
            progress(done, len(self._clips))
        return changed

    def _uids(self) -> Iterator[str]:
        for page in pages(self._clips, AT_ONCE):
            yield from read.uids_of(self.archive, page)

    def _apply_to(self, uid: str, author: str, reason: str | None, *, forgets: bool) -> bool:
        """Change one clip; return whether anything was changed."""
        for attempt in range(TRIES):
            now = corrections.now_of(self.archive, uid)
            with self.limit(uid):
                edits = [place.edit for place in places(now.corrected, self.finder)]
            try:
                self.batch = corrections.edit(
                    self.archive, uid, edits, author, reason=reason, version=now.version, kind=BatchKind.FIX,
                    forgets=forgets, batch=self.batch,
                )  # fmt: skip
            except StaleTextError:
                # Somebody else was quicker. Only if that goes on and on, it is told.
                if attempt == TRIES - 1:
                    raise
            else:
                return bool(edits)
        return False

    def _search(self, progress: Progress) -> Iterator[tuple[Found, int]]:
        if isinstance(self.finder, WholeWords):
            chosen = candidates.clips_with(self.archive, self.finder.old, self.filters)
            clips, total = iter(chosen), len(chosen)
        else:
            clips, total = candidates.every_clip(self.archive, self.filters), read.count(self.archive, self.filters)
        done = 0
        for part in pages(clips, AT_ONCE):
            yield from self._in(part)
            done += len(part)
            progress(min(done, total), total)

    def _in(self, ids: Sequence[int]) -> Iterator[tuple[Found, int]]:
        """Yield the places in each of some clips that has any."""
        with self.archive.reading():
            clips = read.by_id(self.archive, ids, read.Part.WORDS)
        for clip_id in ids:
            clip = clips.get(clip_id)
            if clip is None:
                continue
            with self.limit(clip.uid):
                found = places(correct(clip.words, ()), self.finder)
            if found:
                yield Found(replace(clip, words=()), tuple(found)), clip_id
