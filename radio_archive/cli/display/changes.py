"""Printing the places where a text was corrected."""

from typing import TYPE_CHECKING

from radio_archive.cli.display.output import (
    complain,
    is_terminal,
    print_json_with,
    print_rows,
    say,
    stdout_console,
)
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from radio_archive.archive.clips.corrections import FiledCorrection
    from radio_archive.pipeline.fix import Fix, Found
    from radio_archive.pipeline.retag import Change as FieldChange
    from radio_archive.text.corrected import Change


def print_changes(found: "Sequence[Change[FiledCorrection]]", form: str) -> None:
    """Print each place with some words around it, what was heard, what is there now, and why."""
    if form:
        print_rows(map(change_row, found), form)
        return
    for one in found:
        _print(one)
    if not found:
        complain("Nothing was corrected: the text is as it was heard or written.")


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


def print_place(found: "Found") -> None:
    """Print the places in a clip where a text is to be replaced, with the words around each."""
    clip = found.clip
    say(f"{clip.uid}  {clip.date or ''}  {clip.show or ''}  {clip.title}")
    for one in found.places:
        _print_line(one.start, one.before, one.edit.before, one.edit.after, one.after, "")


def print_places_json(work: "Fix", form: str) -> None:
    """Print the places that were found as data, each as it is read."""
    if form == "--json":
        print_json_with({"places": work.places, "changes": None}, "changes", _place_rows(work))
    else:
        print_rows(_place_rows(work), form)


def _place_rows(work: "Fix") -> "Iterator[dict[str, object]]":
    for found in work.found():
        clip = {"clip": found.clip.uid, "title": found.clip.title, "show": found.clip.show, "date": found.clip.date}
        for one in found.places:
            place = {"start": one.start, "heard": one.edit.before, "text": one.edit.after}
            yield {**clip, **place, "before": one.before, "after": one.after}


def _print(one: "Change[FiledCorrection]") -> None:
    filed = one.correction
    why = [filed.evidence or filed.source, "" if filed.by_person else f"{filed.confidence:.2f}", filed.author or ""]
    reason = f"  ← {', '.join(part for part in why if part)}; batch {filed.batch}"
    _print_line(one.start, one.before, one.heard, one.text, one.after, reason)


def _print_line(start: float, before: str, old: str, new: str, after: str, reason: str) -> None:
    if not is_terminal():
        said = f"{before} [{old} → {new}] {after}".strip()
        say(f"{clock(start):>7}  {said}{reason}")
        return
    from rich.text import Text

    line = Text(f"{clock(start):>7}  {before} ")
    line.append(old, "red strike")
    line.append(f"{' ' if new else ''}{new}", "bold green")
    line.append(f" {after}")
    line.append(reason, "dim")
    stdout_console().print(line)


def print_fields(changes: "Iterable[FieldChange]") -> None:
    """Print how fields of a clip change, and complain of corrections that are lost with it."""
    for change in changes:
        say(f"{change.field}: {change.before or 'nothing'} → {change.after or 'nothing'}")
        for lost in change.lost:
            complain(lost)
