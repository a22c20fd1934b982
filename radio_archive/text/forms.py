"""Other forms of words: stems, abbreviations, pairs of characters. They are stored beside a text in the index.

`variants` are other spellings of the same word. What is here is looser (*nests* for *nest*), or cannot be told from the
tokens of a text alone (*US* from *us*). A stem begins with a letter that nobody types, so that it is no word of its
own, and only a query that wants stems finds it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

from radio_archive.text.abbreviations import (
    CLOSED,
    COUNTRY,
    are_initials,
    initials_in,
    is_country,
    named_by,
    other_names,
)
from radio_archive.text.query import Term
from radio_archive.text.scripts import (
    folded,
    folded_words,
    has_marked,
    is_spaceless,
    marked_pattern,
    pair_phrase,
    pairs,
    spaceless_pattern,
)
from radio_archive.text.spelling import OKINA
from radio_archive.text.variants import BREAK, LONGEST

STEM = "ǀ"
"""Before each stem in the index (U+01C0, not a bar)."""
INITIAL = "ǂ"
"""Before the initials of each name in the index (U+01C2), so that *Come and Tell All* is no `cat`."""
SHORTEST = 4
"""Letters of a word that gets a stem, at least."""
INITIALS = 8
"""Letters of an abbreviation with dots, at most."""
MOST = 400
"""Forms of one text, at most, beside its stems and pairs: a text of odd letters must not flood the index."""

_MARKS = "".join(sorted(map(re.escape, OKINA)))
_QUOTES = "".join(OKINA)
_MARK = re.compile(f"[{_MARKS}]")
_PLAIN = re.compile("[a-z]{4,}")
_MIXED = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
_ODD = re.compile(rf"[\d_{_MARKS}]|[^\x00-\x7f]")
"""What plain English has not: an ʻokina or apostrophe, other letters, digits."""
_UNSTEMMED = frozenset("united international university being having does doing during others theirs yours".split())
STEMLESS = frozenset(
    """the and was for are her his has had all not but you who any one that this with from they have were what when your
    said there their will would about which could other than then them these some into just like more very also here
    only over such been most much many where because while after before those its our out can did how why""".split()
)
"""Words that are no reason to look for their stem."""

_SHORT = re.compile(
    rf"(?P<dots>\b(?:[A-Z]\. ?)+[A-Z]\b\.?|\b[ap]\. ?m\b)|(?P<country>\bUSA?\b)"
    rf"|(?P<route>\b[A-Z]{{1,2}}[-\u2010\u2011]\d{{1,3}}\b|\b[B-HJ-Z] \d{{1,3}}\b)"
    rf"|(?P<closed>\b[A-Z]{{1,2}}\d{{1,3}}\b)"
    rf"|(?P<not>\b[A-Za-z]+n[{_MARKS}]t\b)|(?P<name>\b[ODLM][{_MARKS}][A-Z][a-z]+)"
)
# Each begins with letters, which makes it quick, and few texts have any of them.
_MAYBE_SHORT = (
    re.compile(rf"[A-Z](?:[-.\u2010\u2011{_MARKS}\d]|S\b|SA\b| \d)"),
    re.compile(rf"n[{_MARKS}]t\b"),
    re.compile(r"[ap]\. ?m\b"),
)
_NOT_DOTTED = frozenset("us it who in so or me be no do he we my by if is as at an on to up go i a".split())
_CANNOT = frozenset({"cant", "wont"})
_PAIRS_WITH: Mapping[str, Sequence[str]] = {
    word: [pair for pair in CLOSED.values() if max(pair.split(), key=len) == word]
    for word in {max(pair.split(), key=len) for pair in CLOSED.values()}
}
"""The open pairs by their longer word."""
_POSSESSIVE = re.compile(rf"(.*\w)[{_MARKS}]s", re.IGNORECASE)
_CONTRACTED = frozenset("it he she that what who there here how where let when one why this".split())
_DOTS = re.compile(r"(?:[^\W\d_]\.){2,}|(?:[^\W\d_]\.)+[^\W\d_]")
_ROUTES = re.compile(r"([A-Za-z]{1,2})[-\u2010\u2011]?(\d{1,3})")
_NOT = re.compile(rf"[A-Za-z]+n[{_MARKS}]t", re.IGNORECASE)
_NAME = re.compile(rf"[ODLM][{_MARKS}][A-Za-z]+", re.IGNORECASE)
_COUNTRY_INSIDE = re.compile(r"(?<!\w)(?:USA?|U\.S\.(?:A\.)?)(?!\w)")

_DIGRAPHS = {"ü": ("ue",), "ö": ("oe",), "ä": ("ae",), "ø": ("oe",), "å": ("aa",), "ā": ("aa",), "ō": ("oo", "ou")}
_LETTER_OF = {"ue": "ü", "oe": "öø", "ae": "ä", "aa": "åā", "oo": "ō", "ou": "ō"}
_TWO_LETTERS = re.compile("|".join(_LETTER_OF))
_WITH_DIGRAPH = re.compile(f"[{''.join(_DIGRAPHS)}]", re.IGNORECASE)


def index_forms(text: str, language: str | None) -> str | None:
    """Return the tokens for the column `forms` of a text; None if there are none.

    `language` is an ISO 639-1 code. Stems and closed words are for English texts, and for those of unknown language.
    """
    found: dict[str, None] = {}
    if is_english(language):
        _add_english(text, found)
    found |= dict.fromkeys(f"{INITIAL}{letters}" for letters in islice(initials_in(text), MOST))
    if any(pattern.search(text) for pattern in _MAYBE_SHORT):
        found |= dict.fromkeys(list(dict.fromkeys(_abbreviated(text)))[:MOST])
    if not text.isascii():
        others = [*folded_words(text), *_spelled_out_words(text)]
        found |= dict.fromkeys(list(dict.fromkeys(others))[:MOST])
    parts = [" ".join(found)] if found else []
    if is_spaceless(text):
        parts += dict.fromkeys(pairs(text))
    return f" {BREAK} ".join(parts) or None


def is_english(language: str | None) -> bool:
    """Whether a text gets English stems: it is in English, or nobody knows."""
    return language is None or language.partition("-")[0].lower() in {"en", "eng"}


def _add_english(text: str, found: dict[str, None]) -> None:
    lower = text.lower()
    words = dict.fromkeys(_plain_words(lower) if _ODD.search(text) else _PLAIN.findall(lower))
    for word in words:
        token = stem_of_text(word)
        # Their own stems are looked up only for words that are there.
        if token and not any(way in words and way != word and stem(way) == stem(word) for way in _ways(stem(word))):
            found[token] = None
    for half in words.keys() & _PAIRS_WITH.keys():
        found |= {
            pair.replace(" ", ""): None for pair in _PAIRS_WITH[half] if pair in lower and f" {pair} " in _spaced(lower)
        }


def _spaced(lower: str) -> str:
    return f" {' '.join(_MIXED.findall(lower))} "


def _plain_words(lower: str) -> Iterator[str]:
    """Yield the words of four letters or more that are plain English, with no ʻokina or apostrophe beside them."""
    for whole in _MIXED.findall(lower):
        word = whole
        if not word.isalpha():
            word = word.rstrip(_QUOTES)
            # A possessive is its word.
            word = word[:-2] if word[-1:] == "s" and word[-2:-1] in OKINA else word
        if len(word) >= SHORTEST and word.isascii() and word.isalpha():
            yield word


def _abbreviated(text: str) -> Iterator[str]:
    """Yield the abbreviations in a text in their other ways of writing."""
    is_shouted = text.isupper()
    for match in _SHORT.finditer(text):
        whole = "".join(filter(str.isalnum, match[0])).lower()
        match match.lastgroup:
            case "dots":
                if len(whole) <= INITIALS and whole not in _NOT_DOTTED and whole != "usa":
                    yield whole
            case "country":
                if not is_shouted:
                    yield "u s"
            case "route" | "name":
                yield whole
            case "closed":
                yield re.sub(r"(\d+)", r" \1", whole)
            case "not":
                if whole not in _CANNOT:
                    yield whole


@cache
def _stemmer() -> Callable[[str], str]:
    from Stemmer import Stemmer

    stem_word: Callable[[str], str] = Stemmer("english").stemWord
    return stem_word


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the stem of an English word in small letters, by Snowball's English stemmer (Porter 2)."""
    return word if word in _UNSTEMMED else _stemmer()(word)


