"""Read the sources of archived clips again without transcribing: after a new pattern, person, sidecar or rank."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims, read, sidecars, stories
from radio_archive.archive.clips import versions as stored_versions
from radio_archive.archive.names import lookup
from radio_archive.metadata import gather, sources
from radio_archive.metadata.gather import Naming
from radio_archive.metadata.resolve import resolve_for_show
from radio_archive.metadata.sources import Material
from radio_archive.models import Claim, Clip, Field, Resolved, Source, Word
from radio_archive.pipeline import versions
from radio_archive.pipeline.repair import Repairs
from radio_archive.pipeline.spoken import SpokenClaims
from radio_archive.pipeline.versions import Plan
from radio_archive.text.spelling import fold

KEPT_FIELDS = frozenset({Field.TITLE, Field.LANGUAGE})
"""Fields that keep their value when no claim is left."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a clip that reading again changes."""

    clip: str
    title: str
    field: Field
    before: str | None
    after: str | None
    source: str
    """Where the new value comes from, in words; empty if there is no value."""
    lost: tuple[str, ...] = ()
    """What is lost with another transcript, in words: corrections by people that do not fit it, and who speaks."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was proposed for a clip: how many were accepted by themselves, how many wait, and whom that credits."""

    clip: str
    accepted: int
    waiting: int
    credits: tuple[Change, ...] = ()


def retag(
    archive: Archive, uids: Iterable[str], naming: Naming, repairs: Repairs | None = None, *, dry_run: bool = False
) -> Iterator[Change]:
    """Read the sources of clips again and yield the changes. Writes nothing with `dry_run`.

    With `repairs`, the names in their texts are looked through again first.
    """
    spoken = SpokenClaims(archive)
    for uid in uids:
        yield from reread(archive, uid, naming, spoken, repairs, dry_run=dry_run)


def reread(
    archive: Archive,
    uid: str,
    naming: Naming,
    spoken: SpokenClaims | None = None,
    repairs: Repairs | None = None,
    *,
    dry_run: bool = False,
    imported: Collection[str] = (),
) -> list[Change]:
    """Read the sources of one clip again and return the changes. For many clips, share one `spoken` and `repairs`.

    `imported` are digests of sidecars that a person brought.
    """
    # Before the transaction: the file may be on a slow share.
    clip = read.clip(archive, uid, read.Part.SOURCES)
    material = _material(archive, clip, naming)
    written = [*sources.read(material, clip.claims), *([] if material.path else _of(clip, Source.TAGS))]
    spoken = spoken or SpokenClaims(archive)
    if dry_run:
        return _reread(archive, uid, naming, material, written, spoken, None, dry_run=True)
    with archive.writing():
        return _reread(archive, uid, naming, material, written, spoken, repairs, dry_run=False, imported=imported)


def _reread(
    archive: Archive,
    uid: str,
    naming: Naming,
    material: Material,
    written: list[Claim],
    spoken: SpokenClaims,
    repairs: Repairs | None,
    *,
    dry_run: bool,
    imported: Collection[str] = (),
) -> list[Change]:
    clip = read.clip(archive, uid, read.Part.SOURCES | read.Part.WORDS)
    said = material.said
    planned = versions.plan_again(archive, clip, said, naming, imported)
    kept = _of(clip, Source.HUMAN)
    # The folders that the file was in cannot be read again.
    found = [claim for claim in written if claim.source not in {Source.FOLDER, Source.ENGINE, Source.HUMAN}]
    found += [*_of(clip, Source.FOLDER), *planned.claims]
    words, lost = _current(archive, clip, planned, [*kept, *found], dry_run=dry_run)
    if repairs:
        repairs.again(uid, said.story)
        words = read.clip(archive, uid, read.Part.WORDS).words
    found += spoken.of(replace(material, words=words, claims=(*kept, *found)), clip.claims)
    found = gather.confirmed([*kept, *found], partial(claims.is_known, archive, besides=uid), naming.shows)
    fresh = list(dict.fromkeys(claim for claim in found if claim.source != Source.HUMAN))
    gone = [claim for claim in clip.claims if claim.source != Source.HUMAN and claim not in fresh]
    new = [claim for claim in fresh if claim not in clip.claims]
    changes, after = _resolve(archive, clip, kept, fresh, planned)
    if not dry_run and (gone or new or changes):
        claims.replace(archive, uid, gone, new, after)
        if said.story:
            stories.save(archive, uid, said.story, said.story_name)
    return [replace(one, lost=lost) if one.field == Field.TRANSCRIPT else one for one in changes]


def listen_again(archive: Archive, uid: str, naming: Naming, spoken: SpokenClaims) -> list[Change]:
    """Find anew what is said in a clip about its makers, after its text was corrected; return the changes."""
    clip = read.clip(archive, uid, read.Part.SOURCES | read.Part.WORDS)
    said = sources.names(spoken=True)
    written = [claim for claim in clip.claims if claim.source not in said]
    found = spoken.of(replace(_material(archive, clip), words=clip.words, claims=written), clip.claims)
    found = gather.confirmed([*written, *found], partial(claims.is_known, archive, besides=uid), naming.shows)
    fresh = [claim for claim in dict.fromkeys(found) if claim.source in said]
    before = [claim for claim in clip.claims if claim.source in said]
    gone, new = [one for one in before if one not in fresh], [one for one in fresh if one not in before]
    if not gone and not new:
        return []
    changes, after = _resolve(archive, clip, written, fresh, Plan.of(clip.transcripts))
    claims.replace(archive, uid, gone, new, after)
    return changes


