"""Works through the queue, as `add` works through its files: one pipeline, one batch, whose clips share windows.

What a run did is recorded entry by entry: a new clip in the transaction that saves it, everything else when it ends.
So a run may be killed at any instant; the next one begins with what still waits.
"""

from collections.abc import Iterator, MutableMapping, Sequence
from pathlib import Path, PurePath, PurePosixPath
from urllib.parse import unquote, urlsplit

from radio_archive.archive import backfill, known_files
from radio_archive.archive.archive import Archive
from radio_archive.archive.backfill import Entry, EntryKind, EntryState
from radio_archive.backfill.fetching import FetchedFile, Fetcher
from radio_archive.errors import RadioArchiveError, UnreadableFileError, is_about_all
from radio_archive.events import Ended, Event, Listener
from radio_archive.feeds.client import FetchOptions, masked_url
from radio_archive.metadata.filename.claims import recurring_shows
from radio_archive.models import Ingested, Outcome
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile, folder_hint
from radio_archive.pipeline.request import Request
from radio_archive.speech.engine import Transcriber

LOCK = ".backfill.lock"
MOST_LOST = 20
"""Files in a row that a disk or a share does not give, after which it counts as gone."""


class Drain:
    """One run over the queue. `names` gets, for each file in work that was downloaded, where it came from."""

    def __init__(
        self,
        archive: Archive,
        engine: Transcriber,
        request: Request,
        names: MutableMapping[Path, str],
        options: FetchOptions | None = None,
    ) -> None:
        self._archive, self._engine, self._request, self._names = archive, engine, request, names
        self._options = options or FetchOptions()
        self._working: dict[Path, Entry] = {}
        self._ended = self._twins = self._lost = 0
        self.left = 0
        """Entries that could not be tried or finished, and still wait."""

    def run(self, listen: Listener) -> None:
        """Archive all that waits. Raises ArchiveBusyError if another process does, and what `Ingest.process` raises."""
        self._listen = listen
        advice = "One is enough: what you list, it takes too. `--status` shows it."
        with self._archive.alone(LOCK, "backfill", advice), Fetcher(self._archive.media.root, self._options) as fetcher:
            self._fetcher = fetcher
            fetcher.sweep(lambda entry: backfill.waiting(self._archive, entry))
            self._passes()

    def _passes(self) -> None:
        """Go through the queue; once more for files whose bytes were being transcribed under another name."""
        while True:
            self._ended = self._twins = self.left = 0
            Ingest(self._archive, self._engine, self._request).process(self._inputs(), self._on_event)
            if not self._twins or not self._ended:
                return

    def _inputs(self) -> Iterator[InputFile]:
        for entry, fetched in self._fetcher.ahead(self._waiting()):
            source = self._input(entry, fetched)
            self._working[source.path] = entry
            if entry.listed.kind is not EntryKind.FILE:
                self._names[source.path] = masked_url(entry.listed.source)
            if isinstance(fetched, RadioArchiveError):
                self._on_event(Ended(Ingested(source.path, Outcome.FAILED, cause=fetched)))
                if is_about_all(fetched):
                    raise fetched
            else:
                yield source

    def _waiting(self) -> Iterator[Entry]:
        after = 0
        while found := backfill.page(self._archive, EntryState.WAITING, after):
            after = found[-1].id
            self._describe(found)
            yield from found

    def _describe(self, page: Sequence[Entry]) -> None:
        """Find out, for a page of entries together, which are archived and unchanged, and which shows recur."""
        here = [entry.path for entry in page if entry.path]
        self._known = {} if self._request.force else known_files.clips(self._archive, here)
        self._recurring = recurring_shows((PurePath(_name(entry)), _folders(entry)) for entry in page)

    def _input(self, entry: Entry, fetched: "FetchedFile | RadioArchiveError | None") -> InputFile:
        listed, folders = entry.listed, _folders(entry)
        if entry.path:
            hint = folder_hint(entry.root or entry.path.parent, self._archive.folder)
            known = self._known.get(entry.path)
            return InputFile(
                entry.path, folders, hint, self._recurring, known=known, entry=entry.id, sidecar=listed.sidecar
            )
        hint = PurePosixPath(_path_of(listed.root)).name if listed.root else ""
        sidecar = None if listed.kind is EntryKind.FEED else listed.sidecar
        if not isinstance(fetched, FetchedFile):
            # It has no path of its own: one that no other entry has.
            return InputFile(Path(f"{entry.id}"), entry=entry.id)
        return InputFile(
            fetched.path, folders, hint, self._recurring, root=fetched.root, entry=entry.id, sidecar=sidecar
        )

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, Ended):
            self._listen(event)
            return
        entry = self._working.pop(event.result.path)
        is_news = self._record(entry, event.result)
        self._fetcher.discard(entry)
        if is_news:
            self._ended += 1
            self._listen(event)
        self._names.pop(event.result.path, None)

    def _record(self, entry: Entry, result: Ingested) -> bool:
        """Record how an entry ended. Return whether it ended; if not, it still waits."""
        match result.outcome:
            case Outcome.DUPLICATE if result.clip is None:
                # The same audio is being transcribed, and may still fail.
                self._twins += 1
                self.left += 1
                return False
            case Outcome.DUPLICATE:
                backfill.set_ended(self._archive, entry.id, EntryState.DUPLICATE, clip=result.clip)
            case Outcome.FAILED:
                return self._record_failure(entry, result)
        self._lost = 0
        return True

    def _record_failure(self, entry: Entry, result: Ingested) -> bool:
        cause = result.cause
        if isinstance(cause, RadioArchiveError) and is_about_all(cause):
            # It stops the run, and says nothing about this file.
            self.left += 1
            return True
        if isinstance(cause, UnreadableFileError) and _is_lost(entry, cause):
            self.left += 1
            self._lost += 1
            if self._lost >= MOST_LOST:
                problem = f"the disk or the share gives none of {MOST_LOST} files in a row, the last is {result.path}"
                raise UnreadableFileError(
                    result.path,
                    problem,
                    "Mount or check it, then run the same command again: these files still wait.",
                )
            return True
        kind, error = type(cause).__name__, str(cause)
        backfill.set_ended(self._archive, entry.id, EntryState.FAILED, problem=kind, error=error)
        return True


def _is_lost(entry: Entry, cause: UnreadableFileError) -> bool:
    """Whether not the file but its disk is at fault, or the whole folder that was listed is gone."""
    return cause.about_machine or (entry.root is not None and not entry.root.is_dir())


def _name(entry: Entry) -> str:
    return entry.path.name if entry.path else PurePosixPath(_path_of(entry.listed.source)).name


def _folders(entry: Entry) -> tuple[str, ...]:
    """Return the names of the folders between what was named and the file."""
    if entry.path:
        if entry.root is None or not entry.path.is_relative_to(entry.root):
            return ()
        return entry.path.relative_to(entry.root).parts[:-1]
    if entry.listed.root is None:
        return ()
    path, root = PurePosixPath(_path_of(entry.listed.source)), PurePosixPath(_path_of(entry.listed.root))
    return path.relative_to(root).parts[:-1] if path.is_relative_to(root) else ()


def _path_of(address: str) -> str:
    """Return the path of an address, its bucket or server included."""
    parts = urlsplit(address)
    return f"/{parts.netloc}{unquote(parts.path)}" if parts.netloc else f"/{unquote(parts.path).lstrip('/')}"
