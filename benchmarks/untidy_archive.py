"""Make an archive as untidy as a station's, for the site: its tests, its benchmark, and a look at it in a browser.

    python benchmarks/untidy_archive.py FOLDER                # 2,000 clips, in seconds
    python benchmarks/untidy_archive.py FOLDER --clips 300

Clips lack dates, shows and reporters, or know only the year; names are Hawaiian, Māori and Welsh; titles are hostile;
some clips are private, under an embargo or of a private show, some are rebroadcasts or in a collection, one is an hour
long. All shows are of one station, whose name is a word of them all. `OCCASIONS` says which clips have what. Clips of a
show open and sign off alike. Only hidden clips say HIDDEN, and what FIRED is set to would show that a title was run.

`synthetic_archive.py` makes archives of any size whose words are as frequent as a language's; here they are few.
"""

import argparse
import datetime
import hashlib
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthetic_archive import silent_mp3

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import decisions
from radio_archive.archive.clips.save import NewClip, save_clip
from radio_archive.archive.index import spellings
from radio_archive.archive.names import roster
from radio_archive.config.settings import TEMPLATE
from radio_archive.metadata.resolve import resolve
from radio_archive.models import Claim, Field, Gap, Recording, Segment, Source, Story, Transcript, Word

CLIPS = 2_000
BATCH = 500
"""Clips that are saved in one transaction."""
STATION = "Reef Radio"
HIDDEN = "Quaggastone"
"""A word in every text of hidden clips, and of no other."""
FIRED = "window.fired = true"
"""What hostile titles try to run."""
HOUR = 1
"""The number of the clip that is an hour long."""
SHOWS = (
    "Reef Radio News", "Reef Radio Morning", "Te Reo o te Moana", "Ka Leo o Hawaiʻi", "Llais y Môr", "Ngā Kōrero",
    "Search", "What the tide brought in last night, and what nobody from the harbor office has said about it since",
)  # fmt: skip
PRIVATE_SHOW = f"{HIDDEN} Hour"
REPORTERS = (
    "Keoni Māhoe", "Leilani Kāne", "Hēnare Te Whāiti", "Siân Ŵyn Llŷr", "Zoë O'Malley-Nguyễn", "Ana Keo", "李小龍",
    "Aroha Ngāta", "Rhŷs ap Gwilym", "Dr. Ka‘iulani D. Kealoha, M.D.",
)  # fmt: skip
TITLES = (
    f"<script>{FIRED}</script>", f'"><img src=x onerror="{FIRED}">', f"]]></title><svg onload={FIRED}>",
    "An embargo \u202eyadot sdne\u202c of a fishery", "?", "#1: ½ off & 100% “free” <b>", "🐠🪸 e\u0301te\u0301 👩🏽‍🚀",
    "../../../etc/passwd", "index.html", "%2e%2e%2f%00 \\ / : * | CON", "'; DROP TABLE clips; -- {{ 7 * 7 }} ${7*7}",
    "undated", "The tide " + "very " * 98 + "late", "constructor __proto__", f"javascript:{FIRED}", "ʻŌlelo Hawaiʻi",
    "12,000 nests", "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", "長野市のりんご",
)  # fmt: skip
PLACES = ("Hilo", "Kāneʻohe", "Whangārei", "Llandudno", "Lānaʻi", "Molokaʻi", "Aotearoa", "the bay", "Papeʻete")
THINGS = (
    "coral reef", "undersea cable", "ferry", "whale survey", "harbor wall", "kelp forest", "fish auction", "lighthouse",
    "sea bird colony", "tide gauge", "canoe race", "salt pond", "lifeboat", "taro patch", "12,000 nests",
)  # fmt: skip
SAYING = (
    "The {thing} near {place} is closed until the storm is over.", "Nobody in {place} had seen such a {thing} before.",
    "The council of {place} votes on the {thing} in March.", "A {thing} was found off {place} by two divers.",
    "It took {number} volunteers to count every {thing} around {place}.", "“We live from the {thing},” a fisher said.",
    "In {place} they say that the {thing} will outlast us all.", "The {thing} cost {number} dollars, and it works.",
)  # fmt: skip
OCCASIONS: Mapping[str, tuple[int, int]] = {
    "bare": (50, 7),
    "no show": (7, 3),
    "no reporter": (5, 2),
    "no date": (11, 5),
    "only a year": (13, 6),
    "only a month": (17, 8),
    "hostile title": (12, 10),
    "same title and day": (30, 14),
    "story": (9, 4),
    "host": (8, 1),
    "summary": (6, 0),
    "subject": (10, 9),
    "gap": (25, 11),
    "rebroadcast": (40, 13),
    "collection": (20, 12),
    "approved": (15, 2),
    "other language": (14, 12),
    "private": (40, 15),
    "embargo": (60, 18),
    "private show": (70, 16),
}
"""What one in so many clips has, and the first that has it. Who is `bare` has neither show nor reporter nor date."""
HIDING = frozenset({"private", "embargo", "private show"})
_FIRST_DAY, _DAYS = datetime.date(1994, 3, 1), 11_000
_FAR_OFF = "2999-01-01"


