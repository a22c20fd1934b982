"""Scans the watched folders on a thread: keeps the queue up to date, and finds out when a file is complete.

Quiet time is measured by this process's monotonic clock: a restart starts it again, and a change of the system clock
does not matter.
"""

import stat
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import watchfiles

from radio_archive.archive import heartbeat, intake
from radio_archive.archive.archive import Archive
from radio_archive.archive.intake import FileSnapshot
from radio_archive.config.settings import Settings
from radio_archive.errors import RadioArchiveError
from radio_archive.events import Counted, Listener, Notice
from radio_archive.models import IntakeState as State
from radio_archive.models import clean_text
from radio_archive.roots import Root
from radio_archive.watch import folders
from radio_archive.watch.disks import can_watch_more, is_on_network
from radio_archive.watch.outbox import Outbox

BEAT = 10.0
"""Seconds between two heartbeats."""
TICK = 1.0
"""Most seconds between two checks of the settling files."""
BUDGET = 0.5
"""Seconds spent on reading files in one such check."""
NETWORK_POLL = 10.0
"""Seconds between scans of a network share, where only changes by this machine are reported."""


@dataclass(slots=True)
class _SettlingFile:
    """A file that is settling. `since` is when it last changed, on the monotonic clock."""

    root: Root
    seen: FileSnapshot
    since: float
    before: str | None
    """When it last changed, in ISO 8601, as an earlier process saw it; only precise enough for long waits."""
    beside: dict[Path, FileSnapshot] = field(default_factory=dict)
    beside_since: float = 0.0
    """When the sidecars last changed."""
    missing: str | None = None
    """What it lacks to be complete."""


