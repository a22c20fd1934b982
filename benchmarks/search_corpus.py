"""A synthetic archive for measuring: as many sentences as wanted, of invented words in natural proportions.

Words follow Zipf's law. As many of them as in the fixture clips are numbers or have an ʻokina somewhere. Every clip of
a show opens and signs off alike. Air dates come in no order, as when a back-catalogue is archived. Nothing is analyzed:
`ANALYZE` would make a database that no user has.
"""

import datetime
import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import near_duplicates
from radio_archive.archive.index import facets, spellings
from radio_archive.archive.names.lookup import find_or_create
from radio_archive.config.settings import TEMPLATE
from radio_archive.models import Word
from radio_archive.text.numbers import number_forms
from radio_archive.text.variants import seed
from radio_archive.text.words import groups

TRUTH = Path(__file__).parent.parent / "fixtures" / "truth"
A_CLIP = 25
"""Sentences in one clip."""
VOCABULARY = 60_000
SHOWS, REPORTERS = 20, 200
FIRST_DAY, DAYS = datetime.date(2005, 1, 1), 7_300
FRAMES = (
    (
        ("From our newsroom in Honolulu, this is {show}, with what moves the islands today.", "I'm {reporter}."),
        ("You can find all of our earlier stories on our website.", "For {show}, I'm {reporter}."),
    ),
    (
        ("Welcome to {show}, our weekly conversation about what we share and what we do not.",),
        ("{show} is made possible by listeners like you and by the members of this station.", "Thank you."),
    ),
    (
        ("This is {show}.",),
        ("With {show} from the valley where all of this began, I'm {reporter}, and this is where you hear it first.",),
    ),
)
"""How the clips of a show open and sign off."""


class Corpus:
    """Sentences, the same for the same number of them and the same seed."""

    def __init__(self, seed: int = 1) -> None:
        """Invent the vocabulary, and read what the fixtures say of numbers and of the ʻokina."""
        self._random = random.Random(1)  # noqa: S311 - reproducible, not secret
        self.words = [f"{first}{rest}" for first, rest in itertools.islice(_syllables(), VOCABULARY)]
        self._random.shuffle(self.words)
        self._cumulative = list(itertools.accumulate(1 / (rank + 2.7) ** 1.07 for rank in range(VOCABULARY)))
        self._random.seed(seed)
        self.numbers, self.number_share, self.island_share = _special_words()
        self.islands = ["Hawaii", "Oahu", "Maui", "Molokai", "Hawaiʻi", "Oʻahu", "Lānaʻi", "Kauai"]

    def sentence(self) -> str:
        """Return the next one."""
        words = self._random.choices(self.words, cum_weights=self._cumulative, k=self._random.randint(4, 13))
        if self._random.random() < self.island_share * len(words):
            words[self._random.randrange(len(words))] = self._random.choice(self.islands)
        if self._random.random() < self.number_share:
            words.insert(self._random.randrange(len(words)), self._random.choice(self.numbers))
        return f"{' '.join(words).capitalize()}."

    def clip(self, show: int, reporter: str) -> list[str]:
        """Return the sentences of the next clip of a show, by its number."""
        opening, sign_off = FRAMES[show % len(FRAMES)]
        said = {"show": f"{self.words[-show]} {self.words[-show - 30]} number {show}", "reporter": reporter}
        between = [self.sentence() for _ in range(A_CLIP - len(opening) - len(sign_off))]
        return [sentence.format(**said) for sentence in opening] + between + [s.format(**said) for s in sign_off]


def _syllables() -> Iterator[tuple[str, str]]:
    consonants, vowels = "bdfghklmnprstvwz", "aeiou"
    syllables = [c + v for c in consonants for v in vowels]
    for first in syllables:
        for second in ("", *syllables):
            for last in ("", "n", "r", "s", "t", "l", "nd", "st", "m", "k"):
                yield first, second + last


