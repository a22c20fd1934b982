"""`demo`: the whole way from audio to a search hit, offline, in a minute."""

import time
from pathlib import Path
from typing import Annotated

import typer

from radio_archive.cli.output import clock, complain, say
from radio_archive.errors import NotAudioError

QUERY = "undersea cable"


def demo(
    folder: Annotated[Path, typer.Argument(help="Where to make the demo archive.")] = Path("demo-archive"),
    clips: Annotated[
        Path | None, typer.Option("--clips", help="A folder of demo clips, instead of the bundled two.")
    ] = None,
) -> None:
    """Make a small archive from bundled clips, search it, and say what to do next. Needs no network.

    The bundled model is for demonstration and tests: it understands only the synthetic voices of the bundled clips.
    Real work uses Whisper's weights, which `add` fetches on first use.

    Example:

      radio-archive demo
    """
    from radio_archive import demo_data
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.search import search
    from radio_archive.cli.progress import Reporter, summary
    from radio_archive.config import TEMPLATE
    from radio_archive.errors import NoArchiveError
    from radio_archive.ingest import Ingest, find_inputs
    from radio_archive.speech.load import LazyEngine
    from radio_archive.speech.models import DEMO

    say("The demo model understands only the synthetic voices of these clips; real work uses Whisper's weights.")
    try:
        archive = Archive(folder)
    except NoArchiveError:
        archive = Archive.create(folder, TEMPLATE.replace('# model = "auto"  ', f'model = "{DEMO}"    '))
    with archive:
        inputs, _ = find_inputs([clips] if clips else demo_data.clips(), archive.folder)
        if not inputs:
            raise NotAudioError(folder, "there are no demo clips", "Leave --clips out to use the bundled ones.")
        started = time.monotonic()
        from radio_archive.config import EngineOptions

        with Reporter(0.0) as reporter:
            results = Ingest(archive, LazyEngine(EngineOptions(model=DEMO)), listen=reporter.listen).run(inputs)
        complain(summary(results, time.monotonic() - started))
        hits = search(archive, QUERY, limit=1)
    if not hits:
        raise typer.Exit(1)
    hit = hits[0]
    say("")
    say(f"$ radio-archive search {QUERY} --limit 1")
    say(f"  {hit.title} · {hit.show} · {hit.reporter} · {hit.date} · at {clock(hit.start)}")
    say(f"  {hit.snippet}")
    say("")
    say("What next:")
    say(f"  cd {folder}")
    say("  radio-archive list                   the clips")
    say(f"  radio-archive show {hit.clip}          one clip, with its timed transcript")
    say("  radio-archive search WORDS           any words")
    say("  datasette archive.db                 the same, in a browser")
    say("  radio-archive init ~/my-archive      your own archive; then `radio-archive add` your own clips there")