@dataclass(frozen=True, slots=True)
class Planned:
    """A clip of the archive: its file in media/, what is saved, and on which occasions."""

    number: int
    content: bytes
    clip: NewClip
    has: frozenset[str]


def plan(clips: int) -> Iterator[Planned]:
    """Yield so many clips: the same each time, and the first of many are the whole of few."""
    choose = random.Random(7)  # noqa: S311 - reproducible, not secret
    before: Planned | None = None
    for number in range(clips):
        before = _planned(number, choose, before)
        yield before


def _planned(number: int, choose: random.Random, before: Planned | None) -> Planned:
    has = frozenset(what for what, (every, first) in OCCASIONS.items() if number % every == first % every)
    title, show, reporter, date = _known(number, has, choose)
    if before and "same title and day" in has:
        known = {claim.field: claim.value for claim in before.clip.claims}
        title, show, date = known[Field.TITLE], known.get(Field.SHOW), known.get(Field.DATE)
    said = _said(number, show, reporter, choose)
    if before and "rebroadcast" in has:
        said = [segment.text for segment in before.clip.segments]
    if has & HIDING:
        title, said = f"{HIDDEN}: {title}", [f"{HIDDEN} {text}" for text in said]
    values = {Field.TITLE: title, Field.SHOW: show, Field.REPORTER: reporter, Field.DATE: date}
    values |= {
        Field.STATION: STATION if show else None,
        Field.HOST: choose.choice(REPORTERS) if "host" in has else None,
    }
    if "summary" in has and not has & HIDING:
        values[Field.SUMMARY] = f"What became of it. {title}"
    claims = [Claim(field, value, Source.TAGS, "tags") for field, value in values.items() if value]
    content = silent_mp3([str(number), title, show or "", reporter or "", date or ""])
    return Planned(number, content, _furnished(_new_clip(number, content, said, claims), has), has)


