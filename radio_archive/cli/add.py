"""`add` and `retranscribe`: audio in, transcripts out."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.options import (
    ArchiveOption,
    ComputeTypeOption,
    DeviceOption,
    JsonlOption,
    JsonOption,
    ModelOption,
    ReporterOption,
    ShowOption,
    SinceOption,
    UntilOption,
    engine_options,
    iso_date,
    one_format,
    open_archive,
)
from radio_archive.cli.output import complain, count, print_json, span
from radio_archive.errors import RadioArchiveError, UsageError
from radio_archive.models import Field, Ingested, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from radio_archive.archive.archive import Archive
    from radio_archive.config import EngineOptions
    from radio_archive.events import Event, Listener
    from radio_archive.ingest import Input
    from radio_archive.speech.load import LazyEngine


def add(
    paths: Annotated[
        list[Path], typer.Argument(help="Audio files, and folders to search through.", show_default=False)
    ],
    show: Annotated[str | None, typer.Option("--show", help="The show that all of these belong to.")] = None,
    reporter: Annotated[str | None, typer.Option("--reporter", help="Who reported them.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="The title, for a single clip.")] = None,
    date: Annotated[
        str | None, typer.Option("--date", metavar="DATE", callback=iso_date, help="The air date, YYYY-MM-DD.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="What is spoken (en, haw, ja …). Left out: detected for each clip.")
    ] = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    compute_type: ComputeTypeOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Transcribe what is archived again, as a new version; add what was removed.")
    ] = False,
    reference: Annotated[
        bool, typer.Option("--reference", help="Archive files in place, without copying them into the archive.")
    ] = False,
    archive: ArchiveOption = None,
    json: JsonOption = False,
    jsonl: JsonlOption = False,
) -> None:
    """Transcribe audio and archive it. The files themselves are never changed or moved.

    Show, reporter, title and date come from what you say here, from the files' tags, and from file and folder names,
    in that order. The same audio is never archived twice. Stopped half-way, the same command goes on.

    Examples:

      radio-archive add "Asia Minute/"

      radio-archive add interview.wav --show "Reef Notes" --reporter "Malia Santos" --date 2025-03-04

      radio-archive add clips/ --model large-v3-turbo --jsonl
    """
    from radio_archive.ingest import Ingest, Request, find_inputs, human_claims

    one_format(json, jsonl)
    with open_archive(archive) as opened:
        options = engine_options(opened, model, device, compute_type)
        inputs, failed = find_inputs(paths, opened.folder)
        if title and len(inputs) > 1:
            raise UsageError(f"--title names one clip, and {len(inputs)} files were given", "Leave it out.")
        asked = {
            Field.SHOW: show,
            Field.REPORTER: reporter,
            Field.TITLE: title,
            Field.DATE: date,
            Field.LANGUAGE: language,
        }
        request = Request(human_claims(asked), language or options.language, force, reference)

        def work(listen: "Listener") -> list[Ingested]:
            return Ingest(opened, _engine(options), request, listen).run(inputs)

        _run(opened, options, _planned(inputs), len(inputs), failed, work, json=json, jsonl=jsonl)


def retranscribe(
    clips: Annotated[
        list[str] | None, typer.Argument(help="Clips, by name or its beginning.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every clip in the archive.")] = False,
    show: ShowOption = None,
    reporter: ReporterOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    compute_type: ComputeTypeOption = None,
    archive: ArchiveOption = None,
    json: JsonOption = False,
    jsonl: JsonlOption = False,
) -> None:
    """Transcribe archived clips again, with another model perhaps. Older transcripts are kept as versions.

    Examples:

      radio-archive retranscribe k3x9 --model large-v3

      radio-archive retranscribe --show "Asia Minute" --since 2024-01-01
    """
    from radio_archive.archive import catalogue
    from radio_archive.ingest import Ingest, Request

    one_format(json, jsonl)
    filters = catalogue.Filters(show, reporter, since, until)
    if not clips and not everything and filters == catalogue.Filters():
        raise UsageError("no clips were named", "Name clips, or choose them with --show, --since … or --all.")
    with open_archive(archive) as opened:
        options = engine_options(opened, model, device, compute_type)
        if clips:
            chosen = [catalogue.detail(opened, catalogue.find_uid(opened, clip)).summary for clip in clips]
        else:
            chosen = list(catalogue.clips(opened, filters))

        def work(listen: "Listener") -> list[Ingested]:
            request = Request(language=options.language, force=True)
            return Ingest(opened, _engine(options), request, listen).run_again(clip.clip for clip in chosen)

        total = sum(clip.duration for clip in chosen)
        _run(opened, options, total, len(chosen), [], work, json=json, jsonl=jsonl)


def _engine(options: "EngineOptions") -> "LazyEngine":
    from radio_archive.speech.load import LazyEngine

    return LazyEngine(options)


def _planned(inputs: "list[Input]") -> float:
    """Return how many seconds of audio the inputs say they hold; those that cannot be read count nothing here."""
    from radio_archive import container

    total = 0.0
    for source in inputs:
        try:
            total += container.probe(source.path).duration or 0.0
        except RadioArchiveError:
            continue
    return total


def _run(
    archive: "Archive",
    options: "EngineOptions",
    total: float,
    number: int,
    failed: list[Ingested],
    work: "Callable[[Listener], list[Ingested]]",
    *,
    json: bool,
    jsonl: bool,
) -> None:
    """Say what is coming, do the work with progress, and end with a summary and the exit code."""
    from radio_archive.cli.progress import Reporter, as_row, summary
    from radio_archive.events import Ended

    started = time.monotonic()
    if number:
        complain(_announcement(archive, options, total, number))
    results: list[Ingested] = []

    def keep(event: object) -> None:
        if isinstance(event, Ended):
            results.append(event.result)

    with Reporter(total, quiet=json, jsonl=jsonl) as reporter:
        for failure in failed:
            keep(Ended(failure))
            reporter.listen(Ended(failure))

        def listen(event: "Event") -> None:
            keep(event)
            reporter.listen(event)

        try:
            work(listen)
        except KeyboardInterrupt:
            complain(f"Stopped. {summary(results, time.monotonic() - started)} The same command goes on from here.")
            raise typer.Exit(130) from None
    if json:
        print_json([as_row(result) for result in results])
    complain(summary(results, time.monotonic() - started))
    if any(result.outcome is Outcome.FAILED for result in results):
        raise typer.Exit(1)


def _announcement(archive: "Archive", options: "EngineOptions", total: float, number: int) -> str:
    from radio_archive.archive import catalogue
    from radio_archive.speech import models
    from radio_archive.speech.load import model_name

    model = model_name(options)
    speed = catalogue.typical_speed(archive, model) or models.first_guess(model)
    return f"{count(number, 'clip')}, {span(total)} of audio, about {span(total / speed)} with the model {model!r}."
