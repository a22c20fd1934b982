"""Printing the transcripts of a clip, and where two of them differ."""

from typing import TYPE_CHECKING

from radio_archive.cli.display.output import complain, is_terminal, print_rows, print_table, say, stdout_console
from radio_archive.text.times import clock
from radio_archive.text.versions import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radio_archive.models import TranscriptInfo
    from radio_archive.text.versions import Difference

COLUMNS = {
    "number": "right",
    "current": "left",
    "written": "left",
    "words": "right",
    "covered": "right",
    "made": "left",
}
AROUND = 4
"""Words before and after a difference."""


def print_versions(transcripts: "Sequence[TranscriptInfo]", form: str) -> None:
    """Print a line for each transcript, the newest first."""
    if form:
        print_rows(map(version_row, transcripts), form)
        return
    rows = []
    for info in transcripts:
        covered = info.options.get("covered")
        share = f"{covered:.0%}" if isinstance(covered, float) else ""
        mark = "current" if info.current else ""
        rows.append([str(info.number), mark, describe(info), f"{info.words:,}", share, info.created_at[:16]])
    print_table(COLUMNS, rows)


def version_row(info: "TranscriptInfo") -> dict[str, object]:
    """Return a transcript as data. `covered` is the share of the heard words that a published text has."""
    return {
        "number": info.number,
        "current": info.current,
        "written": describe(info),
        "origin": info.origin,
        "words": info.words,
        "covered": info.options.get("covered"),
        "fits": info.options.get("fits"),
        "language": info.language,
        "created_at": info.created_at,
    }


def print_differences(found: "Sequence[Difference]", form: str) -> None:
    """Print each place where two texts differ, with some words around it."""
    if form:
        rows = ({"start": one.start, "before": one.before, "after": one.after} for one in found if not one.same)
        print_rows(rows, form)
        return
    for at, one in enumerate(found):
        if not one.same:
            lead = found[at - 1].after.split()[-AROUND:] if at and found[at - 1].same else []
            tail = found[at + 1].after.split()[:AROUND] if at + 1 < len(found) and found[at + 1].same else []
            _print(one, " ".join(lead), " ".join(tail))
    if all(one.same for one in found):
        complain("The two are the same, word for word.")


def _print(one: "Difference", lead: str, tail: str) -> None:
    if not is_terminal():
        said = f"{lead} [{one.before} → {one.after}] {tail}".strip()
        say(f"{clock(one.start):>7}  {said}")
        return
    from rich.text import Text

    line = Text(f"{clock(one.start):>7}  {lead} ")
    line.append(one.before, "red strike")
    line.append(f"{' ' if one.before and one.after else ''}{one.after}", "bold green")
    line.append(f" {tail}")
    stdout_console().print(line)
