"""The watcher: what is ready is taken from the queue and goes through the pipeline as one batch, again and again."""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from radio_archive.archive import intake
from radio_archive.archive.archive import SETTINGS, Archive
from radio_archive.archive.clips import read
from radio_archive.archive.intake import LONGEST_WAIT, Entry, Seen
from radio_archive.config.settings import Settings, located
from radio_archive.errors import ArchiveError, DiskFullError, RadioArchiveError, UsageError, WatchedError
from radio_archive.events import Counted, Ended, Event, Listener, Noted, silent
from radio_archive.models import Ingested, Outcome
from radio_archive.models import IntakeState as State
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import Input, folder_that_names
from radio_archive.pipeline.request import Request
from radio_archive.speech.engine import Transcriber
from radio_archive.watch.folders import ARCHIVES_OWN
from radio_archive.watch.hook import Commands
from radio_archive.watch.outbox import KEEP, REMOVE, Outbox
from radio_archive.watch.scanner import Scanner

LOCK = ".watch.lock"
BATCH = 500
"""Files that go through the pipeline in one run, at most: its results are kept until its end."""
FIRST_WAIT = 15.0
"""Seconds until a second attempt; twice as many until the third, and so on."""
PATIENCE = 5.0
"""Seconds that a watcher which has just started may take to say so."""
IDLE = 1.0
"""Seconds between looks at the queue while nothing is ready."""


