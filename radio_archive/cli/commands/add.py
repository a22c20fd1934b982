"""`add` and `retranscribe`: audio in, transcripts out."""

from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import complain, count, show_progress
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from radio_archive.archive.archive import Archive
    from radio_archive.models import Clip
    from radio_archive.pipeline.outdated import Survey
    from radio_archive.speech.identity import EngineIdentity

app = commands()


@app.command(cls=taking(ENGINE, ARCHIVE, FORMS))
def add(
    call: Call,
    # Not `readable`: an unreadable file is one failed input, and must not stop the others.
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
        str | None,
        typer.Option("--language", help="The spoken language (en, haw, ja …). Default: detected for each clip."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Transcribe archived clips again, as a new version; add removed clips again."),
    ] = False,
    reference: Annotated[
        bool, typer.Option("--reference", help="Archive files in place, without copying them into the archive.")
    ] = False,
    rehash: Annotated[
        bool,
        typer.Option("--rehash", help="Read archived files too that look unchanged (size, times, inode) since then."),
    ] = False,
) -> None:
    """Transcribe audio and archive it. The files themselves are never changed or moved.

    Show, reporter, title and date come from these sources. The first that knows a value wins: your options here, a
    sidecar file, the published story, the podcast feed, the file's tags, the spoken sign-off, folder names, the file
    name. The same audio is never archived twice. If the command is stopped, run it again: it continues.

    Examples:

      radio-archive add "Asia Minute/"

      radio-archive add interview.wav --show "Reef Notes" --reporter "Malia Santos" --date 2025-03-04

      radio-archive add clips/ --model large-v3-turbo --jsonl
    """
    from radio_archive.cli.display.batch import Plan, run_batch
    from radio_archive.models import Field
    from radio_archive.pipeline.ingest import Ingest
    from radio_archive.pipeline.inputs import find_inputs, human_claims, list_passed, skip_unchanged
    from radio_archive.pipeline.request import Request
    from radio_archive.speech.load import engine_for

    with call.open() as opened:
        settings = call.settings(opened)
        options = settings.engine
        passed = Counter[str]()
        inputs, failed = find_inputs(paths, opened.folder, passed)
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
        if not (rehash or force):
            inputs = skip_unchanged(opened, inputs)
        plan = Plan.of(opened, inputs, force=force)
        if inputs and passed:
            complain(f"Passed over {list_passed(passed)}.")
        with closing(engine_for(options, settings.cluster)) as engine:
            work = partial(Ingest(opened, engine, request).process, inputs)
            run_batch(opened, options, plan, work, failed=failed, form=call.form)


# Somebody may take --language for that in which to hear the clips.
@app.command(cls=taking([name for name in FILTERS if name != "language"], ENGINE, ARCHIVE, FORMS))
def retranscribe(
    call: Call,
    clips: SomeClipsArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="Every clip in the archive.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --all, --show …: also clips that are skipped otherwise.")
    ] = False,
    worst: Annotated[
        int | None,
        typer.Option(
            "--worst", min=1, metavar="NUMBER", help="Of the clips chosen, or of all, only these many: the worst ones."
        ),
    ] = None,
) -> None:
    """Transcribe archived clips again, for example with a better model.

    Older transcripts are kept as versions. With --all, --show, --since … the command skips clips whose current
    transcript was made by the same weights, wherever they are, with the same options that change a text: compute type,
    beam size, guards, language, prompt, hotwords. If it is stopped, run it again: it continues. So you can start with a
    small model and upgrade one show at a time later.

    --worst takes the clips of whose published story the largest share of names was not heard (counted as if it had two
    more names, which were heard), the worst first. Clips without a story are ranked among them by how much of their
    transcript is probably wrong: by the words' probabilities, and by the speech in which no words were understood.

    Examples:

      radio-archive retranscribe k3x9 --model large-v3

      radio-archive retranscribe --worst 100 --model large-v3

      radio-archive retranscribe --show "Asia Minute" --since 2024-01-01
    """
    from radio_archive.archive.clips.read import Part, in_order
    from radio_archive.cli.display.batch import Plan, run_batch
    from radio_archive.pipeline.ingest import Ingest
    from radio_archive.pipeline.outdated import Survey, outdated
    from radio_archive.pipeline.request import Request
    from radio_archive.speech.identity import EngineIdentity
    from radio_archive.speech.load import engine_for

    with call.open() as opened:
        settings = call.settings(opened)
        request = Request.of(opened, settings, force=True)
        engine = None if clips or force else EngineIdentity.of(settings.engine)

        def asked() -> "Iterator[Clip]":
            return chosen_clips(opened, clips, call.filters, Part.OPTIONS, everything=everything or bool(worst))

        judged = _worst(opened, outdated(opened, asked(), request, engine), worst) if worst else None

        def chosen() -> "Iterator[Clip]":
            return asked() if judged is None else in_order(opened, judged, Part.OPTIONS)

        # A first look to plan, and a second one from page to page: there may be more clips than fit in memory.
        survey = Survey.of(opened, chosen(), request, engine)
        if judged == [] and engine:
            complain(
                f"No clip would be transcribed otherwise by the model {engine.name!r}. --force takes them all the same."
            )
        elif engine:
            _tell(survey, engine)
        names: dict[Path, str] = {}
        again = _named(opened, outdated(opened, chosen() if survey.clips else (), request, engine), names)
        plan = Plan(survey.clips, survey.seconds, names=names)
        with closing(engine_for(settings.engine, settings.cluster)) as transcriber:
            ingest = Ingest(opened, transcriber, request)
            work = partial(ingest.process, ingest.recordings(again))
            run_batch(opened, settings.engine, plan, work, form=call.form)


def _worst(archive: "Archive", clips: "Iterable[Clip]", number: int) -> list[str]:
    from radio_archive.pipeline.evaluation import worst_clips

    def shown() -> "Iterator[Clip]":
        for done, clip in enumerate(clips):
            show_progress("judging transcripts", done, None)
            yield clip
        show_progress("judging transcripts", 0, 0)

    return worst_clips(archive, shown(), number)


def _tell(survey: "Survey", engine: "EngineIdentity") -> None:
    """Say which clips are skipped and why, and which are not although the same model transcribed them."""
    if survey.same:
        how = "with the same weights and options"
        if survey.by_name:
            how = "by its name" if survey.by_name == survey.same else f"{how}, {survey.by_name:,} of them by its name"
        complain(f"{count(survey.same, 'clip')} skipped: already transcribed by the model {engine.name!r}, {how}.")
    for options, number in survey.changed.most_common():
        complain(f"{count(number, 'clip')} of the same model again, because of other options: {options}.")


def _named(archive: "Archive", clips: "Iterable[Clip]", names: dict[Path, str]) -> "Iterator[str]":
    """Yield the uids of clips, and note what to call the file of each."""
    for clip in clips:
        names[archive.media.path(clip.file)] = clip.title
        yield clip.uid
