"""`backfill`: a whole back-catalogue into the archive."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import (
    complain,
    count,
    print_document,
    print_rows,
    print_table,
    printable,
    say,
    show_progress,
    span,
)
from radio_archive.cli.options import ARCHIVE, ENGINE, FORMS, Call, commands, one_of, taking
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radio_archive.archive.archive import Archive
    from radio_archive.archive.backfill import Entry, EntryCount, ListedFile
    from radio_archive.backfill.sources import Lister
    from radio_archive.cli.display.backlog import Backlog
    from radio_archive.config.settings import Settings

MOST_TOLD = 20
"""Problems of listing that are printed for each run, at most."""

app = commands()


@app.command(cls=taking(ENGINE, ARCHIVE, FORMS))
def backfill(
    call: Call,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="Folders, files, patterns, CSV manifests, feeds, addresses (s3://…). Default: what is listed already.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what there is, how long it will take and what it will cost.")
    ] = False,
    status: Annotated[bool, typer.Option("--status", help="Only say how far it is.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Only list what failed, and why.")] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed: of the sources, or all without a source.")
    ] = False,
    reference: Annotated[
        bool, typer.Option("--reference", help="Archive files of this machine in place, without copying them.")
    ] = False,
    price_per_hour: Annotated[
        float | None,
        typer.Option("--price-per-hour", min=0.0, metavar="PRICE", help="What a worker or GPU costs in an hour."),
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also connect to this machine and the local network.")
    ] = False,
) -> None:
    """Archive a back-catalogue: list what there is, however much, then transcribe it.

    First the sources are listed into a queue in the archive; then the queue is worked through. Both may be stopped at
    any instant: run the command again, with or without the sources, and it continues. Listing twice adds nothing.

    A CSV manifest has a line for each recording, with its path or address and columns such as show, reporter, title and
    date. Files on this machine are never changed; what is remote is downloaded, archived, and the download deleted.

    Exit code: 0; 1 if a file failed or a source could not be listed in whole; 130 after Ctrl-C.

    Examples:

      radio-archive backfill /srv/aired --dry-run --price-per-hour 1.20

      radio-archive backfill catalogue.csv --workers 4

      radio-archive backfill --status
    """
    one_of({"--dry-run": dry_run, "--status": status, "--failed": failed, "--retry-failed": retry_failed})
    if (status or failed) and sources:
        raise UsageError("--status and --failed are about all that is listed", "Leave the sources out.")
    if dry_run and not sources:
        raise UsageError("no source was named", "Name a folder, a manifest or another source; or see --status.")
    with call.open(read_only=status or failed or dry_run) as opened:
        if status:
            _status(opened, call.form)
        elif failed:
            _failed(opened, call.form)
        else:
            lister = _lister(opened, call.settings(opened), allow_private)
            for source in sources or ():
                lister.check(source)
            if dry_run:
                _estimate(call, opened, lister, sources or [], price_per_hour)
            else:
                _list(opened, lister, sources, retry_failed=retry_failed)
                _drain(call, opened, lister, price_per_hour, reference=reference)
            if lister.problems:
                raise typer.Exit(1)


def _lister(archive: "Archive", settings: "Settings", allow_private: bool) -> "Lister":
    from zoneinfo import ZoneInfo

    from radio_archive.backfill.sources import Lister
    from radio_archive.feeds.client import FetchOptions

    told = 0

    def tell(line: str) -> None:
        nonlocal told
        told += 1
        if told <= MOST_TOLD:
            complain(line)

    # One file follows the other, so a server is never asked for two at once.
    options = FetchOptions(allow_private=allow_private, delay=0.1)
    zone = ZoneInfo(settings.station.timezone) if settings.station.timezone else None
    return Lister(archive, tell, options, zone)


def _told(lister: "Lister") -> None:
    """Say how much was not said, and what was passed over."""
    from radio_archive.pipeline.inputs import list_passed

    if lister.problems > MOST_TOLD:
        complain(f"{lister.problems - MOST_TOLD:,} more problems are not shown.")
    if lister.passed:
        complain(f"Passed over {list_passed(lister.passed)}.")


def _list(archive: "Archive", lister: "Lister", sources: list[str] | None, *, retry_failed: bool) -> None:
    from radio_archive.archive import backfill
    from radio_archive.backfill.sources import list_into_queue

    if sources:
        listed = list_into_queue(
            lister, sources, retry_failed=retry_failed, progress=lambda found: show_progress("listed", found, None)
        )
        show_progress("listed", 0, 0)
        _told(lister)
        complain(f"Listed {count(listed.found, 'file')}, {listed.new:,} of them new.")
    elif retry_failed:
        complain(f"{count(backfill.revive(archive), 'file')} will be tried again.")


def _drain(call: Call, archive: "Archive", lister: "Lister", price: float | None, *, reference: bool) -> None:
    from radio_archive.archive import backfill
    from radio_archive.backfill.drain import Drain
    from radio_archive.backfill.estimate import SAMPLE
    from radio_archive.cli.display.backlog import LivePlan
    from radio_archive.cli.display.batch import Plan, run_batch
    from radio_archive.cli.signals import stop_on_signals
    from radio_archive.pipeline.request import Request
    from radio_archive.speech.load import engine_for

    settings = call.settings(archive)
    waiting = sum(c.number for c in backfill.counts(archive) if c.state is backfill.EntryState.WAITING)
    sample = [entry.listed for entry in backfill.sample(archive, SAMPLE)]
    backlog = _backlog(archive, settings, waiting, sample, price)
    if backlog.cost is not None:
        complain(f"That costs about {backlog.cost:,.2f}, at {price:,.2f} for an hour of each worker.")
    plan = Plan(waiting, backlog.audio)
    # Whatever runs it on a cluster ends it so.
    stop_on_signals()
    with closing(engine_for(settings.engine, settings.cluster)) as engine:
        drain = Drain(archive, engine, Request.of(archive, settings, reference=reference), plan.sources, lister.options)
        run_batch(archive, settings.engine, plan, drain.run, form=call.form, live=LivePlan(backlog))
    if drain.left:
        complain(f"{count(drain.left, 'file')} still waits: run the command again.")
        raise typer.Exit(1)


def _backlog(
    archive: "Archive", settings: "Settings", clips: int, sample: "Sequence[ListedFile]", price: float | None
) -> "Backlog":
    from radio_archive.backfill.estimate import mean_length
    from radio_archive.cli.display.backlog import Backlog
    from radio_archive.cli.display.batch import expected_speed

    _, speed = expected_speed(archive, settings.engine)
    workers = settings.engine.workers
    if price is not None and settings.cluster.address and not workers:
        raise UsageError("what a cluster costs depends on how many workers it has room for", "Say it: --workers N.")
    return Backlog(clips, mean_length(archive, sample), speed, max(1, workers), price)


def _estimate(call: Call, archive: "Archive", lister: "Lister", sources: list[str], price: float | None) -> None:
    from itertools import chain

    from radio_archive.backfill.estimate import survey

    listed, sample = survey(archive, chain.from_iterable(map(lister.files, sources)))
    _told(lister)
    backlog = _backlog(archive, call.settings(archive), listed.new, sample, price)
    if call.form:
        row = {
            "files": listed.found,
            "new": listed.new,
            "audio_seconds": None if backlog.mean is None else round(backlog.audio),
            "speed": round(backlog.speed, 2),
            "seconds": None if backlog.seconds is None else round(backlog.seconds),
            "workers": backlog.workers,
            "cost": None if backlog.cost is None else round(backlog.cost, 2),
            "problems": lister.problems,
        }
        print_document(row, call.form)
        return
    say(f"{count(listed.found, 'file')}, {listed.new:,} of them not listed yet.")
    if backlog.mean is None and listed.new:
        say("How long they are cannot be told without downloading them.")
    elif listed.new:
        say(f"About {span(backlog.audio)} of audio, by the headers of {count(len(sample), 'file')}.")
        say(f"{'; '.join(backlog.parts()[1:])}.")


def _status(archive: "Archive", form: str) -> None:
    from radio_archive.archive import backfill

    counts = backfill.counts(archive)
    if form:
        print_document(_status_row(counts), form)
        return
    if not counts:
        say("Nothing was listed yet. `radio-archive backfill SOURCE` lists and archives it.")
        return
    row = _status_row(counts)
    say(", ".join(f"{row[state.value]:,} {state.value}" for state in backfill.EntryState))
    archived = sum(c.seconds for c in counts)
    if archived:
        say(f"{span(archived)} of audio archived")
    for one in counts:
        if one.state is backfill.EntryState.FAILED:
            say(f"failed: {one.number:,} {one.problem}")


def _status_row(counts: "list[EntryCount]") -> dict[str, object]:
    from radio_archive.archive.backfill import EntryState

    numbers = {state.value: sum(c.number for c in counts if c.state is state) for state in EntryState}
    failures = {c.problem: c.number for c in counts if c.state is EntryState.FAILED}
    return {**numbers, "audio_seconds": round(sum(c.seconds for c in counts), 1), "failures": failures}


def _failed(archive: "Archive", form: str) -> None:
    from radio_archive.archive import backfill

    found = backfill.entries(archive, backfill.EntryState.FAILED)
    if form:
        print_rows(({"path": _shown(e), "problem": e.problem, "error": e.error} for e in found), form)
        return
    columns = {"problem": "left", "file": "left", "error": "left"}
    print_table(columns, ([e.problem, _shown(e), e.error or ""] for e in found))


def _shown(entry: "Entry") -> str:
    from radio_archive.feeds.client import masked_url

    return printable(entry.path) if entry.path else masked_url(entry.listed.source)
