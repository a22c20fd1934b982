"""`versions`: bring a transcript of one's own to a clip."""

from dataclasses import asdict
from itertools import chain
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
    file: Annotated[Path, typer.Argument(help="Captions (.srt, .vtt, .json), or a script (.txt).", show_default=False)],
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
    from radio_archive.archive.clips import read, sidecars
    from radio_archive.formats.files import read_bytes
    from radio_archive.models import Field, clean_text
    from radio_archive.pipeline.inputs import LARGEST_SIDECAR
    from radio_archive.pipeline.request import naming
    from radio_archive.pipeline.retag import reread
    from radio_archive.pipeline.sidecars import read as read_beside
    from radio_archive.pipeline.versions import messages

    suffix = file.suffix.lower()
    if suffix == ".txt" and script:
        name = f"{clean_text(file.name)[: -len(suffix)].removesuffix('.script')}.script.txt"
    elif suffix in {".srt", ".vtt", ".json"} and not script:
        name = clean_text(file.name)
    else:
        hint = "A script is a .txt, added with --script; captions are .srt, .vtt or .json, added without."
        raise UsageError(f"{file.name} cannot be added so", hint)
    with call.open() as opened:
        uid = read.find_uid(opened, clip)
        content = read_bytes(file, LARGEST_SIDECAR)
        before = read.clip(opened, uid, read.Part.SOURCES)
        beside = read_beside([(name, content)], before.duration)
        if not beside.transcripts:
            raise UsageError(beside.problems[0] if beside.problems else f"{name}: no transcript", "See what is in it.")
        with opened.writing():
            sidecars.attach(opened, uid, name, content)
            changes = reread(opened, uid, naming(opened, call.settings(opened)))
        after = read.clip(opened, uid, read.Part.SOURCES)
    for problem in beside.problems:
        complain(problem)
    new = after.transcripts[: len(after.transcripts) - len(before.transcripts)]
    for line in chain.from_iterable(map(messages, new)):
        complain(line)
    current = after.transcript.number if after.transcript else None
    if call.form:
        added = [version_row(info) for info in new]
        told = {"clip": uid, "added": added, "current": current, "changes": [asdict(change) for change in changes]}
        print_document(told, call.form)
        return
    if not new:
        say(f"{uid} has this transcript already.")
    print_fields(changes)
    if not any(change.field == Field.TRANSCRIPT for change in changes):
        say(f"The current transcript is still {current or 'none'}.")
