"""`search`: find passages; print, count, plot, play, cut or open them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from radio_archive.cli.display import results as printed
from radio_archive.cli.display.browser import open_in_browser
from radio_archive.cli.display.output import complain, is_terminal, say, say_each
from radio_archive.cli.display.output import count as counted
from radio_archive.cli.options import FILTERS, Call, commands
from radio_archive.cli.query import AnyOption, OptionalQueryArgument, SearchCommand, typed
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.filters import Filters
    from radio_archive.config.settings import SearchOptions
    from radio_archive.search.results import Match, Results, Weights
    from radio_archive.search.search import EveryClip

LOOKED_AT = 100
"""Clips among which the first spoken passage is looked for, if --limit asks for fewer."""


app = commands()


@app.command(cls=SearchCommand)
def search(
    call: Call,
    query: OptionalQueryArgument = None,
    like: Annotated[
        str | None,
        typer.Option("--like", metavar="CLIP", help="In place of a query: clips about the same as this one."),
    ] = None,
    sort: Annotated[
        Literal["relevance", "newest", "oldest"],
        typer.Option("--sort", metavar="ORDER", help="relevance, newest or oldest (by air date)."),
    ] = "relevance",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most this many clips.")] = 20,
    page: Annotated[int, typer.Option("--page", min=1, help="Which page of results to print: 2, 3 …")] = 1,
    every: Annotated[bool, typer.Option("--all", help="Print all clips.")] = False,
    context: Annotated[
        int, typer.Option("--context", "-C", min=0, max=50, help="How many sentences to print around a passage.")
    ] = 0,
    count: Annotated[bool, typer.Option("--count", help="Print how many clips match.")] = False,
    facets: Annotated[
        str | None,
        typer.Option("--facets", metavar="NAMES", help="Count clips by show, reporter, host, language, year."),
    ] = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw how many clips match over time.")] = False,
    play: Annotated[bool, typer.Option("--play", help="Play the first spoken passage.")] = False,
    quote: Annotated[
        Path | None,
        typer.Option(
            "--quote", metavar="FILE", help="Write the first spoken passage to an audio file, and print its citation."
        ),
    ] = None,
    hit: Annotated[
        int | None, typer.Option("--hit", min=1, help="The number of the passage for --play, --quote and --open.")
    ] = None,
    open_site: Annotated[
        bool,
        typer.Option("--open", help="Open the first spoken passage in the site of a running `radio-archive serve`."),
    ] = False,
    save: Annotated[
        str | None, typer.Option("--save", metavar="NAME", help="Save the search for `radio-archive saved run`.")
    ] = None,
    any_word: AnyOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one line per passage.")] = False,
    ids: Annotated[bool, typer.Option("--ids", help="Print only the clips' names.")] = False,
) -> None:
    """Search spoken words, titles, stories and names, in any spelling. Exit code 1 if nothing was found.

    Clips with all words come first; if these are few, clips with the most telling words follow. A word that the archive
    does not know is replaced by the closest that it knows. --count, --ids, --facets, --plot and --save take clips with
    all words, unless you say --any.

    A word with a hyphen (-word) must not occur. A "phrase" keeps words together, and +word is found only as it is.
    a OR b finds either word, a NEAR b finds them close together, and volcan* finds words that begin like this. Brackets
    group: (measles OR dengue) -samoa.

    title: (titles and summaries), said: and story: choose where to search, in:title does for all words. heard: finds
    what was heard otherwise than the text is now: in other transcripts, and before corrections. show: reporter: host:
    speaker: (anybody credited) language: choose clips, and so do since: until: before: after: date: year: with a time:
    2024, 2024-10-22, 10/22/2024, "March 2025", "last week". "volcano November 2022" also finds what aired then.
    Everything else is text.

    If search by meaning is on, clips that use other words for the same follow below, and --like finds clips about the
    same as another. See `radio-archive index --help`.

    Examples:

      radio-archive search sea turtles

      radio-archive search '"coral reef"' --show "Reef Notes" --since 2024-01-01

      radio-archive search 'volcan*' --json

      radio-archive search cable OR wire -fiji year:2024 --plot

      radio-archive search 'typhoon (guam OR saipan) since:"last year"'

      radio-archive search undersea cable --quote cable.mp3

      radio-archive search undersea cable --open

      radio-archive search --like k3x9 --since 2024-01-01
    """
    from radio_archive.archive.filters import EVERYTHING
    from radio_archive.cli import meaning
    from radio_archive.search.search import MOST, search_every
    from radio_archive.search.search import search as find

    form = call.one_form({"--csv": csv, "--ids": ids})
    names = _facet_names(facets)
    uses_passage = play or quote is not None or open_site
    if hit is not None and not uses_passage:
        raise UsageError("--hit chooses a passage, and nothing is to be done with it", "Add --play, --quote or --open.")
    if like is not None and (query or count or names or plot or save):
        raise UsageError("--like is a search of its own", "Leave out the words, --count, --facets, --plot and --save.")
    if like is None and not query:
        raise UsageError("there is nothing to search for", "Type words, or --like CLIP.")
    most = MOST if every else max(limit, LOOKED_AT) if uses_passage and hit is None and page == 1 else limit
    match: Match = "any" if any_word else "all" if ids or count or names or plot or save is not None else "best"
    with call.open(read_only=save is None) as opened:
        settings, text = call.settings(opened), typed(query or (), opened)
        asked = settings.search
        # Not for what other programs read as clips that have the words.
        shows_close = form in {"", "--json"} and not (count or names or plot or uses_passage)
        model = meaning.embedder(opened, settings) if shows_close and like is None else None
        if every and not (model or like or count or names or plot or uses_passage or save):
            whole = search_every(
                opened, text, call.filters, sort=sort, match=match, context=context, weights=_weights(asked),
                seconds=asked.time_limit,
            )  # fmt: skip
            if whole.number and page == 1:
                _STREAMED[form](text, whole)
                if form != "--ids":
                    printed.complain_of_loosening(whole.replaced, whole.number, whole.partial, page)
                printed.print_hints(text)
                return
        if like is not None:
            found = meaning.clips_like(opened, settings, like, call.filters, limit=most, page=page)
        else:
            found = find(
                opened, text, call.filters, sort=sort, match=match, limit=most, page=page, context=context,
                count=count, facets=bool(names), months=plot, weights=_weights(asked), seconds=asked.time_limit,
                meaning=model,
            )  # fmt: skip
        misheard = _misheard(opened, text, found)
        if save is not None:
            _save(opened, save, text, call.filters, any_word=any_word)
        elsewhere = (
            bool(query) and not found.clips and call.filters != EVERYTHING and bool(find(opened, text, limit=1).clips)
        )
        if found.clips and uses_passage:
            passage = _passage(found, hit, must_be_said=quote is not None)
            if open_site:
                open_in_browser(opened, passage)
            if play or quote is not None:
                _sound(opened, passage, quote=quote, around=context, as_json=form == "--json")
            printed.complain_of_loosening_of(found, passage[0])
            printed.print_hints(text)
            return
    if form:
        _PRINTERS[form](text, found)
    elif count or names or plot:
        _print_numbers(found, names, count=count, plot=plot)
    else:
        printed.print_hits(found.clips, found.close)
        if len(found.clips) == most:
            complain(f"There may be more: --page {page + 1}, or --all.")
    if form != "--ids":
        some = sum(bool(hit.missing) for hit in found.clips)
        printed.complain_of_loosening(found.replaced, len(found.clips), some, page)
    if like is not None and not found.clips and page == 1:
        complain(f"No other clip is about the same as {like}.")
        raise typer.Exit(1)
    if not found.clips and page > 1:
        complain(f"There is no page {page}.")
        raise typer.Exit(1)
    if not found.clips:
        printed.complain_of_nothing(found)
        if elsewhere:
            complain(f"There are results without {_options_of(call.filters)}.")
    if misheard and form != "--ids":
        complain('If it was misheard: radio-archive fix "{}" "{}"'.format(*misheard))
    printed.print_hints(text)
    if not found.clips:
        raise typer.Exit(int(save is None and not found.close))


def _options_of(filters: "Filters") -> str:
    """Return the filters that were given, as options."""
    given = [f"--{name}" for name in FILTERS if getattr(filters, name) is not None]
    return " and ".join([", ".join(given[:-1]), given[-1]] if len(given) > 1 else given)


_PRINTERS: Mapping[str, Callable[[str, "Results"], None]] = {
    "--json": printed.print_json_of,
    "--jsonl": lambda _, found: printed.print_jsonl_of(found.clips),
    "--csv": lambda _, found: printed.print_csv_of(found.clips),
    "--ids": lambda _, found: say_each(hit.clip.uid for hit in found.clips),
}
_STREAMED: Mapping[str, Callable[[str, "EveryClip"], None]] = {
    "": lambda _, whole: printed.print_hits(whole.hits),
    "--json": printed.print_json_of_every,
    "--jsonl": lambda _, whole: printed.print_jsonl_of(whole.hits),
    "--csv": lambda _, whole: printed.print_csv_of(whole.hits),
    "--ids": lambda _, whole: say_each(whole.uids),
}
"""How all clips are printed, each as it is read."""


def _misheard(archive: "Archive", query: str, found: "Results") -> tuple[str, str] | None:
    """Return what was probably heard wrongly, and the name that was asked for."""
    if found.clips and not found.replaced:
        return None
    # Slow to import, and few searches need it.
    from radio_archive.search.suggest import misheard_in

    return misheard_in(archive, query, found)


def _weights(asked: "SearchOptions") -> "Weights":
    from radio_archive.search.results import Weights

    return Weights(title=asked.title, name=asked.name, story=asked.story, heard=asked.heard)


def _facet_names(given: str | None) -> list[str]:
    from radio_archive.search.totals import FACETS

    names = [name.strip().lower() for name in (given or "").split(",") if name.strip()]
    for name in names:
        if name not in FACETS:
            raise UsageError(f"there is no facet {name!r}", f"Use some of: {','.join(FACETS)}.")
    return names


def _print_numbers(found: "Results", names: Sequence[str], *, count: bool, plot: bool) -> None:
    from radio_archive.cli.display.plots import over_time, print_bars

    if count:
        total = found.total or 0
        passages = f", {counted(found.passages, 'passage')}" if found.passages is not None else ""
        say(f"{counted(total, 'clip')}{passages}" if is_terminal() else str(total))
    printed.print_facets(found.facets, names)
    for name in names:
        if found.clips and not found.facets[name]:
            complain(f"No {name} is known of these clips.")
    if plot:
        print_bars(over_time(found.months))


def _passage(found: "Results", number: int | None, *, must_be_said: bool) -> "printed.Hit":
    """Return the passage with this number, counted from 1, or by default the first spoken one, of any clip.

    If none is spoken, that is the first passage, unless it `must_be_said`. Raises UsageError.
    """
    every = printed.hits(found)
    if not every:
        raise UsageError("these clips were found by filters alone", "Add a word that is spoken in one of them.")
    if number is not None:
        if number > len(every):
            raise UsageError(f"there is no passage {number}: {counted(len(every), 'passage')} found", "See --limit.")
        return every[number - 1]
    # What was only heard, and corrected since, was not said.
    for places in ({"speech"}, {"heard"}):
        for hit in every:
            if hit[1].where in places:
                return hit
    nobody = "nobody says that: it was found in titles, stories or names"
    if must_be_said:
        raise UsageError(nobody, "Search for words that are said: said:WORD looks for them only there.")
    complain(f"{nobody[0].upper()}{nobody[1:]}.")
    return every[0]


def _sound(archive: "Archive", passage: "printed.Hit", *, quote: Path | None, around: int, as_json: bool) -> None:
    """Write or play a passage."""
    from radio_archive.cli.display import quote as spoken

    if quote is not None:
        spoken.quote(archive, passage, quote, around=around, as_json=as_json)
    else:
        spoken.play(archive, passage)


def _save(archive: "Archive", name: str, text: str, filters: "Filters", *, any_word: bool) -> None:
    from radio_archive.search import saved

    saved.save(archive, name, text, filters, any_word=any_word)
    complain(f"Saved as {name!r}. `radio-archive saved run` prints its new clips from now on.")
