"""The watcher: takes complete files from the queue and sends them through the pipeline in batches."""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from radio_archive.archive import deliveries, heartbeat, intake
from radio_archive.archive.archive import SETTINGS, Archive
from radio_archive.archive.clips import read
from radio_archive.archive.intake import LONGEST_WAIT, FileSnapshot, QueuedFile
from radio_archive.config.reader import located
from radio_archive.config.settings import Settings
from radio_archive.errors import (
    NoSuchClipError,
    RadioArchiveError,
    UnreadableFileError,
    UsageError,
    WatchedError,
    is_about_all,
)
from radio_archive.events import Counted, Ended, Event, Listener, Notice, silent
from radio_archive.models import Ingested, Outcome
from radio_archive.models import IntakeState as State
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile, folder_hint
from radio_archive.pipeline.request import Request
from radio_archive.pipeline.spoken import SpokenClaims
from radio_archive.roots import GONE, Root
from radio_archive.speech.engine import Transcriber
from radio_archive.watch.folders import ARCHIVES_OWN
from radio_archive.watch.hook import HookRunner
from radio_archive.watch.outbox import KEEP, REMOVE, Outbox
from radio_archive.watch.scanner import Scanner
from radio_archive.watch.webhook import WebhookSender, wait_after

LOCK = ".watch.lock"
BATCH = 500
"""Most files in one run of the pipeline; the next one starts with what the archive knows by then."""
FIRST_WAIT = 15.0
"""Seconds before the second attempt; twice as many before the third, and so on."""
MOST_DOUBLINGS = 10
MOST_ATTEMPTS = 101
"""Attempts after which a file that is itself at fault is given up: with the waits between them, that is a day."""
TWIN_WAIT = 5.0
"""Seconds before a file is tried again whose bytes are being transcribed under another name."""
SHARE_WAIT = 300.0
"""Seconds before a file is tried again that its disk or share does not give."""
PATIENCE = 5.0
"""Seconds that a starting watcher may take to record its process."""
IDLE = 1.0
"""Seconds between checks of the queue while nothing is ready."""


