"""The table `words`: the words of all texts in plain letters, to find what an unknown word in a query may mean.

A word stays when the last text with it goes. So what is found here has to be looked up in a full-text index as well.
"""

import json
import re
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from radio_archive.text.scripts import is_spaceless
from radio_archive.text.spelling import OKINA
from radio_archive.text.words import HYPHENS, bare

SHORTEST, LONGEST = 3, 40
"""Letters of a word that is stored."""
MOST = 50_000
"""Words with the same first letter that are compared with an unknown one."""
_WORD = re.compile(rf"(?<![^\W_])[^\W\d_]{{{SHORTEST},{LONGEST}}}(?![^\W_])")
_BETWEEN = re.compile(rf"[{re.escape(''.join(HYPHENS))}]|[{re.escape(''.join(OKINA))}][st](?![^\W_])")
"""What separates words that `bare` would join: hyphens, and English endings after an apostrophe."""


def words_of(text: str) -> set[str]:
    """Return the words of a text that are stored."""
    return {word for word in _WORD.findall(bare(_BETWEEN.sub(" ", text))) if word.isascii() or not is_spaceless(word)}


def add(db: Database, texts: Iterable[str]) -> None:
    """Store the words of texts that are to be written."""
    found = sorted({word for text in texts for word in words_of(text)})
    db.execute("INSERT OR IGNORE INTO words (word) SELECT value FROM json_each(?)", [json.dumps(found)])


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