def _special_words() -> tuple[list[str], float, float]:
    """Return the numbers in the fixtures' sentences, the share of sentences with one, and of words with an ʻokina."""
    known = {form.plain for form in seed()}
    texts = [
        s["text"] for file in sorted(TRUTH.glob("*.json")) for s in json.loads(file.read_text("utf-8"))["sentences"]
    ]
    words = [word for text in texts for word in groups(text)]
    numbers = [found for text in texts for found in _numbers_in(text)]
    with_number = sum(bool(number_forms(text, 0)) for text in texts) / len(texts)
    return numbers, with_number, sum(word.key in known for word in words) / len(words)


def _numbers_in(text: str) -> Iterator[str]:
    words = text.rstrip(".").split()
    for at, word in enumerate(words):
        for length in (3, 2, 1):
            stretch = " ".join(words[at : at + length])
            if number_forms(word, 0) and number_forms(stretch, 0):
                yield stretch
                break


def build(folder: Path, segments: int) -> Archive:
    """Return an archive in `folder` with so many segments, made there unless it is there already."""
    if (folder / "complete").exists():
        return Archive(folder)
    archive = Archive.create(folder, TEMPLATE)
    corpus, choose = Corpus(), random.Random(2)  # noqa: S311
    db = archive.db
    db.execute("PRAGMA synchronous = OFF")
    with archive.writing():
        shows = [find_or_create(db, "show", f"Show {number} {corpus.words[-number]}") for number in range(1, SHOWS + 1)]
        names = [f"Reporter {corpus.words[-50 - n]} {n}" for n in range(REPORTERS)]
        people = [find_or_create(db, "person", name) for name in names]
        recording = _recording(archive)
    popular = [1 / (rank + 1) for rank in range(SHOWS)]
    for number in range(1, segments // A_CLIP + 1):
        with archive.writing():
            day = FIRST_DAY + datetime.timedelta(days=choose.randrange(DAYS))
            show, who = choose.choices(range(SHOWS), popular)[0], choose.randrange(REPORTERS)
            clip = (number, f"c{number:07}", shows[show], corpus.sentence().rstrip("."), f"{day}")
            db.execute(
                "INSERT INTO clips (id, uid, show_id, title, air_date, added_at) VALUES (?, ?, ?, ?, ?, '')", clip
            )
            db.execute("INSERT INTO credits VALUES (?, ?, 'reporter', NULL)", [number, people[who]])
            add(archive, number, recording, corpus.clip(show + 1, names[who]))
    with archive.writing():
        while spellings.backfill(db):
            pass
    (folder / "complete").touch()
    return archive


def add(archive: Archive, clip: int, recording: int, texts: list[str]) -> None:
    """Add sentences to a clip, as saving a transcript does."""
    db = archive.db
    db.execute(
        """INSERT INTO transcripts (id, clip_id, recording_id, origin, words, created_at, digest)
           VALUES (?, ?, ?, 'import', '[]', '', '')""",
        [clip, clip, recording],
    )
    whose = facets.for_clip(db, clip)
    rows = [
        (clip, clip, position, position * 4.0, position * 4.0 + 4.0, text, variants, whose)
        for position, (text, variants) in enumerate(zip(texts, spellings.variants_of(db, texts), strict=True))
    ]
    db.conn.executemany(
        """INSERT INTO segments (clip_id, transcript_id, position, start, "end", text, variants, facets)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        rows,
    )
    db.execute("UPDATE clips SET current_transcript_id = ? WHERE id = ?", [clip, clip])
    near_duplicates.propose(db, clip, [Word(0.0, 0.0, f" {word}", 1.0) for text in texts for word in text.split()])


def _recording(archive: Archive) -> int:
    row = {
        "sha256": "0" * 64, "bytes": 0, "media_type": "audio/mpeg", "duration": 100.0, "sample_rate": 44100,
        "channels": 1, "storage": "referenced", "path": "", "original_name": "", "added_at": "",
    }  # fmt: skip
    key = archive.db.table("recordings").insert(row).last_rowid
    assert key is not None
    return key
