"""Words of other scripts than the Latin one, which SQLite's tokenizer does not take apart or fold as readers do.

Chinese, Japanese, Korean and Thai: a sentence may be one token, so the index holds the pairs of neighbouring
characters. Greek, Cyrillic, Arabic and Hebrew: the tokenizer keeps accents, and takes a vowel sign for a space.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
_THAI = "\u0e00-\u0e3a\u0e40-\u0e4e"
SPACELESS = f"{_HAN}{_KANA}{_HANGUL}{_THAI}"
"""The characters of such scripts, as they stand in a regex between brackets."""
_THAI_MARKS = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
"""Written above or below a letter. The tokenizer separates words there, so pairs leave them out."""
_THAI_SIGNS = frozenset(filter(re.compile(f"[{_THAI_MARKS}]").match, map(chr, range(0xE00, 0xE80))))
_HEBREW_POINTS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
_ARABIC_SIGNS = "\u064b-\u065f\u0670\u0640"
"""Vowel signs, and the stretching tatweel."""
_ALEFS = "اأإآٱ"

_RUN = re.compile(f"[{SPACELESS}]+")
_CHUNK = re.compile(f"[{SPACELESS}]+|[^\\W_{SPACELESS}]+")
_MIXED = re.compile(f"(?:[{SPACELESS}]|[^\\W_])+")
_MARKED = re.compile(
    f"[\u0370-\u052f\u0590-\u06ff\u1f00-\u1fff](?:\\w|[\u0300-\u036f{_HEBREW_POINTS}{_ARABIC_SIGNS}])*"
)
_DROPPED = re.compile(f"[{_HEBREW_POINTS}{_ARABIC_SIGNS}\u0300\u0301]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_FOLDED = str.maketrans({"ё": "е", **dict.fromkeys(_ALEFS, "ا")})


def is_spaceless(text: str) -> bool:
    """Whether `text` has characters of a script whose words may stand together without spaces."""
    return not text.isascii() and bool(_RUN.search(text))


def pairs(text: str) -> Iterator[str]:
    """Yield, for each stretch of letters with such characters, its pairs as tokens in order: `長野 野市 市`.

    The last character of a run stands alone, so that a single one is found wherever it is. Latin letters and digits
    between them are tokens of their own.
    """
    for stretch in _MIXED.finditer(unicodedata.normalize("NFKC", text)):
        if _RUN.search(stretch[0]):
            tokens: list[str] = []
            for chunk in _CHUNK.findall(stretch[0]):
                tokens += _pairs_of(chunk) if _RUN.match(chunk) else [chunk]
            if tokens:
                yield " ".join(tokens)


def pair_phrase(text: str) -> tuple[str, bool] | None:
    """Return the tokens of `pairs` to ask for a word, and whether the last one is only a beginning of a token.

    None if it is not one stretch of letters with characters of such a script.
    """
    found = list(pairs(text))
    if len(found) != 1:
        return None
    *before, last = found[0].split()
    if len(last) > 1 or not _RUN.match(last):
        return found[0], False
    # The last character of a run stands alone only at the end of a run.
    return (" ".join(before), False) if before and _RUN.match(before[-1]) else (found[0], True)


def _pairs_of(run: str) -> list[str]:
    letters = "".join(filter(str.isalnum, run))
    return [letters[at : at + 2] for at in range(len(letters))]


@lru_cache(maxsize=4096)
def spaceless_pattern(text: str) -> re.Pattern[str]:
    """Return a regex that finds `text` anywhere, also inside a sentence without spaces."""
    letters = [letter for letter in text.strip() if letter not in _THAI_SIGNS]
    return re.compile(f"[{_THAI_MARKS}]*".join(map(re.escape, letters)), re.IGNORECASE)


def folded_words(text: str) -> Iterator[str]:
    """Yield the words that are written in more than one way, without accents, vowel signs and letter variants.

    Greek without accents, `ё` as `е`, Arabic and Hebrew without vowel signs; only where that differs from the word.
    """
    if text.isascii():
        return
    for match in _MARKED.finditer(text):
        if (key := folded(match[0])) != match[0].casefold():
            yield key


def has_marked(text: str) -> bool:
    """Whether `text` is in a script in which words are written with and without marks."""
    return not text.isascii() and bool(_MARKED.search(text))


@lru_cache(maxsize=65_536)
def folded(word: str) -> str:
    """Return a word in one form for all ways to write it; letters such as `й` stay."""
    text = unicodedata.normalize("NFC", word).casefold()
    if _GREEK.search(text):
        text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return _DROPPED.sub("", text).translate(_FOLDED)


@lru_cache(maxsize=4096)
def marked_pattern(text: str, *, prefix: bool) -> re.Pattern[str]:
    """Return a regex that finds the words of `text` with and without their marks."""
    marks = f"[\u0300\u0301{_HEBREW_POINTS}{_ARABIC_SIGNS}]*"
    words = (
        "".join(f"{_written(letter)}{marks}" for letter in folded(match[0])) for match in re.finditer(r"\S+", text)
    )
    return re.compile(r"(?<!\w)" + r"\W+".join(words) + (r"\w*" if prefix else r"(?!\w)"), re.IGNORECASE)


def _written(letter: str) -> str:
    ways = _ways().get(letter, "")
    return f"[{letter}{ways}]" if ways else re.escape(letter)


@cache
def _ways() -> dict[str, str]:
    """The letters that are folded to each letter."""
    found: dict[str, str] = {"е": "ё", "ا": _ALEFS, "σ": "ς"}
    for code in (*range(0x370, 0x400), *range(0x1F00, 0x2000)):
        letter = chr(code)
        if letter.isalpha() and len(key := folded(letter)) == 1 and key != letter.casefold():
            found[key] = found.get(key, "") + letter
    return found