def listen_to_each(archive: Archive, uids: Iterable[str], naming: Naming) -> Iterator[Change]:
    """Do as `listen_again` with clips whose text was corrected, and yield the changes."""
    spoken = SpokenClaims(archive)
    for uid in uids:
        yield from listen_again(archive, uid, naming, spoken)


def propose_again(archive: Archive, uids: Iterable[str], naming: Naming, repairs: Repairs) -> Iterator[Repaired]:
    """Look again for misheard names in clips, and for who is credited where that changes the text."""
    spoken = SpokenClaims(archive)
    for uid in uids:
        with archive.writing():
            done = repairs.again(uid)
            credited = listen_again(archive, uid, naming, spoken) if done.changed else []
        yield Repaired(uid, done.accepted, done.waiting, tuple(credited))


def apply_claims(archive: Archive, uid: str, said: Iterable[Claim], withdrawn: Iterable[Claim] = ()) -> list[Change]:
    """Add and withdraw a person's claims about a clip; return the changes."""
    clip = read.clip(archive, uid, read.Part.SOURCES)
    said, withdrawn = list(said), list(withdrawn)
    versions.check(clip.transcripts, said, uid)
    standing = [claim for claim in clip.claims if claim not in withdrawn]
    planned = versions.Plan.of(clip.transcripts)
    changes, after = _resolve(archive, clip, standing, said, planned)
    chosen = next((int(one.after) for one in changes if one.field == Field.TRANSCRIPT and one.after), None)
    with archive.writing():
        claims.replace(archive, uid, withdrawn, said, after)
        lost = stored_versions.choose(archive, uid, chosen) if chosen else ()
    return [replace(one, lost=lost) if one.field == Field.TRANSCRIPT else one for one in changes]


def _current(
    archive: Archive, clip: Clip, planned: Plan, given: list[Claim], *, dry_run: bool
) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """Make the transcript current that claims name, unless it is a `dry_run`.

    Returns its words, and what is lost with the one before, in words.
    """
    number = planned.number(resolve_for_show(given, partial(lookup.ranks, archive)).get(Field.TRANSCRIPT), given)
    if not dry_run:
        lost = versions.write(archive, clip.uid, planned, number)
        return read.clip(archive, clip.uid, read.Part.WORDS).words, lost
    if number > planned.count:
        return planned.new[number - planned.count - 1].words, ()
    is_current = clip.transcript is None or number == clip.transcript.number
    return (clip.words if is_current else stored_versions.words(archive, clip.uid, number)), ()


def _resolve(
    archive: Archive, clip: Clip, kept: list[Claim], fresh: list[Claim], planned: Plan
) -> tuple[list[Change], dict[Field, Resolved]]:
    """Return the changes that the claims `kept` and `fresh` make, and the new values."""
    before = _current_values(clip)
    after = resolve_for_show([*kept, *fresh], partial(lookup.ranks, archive))
    changes = []
    for field in Field:
        found = after.get(field)
        old, new = before[field], _display_value(archive, found) if found else None
        if field == Field.TRANSCRIPT and old:
            new = str(planned.number(found, [*kept, *fresh]))
        if _comparable(old, field) != _comparable(new, field) and (new or field not in KEPT_FIELDS):
            source = f"{found.winner.source}: {found.winner.evidence}" if found else ""
            changes.append(Change(clip.uid, clip.title, field, old, new, source))
    return changes, after


def _display_value(archive: Archive, found: Resolved) -> str:
    """Return a value as the archive will show it: shows and people by their main names, however they were spelled."""
    if found.field == Field.REPORTER:
        return ", ".join(dict.fromkeys(lookup.display_name(archive, "person", claim.value) for claim in found.accepted))
    return lookup.display_name(archive, "show", found.value) if found.field == Field.SHOW else found.value


def _comparable(value: str | None, field: Field) -> set[str]:
    """Return a value for comparison; the order of several reporters does not matter."""
    return set(map(fold, (value or "").split(", ") if field == Field.REPORTER else [value or ""]))


def _current_values(clip: Clip) -> dict[Field, str | None]:
    """Return the values of a clip now; fields that the archive does not store are resolved from its claims."""
    resolved = resolve_for_show(clip.claims, lambda _: clip.ranks)
    values = {field: resolved[field].value if field in resolved else None for field in Field}
    kept = {Field.SHOW: clip.show, Field.REPORTER: clip.reporter, Field.TITLE: clip.title, Field.DATE: clip.date}
    current = str(clip.transcript.number) if clip.transcript else None
    kept |= {Field.LANGUAGE: clip.language, Field.SUMMARY: clip.summary, Field.TRANSCRIPT: current}
    return {**values, **kept}


def _material(archive: Archive, clip: Clip, naming: Naming | None = None) -> Material:
    """Return what can be read again of an archived clip; without `naming`, only what spoken sources of plugins read."""
    path = archive.media.path(clip.file)
    # A file name is read differently if a folder named the show.
    shows = [claim for claim in _of(clip, Source.FOLDER) if claim.source_key == Field.SHOW]
    material = Material(
        clip.recording.original_name,
        path if path.is_file() else None,
        clip.duration,
        tuple(claim.evidence.removeprefix("folder ") for claim in shows),
        tuple(sidecars.contents(archive, clip.uid)),
        language=clip.language,
        claims=_of(clip, Source.HUMAN),
        story=stories.of_clip(archive, clip.uid),
    )
    if naming is None:
        return material
    said = gather.parse_sidecars(material.sidecars, naming.zone)
    tags = gather.tags_of(path) if material.path else ()
    return replace(material, tags=tags, story=said.story, said=said, naming=naming)


def _of(clip: Clip, source: str) -> list[Claim]:
    """Return what a source claimed of a clip before."""
    return [claim for claim in clip.claims if claim.source == source]
