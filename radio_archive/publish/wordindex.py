"""The search index of a static site: small script files, of which a search loads only the few that it needs.

They are scripts because a page opened from a disk cannot load anything else. `assets/index.js` reads them:

    search/h/DIGEST.js    number of passages, the clip of each; shows, reporters, dates; the files of all parts and the
                          first word of each; the numbers and lists of the archive's own search, see `searchdata.py`
    search/w/DIGEST.js    a part of the words, in order: `"nests": "4.a2 1~"`
    search/t/DIGEST.js    the text of PASSAGES passages
    search/c/DIGEST.js    page, title, show, reporter, date and sound of CLIPS clips

A file is named after the digest of what is in it, and the page names the first one. So whoever has parts of two
publications, from a cache or because the site was published anew meanwhile, mixes none of them: a part is the one that
is meant, or it is not there. And what has not changed keeps its name.

A word has the numbers of its passages, each as the difference from the one before, in base 36. After a space follows
its stem, where that differs: how many letters are cut off, in base 36, and what takes their place (`communities` is
`communiti`, so `2`). The words of a stem begin alike, so no list of them is needed. `~` says that some passage has the
word in another spelling only. Scripts without spaces have pairs of characters in place of words. Passages are numbered
through all clips, in the order in which these were
added, so that those of a new clip come last. The first passage of each clip is its title; its story comes last.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from radio_archive.archive.public.texts import SearchableText
from radio_archive.archive.rows import pages
from radio_archive.models import Clip
from radio_archive.publish.searchdata import search_data
from radio_archive.text.abbreviations import COUNTRY
from radio_archive.text.forms import SHORTEST, STEM, index_forms, is_english, stem
from radio_archive.text.scripts import SPACELESS, is_spaceless, pairs
from radio_archive.text.spelling import OKINA, fold
from radio_archive.text.variants import variants

PASSAGES = 64
CLIPS = 64
PART = 24_000
"""Characters in a part of the words, about. A very frequent word has a part to itself."""
DIGITS = 16
"""Hexadecimal digits of a digest in a file's name: 64 bits."""
TITLE, STORY = -1, -2
"""Stored instead of the start, in tenths of a second, for passages that are not spoken."""

