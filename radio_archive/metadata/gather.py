"""Gather the claims about a clip from its file, its name, its sidecars and its speech. No bad file stops this."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path, PurePath

from radio_archive.audio.container import open_audio
from radio_archive.errors import AudioError
from radio_archive.metadata.feed import claims as feed
from radio_archive.metadata.filename.claims import read_name
from radio_archive.metadata.filename.patterns import Patterns
from radio_archive.metadata.resolve import GUESS, PROPOSED, SURE, is_proposal, proposals, resolve
from radio_archive.metadata.sidecar import examine_sidecar
from radio_archive.metadata.spoken.known import KnownNames, NameTable
from radio_archive.metadata.spoken.matching import Names
from radio_archive.metadata.spoken.signoff import SpokenClaim, read_signoff
from radio_archive.metadata.story import claims as story
from radio_archive.metadata.tags.claims import claims_from_tags
from radio_archive.metadata.tags.legacy import redecoded
from radio_archive.metadata.tags.raw import AudioTag
from radio_archive.metadata.tags.read import read_tags
from radio_archive.models import Chapter, Claim, Field, Known, Roster, Source, Story, Word, clean_text
from radio_archive.text.spelling import fold

PAGE = ".html"
STORIES = (PAGE, ".txt")
"""Suffixes of the published story, unless a feed says that the file is its transcript."""
CAPTIONS = (".vtt", ".srt", ".xml")
"""Suffixes of another transcript."""
SCRIPT = ".script.txt"
"""How the name of a script ends: of what is said, word for word, without times. Other text is the published story."""
_CONFIRMED, _CONFIRMED_GUESS = 0.75, (PROPOSED + SURE) / 2
"""The confidence in a proposal, and in a guess, that something else confirms."""
_NO_LINE = re.compile(r"-->|^\s*\d+\s*$|^\ufeff?WEBVTT")
"""A line of captions that is not said: a number, a time, the first one."""
PEOPLE = frozenset({Field.REPORTER, Field.HOST, Field.GUEST})
MOST_CLAIMED = 20
"""Names of a kind, claimed by other sources, that are searched for in the speech."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How a station names files and writes tags: patterns, in the order in which they are tried, and codes of shows."""

    patterns: Patterns = Patterns()  # noqa: RUF009 - it is frozen
    codes: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None
    """The station's time zone, for the day of a feed's item that is dated in UTC."""
    tag_encoding: str = ""
    """Of tags that declare none; empty: as the spoken language tells."""
    shows: frozenset[str] = frozenset()
    """Shows, folded, that the station's settings name."""
    captions: bool = True
    """Captions and scripts that come with a clip and fit it become its text."""


@dataclass(frozen=True, slots=True)
class SidecarContents:
    """What sidecars hold: claims, the story if there is one, and captions as (name, content)."""

    claims: tuple[Claim, ...] = ()
    story: Story | None = None
    story_name: str | None = None
    captions: tuple[tuple[str, bytes], ...] = ()
    chapters: tuple[Chapter, ...] = ()
    """From a feed's item."""
    from_feed: bool = False
    """One of them was a feed's item, so the captions are the feed's."""
    problems: tuple[str, ...] = ()
    """What could not be read, each with the name of its file."""
    scripts: tuple[tuple[str, bytes], ...] = ()
    """Transcripts without times, as (name, content)."""


def claims_from_name(
    name: PurePath, folders: Sequence[str], folder_hint: str, naming: Naming, recurring: Collection[str] = ()
) -> list[Claim]:
    """Return what the names of a file and its folders say; `folder_hint` is only a guess at the show.

    `recurring` are the shows that other files of the same run name in the same way, folded.
    """
    named = read_name(name, folders, naming.patterns, naming.codes, recurring)
    outer = [claim for claim in read_name(name, [folder_hint]) if claim.source == Source.FOLDER]
    guesses = [replace(claim, confidence=GUESS / 2, source_key="above") for claim in outer if claim.field == Field.SHOW]
    return [*named, *guesses]


