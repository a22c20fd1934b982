"""Reading the sources of archived clips again, without transcribing: after a new pattern, person, sidecar or rank."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims, read, sidecars, stories
from radio_archive.archive.names import lookup, roster
from radio_archive.metadata import gather
from radio_archive.metadata.gather import Naming
from radio_archive.metadata.resolve import resolve_for_show
from radio_archive.models import Claim, Clip, Field, Resolved, Source
from radio_archive.text.spelling import fold

KEPT_FIELDS = frozenset({Field.TITLE, Field.LANGUAGE})
"""Fields that keep their value where nobody claims one any more."""
KEPT = frozenset({Source.HUMAN, Source.FOLDER})
"""Sources that cannot be read again: a person's words, and folders that files once lay in."""


@dataclass(frozen=True, slots=True)
class Change:
    """What reading again changes of a clip."""

    clip: str
    title: str
    field: Field
    before: str | None
    after: str | None
    source: str
    """Where the new value comes from, in words; empty where there is none any more."""


def retag(archive: Archive, uids: Iterable[str], naming: Naming, *, dry_run: bool = False) -> Iterator[Change]:
    """Read the sources of clips again and yield what changes; with `dry_run` nothing is written."""
    for uid in uids:
        yield from reread(archive, uid, naming, dry_run=dry_run)


def reread(archive: Archive, uid: str, naming: Naming, *, dry_run: bool = False) -> list[Change]:
    """Read the sources of one clip again; return what changes."""
    clip = read.clip(archive, uid, read.Part.SOURCES)
    said = gather.of_sidecars(sidecars.contents(archive, uid), naming.zone)
    found = [*_from_file(archive, clip), *_from_name(clip, naming), *said.claims]
    kept = [claim for claim in clip.claims if claim.source in KEPT]
    words, known = read.current_words(archive, uid), roster.roster(archive)
    found += gather.of_voice(words, known, [*kept, *found], duration=clip.duration)
    fresh = list(dict.fromkeys(claim for claim in found if claim.source not in KEPT))
    gone = [claim for claim in clip.claims if claim.source not in KEPT and claim not in fresh]
    new = [claim for claim in fresh if claim not in clip.claims]
    changes, after = _resolved(archive, clip, kept, fresh)
    if not dry_run and (gone or new or changes):
        with archive.writing():
            claims.replace(archive, uid, gone, new, after)
            if said.story:
                stories.save(archive, uid, said.story, said.story_name)
    return changes


def settle(archive: Archive, uid: str, said: Iterable[Claim], withdrawn: Iterable[Claim] = ()) -> list[Change]:
    """Let a person's claims about a clip be heard; return what changes."""
    clip = read.clip(archive, uid, read.Part.SOURCES)
    said, withdrawn = list(said), list(withdrawn)
    standing = [claim for claim in clip.claims if claim not in withdrawn]
    changes, after = _resolved(archive, clip, standing, said)
    claims.replace(archive, uid, withdrawn, said, after)
    return changes


def _resolved(
    archive: Archive, clip: Clip, kept: list[Claim], fresh: list[Claim]
) -> tuple[list[Change], dict[Field, Resolved]]:
    """Return what changes when those claims stand, and the new values."""
    before = _values(clip)
    after = resolve_for_show([*kept, *fresh], partial(lookup.ranks, archive))
    changes = []
    for field in Field:
        found = after.get(field)
        old, new = before[field], _told(archive, found) if found else None
        if _names(old, field) != _names(new, field) and (new or field not in KEPT_FIELDS):
            source = f"{found.winner.source}: {found.winner.evidence}" if found else ""
            changes.append(Change(clip.uid, clip.title, field, old, new, source))
    return changes, after


def _told(archive: Archive, found: Resolved) -> str:
    """Return what the archive will say of a field: a show or person as it is called there, however it was spelled."""
    if found.field == Field.REPORTER:
        return ", ".join(dict.fromkeys(lookup.display_name(archive, "person", claim.value) for claim in found.accepted))
    return lookup.display_name(archive, "show", found.value) if found.field == Field.SHOW else found.value


def _names(value: str | None, field: Field) -> set[str]:
    """A value to compare: the order in which several reporters are listed says nothing."""
    return set(map(fold, (value or "").split(", ") if field == Field.REPORTER else [value or ""]))


def _values(clip: Clip) -> dict[Field, str | None]:
    """Return what the archive says of a clip now; of what it does not keep by itself, what its claims come to."""
    resolved = resolve_for_show(clip.claims, lambda _: clip.ranks)
    values = {field: resolved[field].value if field in resolved else None for field in Field}
    kept = {Field.SHOW: clip.show, Field.REPORTER: clip.reporter, Field.TITLE: clip.title, Field.DATE: clip.date}
    return {**values, **kept, Field.LANGUAGE: clip.language, Field.SUMMARY: clip.summary}


def _from_file(archive: Archive, clip: Clip) -> list[Claim]:
    path = archive.media.path(clip.file)
    if path.is_file():
        return gather.of_file(path)
    return [claim for claim in clip.claims if claim.source == Source.TAGS]


def _from_name(clip: Clip, naming: Naming) -> list[Claim]:
    # What a name means depends on whether a folder named the show.
    told = [claim for claim in clip.claims if claim.source == Source.FOLDER and claim.source_key == Field.SHOW]
    folders = [claim.evidence.removeprefix("folder ") for claim in told]
    named = gather.of_name(PurePath(clip.recording.original_name), folders, "", naming)
    return [claim for claim in named if claim.source == Source.FILENAME]