@lru_cache(maxsize=65_536)
def relatives(word: str) -> tuple[str, ...]:
    """Return the words, at most three, that a stem may be itself: `cable` for `cables`, `community` for `communities`.

    They get no stem in the index; a query asks for them instead.
    """
    base = stem(word)
    return tuple(dict.fromkeys(way for way in _ways(base) if way != word and stem(way) == base))


def _ways(base: str) -> tuple[str, str, str]:
    return base, f"{base}e", f"{base[:-1]}y" if base.endswith("i") else base


@lru_cache(maxsize=65_536)
def stem_of_text(word: str) -> str | None:
    """Return the token of the stem for a word of a text; None if a query finds the word without it."""
    base = stem(word)
    return None if base == word or word in STEMLESS or word in {f"{base}e", f"{base[:-1]}y"} else f"{STEM}{base}"


def stem_of_query(text: str) -> str | None:
    """Return the stem of a word of a query; None for what has none: other letters, ʻokina, stop words."""
    word = text.lower()
    plain = len(word) >= SHORTEST - 1 and word.isascii() and word.isalpha()
    return stem(word) if plain and word not in STEMLESS and not (text.isupper() and len(word) < SHORTEST) else None


def _spelled_out_words(text: str) -> Iterator[str]:
    if _WITH_DIGRAPH.search(text):
        for word in _MIXED.findall(text):
            if len(word) <= LONGEST and _WITH_DIGRAPH.search(word):
                # As the tokenizer has it, which takes a mark for a space.
                yield from (" ".join(_MARK.sub(" ", other).split()) for other in spelled_out(word))


