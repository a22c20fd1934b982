"""The sources of claims that there are, ours and those of plugins, and what they read.

A source is read when a recording is archived and, with the same material, when its clip is tagged again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path, PurePath

from radio_archive.hooks import Registered, hookimpl, is_number, registered
from radio_archive.metadata import gather
from radio_archive.metadata.gather import Naming, SidecarContents
from radio_archive.metadata.sidecar import LONGEST, LONGEST_OTHER
from radio_archive.metadata.spoken.known import KnownNames
from radio_archive.metadata.tags.raw import AudioTag
from radio_archive.models import Claim, Field, Source, Story, Word, clean_text
from radio_archive.text.languages import language_code

MOST_CLAIMS = 100
"""Claims that a plugin's source can make about a clip."""
LONGEST_EVIDENCE = 500
"""Characters of what such a claim gives for it. Its value may be as long as in a sidecar."""


@dataclass(frozen=True, slots=True)
class Material:
    """What sources read of one clip. The fields behind `story` are for our own sources and may change."""

    name: str
    """What the recording's file was called."""
    path: Path | None = None
    """Where its bytes are now; None if they are gone. Nothing may be changed there."""
    duration: float = 0.0
    """Seconds."""
    folders: tuple[str, ...] = ()
    """Names of the folders that it was in, the innermost last."""
    sidecars: tuple[tuple[str, bytes], ...] = ()
    """The files that came with it, by name and content."""
    tags: Sequence[AudioTag] = ()
    """The tags in the file, without pictures."""
    language: str | None = None
    """An ISO 639 code, if the spoken language is known."""
    words: Sequence[Word] = ()
    """What is said, for sources that are `spoken`."""
    claims: Sequence[Claim] = ()
    """What other sources say: a person's claims and, for those that are `spoken`, all claims of the others."""
    story: Story | None = None
    """The published story that came with it."""
    said: SidecarContents = field(default_factory=SidecarContents)
    naming: Naming = field(default_factory=Naming)
    folder_hint: str = ""
    recurring: frozenset[str] = frozenset()
    known: KnownNames | None = None


@dataclass(frozen=True, slots=True)
class ClaimSource:
    """A source of claims about clips."""

    name: str
    """What its claims are stored and ranked under."""
    read: Callable[[Material], Iterable[Claim]]
    """Returns what the source says of a clip. It is called on any thread; an error makes it say what it said before."""
    spoken: bool = False
    """It is read after the transcription, and again when the text was corrected, and gets the words."""


def sources() -> Mapping[str, Registered[ClaimSource]]:
    """Return all sources by name, ours first."""
    found = registered("claim_sources", ClaimSource, __name__)
    for name in [name for name, one in found.items() if name in set(Source) and not one.plugin.is_own]:
        found.pop(name).plugin.skip(f"claim_sources: {name!r} is a source of ours")
    return found


def names(*, spoken: bool | None = None) -> frozenset[str]:
    """Return what claims of the sources that are there, or of those that are `spoken` or not, are stored under."""
    foreign = {name: one.value for name, one in sources().items() if not one.plugin.is_own}
    own = frozenset(Source) if spoken is None else {Source.SIGNOFF} if spoken else frozenset(Source) - {Source.SIGNOFF}
    return frozenset({*own, *(name for name, one in foreign.items() if spoken in {None, one.spoken})})


def read(material: Material, stored: Sequence[Claim] = (), *, spoken: bool = False) -> list[Claim]:
    """Return what the sources say that are `spoken`, or those that are not.

    `stored` is what was claimed of the clip before: it stands where a plugin's source fails, or is no longer there.
    """
    found: list[Claim] = []
    for name, source in sources().items():
        if source.value.spoken != spoken:
            continue
        if source.plugin.is_own:
            found += source.value.read(material)
            continue
        said: list[Claim] | None = None
        with source.plugin.blamed(f"the source {name!r}"):
            said = list(dict.fromkeys(_checked(source, material)))
        found += [claim for claim in stored if claim.source == name] if said is None else said
    if not spoken:
        there = names()
        found += [claim for claim in stored if claim.source not in there]
    return found


def _checked(source: Registered[ClaimSource], material: Material) -> Iterator[Claim]:
    """Yield what can be stored of a plugin's claims."""
    for claim in islice(source.value.read(material), MOST_CLAIMS):
        try:
            yield _stored(claim, source.value.name)
        except ValueError as error:
            source.plugin.skip(f"the source {source.value.name!r}: {error}")


def _stored(claim: object, source: str) -> Claim:
    """Return a plugin's claim as it is stored. Raises ValueError."""
    if not isinstance(claim, Claim):
        raise ValueError(f"Claim is needed, not {type(claim).__name__}")
    if claim.field not in set(Field) - {Field.TRANSCRIPT}:
        raise ValueError("a claim is about no field of a clip")
    for part, text, most in (
        ("value", claim.value, LONGEST.get(Field(claim.field), LONGEST_OTHER)),
        ("evidence", claim.evidence, LONGEST_EVIDENCE),
        ("source_key", claim.source_key, LONGEST_EVIDENCE),
    ):
        if not isinstance(text, str):
            raise ValueError(f"the {part} of a claim is {type(text).__name__}, not text")
        if len(text) > most:
            raise ValueError(f"the {part} of a claim has {len(text):,} characters; {most:,} is the most")
    if not is_number(claim.confidence) or not 0 <= claim.confidence <= 1:
        raise ValueError("the confidence of a claim is no number from 0 to 1")
    at = float(claim.at) if is_number(claim.at) and claim.at >= 0 else None
    value, kind = clean_text(claim.value), Field(claim.field)
    if kind == Field.DATE:
        value = date.fromisoformat(value).isoformat()
    if kind == Field.LANGUAGE:
        value = language_code(value) or ""
    if not value:
        raise ValueError(f"the {kind} that it claims is empty, or no {kind}")
    evidence, key = clean_text(claim.evidence), clean_text(claim.source_key)
    return Claim(kind, value, source, evidence, float(claim.confidence), key, at, bool(claim.denies))


@hookimpl
def claim_sources() -> list[ClaimSource]:
    """Register our own sources. Of sidecars, that is what a story and a feed's item say, too."""
    return [
        ClaimSource("tags", lambda one: gather.tag_claims(one.tags, one.name, one.naming, one.language)),
        ClaimSource("filename", _from_name),
        ClaimSource("sidecar", lambda one: one.said.claims),
        ClaimSource("signoff", _from_speech, spoken=True),
    ]


def _from_name(one: Material) -> list[Claim]:
    return gather.claims_from_name(PurePath(one.name), one.folders, one.folder_hint, one.naming, one.recurring)


def _from_speech(one: Material) -> list[Claim]:
    known = one.known or KnownNames()
    return gather.claims_from_speech(one.words, known, one.claims, duration=one.duration, story=one.story)
