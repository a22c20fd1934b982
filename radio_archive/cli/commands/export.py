"""`export`: transcripts as files."""

import math
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import complain, count, print_rows, say, say_as_it_is
from radio_archive.cli.options import (
    ARCHIVE,
    FILTERS,
    FORMS,
    Call,
    SomeClipsArgument,
    chosen_uids,
    commands,
    one_of,
    taking,
)
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.formats.cues import CaptionStyle
    from radio_archive.models import Clip
    from radio_archive.pipeline.export import Export, Exported

NAMED = 20
"""So many files are named one by one, and more of them are counted."""
app = commands()


class _Export(taking(FILTERS, ARCHIVE, FORMS)):  # type: ignore[misc]
    def format_epilog(self, ctx: typer.Context, formatter: Any) -> None:
        """Name the formats of plugins, which are looked for only when this help is shown."""
        from radio_archive.formats import formats

        if added := [name for name, one in formats().items() if not one.plugin.is_own]:
            formatter.write_paragraph()
            formatter.write_text(f"Formats of plugins: {', '.join(added)}.")


@app.command(cls=_Export)
def export(
    call: Call,
    clips: SomeClipsArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="All clips.")] = False,
    format: Annotated[  # noqa: A002
        str,
        typer.Option(
            "--format",
            "-f",
            help="vtt, srt, ttml, txt, md, docx, html, json, podcast, aapb, pbcore, ohms, ohms-vtt, csv or jsonl.",
        ),
    ] = "txt",
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="A file, or a folder for several clips; csv and jsonl put all in one file. Default: standard output.",
        ),
    ] = None,
    bag: Annotated[
        Path | None,
        typer.Option(
            "--bag",
            metavar="FOLDER",
            help="Write a BagIt bag into this new folder: originals, transcripts, sidecars and metadata.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that have other content.")] = False,
    broadcast: Annotated[
        bool,
        typer.Option(
            "--broadcast",
            help="Captions by the usual rules: at least 5/6 and at most 7 seconds, 20 characters a second, 0.08 "
            "seconds between them. Otherwise they are shown while their words are said.",
        ),
    ] = False,
    line_length: Annotated[
        int | None, typer.Option("--line-length", min=8, max=200, help="Columns of a line of captions. Default: 42.")
    ] = None,
    lines: Annotated[int | None, typer.Option("--lines", min=1, max=4, help="Lines of a caption. Default: 2.")] = None,
    min_duration: Annotated[
        float | None,
        typer.Option(
            "--min-duration",
            metavar="SECONDS",
            min=0,
            max=60,
            help="A caption stays at least for so long, if there is time.",
        ),
    ] = None,
    max_duration: Annotated[
        float | None,
        typer.Option("--max-duration", metavar="SECONDS", min=0.5, max=3600, help="A longer caption is cut."),
    ] = None,
    reading_speed: Annotated[
        float | None,
        typer.Option(
            "--reading-speed", min=1, max=1000, help="Characters a second: longer captions stay, if there is time."
        ),
    ] = None,
    gap: Annotated[
        float | None, typer.Option("--gap", metavar="SECONDS", min=0, max=10, help="Between two captions, at least.")
    ] = None,
    classes: Annotated[
        bool, typer.Option("--classes", help="In WebVTT, mark words: <c.uncertain> and <c.corrected>.")
    ] = False,
    text_tree: Annotated[
        Path | None,
        typer.Option("--text-tree", metavar="FOLDER", help="A file for each public clip, a sentence a line, for git."),
    ] = None,
) -> None:
    """Write transcripts as captions, text, tables, and records for catalogs.

    Formats: captions (vtt, srt, ttml), text (txt, md, docx), paragraphs for a content management system (html), all
    words with their times (json), a table of segments (csv, jsonl), and what podcast apps (podcast), the American
    Archive of Public Broadcasting (aapb), catalogs (pbcore) and viewers of oral histories (ohms, ohms-vtt) read.

    Private clips, and those under an embargo, are written like all others. A file that exists with other content is
    left as it is, unless there is --force.

    Examples:

      radio-archive export k3x9 --format vtt > captions.vtt

      radio-archive export k3x9 m2c8 --format srt --broadcast --output captions/

      radio-archive export --text-tree transcripts/

      radio-archive export --show "Asia Minute" --since 2024 --format docx --output scripts/

      radio-archive export --all --format csv --output segments.csv

      radio-archive export --show "Asia Minute" --bag /media/handover/asia-minute
    """
    from radio_archive.formats import formats
    from radio_archive.pipeline.export import Export, whole_clips

    if text_tree is not None:
        from radio_archive.archive.filters import EVERYTHING
        from radio_archive.cli.display.text_tree import export_tree

        chosen = bool(clips) or everything or call.filters != EVERYTHING
        one_of({"--text-tree": True, "clips": chosen, "--bag": bag is not None, "--output": output is not None})
        export_tree(call, text_tree)
        return
    if bag is not None:
        one_of({"--bag": True, "--output": output is not None})
        _write_bag(call, clips, bag, everything=everything)
        return
    name = format.lower()
    if name not in formats():
        raise UsageError(f"there is no format {format!r}", f"Use one of: {', '.join(formats())}.")
    rules = {
        "line_length": line_length, "lines": lines, "min_duration": min_duration, "max_duration": max_duration,
        "reading_speed": reading_speed, "gap": gap, "classes": classes or None,
    }  # fmt: skip
    job = Export(name, _style(name, rules, broadcast=broadcast), force)
    output = None if output == "-" else output
    if call.form and output is None:
        raise UsageError(
            f"{call.form} tells what was written to files", "Name one with --output, or use --format json."
        )
    with call.open(read_only=True) as opened:
        uids, number = chosen_uids(opened, clips, call.filters, everything=everything)
        if not number:
            complain("No clip matches. `radio-archive list` shows all of them.")
        found = whole_clips(opened, uids)
        if output is None:
            _print(job, found, number)
            return
        path = Path(output)
        opened.require_outside(path)
        several = not formats()[name].value.table and (not clips or number > 1)
        if several and path.is_file():
            raise UsageError(f"{path} is a file, and {job.format} needs one for each clip", "Name a folder.")
        with bars() as bar:
            update = bar("exporting") if number > NAMED else lambda done, total: None
            found = _counted(found, number, update)
            into_folder = several or path.is_dir() or output.endswith("/")
            _tell(job.files(path, found, into_folder=into_folder), call.form, number, output)


