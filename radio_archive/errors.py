"""Every error that radio_archive raises on purpose.

    RadioArchiveError
    ├── UsageError                   a wrong or impossible request
    ├── ConfigError                  radio-archive.toml
    ├── ArchiveError
    │   ├── NoArchiveError           no archive found
    │   ├── NotAnArchiveError        the file is something else, or damaged
    │   ├── ReplacedError            the database is not the one that was opened
    │   ├── NewerArchiveError        made by a later version of radio-archive
    │   ├── ArchiveBusyError         another process holds the write lock for too long
    │   ├── ArchiveReadOnlyError     no permission to write
    │   ├── SearchTimeoutError       a search exceeded its time limit
    │   ├── MediaGoneError           the folder of the originals is missing
    │   ├── WatchedError             another watcher has the archive
    │   ├── NoSuchClipError
    │   ├── NoSuchBatchError         no batch of corrections has this number
    │   ├── StaleTextError           a text was changed by somebody else meanwhile
    │   ├── NoSuchSubjectError       no show, person or station, or more than one, matches a name
    │   └── MediaMissingError        a recording's file is missing or changed
    ├── AudioError                   about one file
    │   ├── UnreadableFileError      permissions, vanished, input/output error
    │   ├── NotAudioError            empty, not audio, no audio track, nothing could be decoded
    │   │   └── UnfinishedFileError  its end, without which it cannot be read, may not be there yet
    │   ├── RemovedError             its clip was removed from the archive on purpose
    │   └── TranscriptFileError      no transcript of it can be imported
    ├── PluginError                  what somebody else's package adds does not work
    ├── PortTakenError               the address to serve at
    ├── SiteBusyError                more visitors at once than the site can answer
    │   └── ClientBusyError          more at once than the share of one of them
    ├── PublishError                 what is published cannot be written
    ├── BackupError                  a backup cannot be written, or is not whole
    ├── FeedError                    a feed, or a file it lists, cannot be fetched or read
    │   └── FeedUnreachableError     its server does not answer, or not now
    ├── RemoteFileError              a file in remote storage cannot be listed or fetched
    ├── EngineError
    │   ├── ModelNotFoundError       unknown name, bad folder
    │   │   ├── ModelDamagedError    its bytes are not what they must be
    │   │   └── HubUnreachableError  not cached, and no network
    │   ├── ClusterError             no Ray, or of another version, or without what workers need
    │   │   └── ClusterUnreachableError  it does not answer, or has no place now
    │   ├── WorkersLostError         workers end by themselves, whatever clips they get
    │   ├── EndpointError            a server that transcribes refuses all that it is asked
    │   │   └── EndpointUnreachableError  it does not answer, or not now
    │   └── TranscriptionError       the engine failed on one clip
    │       ├── EngineMemoryError    out of memory
    │       ├── EndpointFailedError  the server failed on it, though it answers
    │       └── WorkerDiedError      workers that get it die
    └── DiskFullError

Each holds `problem` (what is wrong, and where) and `advice` (what to do next); `str()` gives both in one line.
Foreign exceptions are turned into these where they arise, never above.
"""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from radio_archive.models import clean_text


class RadioArchiveError(Exception):
    """The root of the tree."""

    transient = False
    """Whether the same action may succeed later without a change by a person."""

    def __init__(self, problem: str, advice: str = "") -> None:
        super().__init__(problem, advice)
        self.problem = clean_text(problem)
        self.advice = clean_text(advice)

    def __reduce__(self) -> tuple[object, ...]:
        # Python's own way would call a constructor with more parameters than `args` has values.
        return _restored, (type(self), self.args, vars(self))

    def __str__(self) -> str:
        stop = "" if self.problem.endswith(("?", "!")) else "."
        return f"{self.problem.rstrip('.')}{stop} {self.advice}".strip() if self.advice else self.problem


def _restored(kind: type[RadioArchiveError], args: tuple[str, ...], fields: Mapping[str, object]) -> RadioArchiveError:
    error = kind.__new__(kind, *args)
    vars(error).update(fields)
    return error


