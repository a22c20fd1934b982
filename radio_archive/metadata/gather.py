"""All that files say of a clip: one call asks every reader, and none of them can break it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path, PurePath

from radio_archive.audio.container import open_audio
from radio_archive.errors import AudioError
from radio_archive.metadata.feed import claims as feed
from radio_archive.metadata.filename.claims import read_name
from radio_archive.metadata.filename.patterns import Patterns
from radio_archive.metadata.resolve import GUESS, resolve
from radio_archive.metadata.sidecar import read_sidecar
from radio_archive.metadata.spoken.matching import Names
from radio_archive.metadata.spoken.signoff import read_signoff
from radio_archive.metadata.story import claims as story
from radio_archive.metadata.tags.claims import read_tags
from radio_archive.metadata.tags.read import embedded
from radio_archive.models import Chapter, Claim, Field, Known, Roster, Source, Story, Word
from radio_archive.text.spelling import fold

PAGE = ".html"
STORIES = (PAGE, ".txt")
"""Sidecars that hold the published story, unless a feed says that they are its transcript."""
CAPTIONS = (".vtt", ".srt")
"""Sidecars that hold another transcript."""
MOST_CLAIMED = 20
"""Names of a kind that are listened for because others name them."""


@dataclass(frozen=True, slots=True)
class Naming:
    """A station's habits: patterns of file names, in the order in which they are tried, and codes of shows."""

    patterns: Patterns = Patterns()  # noqa: RUF009 - it is frozen
    codes: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None
    """Where it is: whose day it is when a feed dates an item in Universal Time."""


@dataclass(frozen=True, slots=True)
class Said:
    """What sidecars say: claims, the story where there is one, and captions by others as (name, content)."""

    claims: tuple[Claim, ...] = ()
    story: Story | None = None
    story_name: str | None = None
    captions: tuple[tuple[str, bytes], ...] = ()
    chapters: tuple[Chapter, ...] = ()
    """By a feed's item."""
    from_feed: bool = False
    """A feed's item was among them: the captions are the feed's."""


def of_name(name: PurePath, folders: Sequence[str], above: str, naming: Naming) -> list[Claim]:
    """Return what the name of a file and of its folders say; `above`, the one that was named, is only a guess."""
    named = read_name(name, folders, naming.patterns, naming.codes)
    outer = [claim for claim in read_name(name, [above]) if claim.source == Source.FOLDER]
    guesses = [replace(claim, confidence=GUESS / 2, source_key="above") for claim in outer if claim.field == Field.SHOW]
    return [*named, *guesses]


def of_file(path: Path) -> list[Claim]:
    """Return what the tags inside a file say; nothing for one that cannot be read."""
    try:
        with open_audio(path) as source:
            return read_tags(embedded(source))
    except AudioError:
        return []


def of_sidecars(sidecars: Sequence[tuple[str, bytes]], zone: tzinfo | None = None) -> Said:
    """Return what lay beside a recording says."""
    carried = [found for name, content in sidecars if (found := _carried(name, content))]
    transcripts = {suffix for found in carried for suffix in found.transcript_suffixes}
    claims: list[Claim] = []
    captions: list[tuple[str, bytes]] = []
    told: tuple[Story | None, str | None] = (None, None)
    for name, content in sidecars:
        suffix = PurePath(name).suffix.lower()
        if suffix in CAPTIONS:
            captions.append((name, content))
        elif suffix in STORIES and suffix not in transcripts:
            read = story.read_story(content, kind="html" if suffix == PAGE else None)
            if read is not None:
                claims += story.claims_of(read, name)
                # A page says more than a paste of it.
                told = (read, name) if told[0] is None or suffix == PAGE else told
        elif suffix not in STORIES:
            found = _carried(name, content)
            claims += feed.claims_of(found.feed, found.item, found.show, zone) if found else read_sidecar(name, content)
            if found and found.transcript is not None:
                captions.append((name, json.dumps(found.transcript).encode()))
    chapters = next((found.item.chapters for found in carried if found.item.chapters), ())
    return Said(tuple(claims), *told, tuple(captions), chapters, bool(carried))


def of_voice(words: Sequence[Word], roster: Roster, claims: Sequence[Claim], *, duration: float) -> list[Claim]:
    """Return what is said in a clip of who made it; `claims` are all that others say of it.

    The roster of the day may not know a new show or reporter yet: whom the others name is listened for as well. Whom
    they call a guest is no reporter for saying a name.
    """
    others = resolve(claim for claim in claims if claim.source != Source.SIGNOFF)

    def claimed(*fields: Field) -> list[str]:
        found = [claim for name in fields if name in others for claim in (others[name].winner, *others[name].losers)]
        return list(dict.fromkeys(claim.value for claim in found if claim.confidence >= GUESS))

    def with_claimed(known: tuple[Known, ...], *fields: Field) -> tuple[Known, ...]:
        values = claimed(*fields)
        new: list[Known] = []
        rostered = Names({fields[0]: known}) if values else None
        for value in values[:MOST_CLAIMED]:
            # Another spelling of somebody on the roster would only cast doubt on who it is.
            either = (rostered, Names({fields[0]: new}))
            if not any(names and names.begins(fold(value).split(), whole=True) for names in either):
                new.append(Known(value))
        return (*known, *new)

    guests = set(map(fold, claimed(Field.GUEST))) - set(map(fold, claimed(Field.REPORTER, Field.HOST)))
    people = tuple(known for known in roster.people if fold(known.name) not in guests) if guests else roster.people
    widened = Roster(
        with_claimed(people, Field.REPORTER, Field.HOST),
        with_claimed(roster.shows, Field.SHOW),
        with_claimed(roster.stations, Field.STATION),
    )
    return read_signoff(words, widened, duration=duration)


def _carried(name: str, content: bytes) -> feed.Carried | None:
    return feed.carried_by(content) if name.lower().endswith(".json") else None