def confirmed(claims: Sequence[Claim], is_known: Callable[[Claim], bool], shows: Collection[str] = ()) -> list[Claim]:
    """Return `claims` with more confidence in proposals that a second source repeats or that name what is known.

    `shows` are known from the settings, folded. `is_known` tells whether the archive has the show, station or person
    that a claim names. A guess at a known name stays weaker than every statement. A person who is known as a show or
    station alone is nobody: `By Malia Santos, Beach Street`.
    """
    sources: dict[tuple[Field, str], set[str]] = {}
    for claim in claims:
        if not claim.denies and not (claim.source == Source.SIGNOFF and is_proposal(claim)):
            sources.setdefault((claim.field, fold(claim.value)), set()).add(claim.source)

    def sure(claim: Claim) -> Claim:
        # What was heard was compared with the roster already.
        if not is_proposal(claim) or claim.denies or claim.source == Source.SIGNOFF:
            return claim
        value = fold(claim.value)
        known = len(sources[claim.field, value]) > 1 or (claim.field == Field.SHOW and value in shows)
        if not known and not is_known(claim):
            return claim
        return replace(claim, confidence=_CONFIRMED if claim.confidence >= GUESS else _CONFIRMED_GUESS)

    def is_outlet(claim: Claim) -> bool:
        if claim.field not in PEOPLE or claim.source in {Source.HUMAN, Source.SIGNOFF} or claim.denies:
            return False
        outlets = (replace(claim, field=field, source=Source.STORY) for field in (Field.SHOW, Field.STATION))
        return (fold(claim.value) in shows or any(map(is_known, outlets))) and not is_known(claim)

    return [sure(claim) for claim in claims if not is_outlet(claim)]


def tags_of(path: Path) -> tuple[AudioTag, ...]:
    """Return the tags inside a file; none if it cannot be read."""
    try:
        with open_audio(path) as source:
            return tuple(read_tags(source))
    except AudioError:
        return ()


def tag_claims(tags: Sequence[AudioTag], name: str, naming: Naming, language: str | None) -> list[Claim]:
    """Return what the tags of a file that was called `name` claim.

    Their encoding is that which the station or the spoken language tells.
    """
    return claims_from_tags(redecoded(tags, encoding=naming.tag_encoding, language=language or ""), name=name)


def parse_sidecars(sidecars: Sequence[tuple[str, bytes]], zone: tzinfo | None = None) -> SidecarContents:
    """Return what the sidecars of a recording, as (name, content), hold."""
    items = [found for name, content in sidecars if (found := _feed_item(name, content))]
    transcripts = {suffix for found in items for suffix in found.transcript_suffixes}
    claims: list[Claim] = []
    captions: list[tuple[str, bytes]] = []
    problems: list[str] = []
    scripts: list[tuple[str, bytes]] = []
    best: tuple[Story | None, str | None] = (None, None)
    for name, content in sidecars:
        suffix = PurePath(name).suffix.lower()
        if suffix in CAPTIONS:
            # XML may be anything; only an interview's of OHMS is a transcript.
            captions += [] if suffix == ".xml" and b"transcript>" not in content else [(name, content)]
        elif name.lower().endswith(SCRIPT) or (suffix in STORIES and suffix in transcripts):
            scripts.append((name, content))
        elif suffix in STORIES:
            if suffix != PAGE and _is_transcript(content, sidecars):
                continue
            read = story.read_story(content, kind="html" if suffix == PAGE else None)
            if read is not None:
                claims += story.claims_of(read, name)
                # A page holds more than text that was copied from it.
                best = (read, name) if best[0] is None or suffix == PAGE else best
        elif found := _feed_item(name, content):
            claims += feed.claims_of(found.feed, found.item, found.show, zone)
            if found.transcript is not None:
                captions.append((name, json.dumps(found.transcript).encode()))
        else:
            examined = examine_sidecar(name, content, zone)
            claims += examined.claims
            problems += [examined.problem] if examined.problem else []
            captions += [(name, content)] if examined.has_segments else []
    chapters = next((found.item.chapters for found in items if found.item.chapters), ())
    return SidecarContents(
        tuple(claims), *best, tuple(captions), chapters, bool(items), tuple(problems), tuple(scripts)
    )