class FolderWatcher:
    """Watches folders for an archive until it is stopped or, with `once`, until nothing is left to do."""

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
        self._watched = list(map(Root, self.roots))
        self._outbox = Outbox(archive, self._watched, settings)
        self._taken: dict[Path, QueuedFile] = {}
        self._spoken = SpokenClaims(archive)
        self._held_until = 0.0
        self._hold_count = 0
        self._why_idle: str | None = None
        self._next_retry = time.monotonic() + settings.watch.rescan
        self.failed = 0
        """Number of files that will not be tried again."""
        self.postponed: set[Path] = set()
        """Files that could not be archived for now."""

    @property
    def is_held(self) -> bool:
        """Whether work is paused after a problem that affects every file."""
        return time.monotonic() < self._held_until

    def run(self, begin: Callable[[], None] = lambda: None, *, once: bool = False) -> None:
        """Watch. When interrupted, put back what is not finished and raise KeyboardInterrupt.

        `begin` is called once the lock is held and heartbeats are sent: the time to load a model.
        Raises WatchedError if another process watches for this archive, and any error that is not transient.
        """
        options = self._settings.watch
        with ExitStack() as stack:
            self._lock(stack)
            heartbeat.start(self._archive, socket.gethostname(), os.getpid(), self.roots)
            stack.callback(self._end)
            intake.recover(self._archive)
            for path in self._outbox.sweep():
                self._listen(Notice("put back: it had not been archived when the last watcher was killed", path))
            with located(self._archive.folder / SETTINGS, "watch", "command"):
                hooks = HookRunner(options.command, options.command_timeout, self._archive.folder)
            self._hooks = stack.enter_context(hooks)
            with located(self._archive.folder / SETTINGS, "watch", "webhook"):
                webhook = WebhookSender(options.webhook, allow_private=options.webhook_private)
            self._webhook = stack.enter_context(webhook)
            self._finish_earlier()
            scanner = Scanner(self._archive.folder, self._watched, self._settings, self._listen)
            self._scanner = stack.enter_context(scanner)
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

    def _holder(self) -> heartbeat.WatcherStatus:
        """Return the process that has the lock. It records itself just after taking it, so wait for that."""
        deadline = time.monotonic() + PATIENCE
        while not _may_live(now := heartbeat.status(self._archive)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return now

    def _end(self) -> None:
        self._archive.roll_back()
        with contextlib.suppress(RadioArchiveError):
            intake.recover(self._archive)
            heartbeat.stop(self._archive)

    def _finish_earlier(self) -> None:
        """Release the files and run the commands that the last watcher left."""
        for entry in intake.unfinished(self._archive):
            if entry.left_at is None:
                self._finish_file(entry)
            if entry.command == "pending" and self._hooks.wanted:
                self._run_hook(entry)

    def _retry_release(self) -> None:
        """Try again to move files that could not be moved, perhaps because another program had them open."""
        self._next_retry = time.monotonic() + self._settings.watch.rescan
        for entry in intake.unfinished(self._archive):
            if entry.left_at is None:
                self._finish_file(entry, said=entry.error)

    def _loop(self, once: bool) -> None:
        while self._scanner.failure is None:
            self._collect_hooks()
            self._send_webhooks()
            if time.monotonic() >= self._next_retry:
                self._retry_release()
            if self._may_work():
                try:
                    self._batch()
                except RadioArchiveError as error:
                    self._hold(error)
            if once and self._is_drained():
                return
            self._scanner.news.wait(IDLE)
            self._scanner.news.clear()
        raise self._scanner.failure

    def _is_drained(self) -> bool:
        if not self._scanner.is_settled or self._hooks.busy or self._webhook.busy:
            return False
        return self._why_idle is not None or self.is_held or not intake.has_pending(self._archive)

    def _may_work(self) -> bool:
        why = None
        if heartbeat.status(self._archive).paused_at:
            why = "paused; `radio-archive intake resume` goes on"
        elif self._settings.watch.is_quiet(datetime.now().time()):  # noqa: DTZ005 - the station's own clock
            why = f"quiet hours, {self._settings.watch.quiet_hours}"
        if why != self._why_idle:
            self._why_idle = why
            self._listen(Notice(why or "going on"))
        return why is None and not self.is_held

    def _batch(self) -> None:
        command, webhook = self._hooks.wanted, self._webhook.wanted
        request = Request.of(self._archive, self._settings, command=command, webhook=webhook)
        # After the last batch, this may have failed.
        self._give_back()
        try:
            Ingest(self._archive, self._engine, request, self._spoken).process(self._inputs(), self._on_event)
        finally:
            self._give_back()

    def _give_back(self) -> None:
        # Else it would be a part of what Ctrl-C left open.
        self._archive.roll_back()
        for path in list(self._taken):
            intake.give_back(self._archive, path)
            del self._taken[path]

    def _inputs(self) -> Iterator[InputFile]:
        for _ in range(BATCH):
            if not self._may_work() or (entry := intake.take(self._archive)) is None:
                return
            if entry.path in self._taken:
                # It was replaced while its old content is transcribed: it waits until that is finished.
                intake.give_back(self._archive, entry.path)
                return
            self._taken[entry.path] = entry
            if not self._is_as_queued(entry):
                del self._taken[entry.path]
            else:
                parts = entry.path.relative_to(entry.root).parts[:-1]
                hint = folder_hint(entry.root, self._archive.folder)
                yield InputFile(entry.path, parts, hint, root=self._outbox.root_of(entry))

    def _is_as_queued(self, entry: QueuedFile) -> bool:
        """Whether the file is still the one that was found to be complete."""
        try:
            seen = FileSnapshot.of(entry.path, self._outbox.root_of(entry).lstat(entry.path))
        except GONE:
            intake.set_ended(self._archive, entry, State.VANISHED)
            return False
        except OSError:
            return True
        if not seen.same_content(entry):
            intake.set_settling(self._archive, entry.root, [seen])
            self._scanner.look_again()
        return seen.same_content(entry)

    def _on_event(self, event: Event) -> None:
        self._scanner.progressed()
        if not isinstance(event, Ended):
            self._listen(event)
        else:
            if self._ended(event.result):
                self._listen(event)
            self._listen(Counted({state.value: number for state, number in intake.counts(self._archive).items()}))
        self._collect_hooks()
        self._send_webhooks()

    def _ended(self, result: Ingested) -> bool:
        """Record how a file ended, and take it out of its folder. Return whether that is news."""
        entry, is_news = self._taken[result.path], True
        match result.outcome:
            case Outcome.ARCHIVED:
                self._hold_count = 0
                self.postponed.discard(entry.path)
            case Outcome.DUPLICATE if result.clip is None:
                # The same audio is being transcribed, and may still fail.
                is_news = False
                intake.postpone(self._archive, entry, "the same audio is being transcribed", TWIN_WAIT, counts=False)
            case Outcome.DUPLICATE:
                # A file that stays in its folder may get another time, from a backup, say: it is no second one.
                is_news = entry.clip != result.clip
                state = State.DUPLICATE if is_news else State.ARCHIVED
                intake.set_ended(self._archive, entry, state, clip=result.clip)
            case Outcome.FAILED:
                self._failed(entry, result.cause)
        now = intake.find(self._archive, entry.path)
        if now and now.state in intake.ENDED and now.left_at is None:
            self._finish_file(now)
            if now.command == "pending":
                self._run_hook(now)
        # Last, so that a file whose result cannot be recorded is given back to the queue.
        del self._taken[result.path]
        return is_news

    def _failed(self, entry: QueuedFile, cause: Exception | None) -> None:
        if not self._is_as_queued(entry):
            return
        if isinstance(cause, RadioArchiveError) and is_about_all(cause):
            self._postpone(entry, cause, FIRST_WAIT, counts=False)
            self._hold(cause)
        elif isinstance(cause, UnreadableFileError) and cause.about_machine:
            self._postpone(entry, cause, SHARE_WAIT, counts=False)
        elif isinstance(cause, RadioArchiveError) and cause.transient and entry.attempts < MOST_ATTEMPTS:
            self._postpone(entry, cause, _wait(entry.attempts), counts=True)
        else:
            self.failed += 1
            self.postponed.discard(entry.path)
            intake.set_ended(self._archive, entry, State.FAILED, error=str(cause))

    def _postpone(self, entry: QueuedFile, cause: RadioArchiveError, seconds: float, *, counts: bool) -> None:
        self.postponed.add(entry.path)
        intake.postpone(self._archive, entry, str(cause), seconds, counts=counts)

    def _hold(self, error: RadioArchiveError) -> None:
        """Stop taking files for a while, because the error affects every file. Raises it if it is not transient."""
        if not error.transient:
            raise error
        if self.is_held:
            # Several files were in progress when it began: count it once.
            return
        wait = _wait(self._hold_count)
        self._hold_count += 1
        self._held_until = time.monotonic() + wait
        self._listen(Notice(f"{error} Trying again in {wait:.0f} s.", problem=True))

    def _finish_file(self, entry: QueuedFile, said: str | None = None) -> None:
        problem = self._outbox.process(entry)
        if problem and problem != said:
            self._listen(Notice(problem, entry.path, problem=True))

    def _run_hook(self, entry: QueuedFile) -> None:
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
        self._hooks.run(entry.path, values)

    def _collect_hooks(self) -> None:
        for path, outcome in self._hooks.done():
            intake.note_command(self._archive, path, outcome)
            if outcome != "ok":
                self._listen(Notice(f"the command after it failed: {outcome}", path, problem=True))

    def _send_webhooks(self) -> None:
        """Record what became of the last message, and begin to send the next one that is due."""
        for sent, problem, may_succeed in self._webhook.done():
            if not problem:
                deliveries.set_delivered(self._archive, sent.uid)
                continue
            wait = wait_after(sent.attempts + 1) if may_succeed else None
            deliveries.set_failed(self._archive, sent.uid, problem, wait)
            then = "not tried again" if wait is None else f"trying again in {wait:.0f} s"
            self._listen(Notice(f"the webhook was not told of {sent.clip}: {problem}; {then}", problem=True))
        if self._webhook.wanted and not self._webhook.busy and (delivery := deliveries.due(self._archive)):
            # Where it was removed just now, so was the message.
            with contextlib.suppress(NoSuchClipError):
                self._webhook.send(delivery, read.clip(self._archive, delivery.clip))


def _wait(before: int) -> float:
    """Return the seconds until the next attempt, after one failure and `before` others."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(before, MOST_DOUBLINGS))


def _may_live(watcher: heartbeat.WatcherStatus) -> bool:
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
            raise UsageError(f"there is no folder {root}", "Create it, or name another folder.")
        if any(root.resolve().is_relative_to((archive / own).resolve()) for own in ARCHIVES_OWN):
            raise UsageError(f"{root} is the archive's own", "Its files are processed already. Watch another folder.")
        for other in roots:
            if other != root and root.is_relative_to(other):
                raise UsageError(f"{root} lies in {other}", "Name the outer one; subfolders are watched too.")
