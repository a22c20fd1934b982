"""Make a synthetic archive of any size, for measuring.

    python benchmarks/synthetic_archive.py --segments 1000000 FOLDER   # an archive of 40,000 clips, in a few minutes

The text is that of `synthetic_text.py`. Shows, reporters and years are unequal in size; air dates come in no order, as
when a back-catalogue is archived. Some clips have a story, a host or guest, a claim that contradicts another one, an
earlier transcript, a gap, a note, a correction; some are rebroadcasts of an earlier clip, private, in a collection, or
came from a feed. `OCCASIONS` says which ones. Each clip has an MP3 of a few hundred bytes in media/, with tags and half
a second of silence: its row says how long it would be, and how loud.

Every clip is saved by `save_clip`, a thousand in one transaction. That is all that makes it quicker than the real
thing, and a build that was stopped goes on after the last thousand. Nothing is analyzed: `ANALYZE` would make a
database that no user has.
"""

import argparse
import datetime
import hashlib
import random
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthetic_text import A_CLIP, Corpus

from radio_archive.archive import feeds
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import decisions
from radio_archive.archive.clips.save import NewClip, save_clip
from radio_archive.archive.filters import EVERYTHING
from radio_archive.archive.index import spellings
from radio_archive.config.settings import TEMPLATE
from radio_archive.metadata.resolve import resolve
from radio_archive.models import (
    Claim,
    Field,
    Gap,
    Recording,
    Segment,
    Source,
    Story,
    Transcript,
    Verdict,
    WindowReport,
    Word,
)
from radio_archive.search import saved

SHOWS, REPORTERS, FEEDS, COLLECTIONS = 20, 200, 5, 20
FIRST_DAY, DAYS = datetime.date(2005, 1, 1), 7_300
BATCH = 1_000
"""Clips that are saved in one transaction."""
MARK, VERSION = "synthetic", "5"
"""A file in the folder of an archive that was made here, and what it says: an older one is made anew."""
CACHE_KIBIBYTES = 1 << 20
"""The page cache while an archive is made."""
OCCASIONS: Mapping[str, tuple[int, int]] = {
    "story": (10, 3),
    "host": (3, 1),
    "guest": (10, 4),
    "conflict": (8, 5),
    "rebroadcast": (50, 35),
    "earlier transcript": (20, 11),
    "gap": (30, 13),
    "feed": (4, 2),
    "watched": (2, 0),
    "subject": (10, 7),
    "approved": (20, 9),
    "note": (100, 21),
    "collection": (100, 33),
    "private": (200, 55),
    "correction": (500, 60),
}
"""What one in so many clips has, and the first that has it."""
_FRAME = b"\xff\xe3\x18\xc4" + bytes(68)
"""A frame of MPEG-2.5 layer III, mono, 8 kHz, 8 kbit/s (ISO/IEC 13818-3): 72 bytes, 72 ms of silence."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A clip of the archive: the file in media/, what is saved, and on which occasions."""

    number: int
    content: bytes
    clip: NewClip
    has: frozenset[str]


def show_name(corpus: Corpus, show: int) -> str:
    """Return the name of a show, by its number."""
    return f"Show {show} {corpus.words[-show]}"


def feed_address(show: int) -> str:
    """Return the address of a show's feed."""
    return f"https://feeds.example.org/show-{show}.rss"


def new_clip(corpus: Corpus, sha256: str, show: int, reporter: str, date: str = "2024-10-22") -> NewClip:
    """Return the next clip of a show, by its number: with what every clip has, and no file."""
    return _new_clip(corpus, sha256, corpus.clip(show, reporter), show, reporter, date)


def _new_clip(corpus: Corpus, sha256: str, said: Sequence[str], show: int, reporter: str, date: str) -> NewClip:
    words: list[Word] = []
    segments: list[Segment] = []
    for text in said:
        first = len(words)
        words += [Word(len(words) * 0.4, len(words) * 0.4 + 0.3, f" {word}", 0.9) for word in text.split()]
        segments.append(Segment(words[first].start, words[-1].end, text, first, len(words) - 1))
    values = {
        Field.TITLE: (corpus.sentence().rstrip("."), "TIT2"),
        Field.SHOW: (show_name(corpus, show), "TALB"),
        Field.REPORTER: (reporter, "TPE1"),
        Field.DATE: (date, "TDRC"),
    }
    claims = [Claim(field, value, Source.TAGS, f"ID3 {key}") for field, (value, key) in values.items()]
    return NewClip(
        recording=Recording(sha256, 1, "audio/mpeg", words[-1].end, 44100, 1, "a.mp3"),
        path="a.mp3",
        storage="referenced",
        transcript=_transcript(words),
        segments=segments,
        claims=claims,
        resolved=resolve(claims),
    )


