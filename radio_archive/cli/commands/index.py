"""`index`: bring what search by meaning needs up to date."""

from typing import Annotated

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import INTERRUPTED, complain, count, print_document, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking
from radio_archive.errors import UsageError

app = commands()


@app.command(cls=taking(ARCHIVE, FORMS))
def index(
    call: Call,
    meaning: Annotated[
        bool, typer.Option("--meaning", help="Prepare the clips that are not yet found by meaning.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="With --meaning: remove what was prepared, and free its space.")
    ] = False,
) -> None:
    """Prepare the archive for search by meaning, which finds clips that use other words than you do.

    It is off unless you set `meaning = true` under [search] in radio-archive.toml. Then `add`, `watch` and
    `retranscribe` prepare each clip, and this command those that were there before, or whose title or text changed. It
    needs the model all-MiniLM-L6-v2 (`radio-archive models download all-MiniLM-L6-v2`, 91 MB), which knows English:
    clips in other languages are left out. If it is stopped, run it again: it continues.

    The index of words needs no command; `radio-archive verify` checks it.

    Examples:

      radio-archive index --meaning

      radio-archive index --meaning --remove
    """
    from radio_archive.archive.index import embeddings

    if not meaning:
        raise UsageError(
            "nothing was named to be indexed",
            "Use --meaning. The index of words is always up to date; `radio-archive verify` checks it.",
        )
    with call.open() as opened:
        if remove:
            removed = embeddings.clear(opened)
            if call.form:
                print_document({"removed": removed}, call.form)
            else:
                say(f"{count(removed, 'clip')} can no longer be found by meaning.")
            return
        settings = call.settings(opened)
        from radio_archive.speech.sentences import SentenceEmbedder

        embedder = SentenceEmbedder(settings.engine.threads)
        try:
            with bars() as bar:
                made = embeddings.update(opened, embedder, bar("meaning"))
        except KeyboardInterrupt:
            complain("Stopped. The same command continues from here.")
            raise typer.Exit(INTERRUPTED) from None
        done, of = embeddings.count(opened, embedder.name)
        left_out = embeddings.count_other(opened)
    if call.form:
        print_document({"prepared": made, "found": done, "clips": of, "other_languages": left_out}, call.form)
    else:
        others = f"; {left_out:,} in other languages are not" if left_out else ""
        say(f"{count(made, 'clip')} prepared. {done:,} of {of:,} can be found by meaning{others}.")
    if not settings.search.meaning:
        complain("Search by meaning is off: set `meaning = true` under [search] in radio-archive.toml.")
