"""`check`: the quotations in the draft of a story, each looked up in what was said."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import complain, count, print_json, say, shown
from radio_archive.cli.options import ARCHIVE, FILTERS, Call, commands, taking
from radio_archive.errors import MediaMissingError, UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.search.quotations import Checked

MOST = 1_000
"""Quotations of a draft."""
_KEYS = "clip title show reporter date start end citation url note".split()

app = commands()


@app.command(cls=taking(FILTERS, ARCHIVE, ("json",)))
def check(
    call: Call,
    story: Annotated[str, typer.Argument(help="A draft: .txt, .md, .html or .docx; - for standard input.")],
    clip: Annotated[
        str | None, typer.Option("--clip", metavar="CLIP", help="Look only in this clip, by name or its beginning.")
    ] = None,
    audio: Annotated[
        Path | None,
        typer.Option(
            "--audio", metavar="FOLDER", help="Also write the sound of what was said to files in this folder."
        ),
    ] = None,
) -> None:
    """Check every quotation in a story against what was said, before it is published.

    Each one is exact, differs by some words, or was not said. A difference is shown as [-written-] {+said+}, with the
    clip and the second, to listen to. Letter case, punctuation and the spelling of names and numbers do not count;
    every word does. Words may be left out where the draft has an ellipsis (…), at most 200 at each; what is in
    [brackets] is the writer's and is not looked up.

    Quotations are what stands between quotation marks, also over several paragraphs, and blocks that are set off.
    "The reef," she said, "is alive" is one quotation.

    Exit code 1 if any of them is not exact.

    Examples:

      radio-archive check story.docx

      radio-archive check story.txt --show "Pacific Report" --since 2024-10 --audio sounds/
    """
    from radio_archive.archive.clips.read import find_uid
    from radio_archive.formats.draft import LARGEST, read_draft
    from radio_archive.formats.files import read_bytes
    from radio_archive.search.quotations import Result
    from radio_archive.search.quotations import check as look_up
    from radio_archive.text.quotations import at_most, quotations

    with call.open(read_only=True) as opened:
        content = sys.stdin.buffer.read(LARGEST + 1) if story == "-" else read_bytes(Path(story), LARGEST)
        name = "standard input" if story == "-" else story
        wanted = at_most(MOST, quotations(read_draft(content, name)), name)
        if audio is not None and audio.exists() and (not audio.is_dir() or any(audio.iterdir())):
            raise UsageError(f"{audio} is not an empty folder", "Name a new one.")
        uid = None if clip is None else find_uid(opened, clip)
        settings = call.settings(opened)
        found = look_up(opened, wanted, call.filters, clip=uid, seconds=settings.search.time_limit)
        rows = []
        for row in _rows(opened, shown(found, len(wanted), "looking up quotations"), settings.site.url, audio):
            rows.append(row)
            if not call.form:
                _tell(row)
    numbers = {kind: sum(row["result"] == kind for row in rows) for kind in Result}
    if call.form:
        print_json(
            {"story": story, **{kind.name.lower(): number for kind, number in numbers.items()}, "quotations": rows}
        )
    else:
        kinds = ", ".join(f"{number} {kind}" for kind, number in numbers.items())
        complain(f"{count(len(rows), 'quotation')} in {name}" + (f": {kinds}." if rows else "."))
    if len(rows) > numbers[Result.EXACT]:
        raise typer.Exit(1)


def _rows(archive: "Archive", found: "Iterable[Checked]", site: str, audio: Path | None) -> Iterator[dict[str, object]]:
    """Yield what is printed of each quotation, and write the sound of what was said."""
    from dataclasses import asdict

    from radio_archive.archive.clips import quotes
    from radio_archive.assistants.tools import diff_of, source_of

    limits: dict[str, tuple[str, ...]] = {}
    for number, one in enumerate(found, 1):
        source: Mapping[str, object] = dict.fromkeys(_KEYS)
        careful, file = tuple[str, ...](), None
        if one.clip is not None:
            source = asdict(
                source_of(one.clip, lambda path: f"{site.rstrip('/')}{path}" if site else None, one.start, one.end)
            )
            if one.clip.uid not in limits:
                limits[one.clip.uid] = quotes.limits(archive, one.clip)
            careful = limits[one.clip.uid]
            file = _sound(archive, one, audio / f"{number:03}-{one.clip.uid}.mp3") if audio else None
        yield {
            "line": one.quotation.line, "quotation": one.quotation.text, "result": one.result, "words": one.words,
            "diff": diff_of(one.stretches), "said": one.said, **source, "limits": careful, "file": file,
        }  # fmt: skip


def _sound(archive: "Archive", one: "Checked", target: Path) -> str | None:
    from radio_archive.archive.clips import quotes
    from radio_archive.cli.display.quote import write_sound

    assert one.clip is not None  # noqa: S101 - something is only said in a clip
    try:
        spoken = quotes.passage(archive, one.clip.uid, one.start, one.end)
    except MediaMissingError as error:
        complain(str(error))
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    write_sound(archive, spoken, target)
    return str(target)


def _tell(row: Mapping[str, object]) -> None:
    differs = f"differs by {count(int(str(row['words'])), 'word')}"
    what = {"exact": "exact", "not said": "NOT SAID"}.get(str(row["result"]), differs)
    say(f"{row['line']}: {what}: “{row['diff'] or row['quotation']}”")
    if row["result"] == "exact" and len(str(row["said"]).split()) != len(str(row["quotation"]).split()):
        # What an ellipsis or brackets stand for may change the sense.
        say(f"    whole: “{row['said']}”")
    if row["clip"]:
        say(f"    — {row['citation']}" + (f" {row['url']}" if row["url"] else ""))
        limits = row["limits"] if isinstance(row["limits"], tuple) else ()
        for note in filter(None, (row["note"], *limits, row["file"])):
            say(f"    {note}")
