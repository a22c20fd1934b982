"""Looks up words in an archive's full-text indexes, in limited time."""

import time

from radio_archive.archive.archive import Archive
from radio_archive.text import similar
from radio_archive.text.spelling import fold

INDEXES = ("segments_fts", "clips_fts", "stories_fts", "aliases_fts")
CANDIDATES = 8
"""The most words that a misheard one may begin with; for each, TEXTS segments are read."""
TEXTS = 100
PIECE = 15.0
"""Subtracted from the score of a word that may be a part of one: *hawai* of *Hawaiʻi*."""

COUNT = "SELECT 1 FROM temp.{index}_words WHERE term = ? AND col NOT IN ('folded', 'facets') LIMIT 1"
BEGINNING = """SELECT term, doc FROM temp.{index}_words
    WHERE term >= ? AND term < ? AND col NOT IN ('folded', 'facets')"""


class Vocabulary:
    """The words of an archive, folded. After `seconds` it reads no more."""

    def __init__(self, archive: Archive, seconds: float) -> None:
        self._db, self._until = archive.db, time.monotonic() + seconds
        self._by_letter: dict[str, dict[str, int]] = {}
        self._close: dict[str, list[str]] = {}
        # Temporary tables are in memory, so that a read-only archive is enough.
        for index in INDEXES:
            self._db.execute(
                f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{index}_words USING fts5vocab(main, {index}, col)"
            )

    def knows(self, word: str) -> bool:
        """Whether a word occurs."""
        return any(self._db.execute(COUNT.format(index=index), [word]).fetchone() for index in INDEXES)

    def close(self, word: str, most: int) -> list[str]:
        """Return the closest matches for `word`, best first: words of the archive, or pairs of neighbouring words."""
        if word not in self._close:
            self._close[word] = self._look(word, most)
        return self._close[word]

    def _look(self, word: str, most: int) -> list[str]:
        known = {
            term: count for letter in similar.first_letters(word) for term, count in self._beginning(letter).items()
        }
        pieces = self._pieces()
        found = {
            term: score - PIECE * (term in pieces) for term, score in similar.closest(word, known, 2 * most).items()
        }
        for start in similar.beginnings(word, known, CANDIDATES):
            for text in self._texts(start):
                for words, score in similar.heard_as(word, start, text):
                    if score > max(found.get(words, 0.0), found.get(start, 0.0)):
                        found[words] = score
        return sorted(found, key=lambda words: -found[words])[:most]

    def _beginning(self, letter: str) -> dict[str, int]:
        """Return the words that begin with a letter, and the number of rows with each."""
        if letter not in self._by_letter:
            words = self._by_letter[letter] = dict[str, int]()
            for index in INDEXES:
                for term, count in self._db.execute(BEGINNING.format(index=index), [letter, chr(ord(letter) + 1)]):
                    words[term] = words.get(term, 0) + count
                    if time.monotonic() > self._until:
                        return words
        return self._by_letter[letter]

    def _pieces(self) -> set[str]:
        """Return parts of words that the index stores as words, because a mark separates them: *moloka*, *i*."""
        rows = self._db.execute("SELECT written FROM spellings WHERE written LIKE '% %'")
        return {piece for (written,) in rows for piece in written.split()}

    def _texts(self, word: str) -> list[str]:
        if time.monotonic() > self._until:
            return []
        rows = self._db.execute(
            """SELECT text FROM segments WHERE id IN
               (SELECT rowid FROM segments_fts WHERE segments_fts MATCH ? LIMIT ?)""",
            [f'text:"{fold(word)}"', TEXTS],
        )
        return [text for (text,) in rows]