def _transcript(words: Sequence[Word]) -> Transcript:
    scores = {"compression_ratio": 1.62, "avg_logprob": -0.231, "no_speech_prob": 0.012}
    last = words[-1].end
    windows = tuple(
        WindowReport(start, min(start + 30.0, last), Verdict.TRUSTED, scores) for start in range(0, int(last) + 1, 30)
    )
    options = {"beam_size": 5, "compute_type": "int8", "device": "cpu"}
    return Transcript(
        tuple(words), "en", "engine", "faster-whisper", "1.2.1", "small", None, options, speed=6.0, windows=windows
    )


class Plan:
    """The clips of the archive, in batches: the same for everybody."""

    def __init__(self, clips: int) -> None:
        """Plan so many clips."""
        self.corpus, self.clips = Corpus(), clips
        self._popular = [1 / (rank + 1) for rank in range(SHOWS)]

    def batch(self, number: int) -> Iterator[Planned]:
        """Yield the clips of a batch, in their order."""
        self.corpus.begin(f"batch {number}")
        choose = random.Random(number)  # noqa: S311 - reproducible, not secret
        recent: list[Planned] = []
        for at in range(number * BATCH, min((number + 1) * BATCH, self.clips)):
            has = frozenset(what for what, (every, first) in OCCASIONS.items() if at % every == first % every)
            recent = [*recent[-9:], self._clip(at, has, choose, recent)]
            yield recent[-1]

    def _clip(self, number: int, has: frozenset[str], choose: random.Random, recent: Sequence[Planned]) -> Planned:
        corpus = self.corpus
        show = choose.choices(range(1, SHOWS + 1), self._popular)[0]
        reporter = f"Reporter {corpus.words[-50 - choose.randrange(REPORTERS)]}"
        date = f"{FIRST_DAY + datetime.timedelta(days=choose.randrange(DAYS))}"
        said = corpus.clip(show, reporter)
        if "rebroadcast" in has:
            said = [said[0], *(segment.text for segment in recent[0].clip.segments[1:-1]), said[-1]]
        new = _new_clip(corpus, "", said, show, reporter, date)
        content = silent_mp3([str(number), *(claim.value for claim in new.claims)])
        sha256 = hashlib.sha256(content).hexdigest()
        recording = replace(
            new.recording, sha256=sha256, bytes=len(content), original_name=f"{date}_show{show}_{number}.mp3",
            level=-21.4, loudness=round(choose.gauss(-20, 3), 1), true_peak=-1.2, bit_rate=64_000,
            peaks=choose.randbytes(800),
        )  # fmt: skip
        new = replace(new, recording=recording, path=f"media/{sha256[:2]}/{sha256}.mp3", storage="copied")
        return Planned(number, content, self._furnished(new, number, has, choose), has)

    def _furnished(self, new: NewClip, number: int, has: frozenset[str], choose: random.Random) -> NewClip:
        """Return the clip with what it has besides."""
        corpus, claims = self.corpus, list(new.claims)
        transcript = new.transcript
        if "host" in has:
            claims.append(Claim(Field.HOST, f"Host {corpus.words[-300 - number % 4]}", Source.SIGNOFF, "“I'm …”", 0.9))
        if "guest" in has:
            # One in two is on the air for the first time; the others are on it again and again.
            name = f"Guest {number:07}" if number % 20 == OCCASIONS["guest"][1] else f"Guest {choose.randrange(90)}"
            claims.append(Claim(Field.GUEST, name, Source.SIGNOFF, "“we spoke with …”", 0.7))
        if "conflict" in has:
            other = f"Reporter {corpus.words[-50 - choose.randrange(REPORTERS)]}"
            claims.append(Claim(Field.REPORTER, other, Source.FILENAME, "file name", 0.6))
        if "gap" in has:
            end = transcript.words[-1].end
            transcript = replace(transcript, gaps=(Gap(end, end + 4),))
        fewer = tuple(word for number, word in enumerate(transcript.words) if number % 10)
        earlier = replace(transcript, model="tiny", words=fewer, gaps=())
        others = [earlier] if "earlier transcript" in has else []
        story = None
        if "story" in has:
            body = tuple(" ".join(corpus.sentence() for _ in range(4)) for _ in range(6))
            story = Story(corpus.sentence().rstrip("."), body, url=f"https://example.org/stories/{number}")
            story_text = "\n\n".join((story.headline or "", *body))
            new = replace(new, sidecars=[("story.txt", story_text.encode())], story_name="story.txt")
        return replace(new, claims=claims, resolved=resolve(claims), transcript=transcript, others=others, story=story)


