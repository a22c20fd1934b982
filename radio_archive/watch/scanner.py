"""The thread that keeps the queue true to the watched folders, and says when a file is whole.

Quiet is measured by this process's own monotonic clock: a restart begins anew, and to set the clock back does no harm.
"""

import stat
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import watchfiles

from radio_archive.archive import intake
from radio_archive.archive.archive import Archive
from radio_archive.archive.intake import Seen
from radio_archive.config.settings import Settings
from radio_archive.errors import RadioArchiveError
from radio_archive.events import Counted, Listener, Noted
from radio_archive.models import IntakeState as State
from radio_archive.watch import folders
from radio_archive.watch.disks import NETWORK_FILE_SYSTEMS, file_system
from radio_archive.watch.outbox import Outbox

BEAT = 10.0
"""Seconds between two signs of life."""
TICK = 1.0
"""Seconds between two looks at files that are settling, at most."""
BUDGET = 0.5
"""Seconds for which files are read through in one such look."""
NETWORK_POLL = 10.0
"""Seconds between looks at a folder on a network share, where its own changes are all that is reported."""


@dataclass(slots=True)
class _Quiet:
    """A file that is settling, and since when it and its sidecars have not changed, on the monotonic clock."""

    root: Path
    seen: Seen
    since: float
    before: str | None
    """When it last changed, as an earlier process saw it; only good for long waits."""
    beside: dict[Path, Seen] = field(default_factory=dict)
    beside_since: float = 0.0
    """Since when the sidecars have not changed."""
    lacks: str | None = None


