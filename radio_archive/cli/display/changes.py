"""Printing the places where a text was corrected."""

from typing import TYPE_CHECKING

from radio_archive.cli.display.output import complain, is_terminal, print_rows, say, stdout_console
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radio_archive.archive.clips.corrections import FiledCorrection
    from radio_archive.text.corrected import Change


def print_changes(found: "Sequence[Change[FiledCorrection]]", form: str) -> None:
    """Print each place with some words around it, what was heard, what is there now, and why."""
    if form:
        print_rows(map(change_row, found), form)
        return
    for one in found:
        _print(one)
    if not found:
        complain("Nothing was corrected: the text is what was heard.")


def change_row(one: "Change[FiledCorrection]") -> dict[str, object]:
    """Return a place as data; times are in seconds."""
    filed = one.correction
    return {
        "start": one.start,
        "end": one.end,
        "heard": one.heard,
        "text": one.text,
        "before": one.before,
        "after": one.after,
        "source": filed.source,
        "evidence": filed.evidence,
        "confidence": filed.confidence,
        "author": filed.author,
        "batch": filed.batch,
        "forgets": filed.forgets,
    }


def _print(one: "Change[FiledCorrection]") -> None:
    filed = one.correction
    why = [filed.evidence or filed.source, "" if filed.by_person else f"{filed.confidence:.2f}", filed.author or ""]
    reason = f"  ← {', '.join(part for part in why if part)}; batch {filed.batch}"
    if not is_terminal():
        said = f"{one.before} [{one.heard} → {one.text}] {one.after}".strip()
        say(f"{clock(one.start):>7}  {said}{reason}")
        return
    from rich.text import Text

    line = Text(f"{clock(one.start):>7}  {one.before} ")
    line.append(one.heard, "red strike")
    line.append(f"{' ' if one.text else ''}{one.text}", "bold green")
    line.append(f" {one.after}")
    line.append(reason, "dim")
    stdout_console().print(line)
