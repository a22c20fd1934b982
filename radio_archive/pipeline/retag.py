"""Read the sources of archived clips again without transcribing: after a new pattern, person, sidecar or rank."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims, read, sidecars, stories
from radio_archive.archive.names import lookup
from radio_archive.metadata import gather
from radio_archive.metadata.gather import Naming
from radio_archive.metadata.resolve import resolve_for_show
from radio_archive.models import Claim, Clip, Field, Resolved, Source
from radio_archive.pipeline.spoken import SpokenClaims
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


def retag(archive: Archive, uids: Iterable[str], naming: Naming, *, dry_run: bool = False) -> Iterator[Change]:
    """Read the sources of clips again and yield the changes. Writes nothing with `dry_run`."""
    spoken = SpokenClaims(archive)
    for uid in uids:
        yield from reread(archive, uid, naming, spoken, dry_run=dry_run)


def reread(
    archive: Archive, uid: str, naming: Naming, spoken: SpokenClaims | None = None, *, dry_run: bool = False
) -> list[Change]:
    """Read the sources of one clip again and return the changes. For many clips, share one `spoken`."""
    clip = read.clip(archive, uid, read.Part.SOURCES | read.Part.WORDS)
    said = gather.parse_sidecars(sidecars.contents(archive, uid), naming.zone)
    kept = [claim for claim in clip.claims if claim.source == Source.HUMAN]
    # The folders that the file was in cannot be read again.
    folders = [claim for claim in clip.claims if claim.source == Source.FOLDER]
    found = [*_from_file(archive, clip, naming), *folders, *_from_name(clip, naming), *said.claims]
    spoken = spoken or SpokenClaims(archive)
    found += spoken.of(clip.words, [*kept, *found], duration=clip.duration, story=said.story)
    found = gather.confirmed([*kept, *found], partial(claims.is_known, archive, besides=uid), naming.shows)
    fresh = list(dict.fromkeys(claim for claim in found if claim.source != Source.HUMAN))
    gone = [claim for claim in clip.claims if claim.source != Source.HUMAN and claim not in fresh]
    new = [claim for claim in fresh if claim not in clip.claims]
    changes, after = _resolve(archive, clip, kept, fresh)
    if not dry_run and (gone or new or changes):
        with archive.writing():
            claims.replace(archive, uid, gone, new, after)
            if said.story:
                stories.save(archive, uid, said.story, said.story_name)
    return changes


def apply_claims(archive: Archive, uid: str, said: Iterable[Claim], withdrawn: Iterable[Claim] = ()) -> list[Change]:
    """Add and withdraw a person's claims about a clip; return the changes."""
    clip = read.clip(archive, uid, read.Part.SOURCES)
    said, withdrawn = list(said), list(withdrawn)
    standing = [claim for claim in clip.claims if claim not in withdrawn]
    changes, after = _resolve(archive, clip, standing, said)
    claims.replace(archive, uid, withdrawn, said, after)
    return changes


def _resolve(
    archive: Archive, clip: Clip, kept: list[Claim], fresh: list[Claim]
) -> tuple[list[Change], dict[Field, Resolved]]:
    """Return the changes that the claims `kept` and `fresh` make, and the new values."""
    before = _current_values(clip)
    after = resolve_for_show([*kept, *fresh], partial(lookup.ranks, archive))
    changes = []
    for field in Field:
        found = after.get(field)
        old, new = before[field], _display_value(archive, found) if found else None
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
    return {**values, **kept, Field.LANGUAGE: clip.language, Field.SUMMARY: clip.summary}


def _from_file(archive: Archive, clip: Clip, naming: Naming) -> list[Claim]:
    path = archive.media.path(clip.file)
    if path.is_file():
        return gather.claims_from_file(path, clip.recording.original_name, naming, clip.language)
    return [claim for claim in clip.claims if claim.source == Source.TAGS]


def _from_name(clip: Clip, naming: Naming) -> list[Claim]:
    # A file name is read differently if a folder named the show.
    shows = [claim for claim in clip.claims if claim.source == Source.FOLDER and claim.source_key == Field.SHOW]
    folders = [claim.evidence.removeprefix("folder ") for claim in shows]
    named = gather.claims_from_name(PurePath(clip.recording.original_name), folders, "", naming)
    return [claim for claim in named if claim.source == Source.FILENAME]