class Scanner:
    """Watches folders on threads of its own, with its own connection to the archive. Use it as a context manager."""

    def __init__(self, archive: Path, roots: Sequence[Path], settings: Settings, listen: Listener) -> None:
        self._archive, self._roots, self._settings, self._listen = archive, roots, settings, listen
        options = self._options = settings.watch
        self.poll = options.poll or (NETWORK_POLL if any(_is_remote(root) for root in roots) else 0.0)
        """Seconds between looks, where changes are not reported; else 0."""
        self.scanned = threading.Event()
        """Set after each look at the folders."""
        self.news = threading.Event()
        """Set when a file is ready, or nothing is left to be done about sidecars."""
        self.failure: Exception | None = None
        """What ended the scanner, if anything did."""
        self._quiet: dict[Path, _Quiet] = {}
        self._late: dict[Path, tuple[Seen, float]] = {}
        self._untried: set[Path] = set()
        self._orphans: dict[Path, list[Seen]] = {}
        self._noted: set[str] = set()
        self._dirty, self._wake, self._stopped = threading.Event(), threading.Event(), threading.Event()
        self._progress = threading.Event()
        self._threads = [threading.Thread(target=self._run, name="scanner", daemon=True)]
        if not self.poll:
            self._threads.append(threading.Thread(target=self._await_events, name="events", daemon=True))

    @property
    def is_settled(self) -> bool:
        """Whether the folders have been looked at, and each sidecar there has had its chance to be a late one."""
        return self.scanned.is_set() and not self._untried

    def progressed(self) -> None:
        """Say that work got on: the next sign of life tells."""
        self._progress.set()

    def look_again(self) -> None:
        """Ask for a look at the folders soon."""
        self._dirty.set()
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

    def _await_events(self) -> None:
        try:
            changes = watchfiles.watch(
                *self._roots,
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
            self.poll = NETWORK_POLL
            self._note(f"changes are not reported here ({error}): looking every {self.poll:.0f} s instead")

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
        next_look = next_beat = earliest = 0.0
        while not self._stopped.is_set():
            now = time.monotonic()
            try:
                if now >= next_look or (self._dirty.is_set() and now >= earliest):
                    self._dirty.clear()
                    self._look(archive)
                    took = time.monotonic() - now
                    next_look = now + (self.poll or self._options.rescan)
                    # A folder with many files is not looked through without a pause because one of them changes.
                    earliest = now + max(TICK, 10 * took)
                self._settle(archive)
                self._take_late(outbox)
                self.scanned.set()
                if now >= next_beat:
                    intake.beat(archive, progress=self._progress.is_set())
                    self._progress.clear()
                    next_beat = now + BEAT
            except RadioArchiveError as error:
                if not error.transient:
                    raise
                self._note(f"the queue cannot be written: {error}")
                self._stopped.wait(5 * TICK)
            self._wake.wait(min(TICK, max(0.05, self._options.settle / 2)))
            self._wake.clear()

    def _look(self, archive: Archive) -> None:
        orphans: dict[Path, list[Seen]] = {}
        for root in self._roots:
            try:
                found = folders.look(root, self._passed_over())
            except OSError as error:
                self._note_once(f"cannot look into {root}: {error.strerror}")
                continue
            for problem in found.problems:
                self._note_once(f"cannot look into {problem.filename}: {problem.strerror}")
            for seen in intake.observe(archive, root, found.recordings):
                beside = {one.path: one for one in found.beside.get(seen.path.with_suffix(""), [])}
                now = time.monotonic()
                self._quiet[seen.path] = _Quiet(root, seen, now, None, beside, now)
            orphans |= found.beside
        self._orphans = orphans
        self._resume(archive)
        self._listen(Counted({state.value: number for state, number in intake.counts(archive).items()}))

    def _passed_over(self) -> list[Path]:
        # They may be links to places that are watched by another way.
        return [(self._archive / name).resolve() for name in folders.ARCHIVES_OWN]

    def _resume(self, archive: Archive) -> None:
        """Take up files that are settling by the queue, but not by our memory: after a restart, or `intake retry`."""
        for entry in intake.settling(archive):
            if entry.path not in self._quiet:
                seen = Seen(entry.path, entry.size, entry.mtime_ns, 0)
                self._quiet[entry.path] = _Quiet(entry.root, seen, time.monotonic(), entry.quiet_since)

    def _settle(self, archive: Archive) -> None:
        if intake.counts(archive)[State.SETTLING] != len(self._quiet):
            self._resume(archive)
        started = time.monotonic()
        ready: list[Path] = []
        changed: list[_Quiet] = []
        for path, quiet in list(self._quiet.items()):
            try:
                status = path.lstat()
                if not stat.S_ISREG(status.st_mode):
                    raise FileNotFoundError(path)
                seen = Seen.of(path, status)
            except OSError:
                del self._quiet[path]
                self.look_again()
                continue
            now = time.monotonic()
            if not seen.is_as(quiet.seen):
                quiet.seen, quiet.since, quiet.before, quiet.lacks = seen, now, None, None
                changed.append(quiet)
            elif now - started < BUDGET and self._is_quiet(quiet, now) and self._is_whole(archive, quiet, now):
                del self._quiet[path]
                ready.append(path)
        for quiet in changed:
            intake.changed(archive, quiet.root, [quiet.seen])
        if ready:
            intake.set_ready(archive, ready)
            self.news.set()

    def _is_quiet(self, quiet: _Quiet, now: float) -> bool:
        wanted = self._options.settle
        if now - quiet.since < wanted:
            return False
        beside = dict(folders.beside(quiet.seen.path))
        if beside.keys() != quiet.beside.keys() or any(not beside[p].is_as(quiet.beside[p]) for p in beside):
            quiet.beside, quiet.beside_since = beside, now
        if beside:
            return now - quiet.beside_since >= wanted
        return now - quiet.since >= wanted + self._options.sidecar_wait

    def _is_whole(self, archive: Archive, quiet: _Quiet, now: float) -> bool:
        wait = self._options.incomplete_wait
        if now - quiet.since >= wait or _seconds_since(quiet.before) >= wait:
            return True
        if quiet.lacks is None:
            with suppress(RadioArchiveError):
                quiet.lacks = folders.lack(quiet.seen.path)
            if quiet.lacks:
                intake.set_waiting(archive, quiet.seen.path, quiet.lacks)
                advice = f"waiting up to {wait:.0f} s for the rest"
                self._listen(Noted(f"{quiet.lacks}: {advice}", quiet.seen.path))
        return quiet.lacks is None

    def _take_late(self, outbox: Outbox) -> None:
        """Attach sidecars that came after their recording was archived."""
        there = {seen.path: seen for group in self._orphans.values() for seen in group}
        were_untried = bool(self._untried)
        for path, seen in there.items():
            first, since = self._late.get(path, (None, 0.0))
            if first is None or not seen.is_as(first):
                self._late[path] = (seen, time.monotonic())
                self._untried.add(path)
            elif time.monotonic() - since >= self._options.settle:
                done = outbox.attach_late(path)
                self._late[path] = (seen, float("inf") if done else time.monotonic())
                self._untried.discard(path)
        self._late = {path: kept for path, kept in self._late.items() if path in there}
        self._untried &= there.keys()
        if were_untried and not self._untried:
            self.news.set()

    def _note(self, text: str) -> None:
        self._listen(Noted(text, problem=True))

    def _note_once(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            self._note(text)


def _is_remote(root: Path) -> bool:
    return file_system(root) in NETWORK_FILE_SYSTEMS


def _seconds_since(moment: str | None) -> float:
    return 0.0 if moment is None else (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
