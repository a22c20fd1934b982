"""Which of a clip's transcripts is its text: what came with it is fitted to what was heard, and claims decide.

A person's choice wins before what the publisher wrote, and that before what the engine heard, unless the settings or
the ranks of the show say otherwise. A published text that plainly is of something else never wins by itself.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims, read, save, sidecars, versions
from radio_archive.archive.clips.encoding import dump_words
from radio_archive.archive.names import lookup
from radio_archive.errors import UsageError
from radio_archive.metadata import gather
from radio_archive.metadata.gather import Naming
from radio_archive.metadata.resolve import GUESS, resolve_for_show
from radio_archive.models import Claim, Clip, Field, Gap, Resolved, Source, Transcript, TranscriptInfo
from radio_archive.pipeline.sidecars import with_transcripts
from radio_archive.text.fitting import Fitted, Times, fit
from radio_archive.text.times import stretch
from radio_archive.text.versions import MACHINE, describe

_PUBLISHED, _BROUGHT = 0.9, 0.95
"""The confidence that a text is the clip's: a published one, before it is known how much of it was heard, which adds up
to 0.05; and what a person brought, or what could be compared with nothing."""
_NAMED = 3
"""Stretches of a recording that a message names."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The transcripts that a clip is to have, and the one that is to be current. Nothing is written yet."""

    claims: tuple[Claim, ...] = ()
    """About which transcript is current: the sources', not people's."""
    new: tuple[Transcript, ...] = ()
    """What came with the clip and is none of its transcripts yet."""
    count: int = 0
    """How many transcripts the clip has before these."""
    heard: int = 1
    """The number of the engine's newest."""

    @classmethod
    def of(cls, transcripts: Sequence[TranscriptInfo]) -> Self:
        """Return the plan in which a clip keeps the transcripts that it has, and the claims about them."""
        machine = [info.number for info in transcripts if info.origin == "engine" and not info.edition]
        return cls(count=len(transcripts), heard=max(machine, default=1))

    def number(self, resolved: Resolved | None, said: Sequence[Claim] = ()) -> int:
        """Return the number of the transcript that the winning claim names; by default it is the engine's newest.

        `said` are all claims, of which only people's denials count.
        """
        value = resolved.value if resolved else MACHINE
        if value.isdecimal() and 0 < int(value[:9]) <= self.count + len(self.new):
            return int(value[:9])
        denied = {claim.value for claim in said if claim.source == Source.HUMAN and claim.denies}
        others = (number for number in range(self.heard, 0, -1) if str(number) not in denied)
        return next(others, self.heard)


def fitted(transcript: Transcript, heard: Transcript | None, duration: float) -> Transcript:
    """Return a transcript that came with a clip with the times of what was `heard`; `options` say how well it fits.

    They say so of one that is compared: `heard` is None where no engine has heard the clip.
    """
    times = Times(str(transcript.options.get("times", Times.LINES)))
    compared, heard = heard is not None, heard or Transcript(())
    found = fit(heard.words, transcript.words, times, duration)
    options = {
        **transcript.options,
        "fits": found.is_fit if compared else None,
        "covered": round(found.covered, 3) if heard.words else None,
        "spoken": round(found.spoken, 3),
        "filled": [[round(gap.start, 2), round(gap.end, 2)] for gap in found.filled],
        "unheard": [[round(gap.start, 2), round(gap.end, 2)] for gap in found.unheard],
        "unsaid": found.unsaid,
    }
    return replace(
        transcript,
        words=found.words,
        options=options,
        language=transcript.language or heard.language,
        gaps=tuple(_gaps(found, (*transcript.gaps, *heard.gaps))) if found.is_fit else transcript.gaps,
    )


def plan_new(transcripts: Sequence[Transcript], heard: Transcript | None, duration: float, naming: Naming) -> Plan:
    """Return the plan for a new clip, in which `heard` was heard, if an engine heard it, and with which others came."""
    new = tuple(fitted(one, heard, duration) for one in transcripts)
    count = 0 if heard is None else 1
    said = [_published(_info(one), number, naming) for number, one in enumerate(new, count + 1)]
    first = () if heard is None else (_heard(_info(heard), 1),)
    return Plan((*first, *said) if said else (), new, count)