FRACTION = "\N{FRACTION SLASH}"
_QUOTES = "".join(sorted(OKINA))
_WORD = re.compile(rf"(?:[^\W_]|[\u0300-\u036f{SPACELESS}]|[{re.escape(_QUOTES)}])+")
_PLAIN = re.compile(r"\b[a-z]+\b")
_IS_COUNTRY = re.compile(r"(?<!\S)u s(?!\S)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# We'll and well, he'd and hed are different words; a possessive is the word itself.
_SHORT_FORM = re.compile(rf"(.+)[{re.escape(_QUOTES.replace('ʻ', ''))}](s|ll|re|ve|d|m|t)", re.IGNORECASE)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def words(text: str) -> list[str]:
    """Return the keys of the words of `text`, in order; all spellings of a word have the same key.

    `assets/index.js` must compute the same keys from a query.
    """
    return [key for word in _WORD.findall(_THOUSANDS.sub("", text)) for key in _keys(word)]


@lru_cache(maxsize=100_000)
def _keys(word: str) -> tuple[str, ...]:
    if is_spaceless(word):
        return tuple(key for pair in pairs(word) for part in pair.split() if (key := _folded(part)))
    return (key,) if (key := _key(word)) else ()


def _key(word: str) -> str:
    short = _SHORT_FORM.fullmatch(word.strip(_QUOTES))
    if short is None:
        return _folded(word)
    base, ending = _folded(short[1]), short[2].lower()
    return base if ending == "s" else f"{base}'{ending}"


def _folded(word: str) -> str:
    if not any(map(str.isalnum, word.strip(_QUOTES))):
        return ""
    # A half is not twelve: ½ is decomposed into 1⁄2.
    return FRACTION.join(fold(part).replace(" ", "") for part in unicodedata.normalize("NFKD", word).split(FRACTION))


def base36(number: int) -> str:
    """Return a number of at least 0 in base 36, as JavaScript's `parseInt(text, 36)` reads it."""
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
        if not number:
            return text


def differences(numbers: Iterable[int]) -> str:
    """Return ascending numbers as their differences, in base 36 with dots between."""
    before, parts = 0, []
    for number in numbers:
        parts.append(base36(number - before))
        before = number
    return ".".join(parts)


class WordIndex:
    """Collects clips, in the order in which they were added, then writes the index."""

    def __init__(self) -> None:
        self._found: dict[str, list[int]] = {}
        self._passages: list[tuple[int, str]] = []
        self._clips: list[tuple[str | None, ...]] = []
        self._starts: list[int] = []
        self._shows: dict[str, int] = {}
        self._reporters: dict[str, int] = {}
        self._kinds: list[tuple[int, int, str]] = []
        self._told: list[int] = []
        self._english: set[str] = set()
        self._unsure: set[str] = set()

    def add(self, clip: Clip, page: str, passages: Iterable[SearchableText], sound: str | None = None) -> None:
        """Add a clip. `page` and `sound` are its files on the site; `sound` is None if it is not published."""
        self._starts.append(len(self._passages))
        self._clips.append((page, clip.title, clip.show, clip.reporter, clip.date, sound))
        show = self._shows.setdefault(clip.show or "", len(self._shows))
        reporter = self._reporters.setdefault(clip.reporter or "", len(self._reporters))
        self._kinds.append((show, reporter, clip.date or ""))
        self._passage(TITLE, clip.title, variants(clip.title, {}) or "", clip.language)
        told = 0
        for passage in passages:
            told += passage.start is None
            start = STORY if passage.start is None else round(passage.start * 10)
            self._passage(start, passage.text, passage.also, clip.language)
        self._told.append(told)

    def _passage(self, start: int, text: str, also: str, language: str | None) -> None:
        number = len(self._passages)
        self._passages.append((start, text))
        plain = set(_PLAIN.findall(text.lower()))
        if is_english(language):
            self._english.update(word for word in plain if len(word) >= SHORTEST)
        found = {*words(text), *words(also), *_forms(text, language)}
        self._unsure |= found - plain
        for key in found:
            self._found.setdefault(key, []).append(number)

    def write(self, folder: Path) -> str:
        """Write the files of the index into `folder`, and return the path of the one that names the others."""
        parts = list(self._parts())
        head = {
            "passages": len(self._passages),
            "starts": differences(self._starts),
            "shows": list(self._shows),
            "reporters": list(self._reporters),
            "show": [show for show, _, _ in self._kinds],
            "reporter": [reporter for _, reporter, _ in self._kinds],
            "date": [date for _, _, date in self._kinds],
            "told": self._told,
            "first": [next(iter(part)) for part in parts],
            "files": {
                "w": [_script(folder / "w", part) for part in parts],
                "t": [_script(folder / "t", chunk) for chunk in pages(self._passages, PASSAGES)],
                "c": [_script(folder / "c", chunk) for chunk in pages(self._clips, CLIPS)],
            },
            "search": search_data(),
        }
        return f"h/{_script(folder / 'h', head)}.js"

    def _parts(self) -> Iterator[dict[str, str]]:
        """Yield the words in parts, sorted as JavaScript compares strings."""
        part: dict[str, str] = {}
        size = 0
        for key in sorted(self._found, key=lambda word: word.encode("utf-16-be")):
            where = f"{differences(self._found[key])}{self._stem(key)}{'~' * (key in self._unsure)}"
            if part and size + len(where) > PART:
                yield part
                part, size = {}, 0
            part[key] = where
            size += len(key) + len(where) + 6
        if part:
            yield part

    def _stem(self, key: str) -> str:
        base = stem(key) if key in self._english else key
        if base == key:
            return ""
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(key, base, strict=False)))
        return f" {base36(len(key) - shared)}{base[shared:]}"


def _forms(text: str, language: str | None) -> Iterator[str]:
    """Yield other forms of words in a text, without stems and pairs, which are stored in another way."""
    tokens = [token for token in (index_forms(text, language) or "").split() if STEM not in token]
    forms = " ".join(words(" ".join(tokens)))
    yield from (form for form in forms.split() if not is_spaceless(form))
    # The token `us` is nearly always the pronoun.
    if _IS_COUNTRY.search(forms) or _IS_COUNTRY.search(" ".join(words(text))):
        yield COUNTRY[0]


def _script(folder: Path, data: object) -> str:
    """Write a script that passes data to the page, and return its name without the suffix: a digest of its content."""
    given = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # Older JavaScript takes both for line ends, even inside a string.
    given = given.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    content = f"radioArchiveSearch.pass({given});\n".encode()
    name = hashlib.sha256(content).hexdigest()[:DIGITS]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.js").write_bytes(content)
    return name
