"""`concordance` and `trends`: words in their context, and how often they are said over time."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import (
    BLOCK,
    complain,
    is_terminal,
    print_csv,
    print_rows,
    print_table,
    say,
    say_each,
    stdout_console,
)
from radio_archive.cli.display.results import print_hints
from radio_archive.cli.options import Call, commands
from radio_archive.cli.query import AnyOption, QueryArgument, SearchCommand, requoted, typed
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from rich.console import Console

    from radio_archive.search.concordance import MentionCount, Occurrence

CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
WithoutOpenings = Annotated[
    bool,
    typer.Option(
        "--without-openings", help='Leave out openings and sign-offs: "This is Asia Minute", "For HPR, I\'m …".'
    ),
]
LINE_COLUMNS = ("clip", "title", "show", "date", "start", "before", "match", "after")
COUNT_COLUMNS = ("term", "period", "mentions", "sentences", "clips", "aired", "share")
NOTHING = "Nobody says that. `radio-archive search` also searches titles and stories, and suggests other words."
ONLY_OPENINGS = "Nobody says that outside openings and sign-offs: see without --without-openings."


app = commands()


@app.command(cls=SearchCommand)
def concordance(
    call: Call,
    query: QueryArgument,
    newest: Annotated[bool, typer.Option("--newest", help="Newest first.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most this many sentences.")] = None,
    any_word: AnyOption = False,
    without_openings: WithoutOpenings = False,
    csv: CsvOption = False,
) -> None:
    """Print every place where words are said, one per line, with the words around them. Sorted by air date.

    Examples:

      radio-archive concordance undersea

      radio-archive concordance '"harbor master"' --since 2025-01-01 --csv > master.csv
    """
    from radio_archive.search import concordance as counts

    form = call.one_form({"--csv": csv})
    with call.open(read_only=True) as opened:
        text = typed(query, opened)
        lines = counts.concordance(
            opened, text, call.filters,
            newest=newest, limit=limit or -1, any_word=any_word, without_openings=without_openings,
        )  # fmt: skip
        first = list(islice(lines, 1))
        every = chain(first, lines)
        if form == "--csv":
            print_csv(LINE_COLUMNS, ([_cell(getattr(line, column)) for column in LINE_COLUMNS] for line in every))
        elif form:
            print_rows(map(asdict, every), call.form)
        else:
            _print_lines(every)
    print_hints(text)
    if not first:
        complain(ONLY_OPENINGS if without_openings else NOTHING)
        raise typer.Exit(1)


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)


def _print_lines(lines: "Iterable[Occurrence]") -> None:
    """Print the lines with their matches aligned, a page at a time. In a pipe, print tabs between the parts."""
    if not is_terminal():
        say_each(_tabbed(line) for line in lines)
        return
    console, rest = stdout_console(), iter(lines)
    while page := list(islice(rest, BLOCK)):
        _print_aligned(console, page)


def _tabbed(line: "Occurrence") -> str:
    parts = (line.before.rstrip(), line.match, line.after.lstrip())
    return "\t".join((line.clip, line.date or "", clock(line.start), *parts))


def _print_aligned(console: "Console", lines: "Sequence[Occurrence]") -> None:
    from rich.cells import cell_len, set_cell_size
    from rich.text import Text

    when = [f"{line.date or '':<10} {clock(line.start):>7}" for line in lines]
    wide = max((cell_len(line.match) for line in lines), default=0)
    room = max(20, console.width - max(map(len, when), default=0) - wide - 6 - 8)
    for line, moment in zip(lines, when, strict=True):
        before = _end_of(line.before, room // 2)
        right = room - room // 2 + wide - cell_len(line.match)
        text = Text.assemble(
            (f"{moment}  ", "dim"),
            " " * (room // 2 - cell_len(before)) + before,
            (line.match, "bold black on yellow"),
            set_cell_size(_beginning_of(line.after, right), right),
            (f"  {line.clip}", "dim"),
        )
        console.print(text, no_wrap=True, overflow="crop", crop=True)


def _beginning_of(text: str, room: int) -> str:
    """Return as much of the beginning of a text as fits, with an ellipsis if it is cut."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= room else set_cell_size(text, room - 1).rstrip() + "…"


