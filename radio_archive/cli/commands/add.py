"""`add` and `retranscribe`: audio in, transcripts out."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from radio_archive.cli.display.output import complain, count
from radio_archive.cli.options import (
    ARCHIVE,
    ENGINE,
    FILTERS,
    FORMS,
    Call,
    SomeClipsArgument,
    chosen_clips,
    commands,
    iso_date,
    taking,
)
from radio_archive.errors import UsageError

app = commands()


@app.command(cls=taking(ENGINE, ARCHIVE, FORMS))
def add(
    call: Call,
    # Not `readable`: a file that may not be read is one failed input, and the others go on.
    paths: Annotated[
        list[Path],
        typer.Argument(help="Audio files, and folders to search through.", show_default=False, readable=False),
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
    force: Annotated[
        bool, typer.Option("--force", help="Transcribe what is archived again, as a new version; add what was removed.")
    ] = False,
    reference: Annotated[
        bool, typer.Option("--reference", help="Archive files in place, without copying them into the archive.")
    ] = False,
) -> None:
    """Transcribe audio and archive it. The files themselves are never changed or moved.

    Show, reporter, title and date come from what you say here, from the files' tags, and from file and folder names,
    in that order. The same audio is never archived twice. Stopped half-way, the same command goes on.

    Examples:

      radio-archive add "Asia Minute/"

      radio-archive add interview.wav --show "Reef Notes" --reporter "Malia Santos" --date 2025-03-04

      radio-archive add clips/ --model large-v3-turbo --jsonl
    """
    from radio_archive.cli.display.batch import Plan, run_batch
    from radio_archive.models import Field
    from radio_archive.pipeline.ingest import Ingest
    from radio_archive.pipeline.inputs import find_inputs, human_claims
    from radio_archive.pipeline.request import Request
    from radio_archive.speech.load import LazyEngine

    with call.open() as opened:
        settings = call.settings(opened)
        options = settings.engine
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
        request = Request.of(opened, settings, human_claims(asked), force=force, reference=reference)
        plan = Plan.of(opened, inputs, force=force)
        ingest = Ingest(opened, LazyEngine(options), request)
        work = partial(ingest.run, inputs)
        run_batch(opened, options, plan, work, failed=failed, form=call.form)


@app.command(cls=taking(FILTERS, ENGINE, ARCHIVE, FORMS))
def retranscribe(
    call: Call,
    clips: SomeClipsArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="Every clip in the archive.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --all, --show …: also what this model transcribed already.")
    ] = False,
) -> None:
    """Transcribe archived clips again.

    With a better model perhaps; older transcripts are kept as versions. With --all, --show, --since … it passes over
    clips whose current transcript is by the same model: stopped half-way, the same command goes on. So a first pass
    with a small model can be upgraded later, a show at a time.

    Examples:

      radio-archive retranscribe k3x9 --model large-v3

      radio-archive retranscribe --show "Asia Minute" --since 2024-01-01
    """
    from radio_archive.cli.display.batch import Plan, run_batch
    from radio_archive.pipeline.ingest import Ingest
    from radio_archive.pipeline.request import Request
    from radio_archive.speech.load import LazyEngine, model_name

    with call.open() as opened:
        chosen = chosen_clips(opened, clips, call.filters, everything=everything)
        settings = call.settings(opened)
        options = settings.engine
        if not clips and not force:
            wanted = model_name(options)
            chosen, all_of_them = [clip for clip in chosen if clip.model != wanted], len(chosen)
            if len(chosen) < all_of_them:
                complain(f"{count(all_of_them - len(chosen), 'clip')} passed over: by the model {wanted!r} already.")
        names = {opened.media.path(clip.file): clip.title for clip in chosen}
        plan = Plan(len(chosen), sum(clip.duration for clip in chosen), names=names)
        request = Request.of(opened, settings, force=True)
        ingest = Ingest(opened, LazyEngine(options), request)
        run_batch(opened, options, plan, partial(ingest.run_again, [clip.uid for clip in chosen]), form=call.form)
