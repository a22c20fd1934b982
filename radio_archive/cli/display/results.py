"""Printing search results: for people, line by line, as CSV or as JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from radio_archive.cli.display.output import (
    complain,
    is_terminal,
    print_csv,
    print_json,
    print_json_with,
    print_jsonl,
    print_table,
    say,
    say_each,
    stdout_console,
)
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from radio_archive.models import Clip
    from radio_archive.search.results import ClipHit, Passage, Replacement, Results
    from radio_archive.search.search import EveryClip

Hit = tuple["Clip", "Passage"]
CLOSE = "close in meaning"
COLUMNS = tuple("clip title show reporter date start end matched text snippet current missing".split())
"""The values of a passage, also the columns in CSV."""


def hits(found: "Results") -> list[Hit]:
    """Return the passages in the order in which they are printed."""
    return [(hit.clip, passage) for hit in found.clips for passage in hit.passages]


def rows(found: "Iterable[ClipHit]") -> Iterator[dict[str, object]]:
    """Yield a flat row for each passage with its clip, and one for each clip that was found by filters alone."""
    for hit in found:
        missing = {"missing": " ".join(hit.missing)}
        for passage in hit.passages:
            yield _about(hit.clip) | _passage(passage) | missing
        if not hit.passages:
            nothing = dict.fromkeys(("start", "end", "matched", "current"), None) | {"text": "", "snippet": ""}
            yield _about(hit.clip) | nothing | missing


def document(query: str, found: "Results") -> dict[str, object]:
    """Return everything that was found, with the numbers, facets and months that were requested."""
    extras: Mapping[str, object] = {
        "total": found.total,
        "passages": found.passages,
        "facets": {name: [{"value": value, "clips": n} for value, n in rows] for name, rows in found.facets.items()},
        "months": [{"month": month, "clips": number} for month, number in found.months],
        "suggestions": found.suggestions,
        "replaced": _replaced(found.replaced),
        "close_in_meaning": list(_clips(found.close)),
    }
    clips = list(_clips(found.clips))
    given = {key: value for key, value in extras.items() if value is not None and value not in ([], {}, ())}
    return {"query": query, "clips": clips} | given


def _replaced(replaced: "Sequence[Replacement]") -> list[dict[str, object]]:
    return [{"typed": one.typed, "by": one.by} for one in replaced]


def _clips(found: "Iterable[ClipHit]") -> Iterator[dict[str, object]]:
    for hit in found:
        passages = [_passage(passage) for passage in hit.passages]
        yield _about(hit.clip) | {"missing": hit.missing, "passages": passages}


def _about(clip: "Clip") -> dict[str, object]:
    return {
        "clip": clip.uid,
        "title": clip.title,
        "show": clip.show,
        "reporter": clip.reporter,
        "date": clip.date,
    }


def _passage(passage: "Passage") -> dict[str, object]:
    around = {"before": passage.before, "after": passage.after} if passage.before or passage.after else {}
    return {
        "start": passage.start,
        "end": passage.end,
        "matched": str(passage.where),
        "text": passage.text,
        "snippet": passage.snippet,
        "current": passage.current,
        **around,
    }


def print_json_of(query: str, found: "Results") -> None:
    print_json(document(query, found))


def print_json_of_every(query: str, whole: "EveryClip") -> None:
    """Print what `print_json_of` would print of all clips, each as it is read."""
    replaced = {"replaced": _replaced(whole.replaced)} if whole.replaced else {}
    print_json_with({"query": query, "clips": None, **replaced}, "clips", _clips(whole.hits))


def print_jsonl_of(found: "Iterable[ClipHit]") -> None:
    for row in rows(found):
        print_jsonl(row)


def print_csv_of(found: "Iterable[ClipHit]") -> None:
    print_csv(COLUMNS, (["" if row[column] is None else str(row[column]) for column in COLUMNS] for row in rows(found)))


def print_facets(facets: Mapping[str, Sequence[tuple[str, int]]], names: Sequence[str]) -> None:
    """Print how many clips each show, reporter, host, language and year has."""
    for name in names:
        rows = facets.get(name, ())
        if rows and is_terminal():
            print_table({"clips": "right", name: "left"}, ([f"{number:,}", value] for value, number in rows))
        else:
            for value, number in rows:
                say(f"{name}\t{value}\t{number}")


def print_hits(found: "Iterable[ClipHit]", close: "Iterable[ClipHit]" = ()) -> None:
    """Print a heading for each clip and its numbered passages. In a pipe, print a line with tabs for each passage.

    Clips that are only `close` in meaning follow under a heading of their own, in a pipe with CLOSE in one more column.
    """
    if not is_terminal():
        say_each(_lines(found))
        say_each(f"{line}\t{CLOSE}" for line in _lines(close))
        return
    console = stdout_console()
    number = 0
    for hit in found:
        _print_heading(console, hit)
        for passage in hit.passages:
            number += 1
            # The heading already shows the title.
            if passage.text != hit.clip.title:
                _print_passage(console, passage, str(number))
    for at, hit in enumerate(close):
        if not at:
            console.rule(CLOSE, align="left", style="dim")
        _print_heading(console, hit)
        for passage in hit.passages:
            _print_passage(console, passage, "")


def _lines(found: "Iterable[ClipHit]") -> Iterator[str]:
    for hit in found:
        clip = hit.clip
        for passage in hit.passages:
            text = " ".join([*passage.before, beside(passage), *passage.after])
            yield _line(clip.uid, when(passage), clip.title, _credits(clip), text)
        if not hit.passages:
            yield _line(clip.uid, "", clip.title, _credits(clip), "")


def _line(*cells: str) -> str:
    return "\t".join(" ".join(cell.split()) for cell in cells)


def beside(passage: "Passage") -> str:
    """Return the snippet of a passage and, after an arrow, the current text there if that is another one."""
    return passage.snippet if passage.current is None else f"{passage.snippet} → {passage.current or '(nothing)'}"


def when(passage: "Passage") -> str:
    """Return when a passage is spoken, or where it was found if it is not."""
    how = {"version": " in another version", "heard": " as heard"}.get(passage.where)
    if how:
        return f"{clock(passage.start)}{how}"
    return clock(passage.start) if passage.position is not None else str(passage.where)


def _credits(clip: "Clip") -> str:
    return " · ".join(part for part in (clip.show, clip.reporter, clip.date) if part)


def _print_heading(console: "Console", hit: "ClipHit") -> None:
    from rich.text import Text

    title = _highlighted(hit.marked_title or hit.clip.title)
    title.stylize("bold")
    without = f"  without {', '.join(hit.missing)}" if hit.missing else ""
    console.print(Text.assemble(title, f"  {_credits(hit.clip)}  ", (hit.clip.uid, "dim"), (without, "italic")))


def _print_passage(console: "Console", passage: "Passage", number: str) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", justify="right", no_wrap=True, min_width=3)
    grid.add_column(style="dim", justify="right", no_wrap=True, min_width=5)
    grid.add_column(overflow="fold")
    for text in passage.before:
        grid.add_row("", "", Text(text, "dim"))
    grid.add_row(number, when(passage), _highlighted(passage.marked))
    if passage.current is not None:
        grid.add_row("", "now", Text(passage.current or "(nothing)", "dim"))
    for text in passage.after:
        grid.add_row("", "", Text(text, "dim"))
    console.print(grid)


def _highlighted(marked: str) -> "Text":
    from rich.text import Text

    from radio_archive.text.highlight import MARK_END, MARK_START

    text = Text()
    for index, part in enumerate(marked.split(MARK_START)):
        match, _, rest = part.partition(MARK_END) if index else ("", "", part)
        text.append(match, style="bold black on yellow").append(rest)
    return text


def complain_of_loosening(replaced: "Sequence[Replacement]", number: int, some: int, page: int) -> None:
    """Print which words were replaced, and how many of the `number` clips of a page have only some of the words."""
    _complain_of_replacing(replaced)
    if some == number > 0:
        complain(
            "No clip has all of these words; these have some."
            if page == 1
            else "These clips have only some of the words."
        )
    elif some:
        last = f"The last {some}" if some > 1 else "The last"
        complain(f"{last} of these {number} clips {'have' if some > 1 else 'has'} only some of the words.")


def complain_of_loosening_of(found: "Results", chosen: "Clip") -> None:
    """Print which words were replaced, and which ones the clip that was chosen among those found does not have."""
    _complain_of_replacing(found.replaced)
    for hit in found.clips:
        if hit.clip.uid == chosen.uid and hit.missing:
            complain(f"This clip does not have all of the words: it is without {', '.join(hit.missing)}.")


def _complain_of_replacing(replaced: "Sequence[Replacement]") -> None:
    for one in replaced:
        known = " or ".join(one.by)
        plus = f'+"{one.typed}"' if " " in one.typed else f"+{one.typed}"
        complain(f"{one.typed!r} is not in this archive, so {known} was searched for; {plus} finds exactly that.")


def complain_of_nothing(found: "Results") -> None:
    """Print that nothing was found, and what to try."""
    tries = ", ".join(found.suggestions)
    nothing = "Nothing found."
    complain(f"{nothing} Perhaps: {tries}" if tries else f"{nothing} Try fewer words, or the beginning of one: volcan*")


def print_hints(query: str) -> None:
    """Print which words of a query look like fields but were searched for as text."""
    from radio_archive.text.query_hints import hints

    for hint in hints(query):
        complain(hint)