class Scanner:
    """Scans folders on its own threads, with its own connection to the archive. A context manager."""

    def __init__(self, archive: Path, roots: Sequence[Root], settings: Settings, listen: Listener) -> None:
        self._archive, self._roots, self._settings, self._listen = archive, roots, settings, listen
        options = self._options = settings.watch
        self.poll = options.poll or (NETWORK_POLL if any(is_on_network(root.real) for root in roots) else 0.0)
        """Seconds between scans where changes are not reported; else 0."""
        self.scanned = threading.Event()
        """Set after each scan of the folders."""
        self.news = threading.Event()
        """Set when a file is ready, or when no sidecar is left to be tried."""
        self.failure: Exception | None = None
        """The error that ended the scanner, if any."""
        self._settling: dict[Path, _SettlingFile] = {}
        self._late: dict[Path, tuple[FileSnapshot, float]] = {}
        self._untried: set[Path] = set()
        self._sidecars: dict[Path, list[FileSnapshot]] = {}
        self._noted: set[str] = set()
        self._changed, self._wake, self._stopped = threading.Event(), threading.Event(), threading.Event()
        self._progress = threading.Event()
        self._threads = [threading.Thread(target=self._run, name="scanner", daemon=True)]
        if not self.poll:
            self._threads.append(threading.Thread(target=self._watch_events, name="events", daemon=True))

    @property
    def is_settled(self) -> bool:
        """Whether the folders have been scanned, and each sidecar there has been tried as a late one."""
        return self.scanned.is_set() and not self._untried

    def progressed(self) -> None:
        """Report progress with the next heartbeat."""
        self._progress.set()

    def look_again(self) -> None:
        """Ask for a scan of the folders soon."""
        self._changed.set()
        self._wake.set()

    def __enter__(self) -> "Scanner":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(3.0)

    def _watch_events(self) -> None:
        try:
            changes = watchfiles.watch(
                *(root.real for root in self._roots),
                watch_filter=None,
                debounce=400,
                rust_timeout=500,
                stop_event=self._stopped,
                raise_interrupt=False,
                force_polling=False,
                ignore_permission_denied=True,
            )
            for _ in changes:
                self.look_again()
        except (OSError, RuntimeError) as error:
            self._poll_instead(str(error))

    def _require_reports(self) -> None:
        """Go over to polling where not all changes are reported any more."""
        if self.poll:
            return
        if share := next((root.path for root in self._roots if is_on_network(root.real)), None):
            self._poll_instead(f"a network share is mounted in {share}")
        elif not all(can_watch_more(root.real) for root in self._roots):
            self._poll_instead("the system watches no more folders: see fs.inotify.max_user_watches")

    def _poll_instead(self, why: str) -> None:
        self.poll = NETWORK_POLL
        self._note(f"changes are not reported here ({clean_text(why)}): looking every {self.poll:.0f} s instead")
        self.look_again()

    def _run(self) -> None:
        try:
            with Archive(self._archive) as archive:
                self._loop(archive)
        except Exception as error:
            self.failure = error
        finally:
            self.news.set()

    def _loop(self, archive: Archive) -> None:
        outbox = Outbox(archive, self._roots, self._settings)
        next_scan = next_beat = earliest = 0.0
        while not self._stopped.is_set():
            now = time.monotonic()
            try:
                if now >= next_scan or (self._changed.is_set() and now >= earliest):
                    self._changed.clear()
                    self._scan(archive)
                    took = time.monotonic() - now
                    next_scan = now + (self.poll or self._options.rescan)
                    # A folder with many files must not be scanned all the time because one of them changes.
                    earliest = now + max(TICK, 10 * took)
                self._settle(archive)
                self._attach_late(outbox)
                self.scanned.set()
                if now >= next_beat:
                    self._require_reports()
                    heartbeat.beat(archive, progress=self._progress.is_set())
                    self._progress.clear()
                    next_beat = now + BEAT
            except RadioArchiveError as error:
                if not error.transient:
                    raise
                self._note(f"the queue cannot be written: {error}")
                self._stopped.wait(5 * TICK)
            self._wake.wait(min(TICK, max(0.05, self._options.settle / 2)))
            self._wake.clear()

    def _scan(self, archive: Archive) -> None:
        sidecars: dict[Path, list[FileSnapshot]] = {}
        for root in self._roots:
            try:
                found = folders.scan(root, self._skipped())
            except OSError as error:
                self._note_once(f"cannot look into {root.path}: {error.strerror}")
                continue
            for problem in found.problems:
                self._note_once(f"cannot look into {problem.filename}: {problem.strerror}")
            for seen in intake.observe(archive, root.path, found.recordings):
                beside = {one.path: one for one in found.beside.get(seen.path.with_suffix(""), [])}
                now = time.monotonic()
                self._settling[seen.path] = _SettlingFile(root, seen, now, None, beside, now)
            sidecars |= found.beside
        self._sidecars = sidecars
        self._listen(Counted({state.value: number for state, number in intake.counts(archive).items()}))

    def _skipped(self) -> set[tuple[int, int]]:
        # They may be links to folders that are watched under another path.
        found = set()
        for name in folders.ARCHIVES_OWN:
            with suppress(OSError):
                found.add(folders.identity((self._archive / name).stat()))
        return found

    def _resume(self, archive: Archive) -> None:
        """Take up files that are settling in the queue but not in memory: after a restart, or `intake retry`."""
        known = {root.path: root for root in self._roots}
        for entry in intake.settling(archive):
            if entry.path not in self._settling:
                seen = FileSnapshot(entry.path, entry.size, entry.mtime_ns, 0)
                root = known.get(entry.root) or known.setdefault(entry.root, Root(entry.root))
                self._settling[entry.path] = _SettlingFile(root, seen, time.monotonic(), entry.quiet_since)

    def _settle(self, archive: Archive) -> None:
        if intake.counts(archive)[State.SETTLING] != len(self._settling):
            self._resume(archive)
        started = time.monotonic()
        ready: list[Path] = []
        changed: dict[Path, list[FileSnapshot]] = defaultdict(list)
        for path, file in list(self._settling.items()):
            try:
                status = file.root.lstat(path)
                if not stat.S_ISREG(status.st_mode):
                    raise FileNotFoundError(path)
                seen = FileSnapshot.of(path, status)
            except OSError:
                del self._settling[path]
                self.look_again()
                continue
            now = time.monotonic()
            if not seen.same_content(file.seen):
                file.seen, file.since, file.before, file.missing = seen, now, None, None
                changed[file.root.path].append(seen)
            elif now - started < BUDGET and self._is_quiet(file, now) and self._is_whole(archive, file, now):
                del self._settling[path]
                ready.append(path)
        for root, found in changed.items():
            intake.set_settling(archive, root, found)
        if ready:
            intake.set_ready(archive, ready)
            self.news.set()

    def _is_quiet(self, file: _SettlingFile, now: float) -> bool:
        wanted = self._options.settle
        if now - file.since < wanted:
            return False
        beside = dict(folders.beside(file.seen.path, file.root))
        if beside.keys() != file.beside.keys() or any(not beside[p].same_content(file.beside[p]) for p in beside):
            file.beside, file.beside_since = beside, now
        if beside:
            return now - file.beside_since >= self._quiet_for(file.beside.values())
        return now - file.since >= wanted + self._options.sidecar_wait

    def _quiet_for(self, sidecars: Iterable[FileSnapshot]) -> float:
        """Return after how many quiet seconds sidecars are complete: an empty one may just have been made."""
        is_empty = any(seen.size == 0 for seen in sidecars)
        return self._options.settle + (self._options.sidecar_wait if is_empty else 0.0)

    def _is_whole(self, archive: Archive, file: _SettlingFile, now: float) -> bool:
        wait = self._options.incomplete_wait
        if now - file.since >= wait or _seconds_since(file.before) >= wait:
            return True
        if file.missing is None:
            with suppress(RadioArchiveError):
                file.missing = folders.missing_part(file.seen.path, file.root)
            if file.missing:
                intake.set_waiting(archive, file.seen.path, file.missing)
                advice = f"waiting up to {wait:.0f} s for the rest"
                self._listen(Notice(f"{file.missing}: {advice}", file.seen.path))
        return file.missing is None

    def _attach_late(self, outbox: Outbox) -> None:
        """Attach sidecars that came after their recording was archived."""
        there = {seen.path: seen for group in self._sidecars.values() for seen in group}
        were_untried = bool(self._untried)
        for path, seen in there.items():
            first, since = self._late.get(path, (None, 0.0))
            if first is None or not seen.same_content(first):
                self._late[path] = (seen, time.monotonic())
                self._untried.add(path)
            elif time.monotonic() - since >= self._quiet_for([seen]):
                done = outbox.attach_late(seen, partial(self._note, path=path))
                self._late[path] = (seen, float("inf") if done else time.monotonic())
                self._untried.discard(path)
        self._late = {path: kept for path, kept in self._late.items() if path in there}
        self._untried &= there.keys()
        if were_untried and not self._untried:
            self.news.set()

    def _note(self, text: str, path: Path | None = None) -> None:
        self._listen(Notice(text, path, problem=True))

    def _note_once(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            self._note(text)


def _seconds_since(moment: str | None) -> float:
    return 0.0 if moment is None else (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