def plan_again(
    archive: Archive, clip: Clip, contents: gather.SidecarContents, naming: Naming, imported: Collection[str] = ()
) -> Plan:
    """Return the plan for an archived clip, read with its sources, with sidecars that may have come since.

    The rest is compared with what the engine heard since. So is what fits, to get better times: from a transcript that
    has no less of it. `imported` are digests of files that a person brought.
    """
    stored = sorted(clip.transcripts, key=lambda info: info.number)
    found = Plan.of(stored)
    machine = next((info for info in stored if info.number == found.heard and info.origin == "engine"), None)
    brought = {str(info.options.get("sha256")) for info in stored if info.options.get("imported")}
    beside = with_transcripts(contents, clip.duration, {*imported, *brought}).transcripts
    if not beside:
        return found
    newest = versions.heard(archive, clip.uid)
    heard = Transcript(newest.words, machine.language if machine else None) if newest else None
    said: list[Claim] = []
    new: list[Transcript] = []
    for one in beside:
        known = next((info for info in reversed(stored) if _is_same(info, one)), None)
        made = None
        gains = known is not None and _names_speakers(archive, clip.uid, one, known)
        if gains or not (known and known.options["fits"] and newest and newest.number < known.number):
            made = fitted(one, heard, clip.duration)
        if made and (known is None or gains or _is_better(archive, clip.uid, made, known)):
            new.append(made)
            said.append(_published(_info(made), len(stored) + len(new), naming))
        elif known:
            # What was compared with nothing before may not be of this recording.
            judged = _info(made) if made and known.options["fits"] is None else known
            said.append(_published(judged, known.number, naming))
    return replace(found, claims=(*([_heard(machine, machine.number)] if machine else ()), *said), new=tuple(new))


def _names_speakers(archive: Archive, uid: str, one: Transcript, known: TranscriptInfo) -> bool:
    """Whether a text that came with a clip says who speaks, and was stored by a version that did not read that."""
    names = any(word.speaker for word in one.words)
    return names and not any(word.speaker for word in versions.stored(archive, uid, known.number))


def _is_better(archive: Archive, uid: str, made: Transcript, known: TranscriptInfo) -> bool:
    """Whether a text fits what the engine heard better than it did, and has other times for it."""
    if not made.options["fits"] or not known.options["fits"]:
        return bool(made.options["fits"])
    now, before = made.options["covered"], known.options["covered"]
    worse = isinstance(now, float) and isinstance(before, float) and now < before
    return not worse and dump_words(made.words) != dump_words(versions.stored(archive, uid, known.number))


def settle(archive: Archive, uid: str, naming: Naming) -> tuple[str, ...]:
    """Make current the transcript that a clip's claims name, after one was added, and return what to tell a person."""
    with archive.writing():
        clip = read.clip(archive, uid, read.Part.SOURCES)
        contents = gather.parse_sidecars(sidecars.contents(archive, uid), naming.zone)
        planned = plan_again(archive, clip, contents, naming)
        old = [one for one in clip.claims if one.field == Field.TRANSCRIPT and one.source != Source.HUMAN]
        kept = [one for one in clip.claims if one not in old]
        gone, new = [one for one in old if one not in planned.claims], [one for one in planned.claims if one not in old]
        claims.exchange(archive.db, uid, gone, new)
        resolved = resolve_for_show([*kept, *planned.claims], partial(lookup.ranks, archive)).get(Field.TRANSCRIPT)
        number = planned.number(resolved, clip.claims)
        lost = write(archive, uid, planned, number)
    told = [line for one in planned.new for line in messages(one)]
    if number != planned.heard:
        adopted = planned.new[number - planned.count - 1] if number > planned.count else None
        what = f", {describe(_info(adopted))}, is its text now" if adopted else " stays its text"
        take = f"`radio-archive tag {uid} transcript=machine` takes what was heard"
        told.append(f"transcript {number}{what}: {take}")
    return (*told, *lost)


def write(archive: Archive, uid: str, planned: Plan, number: int) -> tuple[str, ...]:
    """Add the new transcripts of a plan, and make one of all current. Returns what is lost with that, in words."""
    with archive.writing():
        for one in planned.new:
            save.add_transcript(archive, uid, one)
        # A clip without speech that an older version archived may have no transcript.
        return versions.choose(archive, uid, number) if planned.count + len(planned.new) else ()