def _is_transcript(content: bytes, sidecars: Sequence[tuple[str, bytes]]) -> bool:
    """Whether a text is word for word what captions say, or JSON of Whisper: programs write one in several formats."""
    said = _words(content.decode("utf-8", "replace"))
    return bool(said) and any(_spoken(name, other) == said for name, other in sidecars)


def _spoken(name: str, content: bytes) -> list[str]:
    suffix = PurePath(name).suffix.lower()
    if suffix in {".vtt", ".srt"}:
        lines = content.decode("utf-8", "replace").splitlines()
        return _words(" ".join(line for line in lines if not _NO_LINE.search(line)))
    try:
        document = json.loads(content) if suffix == ".json" and b'"text"' in content else {}
    except (ValueError, RecursionError):
        return []
    listed = document.get("segments") if isinstance(document, dict) else None
    texts = [one.get("text") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return _words(" ".join(text for text in texts if isinstance(text, str)))


def _words(text: str) -> list[str]:
    return clean_text(text).split()


def claims_from_speech(
    words: Sequence[Word], known: KnownNames, claims: Sequence[Claim], *, duration: float, story: Story | None = None
) -> list[Claim]:
    """Return what a clip's speech says about its makers, as `spoken_claims` does."""
    return [one.claim for one in spoken_claims(words, known, claims, duration=duration, story=story)]


def spoken_claims(
    words: Sequence[Word], known: KnownNames, claims: Sequence[Claim], *, duration: float, story: Story | None = None
) -> list[SpokenClaim]:
    """Return what a clip of `duration` seconds says about its makers, each claim with the words that are the name.

    `claims` are those of all other sources, `story` the story among them. The roster may not know a new show or
    reporter yet, so names that other sources claim are searched for too. A guest who says their name does not become
    the reporter.
    """
    others = [claim for claim in claims if claim.source != Source.SIGNOFF]
    resolved, proposed = resolve(others), proposals(others)

    def claimed(*fields: Field, least: float = GUESS) -> list[str]:
        found = [
            claim for name in fields if name in resolved for claim in (resolved[name].winner, *resolved[name].losers)
        ]
        found += [claim for claim in proposed if claim.field in fields]
        return list(dict.fromkeys(claim.value for claim in found if claim.confidence >= least))

    def new(names: NameTable, *fields: Field, hidden: Collection[str] = ()) -> tuple[Known, ...]:
        added, others = list[Known](), NameTable(fields[0])
        for value in claimed(*fields)[:MOST_CLAIMED]:
            # Another spelling of a name on the roster would only make the match ambiguous.
            if not Names((names, others), hidden=hidden).begins(fold(value).split(), whole=True):
                added.append(Known(value))
                others.add(added[-1:])
        return tuple(added)

    makers = claimed(Field.REPORTER, Field.HOST)
    guests = set(map(fold, claimed(Field.GUEST))) - set(map(fold, makers))
    shows, stations = known.outlets()
    people = new(known.people, Field.REPORTER, Field.HOST, hidden=guests)
    more = Roster(people, new(shows, Field.SHOW), new(stations, Field.STATION))
    told = (story.headline, *story.body, story.biography) if story else ()
    stated = claimed(Field.REPORTER, Field.HOST, least=PROPOSED)
    # Whom a source only proposes is no more expected than whom the story tells of.
    return read_signoff(
        words,
        known,
        duration=duration,
        claimed=more,
        hidden=guests,
        makers=set(map(fold, stated)),
        story=(*filter(None, told), *makers),
    )


def _feed_item(name: str, content: bytes) -> feed.Carried | None:
    return feed.carried_by(content) if name.lower().endswith(".json") else None