@lru_cache(maxsize=4096)
def spelled_out(word: str) -> tuple[str, ...]:
    """Return a word with two letters for each marked one: `muenchen` for `München`; `oosaka`, `ousaka` for `Ōsaka`."""
    lower = unicodedata.normalize("NFC", word).casefold()
    found = []
    for turn in range(2):
        other = "".join(_DIGRAPHS[c][min(turn, len(_DIGRAPHS[c]) - 1)] if c in _DIGRAPHS else c for c in lower)
        found += [other] if other != lower else []
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class TextPattern:
    """Finds a form of a term in a text, where its keys cannot.

    `first` are letters that every match has. With `stem`, only words with that stem match. Unless `cased`, the regex is
    for a text in small letters.
    """

    regex: re.Pattern[str]
    first: str = ""
    stem: str = ""
    cased: bool = False

    def found(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the places in `text`."""
        lower = text if self.cased else text.lower()
        # A few capitals have a longer small letter, which would move the places.
        for match in self.regex.finditer(lower if len(lower) == len(text) else text):
            if not self.stem or stem(match[0]) == self.stem:
                yield match.span()


@dataclass(frozen=True, slots=True)
class OtherForms:
    """The other forms of a term: phrases for the index, and patterns for texts.

    `words` are other spellings and names, `stems` stems and words of the same stem, `beginnings` phrases whose last
    word is only the beginning of one.
    """

    words: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    patterns: tuple[TextPattern, ...] = ()


@lru_cache(maxsize=4096)
def other_forms(term: Term) -> OtherForms:
    """Return the other forms of a term. An exact one has only those that are the same word in another spelling."""
    text = term.text
    words = dict.fromkeys(term.also)
    stems: dict[str, None] = {}
    beginnings: list[str] = []
    patterns = [_country()] if COUNTRY[0] in words or is_country(text) else []
    if (pair := pair_phrase(text)) is not None:
        phrase, is_beginning = pair
        beginnings += [phrase] if is_beginning else []
        words |= {} if is_beginning else {phrase: None}
    if term.prefix:
        return OtherForms(tuple(words), (), tuple(beginnings), tuple(_in_scripts(term)))
    words |= dict.fromkeys(_same_words(text))
    patterns += [*_patterns_of_same(text), *_in_scripts(term)]
    if not term.exact:
        words |= dict.fromkeys(other_names(text))
        if are_initials(text):
            stems[f"{INITIAL}{text.lower()}"] = None
            patterns.append(TextPattern(re.compile(rf"\b{named_by(text)}"), text[0].lower(), cased=True))
        if (base := stem_of_query(text)) is not None:
            word = text.lower()
            is_own = word in {base, f"{base}e", f"{base[:-1]}y"}
            stems |= dict.fromkeys((*(() if is_own else relatives(word)), f"{STEM}{base}"))
            patterns.append(_stem_pattern(base))
    return OtherForms(tuple(words), tuple(stems), tuple(beginnings), tuple(patterns))


def without_possessive(text: str) -> str | None:
    """Return the word in a possessive: `Hawaiʻi` for `Hawaiʻi's`; None for other words."""
    match = _POSSESSIVE.fullmatch(text)
    return match[1] if match and match[1].lower() not in _CONTRACTED else None


def _same_words(text: str) -> Iterator[str]:
    """Yield phrases that are the same word in another spelling."""
    plain = "".join(filter(str.isalnum, text)).casefold()
    if _DOTS.fullmatch(text) or _ROUTES.fullmatch(text) or (_NOT.fullmatch(text) and plain not in _CANNOT):
        yield from () if plain in _NOT_DOTTED - {"am", "pm"} else (plain,)
    if _NAME.fullmatch(text):
        yield plain
    if (match := _ROUTES.fullmatch(text)) is not None:
        yield f"{match[1]} {match[2]}".lower()
    if text.isupper() and plain in _NOT_DOTTED and len(plain) > 1 and not is_country(text):
        yield " ".join(plain)
    if not text.isascii():
        yield from spelled_out(text)
        if has_marked(text):
            yield folded(text)
    if len(country := _COUNTRY_INSIDE.split(text)) > 1 and any(map(str.strip, country)):
        yield from (way.join(country) for way in COUNTRY)


def _patterns_of_same(text: str) -> Iterator[TextPattern]:
    """Yield patterns for spellings that split or join the keys of a word."""
    word = "".join(filter(str.isalnum, text)).lower()
    if not word.isascii() or " " in text:
        return
    if (
        word.isalpha()
        and 2 <= len(word) <= INITIALS
        and not is_country(text)
        and word not in _NOT_DOTTED - {"am", "pm"}
    ):
        yield _bounded(word[0], rf"\. ?{r'~'.join(word[1:])}\b\.?".replace("~", r"\. ?"))
    if (match := _ROUTES.fullmatch(text)) is not None:
        yield _bounded(match[1].lower(), rf"[- \u2010\u2011]?{match[2]}")
    if word.endswith("nt") and len(word) > 4 and word not in _CANNOT:
        yield _bounded(word[:-1], rf"[{_MARKS}]t")
    if word[:1] in "odlm" and len(word) > 4:
        yield _bounded(word[0], rf"[{_MARKS}]{word[1:]}")
    if _TWO_LETTERS.search(word):
        first = _TWO_LETTERS.split(word, 1)[0]
        either = _TWO_LETTERS.sub(lambda found: f"(?:{found[0]}|[{_LETTER_OF[found[0]]}])", word[len(first) :])
        yield _bounded(first, either)


def _in_scripts(term: Term) -> Iterator[TextPattern]:
    if is_spaceless(term.text):
        yield TextPattern(spaceless_pattern(term.text), cased=True)
    elif has_marked(term.text):
        yield TextPattern(marked_pattern(term.text, prefix=term.prefix), cased=True)


@cache
def _country() -> TextPattern:
    return TextPattern(re.compile(r"(?<!\w)(?:USA?|(?i:u\. ?s(?:\. ?a)?\b\.?))(?!\w)"), "u", cased=True)


@lru_cache(maxsize=4096)
def _stem_pattern(base: str) -> TextPattern:
    # The words of a stem begin like it, but for its last letter.
    first = base[:-1] if len(base) > 2 else base
    # A regex that starts with letters is much faster.
    return TextPattern(re.compile(rf"{first}(?<![\w{_MARKS}]{first})[a-z]*(?!\w)"), first, base)


@lru_cache(maxsize=4096)
def _bounded(first: str, inside: str) -> TextPattern:
    return TextPattern(re.compile(rf"{first}(?<!\w{first}){inside}(?!\w)"), first)


def typed_as(term: Term, text: str) -> bool:
    """Whether `text` has a term exactly as it was typed: the same ʻokina and diacritics, in any case but for `US`.

    Every mark of `spelling.OKINA` is the same ʻokina. `text` is NFC.
    """
    pattern = _typed(term.text, term.prefix)
    return pattern is not None and bool(pattern.search(text))


_INSIDE = re.compile(rf"[\w{_MARKS}]+")
_LETTER_MARKS = "ʻʼʽʾʿˋˊꞌ"


@lru_cache(maxsize=4096)
def _typed(text: str, prefix: bool) -> re.Pattern[str] | None:
    whole = re.sub(rf"^[^\w{_MARKS}$£€¥]+|[^\w{_MARKS}%]+$", "", unicodedata.normalize("NFC", text))
    if not whole:
        return None
    parts = (rf"[{_MARKS}]" if c in OKINA else r"\s+" if c.isspace() else re.escape(c) for c in " ".join(whole.split()))
    if is_spaceless(whole):
        return re.compile("".join(parts), re.IGNORECASE)
    # A quotation mark before a consonant is no ʻokina, which stands before a vowel.
    before = rf"(?<!\w)(?<!\w[{_MARKS}])(?<![{_LETTER_MARKS}])"
    if whole[0].lower() in "aeiouāēīōū":
        before += rf"(?<![{_MARKS}])"
    after = "" if prefix else rf"(?!\w)(?![{_MARKS}](?!s\b)\w)(?![{_LETTER_MARKS}](?!s\b))"
    return re.compile(before + "".join(parts) + after, 0 if is_country(whole) else re.IGNORECASE)
