"""`list`, `show`: reading an archive."""

from dataclasses import asdict, replace
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from radio_archive.cli.display.output import (
    complain,
    count,
    is_terminal,
    print_document,
    print_rows,
    print_table,
    say,
    stdout_console,
)
from radio_archive.cli.options import ARCHIVE, FILTERS, FORMS, Call, ClipArgument, commands, taking
from radio_archive.errors import UsageError
from radio_archive.text.times import clock, stretch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from radio_archive.archive.clips.decisions import Decisions
    from radio_archive.models import Clip, Recording, Story, TranscriptInfo
    from radio_archive.pipeline.sidecars import ReadSidecars

LIST_COLUMNS = {"clip": "left", "date": "left", "show": "left", "reporter": "left", "length": "right", "title": "left"}


app = commands()


@app.command("list", cls=taking(FILTERS, ARCHIVE, FORMS))
def list_clips(
    call: Call,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most this many.")] = None,
    incomplete: Annotated[
        bool,
        typer.Option(
            "--incomplete",
            help="Only clips in which speech was not understood, or whose recording is damaged, cut short or has "
            "another warning. Says of each what is missing.",
        ),
    ] = False,
    only_count: Annotated[bool, typer.Option("--count", help="Print only how many there are.")] = False,
) -> None:
    """List the clips in the archive, newest first.

    Examples:

      radio-archive list --show "Asia Minute" --since 2024-01-01

      radio-archive list --json | jq -r '.[].title'

      radio-archive list --incomplete | cut -f1 | xargs radio-archive retranscribe --model large-v3
    """
    from radio_archive.archive.clips import read
    from radio_archive.archive.filters import EVERYTHING
    from radio_archive.formats.json import summary

    form = call.one_form({"--count": only_count})
    filters = replace(call.filters, incomplete=incomplete)
    with call.open(read_only=True) as opened:
        if only_count:
            number = read.count(opened, filters)
            say(count(number, "clip") if is_terminal() else str(number))
            return
        parts = read.Part.GAPS if incomplete else read.Part.NOTHING
        clips = read.clips(opened, filters, limit or -1, parts=parts)
        if form:
            print_rows(({**summary(c), "missing": _missing(c)} if incomplete else summary(c) for c in clips), form)
            return
        first = next(clips, None)
        if first:
            rows = ([*_row(c), "; ".join(_missing(c))] if incomplete else _row(c) for c in chain([first], clips))
            print_table({**LIST_COLUMNS, "missing": "left"} if incomplete else LIST_COLUMNS, rows)
            return
    if filters != EVERYTHING:
        complain("No clip matches. `radio-archive list` shows all of them.")
    else:
        complain("No clips. `radio-archive add FILE…` archives some.")


def _row(clip: "Clip") -> list[str]:
    length = clock(round(clip.duration))
    return [clip.uid, clip.date or "", clip.show or "", clip.reporter or "", length, clip.title]


def _missing(clip: "Clip") -> list[str]:
    """Return what is missing in a clip: of its recording, and of its transcript."""
    from radio_archive.text.doubts import gaps_line

    return [*clip.recording.warnings, *([gaps_line(clip.gaps)] if clip.gaps else [])]


@app.command(cls=taking(ARCHIVE, FORMS))
def show(
    call: Call,
    clip: ClipArgument,
    numbers: Annotated[
        list[int] | None,
        typer.Argument(help="With --diff: the numbers of the transcripts to compare.", show_default=False),
    ] = None,
    original: Annotated[
        bool, typer.Option("--original", help="The text as it was heard, without corrections.")
    ] = False,
    versions: Annotated[
        bool, typer.Option("--versions", help="Only a list of the clip's transcripts, with their numbers.")
    ] = False,
    diff: Annotated[
        bool,
        typer.Option(
            "--diff",
            help="Only where the text was corrected: what was heard, and what is there now. With the numbers of two "
            "transcripts, where they differ; with one number, where that one and the current one do.",
        ),
    ] = False,
) -> None:
    """Show everything about a clip.

    Prints each value with its source, how the transcript was made, what the guards against invented text found, and
    the timed transcript.

    Examples:

      radio-archive show k3x9

      radio-archive show k3x9 --diff

      radio-archive show k3x9 --versions

      radio-archive show k3x9 --diff 1 2
    """
    from radio_archive.cli.options import one_of

    one_of({"--original": original, "--diff": diff, "--versions": versions})
    if numbers and not (diff and len(numbers) <= 2):
        raise UsageError(f"{' '.join(map(str, numbers))} is too much", "Two numbers may follow --diff.")
    if numbers:
        _show_differences(call, clip, numbers)
    elif versions:
        _show_versions(call, clip)
    elif diff:
        _show_changes(call, clip)
    else:
        _show_all(call, clip, original=original)


def _show_changes(call: Call, clip: str) -> None:
    """Print the places of a clip where its text is not what was heard."""
    from radio_archive.archive.clips import corrections, read
    from radio_archive.cli.display.changes import print_changes

    with call.open(read_only=True) as opened:
        print_changes(corrections.changes_of(opened, read.find_uid(opened, clip)), call.form)


