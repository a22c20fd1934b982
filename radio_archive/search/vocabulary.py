"""Looks up words of an archive: whether one is known, and which are close to one that is not."""

from collections.abc import Iterable

from radio_archive.archive.archive import Archive
from radio_archive.archive.index import words
from radio_archive.search.expression import PLACES, expression
from radio_archive.search.fts import FtsReader
from radio_archive.text import similar
from radio_archive.text.query import Term
from radio_archive.text.spelling import fold

INDEXES = ("segments_fts", "clips_fts", "stories_fts", "aliases_fts")
CANDIDATES = 4
"""The most words that a misheard one may begin with; for each, TEXTS segments are read."""
TEXTS = 50
COMPARED = 12
"""The most unknown words of one query that are compared with all others, which takes up to a tenth of a second each."""
OFTEN = 1_000
"""Rows of a word that are counted, at most, to choose between two that are equally close."""

KNOWN = "SELECT 1 FROM temp.{index}_words WHERE term = ? AND col NOT IN ('folded', 'facets', 'forms') LIMIT 1"
NAMES = "SELECT DISTINCT term FROM temp.aliases_fts_words WHERE term >= ? AND term < ? AND col <> 'folded'"
SAYING = """
    SELECT text FROM segments WHERE id IN (SELECT rowid FROM segments_fts WHERE segments_fts MATCH ? LIMIT ?)"""


class Vocabulary:
    """The words of an archive, folded. What it finds depends on the archive alone, not on the time it takes.

    With `public`, a word that is only in hidden clips is not known.
    """

    def __init__(self, archive: Archive, *, public: bool = False) -> None:
        self._db = archive.db
        self._reader = FtsReader.of_all(archive, public=public)
        self._by_letters: dict[str, Iterable[str]] = {}
        self._close: dict[tuple[str, int, bool], list[str]] = {}
        self._compared: set[str] = set()
        # Temporary tables are in memory, so that a read-only archive is enough.
        for index in INDEXES:
            self._db.execute(
                f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{index}_words USING fts5vocab(main, {index}, col)"
            )

    def knows(self, word: str) -> bool:
        """Whether a word occurs."""
        known = any(self._db.execute(KNOWN.format(index=index), [word]).fetchone() for index in INDEXES)
        return known and (not self._reader.is_public or self._is_public(word))

    def _is_public(self, word: str) -> bool:
        term = Term(word, exact=True)
        return any(self._reader.has_match(where, expression(term, where)) for where in PLACES)

    def close(self, word: str, most: int, *, apart: bool = True) -> list[str]:
        """Return the closest matches for `word`, best first: known words or, with `apart`, also two for one.

        There are none after COMPARED other words.
        """
        if (word, most, apart) not in self._close:
            if len(self._compared | {word}) > COMPARED:
                return []
            self._compared.add(word)
            self._close[word, most, apart] = self._look(word, most, apart=apart)
        return self._close[word, most, apart]

    def _look(self, word: str, most: int, *, apart: bool) -> list[str]:
        known = self._beginning(similar.first_letters(word))
        found = similar.closest(word, known, 4 * most)
        for start in similar.beginnings(word, known, CANDIDATES) if apart else ():
            for text in self._texts(start):
                for heard, score in similar.heard_as(word, start, text):
                    if score > max(found.get(heard, 0.0), found.get(start, 0.0)):
                        found[heard] = score
        often = {other: self._often(other) for other in found}
        order = sorted((other for other in found if often[other]), key=lambda other: (-found[other], -often[other]))
        return order[:most]

    def _beginning(self, letters: str) -> Iterable[str]:
        """Return the words that begin with one of these letters."""
        if letters not in self._by_letters:
            found = dict.fromkeys(words.beginning(self._db, letters))
            for letter in letters:
                found |= dict.fromkeys(t for (t,) in self._db.execute(NAMES, [letter, chr(ord(letter) + 1)]))
            self._by_letters[letters] = found
        return self._by_letters[letters]

    def _often(self, text: str) -> int:
        """Return in how many sentences a word or phrase is, up to OFTEN; at least 1 if it is elsewhere only."""
        count = self._reader.count_passing(f'{{text variants}} : "{text}"', OFTEN)
        return count or int(all(map(self.knows, text.split())))

    def _texts(self, word: str) -> list[str]:
        rows = self._db.execute(SAYING, [f'text:"{fold(word)}"', TEXTS])
        return [text for (text,) in rows]