class UsageError(RadioArchiveError):
    """The request is wrong or impossible."""


class ConfigError(RadioArchiveError):
    """radio-archive.toml holds something that cannot be used."""


class PluginError(RadioArchiveError):
    """What a plugin has added does not work."""


class ArchiveError(RadioArchiveError):
    """Something is wrong with the archive as a whole."""


class NoArchiveError(ArchiveError):
    """There is no archive in the given place."""


class NotAnArchiveError(ArchiveError):
    """The database is something else, or damaged."""


class ReplacedError(ArchiveError):
    """Since the archive was opened, another database has taken the place of its own, or that is gone."""


class NewerArchiveError(ArchiveError):
    """The archive was made by a later version."""


class ArchiveBusyError(ArchiveError):
    """Another process held the write lock for longer than we wait."""

    transient = True


class ArchiveReadOnlyError(ArchiveError):
    """The archive may not be written to."""

    transient = True


class SearchTimeoutError(ArchiveError):
    """A search exceeded its time limit."""


class MediaGoneError(ArchiveError):
    """The folder of the originals is missing; perhaps its disk is not mounted."""

    transient = True


class WatchedError(ArchiveError):
    """Another watcher has the archive."""


class NoSuchClipError(ArchiveError):
    """No clip, or more than one, matches a name."""


class NoSuchBatchError(ArchiveError):
    """No batch of corrections has this number."""


class StaleTextError(ArchiveError):
    """What somebody wants to correct is no longer the text that they saw: nothing was changed."""

    now: str | None = None
    """The text at that place now; None if it has no longer the same bounds, or if the version changed."""

    @classmethod
    def of(cls, clip: str, seen: str, now: str | None) -> Self:
        """Return the error for a place of `clip` where somebody saw the text `seen`, and which is `now` another."""
        became = "has another wording" if now is None else f"is now {now!r}" if now else "is now removed"
        problem = f"the text of {clip} was changed meanwhile: {seen!r} {became}"
        error = cls(problem, "Look at it again, then correct it.")
        error.now = now
        return error


class NoSuchSubjectError(ArchiveError):
    """No show, person or station, or more than one, matches a name."""


class MediaMissingError(ArchiveError):
    """The file of a recording is missing, or differs from what was archived."""


class AudioError(RadioArchiveError):
    """One file cannot be archived; `path` says which."""

    def __init__(self, path: Path, problem: str, advice: str = "") -> None:
        super().__init__(problem, advice)
        self.path = path


class UnreadableFileError(AudioError):
    """The file cannot be read: permissions, vanished, an input/output error."""

    transient = True
    about_machine = False
    """Whether its disk, its share or this machine is at fault, and not the file."""


class NotAudioError(AudioError):
    """The file contains no audio that can be decoded."""


class UnfinishedFileError(NotAudioError):
    """The file cannot be read without its end, which may not be there yet."""


class RemovedError(AudioError):
    """The recording's clip was removed from the archive on purpose."""


class TranscriptFileError(AudioError):
    """There is no transcript of the recording, or it cannot be read."""


class PortTakenError(RadioArchiveError):
    """Another program has the port, or it may not be used."""


class SiteBusyError(RadioArchiveError):
    """More visitors ask at once than the site can answer soon."""

    transient = True


class ClientBusyError(SiteBusyError):
    """One visitor asks for more at once than is fair to the others. `seconds` are to pass before the next time."""

    def __init__(self, problem: str, advice: str = "", seconds: int | None = None) -> None:
        super().__init__(problem, advice)
        self.seconds = seconds


class PublishError(RadioArchiveError):
    """The publication cannot be written, or not moved to its place."""


class BackupError(RadioArchiveError):
    """A backup cannot be written to its place, or what is there is not a whole one."""


class FeedError(RadioArchiveError):
    """A feed, or a file that it lists, cannot be fetched or read."""


class FeedUnreachableError(FeedError):
    """The server of a feed or of its files does not answer, or not now."""

    transient = True