def silent_mp3(tags: Sequence[str]) -> bytes:
    """Return an MP3 of silence with these tags (ID3v2.4): a number, title, show, reporter, date."""
    frames = b""
    for name, value in zip(("TRCK", "TIT2", "TALB", "TPE1", "TDRC"), tags, strict=True):
        text = b"\x03" + value.encode()
        frames += name.encode() + _syncsafe(len(text)) + b"\0\0" + text
    return b"ID3\x04\0\0" + _syncsafe(len(frames)) + frames + _FRAME * 7


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def build(folder: Path, segments: int) -> Archive:
    """Return an archive in `folder` with so many segments, made there, or finished, unless it is there already."""
    wanted, mark = f"{VERSION} {segments}", folder / MARK
    said = mark.read_text(encoding="utf-8").strip() if mark.exists() else ""
    if said == f"{wanted} complete":
        return Archive(folder)
    if said != wanted and (said or (folder / "complete").exists()):
        shutil.rmtree(folder)
    archive = Archive(folder) if (folder / MARK).exists() else Archive.create(folder, TEMPLATE)
    mark.write_text(wanted, encoding="utf-8")
    db, plan = archive.db, Plan(segments // A_CLIP)
    db.execute("PRAGMA synchronous = OFF")
    db.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
    done = db.execute("SELECT count(*) FROM clips").fetchone()[0]
    if not done:
        begin(archive, plan.corpus)
    for number in range(-(-done // BATCH), -(-plan.clips // BATCH)):
        with archive.writing():
            for planned in plan.batch(number):
                save(archive, planned)
    with archive.writing():
        while spellings.backfill(db):
            pass
    mark.write_text(f"{wanted} complete", encoding="utf-8")
    archive.close()
    return Archive(folder)


def begin(archive: Archive, corpus: Corpus) -> None:
    """Make what there is before the first clip: feeds, collections, saved searches."""
    with archive.writing():
        for show in range(1, FEEDS + 1):
            feeds.follow(archive, feed_address(show), show_name(corpus, show))
        for number in range(COLLECTIONS):
            decisions.make_collection(archive, f"Collection {number}")
            decisions.show_collection(archive, f"Collection {number}", public=True)
        for word in corpus.words[3_000:3_002]:
            saved.save(archive, word, word, EVERYTHING)


def save(archive: Archive, planned: Planned) -> str:
    """Save one clip with all that belongs to it, and return its uid."""
    new, number = planned.clip, planned.number
    path, sha256 = archive.folder / new.path, new.recording.sha256
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(planned.content)
    uid = save_clip(archive, new).clip
    if "feed" in planned.has:
        guid, feed = f"item-{number}", feed_address(number % FEEDS + 1)
        feeds.note_item(archive, feed, guid, f"https://example.org/{number}.mp3", sha256=sha256, error=None)
    decided = {
        "subject": ("subject", f"Subject {number % 97}"), "approved": ("review", "approved"),
        "note": ("note", f"Heard again, number {number}."), "private": ("visibility", "private"),
    }  # fmt: skip
    for what, (key, value) in decided.items():
        if what in planned.has:
            decisions.set_decision(archive, uid, key, value)
    if "collection" in planned.has:
        decisions.add_clips(archive, f"Collection {number % COLLECTIONS}", [uid])
    if "watched" in planned.has:
        archive.db.execute(
            """INSERT INTO intake (path, root, size, mtime_ns, inode, state, sha256, clip_id, first_seen_at, changed_at,
                   left_at, quiet_since)
               SELECT 'inbox/' || :number || '.mp3', 'inbox', bytes, 0, :number, 'archived', sha256, clip_id, added_at,
                   added_at, added_at, added_at
               FROM recordings JOIN clip_recordings ON recording_id = recordings.id WHERE sha256 = :sha256""",
            {"number": number, "sha256": sha256},
        )
    if "correction" in planned.has:
        _correct(archive, uid)
    return uid


def _correct(archive: Archive, uid: str) -> None:
    """Propose another spelling of a clip's third word."""
    db = archive.db
    new_batch = "INSERT INTO correction_batches (author, created_at) VALUES ('somebody', '2025-01-01')"
    db.execute(
        """INSERT INTO corrections (batch_id, transcript_id, first_word, last_word, "before", "after", status, source,
               evidence, confidence)
           SELECT ?, current_transcript_id, 2, 2, 'one', 'another', 'proposed', 'human', 'heard', 1 FROM clips
           WHERE uid = ?""",
        [db.execute(new_batch).lastrowid, uid],
    )


def main(arguments: Sequence[str]) -> None:
    """Make an archive, and say what that took."""
    options = argparse.ArgumentParser(description="Make a synthetic archive, or finish one that was begun.")
    options.add_argument("folder", type=Path)
    options.add_argument("--segments", type=int, default=1_000_000)
    given = options.parse_args(arguments)
    begun = time.process_time()
    with build(given.folder, given.segments) as archive:
        clips = archive.db.execute("SELECT count(*) FROM clips").fetchone()[0]
        size = archive.database_path.stat().st_size
    print(f"{clips:,} clips, {size / 1e6:,.0f} MB, {time.process_time() - begun:,.0f} CPU seconds: {given.folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
