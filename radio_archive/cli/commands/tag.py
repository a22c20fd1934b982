"""`tag`, `claims`, `retag`: what the sources and people say about a clip."""

from dataclasses import asdict
from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.changes import print_fields
from radio_archive.cli.display.output import (
    complain,
    count,
    print_document,
    print_rows,
    print_table,
    say,
    show_progress,
    shown,
)
from radio_archive.cli.options import (
    ARCHIVE,
    FILTERS,
    FORMS,
    Call,
    ClipArgument,
    SomeClipsArgument,
    chosen_clips,
    chosen_uids,
    commands,
    iso_date,
    taking,
)
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from radio_archive.archive.archive import Archive
    from radio_archive.models import Claim, Clip, Field
    from radio_archive.pipeline.retag import Change

READING = "reading clips again"
FACTS = ("visibility", "embargo", "rights", "review", "subject", "note")
REVIEWS = ("unreviewed", "approved", "rejected")
CHANGES = {"clip": "left", "field": "left", "before": "left", "after": "left", "source": "left"}
CLAIMS = {"clip": "left", "field": "left", "value": "left", "source": "left", "sure": "right", "evidence": "left"}


app = commands()


@app.command(cls=taking(ARCHIVE, FORMS))
def tag(
    call: Call,
    clip: ClipArgument,
    facts: Annotated[
        list[str],
        typer.Argument(
            help="field=value, field!=value (it is not this), field= (undo what you set).", show_default=False
        ),
    ],
) -> None:
    """Set the facts of a clip. What you set here always wins over every other source.

    Fields: show, station, reporter, host, guest, title, date, language, summary, transcript (the number of the one that
    is the clip's text, or machine for the engine's newest). Fields about the clip in the archive:
    visibility (public, private), embargo (a day, or a time such as 2026-12-01T06:00, in the station's time zone),
    rights, review (unreviewed, approved, rejected), subject (may be repeated; subject!=x removes it) and note.

    Examples:

      radio-archive tag k3x9 reporter="Malia Santos" date=2024-10-22

      radio-archive tag k3x9 reporter!="Bill Carter"

      radio-archive tag k3x9 visibility=private embargo=2026-12-01 rights="© Reef Radio" review=approved
    """
    from radio_archive.archive.clips import decisions, read
    from radio_archive.archive.clips.claims import of_clip as claims_of
    from radio_archive.pipeline.retag import apply_claims

    claims: list[Claim] = []
    forgotten: list[Field] = []
    about: list[tuple[str, str | None, bool]] = []
    for fact in facts:
        _parse(fact, claims, forgotten, about)
    with call.open() as opened:
        uid = read.find_uid(opened, clip)
        with opened.writing():
            standing = claims_of(opened, uid)
            withdrawn = [claim for claim in standing if claim.source == "human" and claim.field in forgotten]
            changes = apply_claims(opened, uid, claims, withdrawn) if claims or forgotten else []
            about = [
                (key, decisions.set_decision(opened, uid, key, value, remove=denied), denied)
                for key, value, denied in about
            ]
    if call.form:
        decided = [{"fact": key, "value": value, "denied": denied} for key, value, denied in about]
        print_document({"clip": uid, "changes": [asdict(change) for change in changes], "facts": decided}, call.form)
        return
    print_fields(changes)
    for key, value, denied in about:
        say(f"{key}: {'not ' if denied else ''}{value or 'nothing'}")
    if not changes and not about:
        say("Saved; no value changes.")


def _parse(
    fact: str, claims: "list[Claim]", forgotten: "list[Field]", about: list[tuple[str, str | None, bool]]
) -> None:
    """Read one argument of `tag` and add it to the list that it belongs to. Raises UsageError."""
    import difflib

    from radio_archive.models import Claim, Field, Source, clean_text

    key, equals, value = fact.partition("=")
    denied = key.endswith("!")
    key, value = key.removesuffix("!").strip().casefold(), clean_text(value)
    known = [*(field.value for field in Field), *FACTS]
    if not equals or key not in known:
        close = difflib.get_close_matches(key, known, 1)
        hint = f"Did you mean {close[0]}=…?" if close else f"Write field=value. The fields are {', '.join(known)}."
        raise UsageError(f"{fact!r} is not a known field with a value", hint)
    if key == "date" and value:
        _require_date(value)
    if key in FACTS:
        _check_fact(key, value)
        about.append((key, value or None, denied))
    elif value:
        claims.append(Claim(Field(key), value, Source.HUMAN, f"tag {key}{'!' if denied else ''}=", denies=denied))
    else:
        forgotten.append(Field(key))


def _require_date(value: str) -> None:
    try:
        iso_date(value)
    except typer.BadParameter as error:
        raise UsageError(f"date: {error.message}") from None


def _check_fact(key: str, value: str) -> None:
    allowed = {"visibility": ("public", "private"), "review": REVIEWS}.get(key)
    if allowed and value not in allowed:
        raise UsageError(f"{key} is {value!r}", f"It is {', '.join(allowed[:-1])} or {allowed[-1]}.")