class RemoteFileError(RadioArchiveError):
    """A file or a folder in remote storage cannot be listed or fetched."""


class EngineError(RadioArchiveError):
    """The transcription engine cannot do its work."""


class ModelNotFoundError(EngineError):
    """The model's weights cannot be found."""


class ModelDamagedError(ModelNotFoundError):
    """The model's weights are on this machine, and their bytes are not what they must be."""


class HubUnreachableError(ModelNotFoundError):
    """The model's weights are not on this machine, and the hub that has them does not answer."""

    transient = True


class TranscriptionError(EngineError):
    """The engine failed on one clip."""


class EngineMemoryError(TranscriptionError):
    """There was not enough memory for one clip, even alone."""

    transient = True


class EndpointFailedError(TranscriptionError):
    """A server that transcribes failed on one clip, more than once."""

    transient = True


class WorkerDiedError(TranscriptionError):
    """A worker died while it had this clip among others, and another one that had this clip alone."""


class ClusterError(EngineError):
    """The cluster cannot be used: there is no Ray, or another version, or no machine that a worker fits on."""


class ClusterUnreachableError(ClusterError):
    """The cluster does not answer, or all its places are taken."""

    transient = True


class EndpointError(EngineError):
    """A server that transcribes refuses all that it is asked: no key, no such model, another kind of server."""


class EndpointUnreachableError(EndpointError):
    """A server that transcribes does not answer, or not now."""

    transient = True


class WorkersLostError(EngineError):
    """One worker after another died without a single result, so that it is not about their clips."""

    transient = True


class DiskFullError(RadioArchiveError):
    """The disk of the archive is full."""

    transient = True


def is_about_all(error: BaseException | None) -> bool:
    """Whether an error that one clip met would meet every other too: a full disk, a damaged database, no weights."""
    about_one = NoSuchClipError | NoSuchSubjectError | MediaMissingError | TranscriptionError
    return isinstance(error, ArchiveError | DiskFullError | EngineError) and not isinstance(error, about_one)


FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
OF_MACHINE = {
    getattr(errno, name)
    for name in """EIO EREMOTEIO ENXIO ENODEV ESTALE ENOTCONN ESHUTDOWN ETIMEDOUT EHOSTDOWN EHOSTUNREACH ENETDOWN
    ENETUNREACH ECONNABORTED ECONNREFUSED ECONNRESET ENOMEM EMFILE ENFILE""".split()
    if hasattr(errno, name)
}


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn an OSError about the source file `path` into ours."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise disk_full(error) from error
        advice = {
            errno.EACCES: "Give yourself permission to read it, then run the command again.",
            errno.EPERM: "Give yourself permission to read it, then run the command again.",
            errno.ENOENT: "It was moved or removed; check the path, then run the command again.",
        }.get(error.errno or 0, "Check the disk or the network share that holds it, then run the command again.")
        unreadable = UnreadableFileError(path, f"cannot read the file: {error.strerror or error}", advice)
        unreadable.about_machine = error.errno in OF_MACHINE
        raise unreadable from error


_AGAIN = "Free some space, then run the same command again: finished clips are kept and are not transcribed twice."


def disk_full(error: OSError) -> DiskFullError:
    where = f" for {error.filename}" if isinstance(error.filename, str) else ""
    return DiskFullError(f"no space left on the device{where}", _AGAIN)


@contextmanager
def writing_errors(
    path: Path, kind: type[RadioArchiveError], advice: str, *, when_full: str = _AGAIN
) -> Iterator[None]:
    """Turn an OSError about writing to the file or folder `path` into DiskFullError, or an error of this kind.

    `advice` says what to do about the latter, `when_full` what to do where the disk is full.
    """
    try:
        yield
    except DiskFullError as error:
        raise DiskFullError(error.problem, when_full) from error
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in FULL:
            how = "" if reason == os.strerror(error.errno) else f": {reason}"
            raise DiskFullError(f"no space left on the device for {path}{how}", when_full) from error
        where = error.filename if error.filename and path.is_dir() else path
        raise kind(f"cannot write {where}: {reason}", advice) from error