def _show_versions(call: Call, clip: str) -> None:
    """Print a line for each transcript of a clip."""
    from radio_archive.archive.clips import read
    from radio_archive.cli.display.versions import print_versions

    with call.open(read_only=True) as opened:
        known = read.clip(opened, read.find_uid(opened, clip), read.Part.SOURCES)
    print_versions(known.transcripts, call.form)


def _show_differences(call: Call, clip: str, numbers: "list[int]") -> None:
    """Print where two transcripts of a clip differ, or one and the current one."""
    from radio_archive.archive.clips import read, versions
    from radio_archive.cli.display.versions import print_differences
    from radio_archive.text.versions import differences

    with call.open(read_only=True) as opened:
        uid = read.find_uid(opened, clip)
        before = versions.words(opened, uid, numbers[0])
        after = (
            versions.words(opened, uid, numbers[1])
            if len(numbers) > 1
            else read.clip(opened, uid, read.Part.WORDS).words
        )
    print_differences(list(differences(before, after)), call.form)


def _show_all(call: Call, clip: str, *, original: bool) -> None:
    from radio_archive.archive.clips import decisions, read, sidecars, stories
    from radio_archive.formats.json import document
    from radio_archive.pipeline.sidecars import read as read_beside

    with call.open(read_only=True) as opened:
        uid = read.find_uid(opened, clip)
        as_heard = read.Part.ORIGINAL if original else read.Part.NOTHING
        known = read.clip(opened, uid, read.Part.TEXT | read.Part.SOURCES | as_heard)
        decided, story = decisions.of_clip(opened, uid), stories.of_clip(opened, uid)
        beside = read_beside(sidecars.contents(opened, uid), known.duration)
    told = _share_told(known, story) if story else None
    if call.form:
        every = document(known) | {"facts": asdict(decided), "story": asdict(story) if story else None}
        print_document(every | {"told": told, "sidecar_problems": beside.problems}, call.form)
        return
    facts = [*_facts(known), *_sidecars(known, beside), *_decided(decided, known.transcript), *_told(story, told)]
    console = stdout_console()
    if console.is_terminal:
        console.print(_grid(facts, "bold cyan", "left"))
        console.print()
        console.print(_grid(_said(known), "dim", "right"))
    else:
        for label, value in facts:
            say(f"{label:<10} {value}")
        say("")
        said = _said(known)
        width = max((7, *(len(label) for label, *_ in said)))
        for label, value, _ in said:
            say(f"{label:>{width}}  {value}")
    if not known.segments and not known.gaps:
        complain("No speech was found in this clip.")


def _said(clip: "Clip") -> list[tuple[str, str, str]]:
    """Return the times, texts and styles of segments and gaps, in order.

    A name is before a text where somebody else begins to speak, or `>>` if it is not known who; `[de]` before one in
    another language.
    """
    from radio_archive.text.doubts import NOT_UNDERSTOOD

    befores = [None, *(segment.speaker for segment in clip.segments)]
    spoken = [
        (s.start, clock(s.start), f"{name}{f'[{s.language}] ' if s.language else ''}{s.text}", "")
        for s, before in zip(clip.segments, befores, strict=False)
        for name in ["" if s.speaker == before else f"{s.speaker}: " if s.speaker else ">> "]
    ]
    gaps = [(gap.start, stretch(gap.start, gap.end), NOT_UNDERSTOOD, "dim") for gap in clip.gaps]
    return [row[1:] for row in sorted((*spoken, *gaps), key=lambda row: row[0])]