@app.command(cls=taking(FILTERS, ARCHIVE, FORMS))
def claims(
    call: Call,
    clips: SomeClipsArgument = None,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="Only where sources disagree; without clip names, in all clips.")
    ] = False,
    proposals: Annotated[
        bool, typer.Option("--proposals", help="Only shows and people that no source states.")
    ] = False,
) -> None:
    """List what the sources claim about clips, with the evidence.

    A proposal makes no show and credits nobody until you accept it: with `tag`, or by putting the name on the roster
    and `retag`.

    Examples:

      radio-archive claims k3x9

      radio-archive claims --conflicts --show "Asia Minute"

      radio-archive claims --proposals
    """
    if not clips and not conflicts and not proposals:
        raise UsageError("no clip was named", "Name one, or use --conflicts or --proposals.")
    with call.open(read_only=True) as opened:
        chosen = chosen_clips(opened, clips, call.filters, everything=True)
        rows = (
            {"clip": uid, **asdict(claim)}
            for uid, claim in _claims(opened, chosen, conflicts=conflicts, proposals=proposals)
        )
        if call.form:
            print_rows(rows, call.form)
        elif first := next(rows, None):
            print_table(CLAIMS, map(_claim_row, chain([first], rows)))
        else:
            complain("No such claims.")


def _claim_row(row: dict[str, object]) -> list[str]:
    return [
        str(row["clip"]),
        str(row["field"]),
        f"{'not ' if row['denies'] else ''}{row['value']}",
        str(row["source"]),
        f"{row['confidence']:.2f}",
        str(row["evidence"]),
    ]


def _claims(
    archive: "Archive", clips: "Iterable[Clip]", *, conflicts: bool, proposals: bool
) -> "Iterator[tuple[str, Claim]]":
    """Yield the claims about `clips` that are asked for, each with the clip's uid; a page of clips is read at once."""
    from radio_archive.archive.clips.claims import of_clips
    from radio_archive.archive.names import lookup
    from radio_archive.archive.rows import pages
    from radio_archive.metadata.resolve import proposals as proposed_by

    ranks = cache(partial(lookup.ranks, archive))
    for page in pages(clips):
        known = of_clips(archive, [clip.uid for clip in page])
        for clip in page:
            found = known.get(clip.uid, ())
            if conflicts:
                found = _in_conflict(found, ranks(clip.show))
            if proposals:
                found = tuple(proposed_by(found))
            yield from ((clip.uid, claim) for claim in found)


def _in_conflict(claims: "tuple[Claim, ...]", ranks: "Sequence[str]") -> "tuple[Claim, ...]":
    """Return the claims about fields whose sources differ in more than spelling, if no person has decided.

    `ranks` are the sources that the clip's show trusts most.
    """
    from radio_archive.metadata.resolve import GUESS, resolve_for_show
    from radio_archive.models import Source
    from radio_archive.text.spelling import fold

    found: list[Claim] = []
    for resolved in resolve_for_show(claims, lambda _: ranks).values():
        if resolved.winner.source == Source.HUMAN:
            # A person has decided.
            continue
        others = [claim for claim in resolved.losers if claim.confidence >= GUESS]
        agreed = {fold(claim.value) for claim in resolved.accepted}
        if any(fold(claim.value) not in agreed for claim in others):
            found += [resolved.winner, *others]
    return tuple(found)


@app.command(cls=taking(FILTERS, ARCHIVE, FORMS))
def retag(
    call: Call,
    clips: SomeClipsArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="Every clip in the archive.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
) -> None:
    """Read the sources of archived clips again, without transcribing.

    Use this after a new file-name pattern, a new person on the roster, a merge, or a change of ranks. Names in the
    texts that were misheard are looked for again too. What a person set or decided stays.

    Examples:

      radio-archive retag --show "Asia Minute" --dry-run

      radio-archive retag --all
    """
    from radio_archive.pipeline.repair import Repairs
    from radio_archive.pipeline.request import naming
    from radio_archive.pipeline.retag import retag as read_again

    changed = 0

    def found(changes: "Iterable[Change]") -> "Iterator[Change]":
        nonlocal changed
        for change in changes:
            changed += 1
            show_progress(READING, 1, 1)
            for lost in change.lost:
                complain(f"{change.clip}: {lost}")
            yield change

    with call.open() as opened:
        uids, number = chosen_uids(opened, clips, call.filters, everything=everything)
        settings = call.settings(opened)
        repairs = Repairs.of_settings(opened, settings)
        clips_shown = shown(uids, number, READING)
        changes = found(read_again(opened, clips_shown, naming(opened, settings), repairs, dry_run=dry_run))
        if call.form:
            print_rows(map(asdict, changes), call.form)
            return
        print_table(CHANGES, ([c.clip, c.field, c.before or "", c.after or "", c.source] for c in changes))
    verb = "would change" if dry_run else "changed"
    complain(f"{count(number, 'clip')} read again, {count(changed, 'value')} {verb}.")