def _style(name: str, rules: Mapping[str, Any], *, broadcast: bool) -> "CaptionStyle":
    """Return how captions are made by the options that were given. Raises UsageError."""
    from dataclasses import replace

    from radio_archive.formats import formats
    from radio_archive.formats.cues import BROADCAST, WORDS_OWN_TIMES

    given = {rule: value for rule, value in rules.items() if value is not None}
    option = f"--{next(iter(given), 'broadcast').replace('_', '-')}"
    captions = [one.value.name for one in formats().values() if one.value.captions]
    if (given or broadcast) and name not in captions:
        raise UsageError(f"{option} is for captions, not for {name}", f"Use one of: {', '.join(captions)}.")
    if "classes" in given and name != "vtt":
        raise UsageError(f"{name} has no classes of words", "Use --classes with --format vtt.")
    if any(map(math.isnan, given.values())):
        raise UsageError("nan is no number", "Give seconds, characters or lines as a number.")
    style = replace(BROADCAST if broadcast else WORDS_OWN_TIMES, **given)
    if style.min_duration > style.max_duration:
        raise UsageError(
            f"captions cannot stay for {style.min_duration:g} seconds and be cut after {style.max_duration:g}",
            "Give a longer --max-duration or a shorter --min-duration.",
        )
    return style


def _print(job: "Export", clips: "Iterator[Clip]", number: int) -> None:
    """Print clips. Raises UsageError for a format of which standard output, or the terminal, cannot have so much."""
    from radio_archive.formats import formats

    how = formats()[job.format].value
    if how.table:
        say_as_it_is(piece.decode() for piece in job.content(clips))
        return
    if number > 1 and not how.joined:
        raise UsageError(f"{job.format} needs a file for each clip", "Name a folder with --output.")
    if not how.binary:
        for piece in job.content(clips):
            say(piece.decode().rstrip("\n"))
    elif sys.stdout.isatty():
        raise UsageError(f"{job.format} is nothing to read on a terminal", "Name a file with --output.")
    else:
        sys.stdout.buffer.writelines(job.content(clips))
        sys.stdout.buffer.flush()


def _write_bag(call: Call, clips: list[str] | None, folder: Path, *, everything: bool) -> None:
    from radio_archive.pipeline.export import whole_clips
    from radio_archive.publish import bag

    with call.open(read_only=True) as opened, bars() as bar:
        uids, number = chosen_uids(opened, clips, call.filters, everything=everything)
        made = bag.write(opened, _counted(whole_clips(opened, uids, sources=True), number, bar("bagging")), folder)
    if call.form:
        print_rows([{"path": str(folder), "clips": made.clips, "problems": made.problems}], call.form)
    else:
        complain(f"wrote {folder} with {count(made.clips, 'clip')}")
    for problem in made.problems:
        complain(f"{problem}: it is not in the bag.")
    if made.problems:
        raise typer.Exit(1)


def _counted(clips: "Iterator[Clip]", number: int, update: Callable[[int, int], None]) -> "Iterator[Clip]":
    for done, clip in enumerate(clips):
        update(done, number)
        yield clip


def _tell(made: "Iterator[Exported]", form: str, number: int, output: str) -> None:
    """Tell what became of each file, or of all together. Raises typer.Exit where any was kept."""
    from radio_archive.formats.files import Written

    outcomes: Counter[str] = Counter()

    def rows() -> Iterator[dict[str, object]]:
        for one in made:
            outcomes[one.outcome] += 1
            if number <= NAMED or one.outcome == Written.KEPT:
                complain(_LINES[one.outcome].format(one.path))
            yield {"path": str(one.path), "clip": one.clip, "outcome": one.outcome}

    if form:
        print_rows(rows(), form)
    else:
        deque(rows(), 0)
    if number > NAMED:
        same = outcomes[Written.UNCHANGED]
        wrote = count(outcomes[Written.WRITTEN], "file")
        complain(f"wrote {wrote} to {output}{f', {same:,} unchanged' if same else ''}")
    if kept := outcomes[Written.KEPT]:
        complain(f"{count(kept, 'file')} kept. --force replaces what is there.")
        raise typer.Exit(1)


_LINES = {"written": "wrote {}", "unchanged": "unchanged: {}", "kept": "exists with other content: {}"}