def _grid(rows: "Iterable[tuple[str, ...]]", style: str, justify: "Literal['left', 'right']") -> "Table":
    """Return two columns for a terminal, of labels, values and styles of values. Long values wrap in their column."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=style, justify=justify, no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value, *styles in rows:
        grid.add_row(label, Text(value, *styles))
    return grid


def _facts(clip: "Clip") -> list[tuple[str, str]]:
    """Return labelled lines. A claimed value is followed by its source and by the claims that lost."""
    from radio_archive.metadata.resolve import proposals, ranks, resolve_for_show
    from radio_archive.pipeline.versions import messages

    resolved = resolve_for_show(clip.claims, lambda _: clip.ranks)
    facts = [("clip", clip.uid)]
    for field, found in resolved.items():
        facts += [(field.value, f"{claim.value}  ← {claim.source}: {claim.evidence}") for claim in found.accepted]
        values = {claim.value for claim in found.accepted}
        facts += [
            ("", f"not {claim.value}  ← {claim.source}: {claim.evidence}")
            for claim in found.losers
            if claim.value not in values
        ]
    if "language" not in resolved and clip.language:
        facts.append(("language", f"{clip.language}  ← heard"))
    facts += [
        (f"{claim.field}?", f"{claim.value}  ← only proposed by {claim.source}: {claim.evidence}")
        for claim in proposals(clip.claims, ranks(clip.ranks))
    ]
    facts += [
        ("duration", f"{clock(round(clip.duration))} ({clip.duration:.2f} s)"),
        ("sound", _sound(clip.recording)),
        ("file", f"{clip.file} ({clip.storage}; was {clip.recording.original_name})"),
        ("sha256", clip.recording.sha256),
        ("archived", clip.added_at),
    ]
    facts += [("also as", f"{role}: {name}, {clock(round(seconds))}") for role, name, seconds in clip.editions]
    facts += [("chapter", f"{clock(chapter.start)} {chapter.title}") for chapter in clip.recording.chapters]
    facts += [("warning", warning) for warning in clip.recording.warnings]
    for transcript in clip.transcripts:
        facts.append((f"version {transcript.number}", _transcript_line(transcript)))
        facts += [("", line) for line in (*messages(transcript), *_doubts(transcript))]
    return facts


def _sidecars(clip: "Clip", beside: "ReadSidecars") -> list[tuple[str, str]]:
    """Return the names of the files that came with a clip, and a line for each transcript and each problem in them."""
    facts = [("sidecars", ", ".join(clip.sidecars))] if clip.sidecars else []
    for transcript in beside.transcripts:
        untimed = ", without times" if transcript.options.get("times") == "none" else ""
        facts.append(("", f"{transcript.model}: a transcript of {count(len(transcript.words), 'word')}{untimed}"))
    return [*facts, *(("", problem) for problem in beside.problems)]


def _sound(recording: "Recording") -> str:
    """Return level, loudness and format of a recording."""
    parts = [
        None if recording.loudness is None else f"{recording.loudness:.1f} LUFS",
        None if recording.true_peak is None else f"true peak {recording.true_peak:.1f} dBTP",
        None if recording.level is None else f"mean {recording.level:.1f} dBFS",
        f"{recording.sample_rate / 1000:g} kHz",
        None if recording.bit_rate is None else f"{recording.bit_rate / 1000:.0f} kb/s",
        count(recording.channels, "channel"),
    ]
    return ", ".join(part for part in parts if part)


def _share_told(clip: "Clip", story: "Story") -> float | None:
    """Return the share of what was said in a clip that its story has word for word, 0 to 1; None if nothing was."""
    from radio_archive.metadata.repair.names import words_of
    from radio_archive.text.alignment import align

    found = align([word.text for word in clip.words], words_of(story), in_order=False)
    return round(found.coverage, 3) if clip.words else None


def _told(story: "Story | None", share: float | None) -> list[tuple[str, str]]:
    """Return a line about the published story, and the share of what was said that is in it."""
    if story is None:
        return []
    words = count(sum(len(paragraph.split()) for paragraph in story.body), "word")
    told = "" if share is None else f"; {share:.0%} of what was said is in it"
    address = f", {story.url}" if story.url else ""
    return [("story", f"{story.headline or 'without a headline'} ({words}{told}){address}")]


def _decided(facts: "Decisions", transcript: "TranscriptInfo | None") -> list[tuple[str, str]]:
    """Return what a person decided about a clip, and whether its transcript still needs a review."""
    shown = [("visibility", facts.visibility)] if facts.visibility != "public" else []
    shown += [("embargo", f"until {facts.embargo_until}")] if facts.embargo_until else []
    shown += [("rights", facts.rights)] if facts.rights else []
    made = "made by a machine"
    if transcript and transcript.origin != "engine":
        made = "imported" if transcript.options.get("imported") else "written by the publisher, timed by a machine"
    machine = f"{made}; no person has approved the transcript"
    shown.append(("review", facts.review if facts.review == "approved" else f"{facts.review}: {machine}"))
    shown += [("subject", subject) for subject in facts.subjects]
    shown += [("note", text) for text in facts.notes]
    shown += [("in", f"the collection {name}") for name in facts.collections]
    return shown


def _doubts(transcript: "TranscriptInfo") -> list[str]:
    """Return a line for each window whose text may be invented, and one line for all the others."""
    from radio_archive.models import Verdict

    lines = [
        f"{stretch(window.start, window.end)} {window.verdict}: {', '.join(window.flags)}"
        for window in transcript.windows
        if window.verdict not in {Verdict.TRUSTED, Verdict.UNCHECKED}
    ]
    fine = sum(window.verdict == Verdict.TRUSTED for window in transcript.windows)
    return [*lines, f"{count(fine, 'window')} without a sign of invented text"] if fine else lines


def _transcript_line(transcript: "TranscriptInfo") -> str:
    from radio_archive.text.versions import describe

    device = transcript.options.get("device")
    on = f" on {device} ({transcript.options.get('compute_type')})" if device else ""
    speed = f", {transcript.speed:.0f}× real time" if transcript.speed else ""
    state = "current" if transcript.current else "not current"
    words = count(transcript.words, "word")
    return f"{describe(transcript)}{on}{speed}, {words}, {transcript.created_at} ({state})"
