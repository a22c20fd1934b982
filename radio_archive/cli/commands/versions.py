"""`versions`: bring a transcript of one's own to a clip."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from radio_archive.cli.display.changes import print_fields
from radio_archive.cli.display.output import complain, print_document, say
from radio_archive.cli.display.versions import version_row
from radio_archive.cli.options import ARCHIVE, FORMS, Call, ClipArgument, commands, taking
from radio_archive.errors import UsageError

app = commands("The transcripts of a clip: what was heard, and what people wrote.")


@app.callback()
def group() -> None:
    """The transcripts of a clip: what was heard, and what people wrote.

    `radio-archive show CLIP --versions` lists them, `radio-archive tag CLIP transcript=2` chooses one.
    """


@app.command(cls=taking(ARCHIVE, FORMS))
def add(
    call: Call,
    clip: ClipArgument,
    file: Annotated[
        Path, typer.Argument(help="Captions (.srt, .vtt, .json, .xml), or a script (.txt).", show_default=False)
    ],
    script: Annotated[
        bool, typer.Option("--script", help="The text is what is said, word for word, and no story about it.")
    ] = False,
) -> None:
    """Add captions or a script to a clip. If they are of its recording, they become its text.

    The file is kept with the clip. Times of words are taken from what was heard; what the file leaves out is put in.

    Examples:

      radio-archive versions add k3x9 asia-minute.srt

      radio-archive versions add k3x9 script.txt --script
    """
    from radio_archive.archive.clips import read
    from radio_archive.models import Field
    from radio_archive.pipeline.importing import SUFFIXES, attach, read_transcript
    from radio_archive.pipeline.request import naming

    suffix = file.suffix.lower()
    if suffix != ".txt" if script else suffix not in SUFFIXES:
        hint = f"A script is a .txt, added with --script; captions are {', '.join(SUFFIXES)}, added without."
        raise UsageError(f"{file.name} cannot be added so", hint)
    with call.open() as opened:
        uid = read.find_uid(opened, clip)
        done = attach(opened, uid, [read_transcript(file)], naming(opened, call.settings(opened)), file)
    for line in done.told():
        complain(line)
    if call.form:
        changes = [asdict(change) for change in done.changes]
        added = [version_row(info) for info in done.new]
        print_document({"clip": uid, "added": added, "current": done.current, "changes": changes}, call.form)
        return
    if not done.new:
        say(f"{uid} has this transcript already.")
    print_fields(replace(change, lost=()) for change in done.changes)
    if not any(change.field == Field.TRANSCRIPT for change in done.changes):
        say(f"The current transcript is still {done.current or 'none'}.")
        if done.new:
            complain(f"`radio-archive tag {uid} transcript={done.new[0].number}` takes the new one all the same.")
