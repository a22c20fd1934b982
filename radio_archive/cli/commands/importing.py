"""`import`: transcripts that were made elsewhere."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import complain, count
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, one_of, taking
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.models import Ingested
    from radio_archive.pipeline.inputs import InputFile

app = commands()


@app.command("import", cls=taking(ARCHIVE, FORMS))
def import_transcripts(
    call: Call,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Audio files with transcripts beside them, and folders to search through.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    transcript: Annotated[
        Path | None,
        typer.Option("--transcript", help="The transcript of the one recording that is named.", readable=False),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs", metavar="CSV", help="A table with the columns audio and transcript, paths from its own folder."
        ),
    ] = None,
    text_tree: Annotated[
        Path | None,
        typer.Option(
            "--text-tree", metavar="FOLDER", help="What was changed in the files that `export --text-tree` wrote there."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --text-tree: only show what would be corrected.")
    ] = False,
    reference: Annotated[
        bool, typer.Option("--reference", help="Archive audio in place, without copying it into the archive.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Also add clips again that were removed.")] = False,
) -> None:
    """Archive audio with transcripts that were made elsewhere, or take back a text tree that was mended.

    Nothing is transcribed, and no model is needed.

    A transcript lies beside its recording with the same name (.srt, .vtt, .json, .xml, .script.txt), or is named. JSON
    is read as written by Whisper, whisper.cpp, WhisperX, for Podcasting 2.0, by the AAPB, and by `export`; XML as
    written by OHMS. Words keep their own times and probabilities, where the file has them. A clip that is archived
    already gets the transcript as a version, as by `versions add`. If the command is stopped, run it again: it
    continues. Exit code 1 if any file failed.

    With --text-tree, each word that was changed becomes a correction, all of them one batch, which `fix --undo` takes
    back. Where the same words were corrected in the archive since, both are shown and nothing is changed.

    Examples:

      radio-archive import "Asia Minute/"

      radio-archive import interview.mp3 --transcript interview.whisperx.json

      radio-archive import --pairs transcripts.csv

      radio-archive import --text-tree transcripts/ --dry-run
    """
    from radio_archive.cli.display.batch import Plan, run_batch
    from radio_archive.pipeline.ingest import Ingest
    from radio_archive.pipeline.inputs import skip_unchanged
    from radio_archive.pipeline.request import Request

    given = {"PATHS": bool(paths), "--pairs": pairs is not None, "--text-tree": text_tree is not None}
    if not one_of(given):
        raise UsageError("nothing was named to be imported", "Name audio files or folders, or a table with --pairs.")
    if dry_run and text_tree is None:
        raise UsageError("--dry-run is for --text-tree", "Leave it out.")
    if transcript is not None and not paths:
        raise UsageError("--transcript is of one recording, and none was named", "Name that too.")
    if text_tree is not None:
        from radio_archive.cli.display.text_tree import import_tree

        import_tree(call, text_tree, dry_run=dry_run)
        return
    with call.open() as opened:
        inputs, failed = _from_table(pairs) if pairs else _beside(opened, paths or [], transcript)
        request = Request.of(opened, call.settings(opened), force=force, reference=reference)
        inputs = inputs if force else skip_unchanged(opened, inputs)
        plan = Plan.of(opened, inputs, force=force)
        run_batch(
            opened, None, plan, partial(Ingest(opened, None, request).process, inputs), failed=failed, form=call.form
        )


def _beside(archive: "Archive", paths: list[Path], transcript: Path | None) -> "tuple[list[InputFile], list[Ingested]]":
    """Return the recordings at these paths, and a failure for each path where there is none.

    Of those in folders, only such as have a file beside them that may be their transcript.
    """
    from dataclasses import replace

    from radio_archive.pipeline.importing import transcript_of
    from radio_archive.pipeline.inputs import find_inputs

    found, failed = find_inputs(paths, archive.folder)
    if transcript is not None:
        if len(found) != 1:
            raise UsageError(f"--transcript is of one recording, and {len(found)} were named", "Use --pairs for more.")
        return [replace(found[0], transcript=transcript)], failed
    named = {path.absolute() for path in paths}
    inputs, without = [], 0
    for source in found:
        beside = list(transcript_of(source.path))
        if not beside and source.path.absolute() not in named:
            without += 1
            continue
        # A name that ends as whisper.cpp's is not that of a sidecar.
        other = next((path for path in beside if path.name.startswith(source.path.name)), None)
        inputs.append(replace(source, transcript=other) if len(beside) == 1 and other else source)
    if without:
        complain(
            f"Passed over {count(without, 'recording')} without a transcript: `radio-archive add` transcribes them."
        )
    return inputs, failed


def _from_table(table: Path) -> "tuple[list[InputFile], list[Ingested]]":
    """Return the recordings in a table of pairs, each with its transcript. Raises UsageError."""
    import csv
    import io

    from radio_archive.formats.files import read_text
    from radio_archive.pipeline.inputs import InputFile

    text = read_text(table)
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    found = []
    try:
        if not {"audio", "transcript"} <= set(rows.fieldnames or ()):
            raise UsageError(f"{table} has no columns audio and transcript", "Name them so in its first line.")
        for row in rows:
            audio, transcript = row["audio"], row["transcript"]
            if not audio or not transcript or "\0" in audio + transcript:
                raise UsageError(f"line {rows.line_num} of {table} does not name two files", "Fill in both columns.")
            found.append(InputFile(table.parent / audio, transcript=table.parent / transcript))
    except csv.Error as error:
        raise UsageError(f"line {rows.line_num} of {table} is no CSV: {error}", "Save it as CSV again.") from error
    return found, []