def _known(number: int, has: frozenset[str], choose: random.Random) -> tuple[str, str | None, str | None, str | None]:
    """Return what is known of a clip: title, show, reporter, date."""
    day = f"{_FIRST_DAY + datetime.timedelta(days=choose.randrange(_DAYS))}"
    thing, place = choose.choice(THINGS), choose.choice(PLACES)
    title = f"The {thing} of {place}"
    if "hostile title" in has:
        title = TITLES[number // OCCASIONS["hostile title"][0] % len(TITLES)]
    show = PRIVATE_SHOW if "private show" in has else choose.choices(SHOWS, range(len(SHOWS), 0, -1))[0]
    reporter = choose.choice(REPORTERS)
    date = day[:4] if "only a year" in has else day[:7] if "only a month" in has else day
    is_bare = "bare" in has
    return (
        title,
        None if is_bare or ("no show" in has and "private show" not in has) else show,
        None if is_bare or "no reporter" in has else reporter,
        None if is_bare or "no date" in has else date,
    )


def _said(number: int, show: str | None, reporter: str | None, choose: random.Random) -> list[str]:
    sentences = 360 if number == HOUR else choose.randint(4, 9)
    between = [
        choose.choice(SAYING).format(
            thing=choose.choice(THINGS), place=choose.choice(PLACES), number=choose.choice(("12", "3,500", "1990"))
        )
        for _ in range(sentences)
    ]
    opening = f"You are listening to {show or 'us'}, with what moves the islands today."
    return [opening, *between, f"For {STATION}, I'm {reporter or 'nobody you know'}."]


def _new_clip(number: int, content: bytes, said: Sequence[str], claims: Sequence[Claim]) -> NewClip:
    pace = 3600 / sum(len(text.split()) for text in said) if number == HOUR else 0.4
    words: list[Word] = []
    segments: list[Segment] = []
    for text in said:
        first = len(words)
        words += [Word(pace * at, pace * (at + 0.8), f" {word}", 0.9) for at, word in enumerate(text.split(), first)]
        segments.append(Segment(words[first].start, words[-1].end, text, first, len(words) - 1))
    sha256 = hashlib.sha256(content).hexdigest()
    length = 3600.0 if number == HOUR else words[-1].end + 1
    return NewClip(
        recording=Recording(
            sha256, len(content), "audio/mpeg", length, 8_000, 1, f"{number:05}.mp3", peaks=sha256.encode() * 12
        ),
        path=f"media/{sha256[:2]}/{sha256}.mp3",
        storage="copied",
        transcript=Transcript(tuple(words), "en", "engine", "faster-whisper", "1.2.1", "small"),
        segments=segments,
        claims=claims,
        resolved=resolve(claims),
    )


def _furnished(new: NewClip, has: frozenset[str]) -> NewClip:
    transcript = new.transcript
    if "gap" in has:
        end = transcript.words[-1].end
        transcript = replace(transcript, gaps=(Gap(end, end + 0.9),))
    if "other language" in has:
        transcript = replace(transcript, language="mi")
    story = None
    if "story" in has:
        mark = f"{HIDDEN} " if has & HIDING else ""
        body = (f"{mark}The harbor master would not speak of it.", "<b>Others</b> did & were glad of it.")
        story = Story(f"{mark}What the tide left", body, url="https://news.example/tide")
    return replace(new, transcript=transcript, story=story)


def build(folder: Path, clips: int = CLIPS) -> None:
    """Make an archive of so many clips in `folder`, which must not be there."""
    planned = plan(clips)
    with Archive.create(folder, TEMPLATE) as archive:
        archive.db.execute("PRAGMA synchronous = OFF")
        with archive.writing():
            roster.add(archive, "show", PRIVATE_SHOW, [], {"visibility": "private"})
            decisions.make_collection(archive, "Of the sea")
        for _ in range(0, clips, BATCH):
            with archive.writing():
                for _, one in zip(range(BATCH), planned, strict=False):
                    add(archive, one)
        with archive.writing():
            while spellings.backfill(archive.db):
                pass


def add(archive: Archive, planned: Planned) -> None:
    """Save a clip, with what is decided of it; within a transaction."""
    path = archive.folder / planned.clip.path
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(planned.content)
    uid = save_clip(archive, planned.clip).clip
    decided = {
        "private": ("visibility", "private"), "embargo": ("embargo", _FAR_OFF), "approved": ("review", "approved"),
        "subject": ("subject", "Tides & “currents”"),
    }  # fmt: skip
    for what, decision in decided.items():
        if what in planned.has:
            decisions.set_decision(archive, uid, *decision)
    if "collection" in planned.has:
        decisions.add_clips(archive, "Of the sea", [uid])


def main(arguments: Sequence[str]) -> None:
    """Make an archive, and say what that took."""
    options = argparse.ArgumentParser(description="Make an untidy archive.")
    options.add_argument("folder", type=Path)
    options.add_argument("--clips", type=int, default=CLIPS)
    given = options.parse_args(arguments)
    begun = time.process_time()
    build(given.folder, given.clips)
    print(f"{given.clips:,} clips, {time.process_time() - begun:,.1f} CPU seconds: {given.folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
