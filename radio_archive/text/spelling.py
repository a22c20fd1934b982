"""Compare spellings of names, and convert names to URL slugs and back from file names."""

import re
import unicodedata

OKINA = frozenset("ʻʼʽʾʿˋˊ‘’‛'`´′＇ꞌ")
"""The ʻokina and the characters typed in its place. A name is the same with or without it."""

# Letters that Unicode does not decompose into a plain letter and a mark.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})

# Marks that do not change a name: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowel signs. Others (a
# Japanese voicing mark, an Indic vowel) make another word, and stay.
_DIACRITICS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_WITHOUT_OKINA = dict.fromkeys(map(ord, OKINA))
_ASCII_WORD = re.compile("[0-9a-z]+")
SMALL_WORDS = frozenset({"of", "the", "and", "in", "on", "for", "a", "at", "to"})
SLUG_LENGTH = 80
_AFTER_NAMES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md"})


def fold(text: str) -> str:
    """Return a key that is equal for spellings of the same name: `Hawaiʻi Public Radio` and `hawaii public-radio`.

    Empty only for empty or blank text: a name of only punctuation or emoji is its own key.
    """
    return _plain_words(text) or " ".join(_decompose(text).split())


def split_name(name: str) -> tuple[str, str, str]:
    """Return the given names, the family name, and what follows (`Jr.`, `III`); the family name only is never empty.

    The family name is the last word and what is written small before it (`de la Cruz`).
    """
    words = [word.strip(",") for word in name.split() if fold(word)]
    after: list[str] = []
    while len(words) > 2 and fold(words[-1]) in _AFTER_NAMES:
        after.insert(0, words.pop())
    first = len(words) - 1
    while first > 1 and words[first - 1][0].islower():
        first -= 1
    first = max(first, 0)
    return " ".join(words[:first]), " ".join(words[first:]) or name, " ".join(after)


def surname_key(name: str) -> tuple[str, str]:
    """Return the key by which people are listed: the family name, then the whole name, both folded.

    So Kāne stands beside Kane, and ʻAʻala at A.
    """
    return fold(split_name(name)[1]), fold(name)


def slug(text: str) -> str:
    """Return `text` for use in a URL: `asia-minute`; at most 80 characters, empty only for empty text.

    Letters that are not Latin are kept; the code that writes the URL must percent-encode them.
    """
    if not text:
        return ""
    whole = unicodedata.normalize("NFC", _plain_words(text)).replace(" ", "-")
    if len(whole) > SLUG_LENGTH:
        head, hyphen, _ = whole[: SLUG_LENGTH + 1].rpartition("-")
        # Cut between words only if that keeps most of the text.
        whole = head if hyphen and len(head) >= SLUG_LENGTH // 2 else whole[:SLUG_LENGTH]
    return whole or "untitled"


def name_from_slug(text: str) -> str:
    """Return the name in a slug or file name: `asia-minute`, `asia_minute`, `AsiaMinute` → `Asia Minute`.

    Capitals stay (`HPR-news` → `HPR News`). If the text has spaces, hyphens stay too.
    """
    text = text.strip(" _-")
    words = re.split(r"[\s_]+" if re.search(r"\s", text) else r"[-_]+", text)
    if len(words) == 1:
        words = _humps(words[0])
        words = words[:1] + [word.lower() if word.lower() in SMALL_WORDS else word for word in words[1:]]
    words = [word for word in words if word]
    return " ".join(
        word if position and word in SMALL_WORDS else _capitalized(word) for position, word in enumerate(words)
    )


def plain(text: str) -> str:
    """Return `text` in small letters without diacritics, ligatures and letter variants: `straße` → `strasse`.

    Apostrophes, spaces and punctuation stay.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", _DIACRITICS.sub("", _decompose(text)).translate(_PLAIN))


def _decompose(text: str) -> str:
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


def _plain_words(text: str) -> str:
    """The letters, digits and numbers of `text`, folded, with one space in place of all else."""
    if text.isascii():
        return " ".join(_ASCII_WORD.findall(text.lower().replace("'", "").replace("`", "")))
    without = text.translate(_WITHOUT_OKINA)
    folded = _DIACRITICS.sub("", _decompose(without)).translate(_PLAIN)
    if folded.isascii():
        return " ".join(_ASCII_WORD.findall(folded.translate(_WITHOUT_OKINA)))
    kept: list[str] = []
    for character in folded:
        category = unicodedata.category(character)
        if character in OKINA or category == "Cf":
            continue
        kept.append(character if category[0] in "LN" or (category[0] == "M" and kept and kept[-1] != " ") else " ")
    return " ".join("".join(kept).split())


def _humps(word: str) -> list[str]:
    """The words of a CamelCase word. `McDonald` and `iPhone` are one word each."""
    words, start = [], 0
    for i in range(1, len(word)):
        before, here, following = word[start:i], word[i], word[i + 1 : i + 2]
        if not here.isupper() or before == "Mc":
            continue
        after_word = before[-1].islower() and len(before) > 1
        after_acronym = not before[-1].islower() and before[-1].isalnum() and following.islower()
        if after_word or after_acronym:
            words.append(before)
            start = i
    return [*words, word[start:]]


def _capitalized(word: str) -> str:
    if any(character.isupper() for character in word):
        return word
    for i, character in enumerate(word):
        if character.isalnum() and character not in OKINA:
            return word[:i] + character.title() + word[i + 1 :]
    return word
