"""`export --text-tree` and `import --text-tree`: what they tell of each file."""

from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from radio_archive.cli.author import author
from radio_archive.cli.display.changes import print_place
from radio_archive.cli.display.output import complain, count, print_rows, printable, say, show_progress
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radio_archive.archive.archive import Archive
    from radio_archive.cli.options import Call
    from radio_archive.pipeline.text_tree import Read, TextTree


def export_tree(call: "Call", folder: Path) -> None:
    """Write an archive's text tree. Exit code 1 if a file has changes that were not imported."""
    from radio_archive.pipeline.text_tree import Outcome, TextTree

    outcomes = Counter[str]()
    with call.open(read_only=True) as opened:
        tree = TextTree(opened, folder)

        def written() -> "Iterator[dict[str, object]]":
            for done, (path, outcome) in enumerate(tree.export()):
                show_progress("writing files", done, None)
                outcomes[outcome] += 1
                if outcome is Outcome.KEPT:
                    complain(f"{printable(folder / path)} has changes that were not imported, and was left as it is.")
                yield {"path": printable(path), "outcome": outcome}

        if call.form:
            print_rows(written(), call.form)
        else:
            deque(written(), 0)
    show_progress("writing files", 0, 0)
    if not call.form:
        kinds = (Outcome.WRITTEN, Outcome.UNCHANGED, Outcome.REMOVED)
        told = ", ".join(f"{outcomes[kind]:,} {kind}" for kind in kinds if outcomes[kind])
        say(f"{printable(folder)}: {told or 'no public clip has a text'}.")
    if outcomes[Outcome.KEPT]:
        complain(f"`radio-archive import --text-tree {printable(folder)}` imports what was changed.")
        raise typer.Exit(1)


def import_tree(call: "Call", folder: Path, *, dry_run: bool) -> None:
    """Bring the changes of a text tree back as corrections. Exit code 1 if a file could not be, or not all of it."""
    from radio_archive.pipeline.text_tree import TextTree

    outcomes = Counter[str]()
    with call.open(read_only=dry_run) as opened:
        tree = TextTree(opened, folder)
        changed: list[str] = []

        def done() -> "Iterator[dict[str, object]]":
            for found in tree.look():
                one = tree.apply(found, author()) if found.places and not dry_run else found
                outcomes.update({"places": len(one.places), "conflicts": len(one.conflicts)})
                outcomes.update({"files": int(bool(one.places)), "problems": int(one.problem is not None)})
                if one.places and one.clip:
                    changed.append(one.clip)
                if not call.form:
                    _print(opened, one)
                yield _row(one, tree)

        if call.form:
            print_rows(done(), call.form)
        else:
            deque(done(), 0)
        if changed and not dry_run:
            from radio_archive.cli.commands.fix import listen_again

            listen_again(call, opened, changed)
    if not call.form:
        what = f"{count(outcomes['places'], 'place')} in {count(outcomes['files'], 'file')}"
        say(f"{'Would change' if dry_run else 'Changed'} {what}; {tree.unchanged:,} unchanged.")
        if tree.batch:
            say(f"`radio-archive fix --undo {tree.batch}` takes it back.")
    if outcomes["conflicts"]:
        complain(f"{count(outcomes['conflicts'], 'place')} not changed: the archive was corrected there too.")
    if outcomes["conflicts"] or outcomes["problems"]:
        raise typer.Exit(1)


def _print(archive: "Archive", one: "Read") -> None:
    from radio_archive.archive.clips import read
    from radio_archive.pipeline.fix import Found

    if one.problem:
        complain(f"{printable(one.path)}: {one.problem}")
    if one.places and one.clip:
        print_place(Found(read.clip(archive, one.clip), one.places))
    for at, conflict in one.conflicts:
        complain(
            f"{printable(one.path)}: {clock(at)} was exported as “{conflict.base}”, is “{conflict.ours}” in the "
            f"archive now, and “{conflict.theirs}” in the file"
        )


def _row(one: "Read", tree: "TextTree") -> dict[str, object]:
    return {
        "path": printable(one.path),
        "clip": one.clip,
        "batch": tree.batch,
        "changes": [
            {"start": place.start, "heard": place.edit.before, "text": place.edit.after} for place in one.places
        ],
        "conflicts": [
            {"start": at, "base": conflict.base, "ours": conflict.ours, "theirs": conflict.theirs}
            for at, conflict in one.conflicts
        ],
        "error": one.problem,
    }