def _end_of(text: str, room: int) -> str:
    """Return as much of the end of a text as fits, with an ellipsis if it is cut."""
    from rich.cells import cell_len

    kept = text
    while cell_len(kept) > room - (kept != text):
        kept = kept[1:]
    return kept if kept == text else f"…{kept}"


@app.command(cls=SearchCommand)
def trends(
    call: Call,
    words: Annotated[
        list[str], typer.Argument(help='Words or "phrases", each counted separately.', show_default=False)
    ],
    by: Annotated[
        Literal["month", "year"], typer.Option("--by", metavar="PERIOD", help="Count by month or year of the air date.")
    ] = "month",
    share: Annotated[bool, typer.Option("--share", help="Show the share of all clips in which it is said.")] = False,
    sentences: Annotated[
        bool, typer.Option("--sentences", help="Count each sentence in which it is said once. Faster.")
    ] = False,
    without_openings: WithoutOpenings = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw bars.")] = False,
    any_word: AnyOption = False,
    csv: CsvOption = False,
) -> None:
    """Count how often words are said in each month: every mention or, with --share, the share of clips.

    Only spoken words count, in any spelling; titles and stories do not. Only clips with an air date count: for these
    clips, there are as many mentions as lines of `concordance`. A word that is said twice in a sentence counts twice.
    If your archive has more clips in its later months, --share makes the months comparable.

    Examples:

      radio-archive trends drought '"sea level"' --by year --share

      radio-archive trends reef --since 2025-01-01 --plot

      radio-archive trends reef ferry --csv > counts.csv
    """
    from radio_archive.search import concordance as counts

    form = call.one_form({"--csv": csv, "--plot": plot})
    terms = list(dict.fromkeys(map(requoted, words)))
    with call.open(read_only=True) as opened:
        quick = sentences or (share and form in {"", "--plot"})
        with bars() as bar:
            found = counts.mentions(
                opened, terms, call.filters, by=by, sentences_only=quick, any_word=any_word,
                without_openings=without_openings, progress=bar("reading sentences"),
            )  # fmt: skip
    if form in {"--json", "--jsonl"}:
        print_rows((asdict(count) | {"share": count.share} for count in found), form)
    elif form == "--csv":
        print_csv(COUNT_COLUMNS, [[_value(count, column) for column in COUNT_COLUMNS] for count in found])
    elif plot:
        _print_plots(terms, found, share=share)
    else:
        _print_counts(terms, found, share=share)
    for term in terms:
        print_hints(term)
    if not any(count.sentences for count in found):
        complain(ONLY_OPENINGS if without_openings else NOTHING)
        raise typer.Exit(1)


def _value(count: "MentionCount", column: str) -> str:
    value = getattr(count, column)
    return f"{value:.4f}" if column == "share" else "" if value is None else str(value)


def _number(count: "MentionCount") -> int:
    return count.sentences if count.mentions is None else count.mentions


def _print_counts(terms: Sequence[str], found: "Sequence[MentionCount]", *, share: bool) -> None:
    by_period: dict[str, dict[str, MentionCount]] = {}
    for count in found:
        by_period.setdefault(count.period, {})[count.term] = count
    columns = {"": "left", **dict.fromkeys(terms, "right"), "clips aired": "right"}
    rows = [
        [
            period,
            *(f"{counts[term].share:.1%}" if share else str(_number(counts[term])) for term in terms),
            str(counts[terms[0]].aired),
        ]
        for period, counts in by_period.items()
    ]
    print_table(columns, rows)


def _print_plots(terms: Sequence[str], found: "Sequence[MentionCount]", *, share: bool) -> None:
    from radio_archive.cli.display.plots import print_bars

    for number, term in enumerate(terms):
        if len(terms) > 1:
            say(f"{'' if not number else chr(10)}{term}" if is_terminal() else f"# {term}")
        of_term = [count for count in found if count.term == term]
        print_bars([(count.period, round(100 * count.share) if share else _number(count)) for count in of_term])
