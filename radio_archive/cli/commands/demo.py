"""`demo`: from audio to a search hit, offline, in a minute."""

import shutil
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import say, tell_of_opening
from radio_archive.cli.options import commands
from radio_archive.errors import NoArchiveError
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from radio_archive.search.search import ClipHit

QUERY = "undersea cable"


app = commands()


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to create the demo archive.")] = Path("demo-archive"),
    clips: Annotated[
        Path | None, typer.Option("--clips", help="A folder of demo clips to use instead of the two bundled ones.")
    ] = None,
) -> None:
    """Try everything on bundled clips, offline.

    Creates a small archive, searches it, and shows what to do next.

    The bundled model is for demonstration and tests: it only understands the synthetic voices of the bundled clips.
    Real work uses Whisper's weights, which `add` downloads on first use.

    Example:

      radio-archive demo
    """
    from radio_archive import demo_data
    from radio_archive.archive.archive import Archive
    from radio_archive.cli.display.batch import Plan, run_batch
    from radio_archive.config.settings import TEMPLATE, EngineOptions
    from radio_archive.pipeline.ingest import Ingest
    from radio_archive.pipeline.inputs import find_inputs
    from radio_archive.search.search import search
    from radio_archive.speech.catalog import DEMO
    from radio_archive.speech.load import LazyEngine

    say("The demo model understands only the synthetic voices of these clips; real work uses Whisper's weights.")
    try:
        archive = Archive(folder, listener=tell_of_opening)
    except NoArchiveError:
        archive = Archive.create(folder, TEMPLATE.replace('# model = "auto"  ', f'model = "{DEMO}"    '))
    with archive:
        options = EngineOptions(model=DEMO)
        inputs, failed = find_inputs([clips] if clips else demo_data.clips(), archive.folder)
        plan = Plan.of(archive, inputs, force=False)
        run_batch(archive, options, plan, partial(Ingest(archive, LazyEngine(options)).run, inputs), failed=failed)
        hits = search(archive, QUERY, limit=1).clips
    if hits:
        _what_next(folder, hits[0])


def _what_next(folder: Path, hit: "ClipHit") -> None:
    here, clip = Path(sys.argv[0]), hit.clip
    # In a virtual environment that is not active, the shell would not find the plain names.
    prefix = "" if shutil.which("radio-archive") else f"{here.parent.absolute()}/"
    say("")
    say(f"$ {prefix}radio-archive search {QUERY} --limit 1")
    say(f"  {clip.title} · {clip.show} · {clip.reporter} · {clip.date} · at {clock(hit.passages[0].start)}")
    say(f"  {hit.passages[0].snippet}")
    say("")
    say("What next:")
    for command, meaning in (
        (f"cd {folder}", "the demo archive"),
        (f"{prefix}radio-archive list", "the clips"),
        (f"{prefix}radio-archive show {clip.uid}", "one clip, with its timed transcript"),
        (f"{prefix}radio-archive search WORDS", "any words"),
        (f"{prefix}radio-archive init ~/my-archive", "your own archive; then `radio-archive add` your clips there"),
        (f"{prefix}radio-archive serve --open", "the demo archive in a browser: search, listen, quote"),
    ):
        say(f"  {command}\n      {meaning}" if prefix else f"  {command:<36} {meaning}")
