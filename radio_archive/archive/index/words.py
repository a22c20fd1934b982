"""The table `words`: the words of all texts in plain letters, to find what an unknown word in a query may mean.

A word stays when the last text with it goes. So what is found here has to be looked up in a full-text index as well.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from sqlite_utils import Database

from radio_archive.text.scripts import is_spaceless
from radio_archive.text.words import groups, is_simple

SHORTEST, LONGEST = 3, 40
"""Letters of a word that is stored."""
MOST = 50_000
"""Words with the same first letter that are compared with an unknown one."""
_ASCII = re.compile(rf"(?<![^\W_])[a-z]{{{SHORTEST},{LONGEST}}}(?![^\W_])")


def words_of(text: str) -> Iterator[str]:
    """Yield the words of a text that are stored, some of them more than once."""
    if is_simple(text):
        yield from _ASCII.findall(text.lower())
        return
    for group in groups(text):
        key = group.key
        if SHORTEST <= len(key) <= LONGEST and key.isalpha() and not is_spaceless(key):
            yield key


def add(db: Database, texts: Iterable[str]) -> None:
    """Store the words of texts that are to be written."""
    found = {word for text in texts for word in words_of(text)}
    db.conn.executemany("INSERT OR IGNORE INTO words (word) VALUES (?)", [(word,) for word in sorted(found)])


def fill(db: Database, table: str, columns: Sequence[str], after: int, most: int) -> int | None:
    """Store the words of the `most` rows after row `after`; return the last one's id, None at the end."""
    rows = db.execute(
        f"SELECT id, {', '.join(columns)} FROM {table} WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608 - one of ours
        [after, most],
    ).fetchall()
    add(db, [text for row in rows for text in row[1:] if text])
    return rows[-1][0] if rows else None


def beginning(db: Database, letters: Iterable[str]) -> Sequence[str]:
    """Return the words that begin with one of these letters, at most MOST with each.

    They may be of hidden clips: this table is read even where a connection hides all but public clips.
    """
    found: list[str] = []
    for letter in dict.fromkeys(letters):
        query = "SELECT word FROM main.words WHERE word >= ? AND word < ? LIMIT ?"
        found += (word for (word,) in db.execute(query, [letter, chr(ord(letter) + 1), MOST]))
    return found
