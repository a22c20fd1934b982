"""`export`: transcripts as files."""

from pathlib import Path
from typing import Annotated

import typer

from radio_archive.cli.display.output import complain, say
from radio_archive.cli.options import ARCHIVE, Call, SomeClipsArgument, commands, one_of, taking
from radio_archive.errors import UsageError

app = commands()


@app.command(cls=taking(ARCHIVE))
def export(
    call: Call,
    clips: SomeClipsArgument = None,
    format: Annotated[str, typer.Option("--format", "-f", help="vtt, srt, txt, json or html.")] = "txt",  # noqa: A002
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A file, or a folder for several clips. Default: standard output."),
    ] = None,
    text_tree: Annotated[
        Path | None,
        typer.Option("--text-tree", metavar="FOLDER", help="A file for each public clip, a sentence a line, for git."),
    ] = None,
) -> None:
    """Write transcripts as captions (vtt, srt), text, JSON, or HTML paragraphs for a content management system.

    Examples:

      radio-archive export k3x9 --format vtt > captions.vtt

      radio-archive export k3x9 m2c8 --format srt --output captions/

      radio-archive export --text-tree transcripts/
    """
    if text_tree is not None:
        from radio_archive.cli.display.text_tree import export_tree

        one_of({"CLIPS": bool(clips), "--text-tree": True})
        export_tree(call, text_tree)
        return
    from radio_archive.archive.clips import read
    from radio_archive.formats import WRITERS
    from radio_archive.text.spelling import slug

    write = WRITERS.get(format.lower())
    if write is None:
        raise UsageError(f"there is no format {format!r}", f"Use one of: {', '.join(WRITERS)}.")
    with call.open(read_only=True) as opened:
        uids = dict.fromkeys(read.find_uid(opened, clip) for clip in clips or [])
        if output is not None and len(uids) > 1 and output.is_file():
            raise UsageError(f"{output} is a file, and {len(uids)} clips were named", "Name a folder.")
        into_folder = output is not None and (len(uids) > 1 or output.is_dir())
        for uid in uids:
            clip = read.clip(opened, uid, read.Part.TEXT)
            text = write(clip)
            if output is None:
                say(text.rstrip("\n"))
                continue
            path = output / f"{slug(clip.title)}-{uid}.{format.lower()}" if into_folder else output
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            except OSError as error:
                raise UsageError(f"cannot write {path}: {error.strerror}", "Name another file or folder.") from error
            complain(f"wrote {path}")
