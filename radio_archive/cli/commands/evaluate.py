"""`evaluate`: how good the transcripts are, so that a station can choose its model by its own audio."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import complain, count, is_terminal, print_json, print_table, printable, say
from radio_archive.cli.options import ARCHIVE, FILTERS, Call, commands, taking
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from radio_archive.pipeline.evaluation import Evaluation, Figures, JudgedClip
    from radio_archive.text.accuracy import Score

NAMED = 5
"""Problems, and references without a clip, that are named; more are counted."""
SOME_NAMES = 4
"""Wrong names of a clip that are printed; --json has all."""
WORST = 10

app = commands()


@app.command(cls=taking(FILTERS, ARCHIVE, ("json",)))
def evaluate(
    call: Call,
    clip: Annotated[
        str | None,
        typer.Argument(
            help="Only this clip, by name or its beginning; a reference FILE is then its.", show_default=False
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            "--reference",
            metavar="PATH",
            readable=False,
            help="What was said: .txt, .srt, .vtt or .json, or a folder.",
        ),
    ] = None,
    by_story: Annotated[
        bool,
        typer.Option("--by-story", help="Without a reference: which names of the published stories were not heard."),
    ] = False,
    worst: Annotated[int, typer.Option("--worst", min=0, help="Show this many of the worst clips.")] = WORST,
) -> None:
    """Measure how good transcripts are, for each model that has transcribed the clips: choose yours by your own audio.

    --reference compares what was heard with what was said. A reference has the name of its recording with another
    suffix, or the clip's name. Reported are the word error rate (WER: words that are wrong, missing or invented, for
    each word that was said), each of these apart, and the share of names that are wrong. Letter case, accents, ʻokina,
    punctuation and hyphens do not count, as in a search; "twelve thousand" is 12,000; what stands in [brackets] is left
    out. Names are words with a capital that do not begin a sentence, and all names of the roster and the glossary.

    --by-story needs no reference. Not every name of a story is spoken, so the figure is no error rate: compare models,
    shows and months by it. Then `retranscribe --worst 100` takes the clips where most is to be won.

    Corrections do not count: what is judged is what the models heard. Nothing is changed. Exit code 1 if there was
    nothing to compare.

    Examples:

      radio-archive evaluate --reference scripts/

      radio-archive evaluate k3x9 --reference script.txt --json

      radio-archive evaluate --by-story --show "Asia Minute" --since 2024
    """
    from radio_archive.pipeline import evaluation

    if (reference is None) != by_story:
        raise UsageError("name one of --reference and --by-story", "See `radio-archive evaluate --help`.")
    if clip and by_story:
        raise UsageError("--by-story is about many clips", "Choose some with --show, --since …, or leave them out.")
    with call.open(read_only=True) as opened, bars() as bar:
        if reference is None:
            made = evaluation.by_story(opened, call.filters, worst=worst, progress=bar("reading stories"))
        else:
            from radio_archive.archive.clips.read import find_uid

            uid = find_uid(opened, clip) if clip else None
            progress = bar("comparing")
            made = evaluation.by_reference(opened, reference, call.filters, clip=uid, worst=worst, progress=progress)
    if call.form:
        print_json(_document(made, by_story=by_story))
    elif made.clips:
        _print(made, by_story=by_story)
    _tell(made)
    if not made.clips:
        complain(
            "No clip with a story that names somebody." if by_story else "No reference belongs to a transcribed clip."
        )
        raise typer.Exit(1)


def _tell(made: "Evaluation") -> None:
    """Say which references were not used, and what is wrong with others."""
    for problem in made.problems[:NAMED]:
        complain(problem)
    if len(made.problems) > NAMED:
        complain(f"{count(len(made.problems) - NAMED, 'more line')} about references: --json has all.")
    if made.unmatched:
        named = ", ".join(map(printable, made.unmatched[:NAMED]))
        more = f" and {len(made.unmatched) - NAMED:,} more" if len(made.unmatched) > NAMED else ""
        complain(f"No clip has the name of {count(len(made.unmatched), 'reference')}: {named}{more}.")


def _print(made: "Evaluation", *, by_story: bool) -> None:
    columns, cells = (_STORY_COLUMNS, _story_cells) if by_story else (_COLUMNS, _cells)
    _print_figures("", {"model": "left"} | columns, ([model, *cells(one)] for model, one in made.models.items()))
    if made.shared and made.shared != made.models:
        title = f"the {count(next(iter(made.shared.values())).clips, 'clip')} that all models heard"
        _print_figures(title, {"model": "left"} | columns, ([model, *cells(one)] for model, one in made.shared.items()))
    for name, groups in (("show", made.shows), ("month", made.months)) if by_story else ():
        rows = ([group or "(none)", model, *cells(one)] for (group, model), one in sorted(groups.items()))
        _print_figures(f"by {name}", {name: "left", "model": "left"} | columns, rows)
    if made.worst:
        rows = ([*_about(one), *_worst_cells(one, by_story=by_story), _some(one.wrong)] for one in made.worst)
        figures = {"not heard": "right"} if by_story else {"WER": "right"}
        about = {"clip": "left", "date": "left", "title": "left", "model": "left"}
        _print_figures("the worst clips", {**about, **figures, "names that are wrong": "left"}, rows)


def _print_figures(title: str, columns: Mapping[str, str], rows: Iterable[list[str]]) -> None:
    if title:
        say(f"\n{title}" if is_terminal() else f"# {title}")
    print_table(columns, rows)


_COLUMNS = dict.fromkeys(("clips", "words", "WER", "wrong", "missing", "invented", "names", "names wrong"), "right")
_STORY_COLUMNS = dict.fromkeys(("clips", "names", "not heard", "share"), "right")


def _cells(one: "Figures") -> list[str]:
    score = one.score
    parts = (
        score.word_error_rate,
        *(part / max(1, score.words) for part in (score.substituted, score.deleted, score.inserted)),
    )
    return [
        f"{one.clips:,}",
        f"{score.words:,}",
        *map(_percent, parts),
        f"{score.names:,}",
        _percent(score.name_error_rate),
    ]


def _story_cells(one: "Figures") -> list[str]:
    score = one.score
    return [f"{one.clips:,}", f"{score.names:,}", f"{score.names_wrong:,}", _percent(score.name_error_rate)]


def _about(judged: "JudgedClip") -> list[str]:
    version = judged.version
    return [version.clip, version.date or "", version.title, version.model]


def _worst_cells(judged: "JudgedClip", *, by_story: bool) -> list[str]:
    score = judged.score
    return [f"{score.names_wrong} of {score.names}" if by_story else _percent(score.word_error_rate)]


def _some(names: tuple[str, ...]) -> str:
    distinct = list(dict.fromkeys(names))
    more = f" and {len(distinct) - SOME_NAMES} more" if len(distinct) > SOME_NAMES else ""
    return ", ".join(distinct[:SOME_NAMES]) + more


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _document(made: "Evaluation", *, by_story: bool) -> dict[str, object]:
    figures = _story_keys if by_story else _keys
    document: dict[str, object] = {
        "clips": made.clips,
        "models": list(_grouped((((model,), one) for model, one in made.models.items()), ("model",), figures)),
        "shared": list(_grouped((((model,), one) for model, one in made.shared.items()), ("model",), figures)),
        "shows": list(_grouped(made.shows.items(), ("show", "model"), figures)),
        "months": list(_grouped(made.months.items(), ("month", "model"), figures)),
        "worst": [
            {
                **{key: getattr(one.version, key) for key in ("clip", "title", "show", "date", "model")},
                **figures(one.score),
                "wrong": one.wrong,
            }
            for one in made.worst
        ],
    }
    return document if by_story else {**document, "unmatched": made.unmatched, "problems": made.problems}


def _grouped(
    groups: "Iterable[tuple[tuple[str, ...], Figures]]",
    names: Sequence[str],
    figures: "Callable[[Score], dict[str, object]]",
) -> Iterator[dict[str, object]]:
    for group, one in sorted(groups, key=lambda one: one[0]):
        yield {
            **dict(zip(names, (part or None for part in group), strict=True)),
            "clips": one.clips,
            **figures(one.score),
        }


def _keys(score: "Score") -> dict[str, object]:
    rates = {"word_error_rate": score.word_error_rate, "name_error_rate": score.name_error_rate}
    return {**asdict(score), **{name: round(rate, 4) for name, rate in rates.items()}}


def _story_keys(score: "Score") -> dict[str, object]:
    return {"names": score.names, "not_heard": score.names_wrong, "share": round(score.name_error_rate, 4)}