def check(transcripts: Sequence[TranscriptInfo], said: Sequence[Claim], uid: str) -> None:
    """Raise UsageError if a person's claim names a transcript that a clip does not have."""
    for claim in said:
        numbers = {str(info.number) for info in transcripts}
        if claim.field == Field.TRANSCRIPT and claim.value not in {*numbers, MACHINE}:
            raise UsageError(
                f"{uid} has no transcript {claim.value!r}",
                f"It has {', '.join(sorted(numbers))}; `{MACHINE}` is the engine's newest. "
                f"`radio-archive show {uid} --versions` lists them.",
            )


def messages(transcript: Transcript | TranscriptInfo) -> Iterator[str]:
    """Yield what a person should know of a transcript that came with a clip and was fitted."""
    name, options = transcript.model, transcript.options
    if options.get("fits") is None:
        return
    if not options["fits"]:
        why = "" if options["covered"] is None else ". It may be another clip's, or a summary"
        yield f"{name} is not taken for the text: {_share(options)}{why}"
        return
    for key, what in (("filled", "has nothing at {}, where words were heard, which were put in"),
                      ("unheard", "has words at {} that were not heard")):  # fmt: skip
        stretches = options[key]
        if isinstance(stretches, list) and stretches:
            named = ", ".join(stretch(start, end) for start, end in stretches[:_NAMED])
            more = f" and {len(stretches) - _NAMED} other places" if len(stretches) > _NAMED else ""
            yield f"{name} {what.format(named + more)}"
    if options["unsaid"]:
        yield f"{options['unsaid']} words of {name} were left out: there is no time in which they could be said"


def _gaps(found: Fitted, every: Sequence[Gap]) -> Iterator[Gap]:
    """Yield the gaps in which a fitted text has nothing either, in order."""
    middles = sorted((word.start + word.end) / 2 for word in found.words)
    end, at = 0.0, 0
    for gap in sorted(every, key=lambda gap: gap.start):
        while at < len(middles) and middles[at] < gap.start:
            at += 1
        if gap.start >= end and not (at < len(middles) and middles[at] <= gap.end):
            yield gap
            end = gap.end


def _is_same(info: TranscriptInfo, one: Transcript) -> bool:
    same = (info.origin, info.engine, info.model) == (one.origin, one.engine, one.model)
    return same and info.options.get("sha256") == one.options.get("sha256") and "fits" in info.options


def _info(one: Transcript) -> TranscriptInfo:
    return TranscriptInfo(
        one.origin, one.engine, one.engine_version, one.model, one.revision, one.options, one.language, one.speed, "",
        False, len(one.words), one.windows, one.gaps,
    )  # fmt: skip


def _heard(info: TranscriptInfo, number: int) -> Claim:
    return Claim(Field.TRANSCRIPT, str(number), Source.ENGINE, describe(info))


def _published(info: TranscriptInfo, number: int, naming: Naming) -> Claim:
    """Return the claim that what came with a clip is its text: a guess if it does not fit, or is not wanted."""
    fits, covered = info.options["fits"], info.options["covered"]
    evidence = f"{info.model}: {_share(info.options)}"
    if fits is None or (info.options.get("imported") and (fits or covered is None)):
        # Where nothing was heard, what a person brought is all there is. Who brings a second text has mended the first.
        confidence = _BROUGHT + min(number, 499) / 10_000
    else:
        confidence = _PUBLISHED + 0.05 * float(covered if isinstance(covered, float) else 0.0) if fits else GUESS / 2
    if not naming.captions:
        evidence, confidence = f"{evidence}; the settings prefer what was heard", min(confidence, GUESS - 0.05)
    source = Source.FEED if info.origin == "feed" else Source.SIDECAR
    return Claim(Field.TRANSCRIPT, str(number), source, evidence, round(confidence, 4), info.model or "")


def _share(options: object) -> str:
    covered = options.get("covered", 0.0) if hasattr(options, "get") else 0.0
    if covered is None:
        return "nothing was heard with which it could be compared"
    return f"{covered:.0%} of what was heard is in it"
