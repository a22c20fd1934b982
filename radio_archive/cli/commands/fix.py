"""`fix` and `propose`: names and words that were misheard, in all clips."""

import sys
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.author import author
from radio_archive.cli.cpu_limit import cpu_limit
from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.changes import print_place, print_places_json
from radio_archive.cli.display.output import (
    complain,
    count,
    print_document,
    print_rows,
    print_table,
    say,
    shown,
)
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
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from radio_archive.archive.archive import Archive
    from radio_archive.archive.clips.batches import Batch
    from radio_archive.pipeline.fix import Fix
    from radio_archive.pipeline.retag import Change

PATTERN_SECONDS = 10.0
"""Of a processor that a pattern may take in one clip."""
LONGEST = 1_000
"""Characters of a text that is replaced, or that is put in its place."""
LISTED = 20
BATCHES = {"batch": "right", "when": "left", "what": "left", "places": "right", "clips": "right", "author": "left"}


app = commands()


@app.command(cls=taking(FILTERS, ARCHIVE, FORMS))
def fix(
    call: Call,
    old: Annotated[str | None, typer.Argument(help="The text as it was heard.", show_default=False)] = None,
    new: Annotated[str | None, typer.Argument(help='What it should be; "" removes it.', show_default=False)] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Only where the text is written exactly so: accents, capitals, hyphens.")
    ] = False,
    regex: Annotated[
        bool, typer.Option("--regex", help=r"OLD is a regular expression of Python's; NEW may have its groups: \1.")
    ] = False,
    forget: Annotated[
        bool,
        typer.Option("--forget-heard", help="Search no longer finds what was heard. For what must not be read."),
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why. It is kept with the batch.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the places.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    undo: Annotated[
        int | None, typer.Option("--undo", metavar="BATCH", help="Take back everything that a batch changed.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help=f"List the newest {LISTED} batches.")] = False,
) -> None:
    """Correct a word or name everywhere it was misheard. Shows every place first, and asks.

    OLD matches whole words, however accents, ʻokina, apostrophes and hyphens are written. A word that you write with a
    capital is only found where it has one; in small letters it is found anywhere. Punctuation and an 's stay. What was
    heard is kept: search finds both, `show --diff` shows both, and --undo takes all of it back. Exit code 1 if nothing
    was found.

    The author is the name in the environment variable RADIO_ARCHIVE_AUTHOR, or else your name on this machine.

    Examples:

      radio-archive fix "Jung-on Daily" "JoongAng Daily"

      radio-archive fix Hawaii Hawaiʻi --show "Asia Minute" --since 2024 --yes

      radio-archive fix --undo 12
    """
    given = {"OLD": old is not None, "--undo": undo is not None, "--list": listing}
    if not one_of(given):
        raise UsageError("nothing was named to be corrected", "Give what was heard, and what it should be.")
    if (listing or undo is not None) and any(getattr(call.shared, name) for name in FILTERS):
        raise UsageError("--undo and --list are about whole batches", "Leave out --show, --since and the like.")
    if listing:
        _list(call)
    elif undo is not None:
        _undo(call, undo)
    elif old is None or new is None:
        raise UsageError(f"what should {old!r} be?", 'Give that too; "" removes it.')
    else:
        if exact and regex:
            raise UsageError("--exact and --regex cannot be used together", "Choose one.")
        _fix(call, old, new, exact=exact, regex=regex, forget=forget, reason=reason, dry_run=dry_run, yes=yes)


def _fix(
    call: Call,
    old: str,
    new: str,
    *,
    exact: bool,
    regex: bool,
    forget: bool,
    reason: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    from radio_archive.models import clean_text
    from radio_archive.pipeline.fix import Fix, unlimited
    from radio_archive.text.replacing import Pattern, WholeWords

    if max(len(old), len(new)) > LONGEST:
        raise UsageError(
            f"a text of more than {LONGEST:,} characters cannot be replaced, or put in", "Give less of it."
        )
    if new and not clean_text(new):
        raise UsageError(f"nothing of {new!r} can be seen", 'To remove the words, give "".')
    if not regex and clean_text(old) == clean_text(new):
        raise UsageError(f"{old!r} is to be what it is already", "Give another text to put in its place.")
    finder = Pattern(old, new) if regex else WholeWords(old, new, exact=exact)
    only_shows = dry_run or (bool(call.form) and not yes)
    with call.open(read_only=only_shows) as opened:
        if not only_shows:
            opened.require_writable()
        work = Fix(opened, finder, call.filters, partial(_limit, old) if regex else unlimited)
        with bars() as bar:
            clips = work.look(bar("looking"))
        found = f"{count(work.places, 'place')} in {count(clips, 'clip')}"
        if call.form and only_shows:
            print_places_json(work, call.form)
        elif clips and not call.form:
            say(f"{found}.")
            for one in work.found():
                print_place(one)
        if clips and not only_shows:
            if not yes and not sys.stdin.isatty():
                raise UsageError("fix asks first, but there is no terminal to answer on", "Add --yes.")
            if not yes:
                typer.confirm(f"Change {found}?", abort=True)
            _apply(call, opened, work, reason, forget=forget)
        elif call.form and not only_shows:
            print_document({"batch": None, "places": 0, "clips": []}, call.form)
    if not clips:
        complain("Nothing found. `radio-archive search` also finds what is written in another way.")
        raise typer.Exit(1)


def _apply(call: Call, opened: "Archive", work: "Fix", reason: str | None, *, forget: bool) -> None:
    try:
        with bars() as bar:
            changed = work.apply(author(), reason, forgets=forget, progress=bar("changing"))
        listen_again(call, opened, changed)
    except BaseException:
        if work.batch:
            complain(f"Not all was done. `radio-archive fix --undo {work.batch}` takes back what was changed.")
        raise
    if call.form:
        print_document({"batch": work.batch, "places": work.places, "clips": changed}, call.form)
    else:
        say(f"Changed {count(len(changed), 'clip')}. `radio-archive fix --undo {work.batch}` takes it back.")


def _limit(pattern: str, uid: str) -> "AbstractContextManager[None]":
    problem = f"“{pattern}” takes more than {PATTERN_SECONDS:.0f} s in the clip {uid}"
    return cpu_limit(PATTERN_SECONDS, UsageError(problem, "Write it without one repetition inside another."))


def listen_again(call: Call, opened: "Archive", uids: "Sequence[str]") -> None:
    """Credit those whose names can be read only now, or no longer, in clips whose text was corrected."""
    from radio_archive.pipeline.request import naming
    from radio_archive.pipeline.retag import listen_to_each

    settings = call.settings(opened)
    heard = shown(uids, len(uids), "reading clips again")
    _tell_of_credits(listen_to_each(opened, heard, naming(opened, settings)))
    if uids and settings.search.meaning:
        complain("Run `radio-archive index --meaning`: these clips have another text now.")


def _tell_of_credits(changes: "Iterable[Change]") -> None:
    for change in changes:
        complain(f"{change.clip}: {change.field} is now {change.after or 'not known'} ({change.source})")


def _undo(call: Call, batch: int) -> None:
    from radio_archive.archive.clips import corrections

    with call.open() as opened:
        uids = corrections.undo(opened, batch)
        listen_again(call, opened, uids)
    if call.form:
        print_document({"batch": batch, "clips": uids}, call.form)
    else:
        say(f"Took back batch {batch}, in {count(len(uids), 'clip')}.")


def _list(call: Call) -> None:
    from radio_archive.archive.clips import batches

    with call.open(read_only=True) as opened:
        found = batches.newest(opened, LISTED)
    if call.form:
        print_rows(map(asdict, found), call.form)
    elif found:
        columns = {**BATCHES, "why": "left"}
        print_table(columns, (_batch_row(one) for one in found))
    else:
        complain("Nothing was corrected yet.")


def _batch_row(one: "Batch") -> list[str]:
    why = "; ".join(part for part in (one.reason, f"undone {one.undone_at[:10]}" if one.undone_at else None) if part)
    return [str(one.number), one.created_at[:16], one.kind, str(one.corrections), str(one.clips), one.author, why]


@app.command(cls=taking(FILTERS, ARCHIVE, FORMS))
def propose(
    call: Call,
    clips: SomeClipsArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="Every clip in the archive.")] = False,
) -> None:
    """Look again for names in old clips that were misheard: after a change of the glossary, or for a new story.

    `add`, `watch`, `retranscribe` and `retag` do it by themselves. A name of the clip's story, the glossary or the
    roster is proposed where something like it was heard. What is sure enough is accepted at once (`accept` under
    [corrections] in radio-archive.toml), the rest waits for a person. What a person decided stays.

    Examples:

      radio-archive propose --show "Asia Minute"

      radio-archive propose --all
    """
    from radio_archive.pipeline.repair import Repairs
    from radio_archive.pipeline.request import naming
    from radio_archive.pipeline.retag import propose_again

    with call.open() as opened:
        uids, number = chosen_uids(opened, clips, call.filters, everything=everything)
        settings = call.settings(opened)
        repairs = Repairs(opened, settings.corrections.accept)
        work = propose_again(opened, shown(uids, number, "looking for names"), naming(opened, settings), repairs)
        if call.form:
            print_rows((asdict(done) for done in work if done.accepted or done.waiting), call.form)
            return
        accepted = waiting = 0
        for done in work:
            accepted, waiting = accepted + done.accepted, waiting + done.waiting
            _tell_of_credits(done.credits)
    say(f"{count(number, 'clip')}: {count(accepted, 'name')} corrected, {waiting:,} to be decided.")