class Watcher:
    """Watches folders for an archive until it is told to stop, or, with `once`, until nothing is left to do."""

    def __init__(
        self,
        archive: Archive,
        engine: Transcriber,
        settings: Settings,
        roots: Sequence[Path],
        listen: Listener = silent,
    ) -> None:
        self._archive, self._engine, self._settings = archive, engine, settings
        self._listen = listen
        self.roots = list(dict.fromkeys(root.absolute() for root in roots))
        _check(self.roots, archive.folder, settings.watch.originals)
        self._outbox = Outbox(archive, self.roots, settings)
        self._taken: dict[Path, Entry] = {}
        self._held_until = 0.0
        self._troubles = 0
        self._why_idle: str | None = None
        self._next_retry = time.monotonic() + settings.watch.rescan
        self.failed = 0
        """Files that failed for good."""

    @property
    def is_held(self) -> bool:
        """Whether something that is wrong for every file keeps it from working now."""
        return time.monotonic() < self._held_until

    def run(self, begin: Callable[[], None] = lambda: None, *, once: bool = False) -> None:
        """Watch. Ends with KeyboardInterrupt when interrupted, having put back what was not finished.

        `begin` is called once nobody else watches and signs of life are given: the time to load a model.
        Raises WatchedError if another process watches for this archive, and any error that will not pass.
        """
        options = self._settings.watch
        with ExitStack() as stack:
            self._lock(stack)
            intake.start(self._archive, socket.gethostname(), os.getpid(), self.roots)
            stack.callback(self._end)
            intake.recover(self._archive)
            for path in self._outbox.sweep():
                self._listen(Noted("put back: it had not been archived when the last watcher was killed", path))
            with located(self._archive.folder / SETTINGS, "watch", "command"):
                commands = Commands(options.command, options.command_timeout, self._archive.folder)
            self._commands = stack.enter_context(commands)
            self._finish_earlier()
            self._scanner = stack.enter_context(Scanner(self._archive.folder, self.roots, self._settings, self._listen))
            begin()
            self._loop(once)

    def _lock(self, stack: ExitStack) -> None:
        lock = FileLock(self._archive.folder / LOCK, timeout=0)
        try:
            stack.enter_context(lock)
        except Timeout:
            now = self._holder()
            raise WatchedError(
                f"another watcher has this archive already (process {now.pid} on {now.host}, since {now.started_at})",
                "One is enough: stop it, or add folders to [watch] in radio-archive.toml and restart it.",
            ) from None

    def _holder(self) -> intake.Watcher:
        """Return who has the lock: it says so a moment after taking it, and until then its predecessor is named."""
        deadline = time.monotonic() + PATIENCE
        while not _may_live(now := intake.watcher(self._archive)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return now

    def _end(self) -> None:
        with contextlib.suppress(RadioArchiveError):
            intake.recover(self._archive)
            intake.stop(self._archive)

    def _finish_earlier(self) -> None:
        """Deal with what ended before the last watcher did."""
        for entry in intake.unfinished(self._archive):
            if entry.left_at is None:
                self._deal(entry)
            if entry.command == "pending" and self._commands.wanted:
                self._command(entry)

    def _let_go_again(self) -> None:
        """Try again to take out of the folders what could not leave: another program had it open, perhaps."""
        self._next_retry = time.monotonic() + self._settings.watch.rescan
        for entry in intake.unfinished(self._archive):
            if entry.left_at is None:
                self._deal(entry, said=entry.error)

    def _loop(self, once: bool) -> None:
        while self._scanner.failure is None:
            self._collect_commands()
            if time.monotonic() >= self._next_retry:
                self._let_go_again()
            if self._may_work():
                try:
                    self._batch()
                except RadioArchiveError as error:
                    self._trouble(error)
            if once and self._is_drained():
                return
            self._scanner.news.wait(IDLE)
            self._scanner.news.clear()
        raise self._scanner.failure

    def _is_drained(self) -> bool:
        if not self._scanner.is_settled or self._commands.busy:
            return False
        return self._why_idle is not None or self.is_held or not intake.pending(self._archive)

    def _may_work(self) -> bool:
        why = None
        if intake.watcher(self._archive).paused_at:
            why = "paused; `radio-archive intake resume` goes on"
        elif self._settings.watch.is_quiet(datetime.now().time()):  # noqa: DTZ005 - the station's own clock
            why = f"quiet hours, {self._settings.watch.quiet_hours}"
        if why != self._why_idle:
            self._why_idle = why
            self._listen(Noted(why or "going on"))
        return why is None and not self.is_held

    def _batch(self) -> None:
        request = Request.of(self._archive, self._settings, command=self._commands.wanted)
        # The last time, it may have been impossible to note that.
        self._give_back()
        try:
            Ingest(self._archive, self._engine, request).run(self._inputs(), self._heard)
        finally:
            self._give_back()

    def _give_back(self) -> None:
        for path in list(self._taken):
            intake.give_back(self._archive, path)
            del self._taken[path]

    def _inputs(self) -> Iterator[Input]:
        for _ in range(BATCH):
            if not self._may_work() or (entry := intake.take(self._archive)) is None:
                return
            if entry.path in self._taken:
                # It was replaced while it is listened to: its turn comes when that has ended.
                intake.give_back(self._archive, entry.path)
                return
            self._taken[entry.path] = entry
            if not self._is_as_queued(entry):
                del self._taken[entry.path]
            else:
                parts = entry.path.relative_to(entry.root).parts[:-1]
                above = folder_that_names(entry.root, self._archive.folder)
                yield Input(entry.path, parts, above, taken=True)

    def _is_as_queued(self, entry: Entry) -> bool:
        """Whether the file that was taken is still there as it was when it was found to be whole."""
        try:
            seen = Seen.of(entry.path, entry.path.lstat())
        except FileNotFoundError:
            intake.end(self._archive, entry, State.VANISHED)
            return False
        except OSError:
            return True
        if not seen.is_as(entry):
            intake.changed(self._archive, entry.root, [seen])
            self._scanner.look_again()
        return seen.is_as(entry)

    def _heard(self, event: Event) -> None:
        self._scanner.progressed()
        if isinstance(event, Ended):
            self._ended(event.result)
        self._listen(event)
        if isinstance(event, Ended):
            self._listen(Counted({state.value: number for state, number in intake.counts(self._archive).items()}))
        self._collect_commands()

    def _ended(self, result: Ingested) -> None:
        entry = self._taken[result.path]
        match result.outcome:
            case Outcome.ARCHIVED:
                self._troubles = 0
            case Outcome.DUPLICATE if result.clip is None:
                # Its twin is still being listened to, and may yet fail.
                intake.postpone(self._archive, entry, "the same audio is being transcribed", 2.0)
            case Outcome.DUPLICATE:
                intake.end(self._archive, entry, State.DUPLICATE, clip=result.clip)
            case Outcome.FAILED:
                self._failed(entry, result.cause)
        now = intake.entry(self._archive, entry.path)
        if now and now.state in intake.ENDED and now.left_at is None:
            self._deal(now)
            if now.command == "pending":
                self._command(now)
        # Only now: what could not be noted is given back.
        del self._taken[result.path]

    def _failed(self, entry: Entry, cause: Exception | None) -> None:
        if not self._is_as_queued(entry):
            return
        about_all = isinstance(cause, ArchiveError | DiskFullError)
        if isinstance(cause, RadioArchiveError) and (cause.transient or about_all):
            intake.postpone(self._archive, entry, str(cause), min(LONGEST_WAIT, FIRST_WAIT * 2**entry.attempts))
            if about_all:
                self._trouble(cause)
        else:
            self.failed += 1
            intake.end(self._archive, entry, State.FAILED, error=str(cause))

    def _trouble(self, error: RadioArchiveError) -> None:
        """Take nothing more for a while: what is wrong is wrong for every file. Raises what will not pass."""
        if not error.transient:
            raise error
        if self.is_held:
            # Several files were under way when it began: it is one trouble.
            return
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2**self._troubles)
        self._troubles += 1
        self._held_until = time.monotonic() + wait
        self._listen(Noted(f"{error} Trying again in {wait:.0f} s.", problem=True))

    def _deal(self, entry: Entry, said: str | None = None) -> None:
        problem = self._outbox.deal(entry)
        if problem and problem != said:
            self._listen(Noted(problem, entry.path, problem=True))

    def _command(self, entry: Entry) -> None:
        if entry.clip is None:
            return
        clip = read.clip(self._archive, entry.clip)
        values = {
            "clip": clip.uid,
            "title": clip.title,
            "show": clip.show or "",
            "reporter": clip.reporter or "",
            "date": clip.date or "",
            "media": str(self._archive.media.path(clip.file)),
            "file": clip.recording.original_name,
            "archive": str(self._archive.folder),
        }
        self._commands.run(entry.path, values)

    def _collect_commands(self) -> None:
        for path, outcome in self._commands.done():
            intake.note_command(self._archive, path, outcome)
            if outcome != "ok":
                self._listen(Noted(f"the command after it failed: {outcome}", path, problem=True))


def _may_live(watcher: intake.Watcher) -> bool:
    if watcher.pid is None or watcher.ended_at:
        return False
    if watcher.host != socket.gethostname() or os.name != "posix":
        return True
    try:
        os.kill(watcher.pid, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True


def _check(roots: Sequence[Path], archive: Path, originals: str) -> None:
    for root in roots:
        if originals not in {REMOVE, KEEP} and (archive / originals).is_relative_to(root):
            advice = "Set watch.originals to a folder outside of it."
            raise UsageError(f"archived files would move to {originals}, which lies in the watched {root}", advice)
        if not root.is_dir():
            raise UsageError(f"there is no folder {root}", "Make it, or name another one to watch.")
        if any(root.resolve().is_relative_to((archive / own).resolve()) for own in ARCHIVES_OWN):
            raise UsageError(f"{root} is the archive's own", "What lies there was dealt with. Watch another folder.")
        for other in roots:
            if other != root and root.is_relative_to(other):
                raise UsageError(f"{root} lies in {other}", "Name the outer one; subfolders are watched too.")
