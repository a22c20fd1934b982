"""Runs `radio-archive` and kills it at one place in its own code: `python faults.py POINT -- watch --once …`.

The real code has no hooks for this: one of its functions is wrapped, and kills the process before or after a call.
"""

import functools
import itertools
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radio_archive import roots
from radio_archive.archive import intake
from radio_archive.archive.clips import save, sidecars
from radio_archive.cli import main
from radio_archive.models import IntakeState as State
from radio_archive.pipeline import ingest
from radio_archive.roots import Root
from radio_archive.watch import folders, moves, outbox, watcher


def always(*_: object, **__: object) -> bool:
    return True


@dataclass(frozen=True)
class Fault:
    """Where to kill the process: before or after the n-th call of a function of a module or class."""

    owner: Any
    name: str
    before: bool
    counts: Callable[..., bool] = always
    """Whether a call counts, by its arguments."""
    nth: int = 1


def before(owner: object, name: str, counts: Callable[..., bool] = always, nth: int = 1) -> Fault:
    return Fault(owner, name, True, counts, nth)


def after(owner: object, name: str, counts: Callable[..., bool] = always, nth: int = 1) -> Fault:
    return Fault(owner, name, False, counts, nth)


def is_leaving(recording: bool) -> Callable[..., bool]:
    """Count renames of recordings, or of sidecars, out of a watched folder."""
    return lambda *paths: folders.OWN in paths[-1].parts and folders.is_recording(paths[-1]) == recording


def is_out(recording: bool) -> Callable[..., bool]:
    """Count deletions of recordings, or of sidecars, that have been moved out of a watched folder."""
    return lambda _, path: folders.OWN in path.parts and folders.is_recording(path) == recording


def is_partial(_: Root, path: Path, *__: object) -> bool:
    """Count renames of what was copied from another file system."""
    return path.name.startswith(moves.PARTIAL_PREFIX)


def is_going_to(name: str) -> Callable[..., bool]:
    """Count moves into a folder of that name."""
    return lambda *arguments: name in arguments[-1].parts


def is_in(state: State) -> Callable[..., bool]:
    """Count calls about files that ended in a state."""
    return lambda _, entry, *rest, **__: state in (entry.state, *rest)


def is_about(state: State) -> Callable[..., bool]:
    """Count explanations of files that ended in a state."""
    return lambda entry, *_: entry.state is state


def has_left_to(name: str | None) -> Callable[..., bool]:
    """Count records of files that moved to a folder of that name, or (None) only into the archive."""
    return lambda _, path, moved_to=None: name in (moved_to.parts if moved_to else [None])


POINTS = {
    "looking: in the transaction": after(intake, "_settle"),
    "taking: taken": before(watcher.FolderWatcher, "_is_as_queued"),
    "reading: hashed": after(ingest, "read_file"),
    "listening: heard": before(ingest.Ingest, "_save"),
    "storing: media copied": before(Root, "replace"),
    "storing: media in place": after(Root, "replace"),
    "storing: transcript in the transaction": after(save, "_insert_version"),
    "storing: queue in the transaction": after(intake, "set_archived"),
    "storing: committed": after(save, "save_clip"),
    "leaving: before a sidecar is kept": before(sidecars, "attach"),
    "leaving: a sidecar kept": after(sidecars, "attach"),
    "leaving: before it is moved out": before(roots, "rename", is_leaving(recording=True)),
    "leaving: moved out": after(roots, "rename", is_leaving(recording=True)),
    "leaving: before it is deleted": before(Root, "unlink", is_out(recording=True)),
    "leaving: deleted": after(Root, "unlink", is_out(recording=True)),
    "leaving: a sidecar moved out": after(roots, "rename", is_leaving(recording=False)),
    "leaving: a sidecar deleted": after(Root, "unlink", is_out(recording=False)),
    "leaving: before it is noted": before(intake, "set_left", has_left_to(None)),
    "duplicate: ended": after(intake, "set_ended", is_in(State.DUPLICATE)),
    "duplicate: explained": after(outbox, "_explain", is_about(State.DUPLICATE)),
    "duplicate: moved": after(outbox, "moved", is_going_to("duplicates")),
    "duplicate: before it is noted": before(intake, "set_left", has_left_to("duplicates")),
    "failed: ended": after(intake, "set_ended", is_in(State.FAILED)),
    "failed: its place noted": after(intake, "set_moving", is_going_to("failed")),
    "failed: explained": after(outbox, "_explain", is_about(State.FAILED)),
    "failed: moved": after(outbox, "moved", is_going_to("failed")),
    "failed: before it is noted": before(intake, "set_left", has_left_to("failed")),
}
"""While a file goes from the inbox into the archive, failed/ or duplicates/."""
MOVES = {"originals: moved": after(outbox, "moved", is_going_to("originals"))}
"""While a file moves to a folder of originals."""
CROSSINGS = {
    "crossing: copied": before(roots, "rename", is_partial),
    "crossing: in place": after(roots, "rename", is_partial),
    "crossing: the source deleted": after(Root, "unlink", lambda _, path: "inbox" in path.parts),
}
"""While a file moves from the inbox to another file system."""


def arm(fault: Fault) -> None:
    """Make the faulty function kill this process at its n-th counted call."""
    real = getattr(fault.owner, fault.name)
    numbers = itertools.count(1)

    def die_if_due(*arguments: Any, **named: Any) -> None:
        if fault.counts(*arguments, **named) and next(numbers) == fault.nth:
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(real)
    def deadly(*arguments: Any, **named: Any) -> Any:
        if fault.before:
            die_if_due(*arguments, **named)
        result = real(*arguments, **named)
        if not fault.before:
            die_if_due(*arguments, **named)
        return result

    setattr(fault.owner, fault.name, deadly)


if __name__ == "__main__":
    point, dashes, *arguments = sys.argv[1:]
    assert dashes == "--"
    arm({**POINTS, **MOVES, **CROSSINGS}[point])
    sys.argv = ["radio-archive", *arguments]
    main()
