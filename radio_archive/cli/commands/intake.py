"""`intake`: see and control the watch folder's queue."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import complain, count, print_rows, print_table, printable, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, CommandGroup, commands, taking
from radio_archive.errors import UsageError
from radio_archive.models import IntakeState as State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radio_archive.archive.archive import Archive
    from radio_archive.archive.heartbeat import WatcherStatus
    from radio_archive.archive.intake import QueuedFile

DEAD = 90.0
"""Seconds without a sign of life after which a watcher counts as dead."""
STUCK = 3600.0
"""Seconds without progress on a file, after which a watcher counts as stuck."""
LISTED = 1_000
"""Files in a table, unless --limit says otherwise."""
COLUMNS = {"state": "left", "file": "left", "clip": "left", "since (UTC)": "left", "note": "left"}

app = commands(cls=CommandGroup, invoke_without_command=True, no_args_is_help=False)


@app.callback()
def intake(
    call: Call,
    state: Annotated[list[State] | None, typer.Option("--state", help="Only files in this state.")] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Only check that a watcher is running and makes progress. Exit code 1 if not."),
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help=f"At most this many. Default: {LISTED}; with --json and --jsonl, all."),
    ] = None,
) -> None:
    """See and control the queue of the watch folder, also while no watcher is running.

    Without a command, it lists the files that are waiting and those that failed. `--state archived` lists the archived
    files; other states work in the same way.

    Examples:

      radio-archive intake

      radio-archive intake --state failed --json

      radio-archive intake --check || systemctl restart radio-archive

      radio-archive intake retry "piece 7.mp3"
    """
    from radio_archive.archive import heartbeat, intake

    if call.invoked_subcommand:
        return
    with call.open(read_only=True) as opened:
        watcher, counts = heartbeat.status(opened), intake.counts(opened)
        if check:
            _check(watcher, counts[State.WORKING])
            return
        chosen = state or [s for s in State if s not in {State.ARCHIVED, State.DUPLICATE, State.VANISHED}]
        if call.form:
            print_rows((_row(entry) for entry in intake.files(opened, chosen, limit or -1)), call.form)
            return
        entries = list(intake.files(opened, chosen, limit or LISTED))
    if entries:
        print_table(
            COLUMNS,
            ([e.state, _short(e), e.clip or "", e.changed_at[:16].replace("T", " "), _note(e)] for e in entries),
        )
    more = sum(counts[s] for s in chosen) - len(entries)
    if more > 0:
        complain(f"{more:,} more are not shown: --limit shows more of them, --jsonl all.")
    summary = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number) or "nothing came in yet"
    complain(f"{_alive(watcher)}. Of all files: {summary}.")


@app.command(cls=taking(ARCHIVE))
def pause(call: Call) -> None:
    """Pause transcribing. The watcher still notices new files.

    It finishes the files that it has started. The pause remains after a restart.

    Example:

      radio-archive intake pause
    """
    from radio_archive.archive import heartbeat

    with call.open() as opened:
        heartbeat.pause(opened, paused=True)
    say("Paused. `radio-archive intake resume` continues.")


@app.command(cls=taking(ARCHIVE))
def resume(call: Call) -> None:
    """Continue after a pause.

    Example:

      radio-archive intake resume
    """
    from radio_archive.archive import heartbeat

    with call.open() as opened:
        heartbeat.pause(opened, paused=False)
    say("Resumed.")


@app.command(cls=taking(ARCHIVE, FORMS))
def webhooks(
    call: Call,
    retry: Annotated[bool, typer.Option("--retry", help="Send all of them again, as if never tried.")] = False,
) -> None:
    """List the messages about clips that the webhook has not got, with the reason.

    The watcher sends them, and tries again for two days. See docs/watch.md.

    Examples:

      radio-archive intake webhooks

      radio-archive intake webhooks --retry
    """
    from dataclasses import asdict

    from radio_archive.archive import deliveries

    with call.open(read_only=not retry) as opened:
        if retry:
            deliveries.retry(opened)
        found = deliveries.undelivered(opened)
        if call.form:
            print_rows(map(asdict, found), call.form)
            return
        number = 0
        for one in found:
            number += 1
            after = f", again at {one.next_attempt[:16].replace('T', ' ')} UTC" if one.state == "pending" else ""
            say(f"{one.clip}  {one.state}  {count(one.attempts, 'attempt')}{after}  {one.error or ''}".rstrip())
        complain(f"{count(number, 'message')} to send.")


FilesArgument = Annotated[
    list[str] | None, typer.Argument(help="Files, by path or name, as `intake` lists them.", show_default=False)
]


@app.command(cls=taking(ARCHIVE, FORMS))
def retry(
    call: Call,
    files: FilesArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="All files that failed or wait to be tried again.")] = False,
) -> None:
    """Try files again now. A file in failed/ or duplicates/ is moved back, with its sidecars.

    Example:

      radio-archive intake retry --all
    """
    from radio_archive.archive import intake
    from radio_archive.watch.outbox import put_back

    with call.open() as opened:
        if everything:
            entries = intake.files(opened, [State.FAILED, *intake.WAITING])
            chosen = [e for e in entries if e.state is State.FAILED or e.next_attempt]
        else:
            states = [State.FAILED, State.DUPLICATE, State.READY, State.SETTLING, State.VANISHED]
            chosen = _named(call, opened, states, files)
        done = []
        for entry in chosen:
            try:
                put_back(opened, entry)
            except OSError as error:
                complain(f"cannot put {printable(entry.path)} back: {error.strerror}.")
                continue
            intake.retry(opened, entry.path)
            done.append(entry)
    if call.form:
        print_rows(({"path": printable(entry.path)} for entry in done), call.form)
    else:
        say(f"{count(len(done), 'file')} will be tried again by the running watcher, or by the next one.")
    if len(done) < len(chosen):
        raise typer.Exit(1)


@app.command(cls=taking(ARCHIVE, FORMS))
def forget(call: Call, files: FilesArgument = None) -> None:
    """Remove files from the queue. The files themselves stay. A file still in a watched folder then counts as new.

    Example:

      radio-archive intake forget "piece 7.mp3"
    """
    from radio_archive.archive import intake

    with call.open() as opened:
        chosen = _named(call, opened, [state for state in State if state is not State.WORKING], files)
        for entry in chosen:
            intake.forget(opened, entry.path)
    if call.form:
        print_rows(({"path": printable(entry.path)} for entry in chosen), call.form)
    else:
        say(f"Forgot {count(len(chosen), 'file')}.")


def _named(call: Call, archive: "Archive", states: "Sequence[State]", names: list[str] | None) -> "list[QueuedFile]":
    """Return the entries for `names`: as `intake` lists them, or paths from the current folder or the archive.

    For any other name of a file the whole queue in `states` is read.
    """
    from radio_archive.archive import intake

    if not names:
        raise UsageError("no files were named", "Name some, as `radio-archive intake` lists them.")
    watched = [archive.folder / folder for folder in call.settings(archive).watch.folders]
    paths = {name: {path / name for path in (Path.cwd(), archive.folder, *watched)} for name in names}
    found = {
        name: [e for path in paths[name] if (e := intake.find(archive, path)) and e.state in states] for name in names
    }
    rest = [name for name in names if not found[name]]
    by_name: dict[str, list[QueuedFile]] = {name: [] for name in rest}
    for entry in intake.files(archive, states) if rest else ():
        called = {entry.path.name, printable(entry.path.name), _short(entry)}
        for name in rest:
            if entry.moved_to in paths[name]:
                found[name].append(entry)
            elif name in called:
                by_name[name].append(entry)
    chosen: dict[Path, QueuedFile] = {}
    for name in names:
        entries = found[name] or by_name.get(name)
        if not entries:
            raise UsageError(f"no file in the queue is called {name!r}", "`radio-archive intake` lists them.")
        chosen |= {entry.path: entry for entry in entries}
    return list(chosen.values())


def _row(entry: "QueuedFile") -> dict[str, object]:
    """Return what `intake --json` prints for a file."""
    return {
        "path": printable(entry.path),
        "folder": printable(entry.root),
        "state": entry.state.value,
        "size": entry.size,
        "sha256": entry.sha256,
        "clip": entry.clip,
        "attempts": entry.attempts,
        "next_attempt": entry.next_attempt,
        "waits_for": entry.waits_for,
        "error": entry.error,
        "moved_to": None if entry.moved_to is None else printable(entry.moved_to),
        "command": entry.command,
        "first_seen_at": entry.first_seen_at,
        "changed_at": entry.changed_at,
    }


def _short(entry: "QueuedFile") -> str:
    return printable(entry.path.relative_to(entry.root)) if entry.path.is_relative_to(entry.root) else entry.path.name


def _note(entry: "QueuedFile") -> str:
    parts = [entry.waits_for, entry.error]
    if entry.next_attempt:
        parts.append(f"attempt {entry.attempts + 1} at {entry.next_attempt[11:16]} UTC")
    if entry.command not in {None, "ok", "pending"}:
        parts.append(f"command: {entry.command}")
    if entry.moved_to and entry.moved_to != entry.path:
        parts.append(f"now {printable(entry.moved_to)}")
    return "; ".join(part for part in parts if part)


def _seconds_since(moment: str | None) -> float | None:
    """Return how long ago that was. It is 0 if the clock was set back."""
    if moment is None:
        return None
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())


def _is_to_come(moment: str | None) -> bool:
    """Whether a moment is so far in the future that the clock was set back. A live watcher soon corrects it."""
    return moment is not None and (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds() > DEAD


def _alive(watcher: "WatcherStatus") -> str:
    beat = _seconds_since(watcher.beat_at)
    who = f"process {watcher.pid} on {watcher.host}"
    if beat is None or watcher.started_at is None:
        state = "No watcher has run yet: `radio-archive watch` starts one"
    elif watcher.ended_at:
        state = f"No watcher is running; the last one ended at {watcher.ended_at}"
    elif beat > DEAD:
        state = f"No watcher is running: {who} has given no sign of life for {beat:.0f} s"
    elif _is_to_come(watcher.beat_at):
        state = f"No watcher is running: {who} gave its last sign of life before the clock was set back"
    else:
        state = f"A watcher is running ({who})"
    return state + (f", paused at {watcher.paused_at}" if watcher.paused_at else "")


def _check(watcher: "WatcherStatus", working: int) -> None:
    beat, progress = _seconds_since(watcher.beat_at), _seconds_since(watcher.progress_at)
    dead = beat is None or beat > DEAD or _is_to_come(watcher.beat_at) or watcher.ended_at is not None
    stuck = not dead and working > 0 and progress is not None and progress > STUCK
    if stuck:
        complain(f"The watcher is working on {count(working, 'file')}, but made no progress for {progress:.0f} s.")
    else:
        (complain if dead else say)(f"{_alive(watcher)}.")
    if dead or stuck:
        raise typer.Exit(1)
