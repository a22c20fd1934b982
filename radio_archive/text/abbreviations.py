"""Names and words that are written short and long: US, WWII, Gov., health care and healthcare.

They are English. The phrases here are as the index sees them: in small letters, a space for each mark.
"""

import re
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise

SHORTEST, LONGEST = 3, 6
"""Letters of initials that stand for a name."""
SMALL = "(?:of|and|the|for|on|in)"
CAPITALS = "A-ZÀ-ÖØ-ÞĀĒĪŌŪ"
"""Letters that a word of a name begins with, and SMALL words between them, as in a regex."""
_CAPITALIZED = rf"[{CAPITALS}][^\W\d_A-Z][\w'ʻ’]*"
_NAMED = re.compile(rf"\b{_CAPITALIZED}(?:(?: {SMALL}){{0,2}}[ -]{_CAPITALIZED}){{2,7}}")
COUNTRY = ("u s", "usa")
"""The country. The index holds `u s` for a text with *US* in capitals; the token *us* is the pronoun."""

NAMES: Sequence[Sequence[str]] = (
    (*COUNTRY, "united states"),
    ("wwii", "ww2", "ww ii", "world war ii", "world war two", "world war 2", "second world war"),
    ("wwi", "ww1", "world war i", "world war one", "world war 1", "first world war"),
    ("9 11", "september 11", "september 11th", "september eleventh", "sept 11", "nine eleven"),
    *(pair.split("=") for pair in (
        "gov=governor dr=doctor mt=mount sen=senator rep=representative lt=lieutenant gen=general prof=professor "
        "ave=avenue blvd=boulevard dept=department st=saint st=street capt=captain sgt=sergeant"
    ).split()),
)  # fmt: skip

_CLOSED = (
    "health care, child care, day care, sea wall, sea food, sea weed, sea bird, rain fall, rain forest, bread fruit, "
    "land slide, land fill, wild life, wild fire, fire fighter, fire fighters, tax payer, tax payers, law maker, "
    "law makers, policy maker, policy makers, home owner, home owners, home land, house hold, house holds, "
    "work force, water front, water shed, water way, farm land, farm worker, farm workers, coast line, shore line, "
    "air port, air line, air lines, air craft, news paper, news room, news letter, web site, web sites, web page, "
    "pod cast, pod casts, broad band, data base, fish pond, fish ponds, over fishing, over tourism, green house, "
    "ground water, storm water, waste water, fresh water, sun screen, under sea, down town, wet land, wet lands, "
    "grass land, eye witness, school teacher, ship wreck, life guard, life guards, life time, back yard"
)
"""Words that are often written as two."""

CLOSED: Mapping[str, str] = {pair.replace(" ", ""): pair for pair in _CLOSED.split(", ")}
_HALVES = {tuple(pair.split(" ", 1)): word for word, pair in CLOSED.items()}
_ONES = "zero first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
ROMAN = dict(zip("ii iii iv v vi vii viii ix x xi xii".split(), _ONES[2:], strict=True))
del ROMAN["v"], ROMAN["x"]
_ORDINALS = {ordinal: roman for roman, ordinal in ROMAN.items()}
_WORD = re.compile(r"[^\W_]+")
_ROUTE = re.compile(r"[B-HJ-Z] \d{1,3}")

_CLASSES: dict[str, list[Sequence[str]]] = {}
for _names in NAMES:
    for _name in _names:
        _CLASSES.setdefault(_name, []).append(_names)
_CLASSES["u s a"] = _CLASSES["usa"]
_LONGEST = max(name.count(" ") + 1 for name in _CLASSES)


def phrase_of(text: str) -> str:
    """Return `text` as the index sees it; `US` in capitals is the country, `u s`."""
    phrase = " ".join(_WORD.findall(text.casefold()))
    return "u s" if phrase == "us" and "US" in text else phrase


def other_names(text: str) -> Iterator[str]:
    """Yield the other ways to write a whole term, as phrases: `governor` for `Gov.`."""
    phrase = phrase_of(text)
    for names in _CLASSES.get(phrase, ()):
        yield from (name for name in names if name != phrase)
    if phrase in CLOSED:
        yield CLOSED[phrase]


def initials_in(text: str) -> Iterator[str]:
    """Yield the initials of names of three to six words: `epa` for `the Environmental Protection Agency`."""
    for match in _NAMED.finditer(text):
        letters = "".join(word[0] for word in re.split(r"[ -]", match[0]) if word[0].isupper()).lower()
        for length in range(SHORTEST, min(len(letters), LONGEST) + 1):
            yield from (letters[at : at + length] for at in range(len(letters) - length + 1))


def are_initials(text: str) -> bool:
    """Whether a word of a query may stand for a name by its initials: `EPA`."""
    return text.isalpha() and text.isupper() and SHORTEST <= len(text) <= LONGEST


def named_by(initials: str) -> str:
    """Return a regex for the names that have these initials."""
    return rf"(?:[ -]{SMALL})*[ -]".join(rf"{re.escape(letter)}\w+" for letter in initials.upper())


def is_country(text: str) -> bool:
    """Whether `text` is `US`, `U.S.`, `USA` or `U.S.A.`, and not the pronoun."""
    return phrase_of(text) in {*COUNTRY, "u s a"}


def beside(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return for each word of a query what stands for it because of its neighbours, as phrases.

    In `World War II` each of the words is found in a text with `WWII`, too.
    """
    phrases = [phrase_of(word) for word in words]
    found: list[dict[str, None]] = [{} for _ in words]
    for begin, end, names in _stretches(words, phrases):
        for at in range(begin, end):
            inside = phrases[at]
            found[at].update(dict.fromkeys(name for name in names if f" {inside} " not in f" {name} "))
    return [tuple(names) for names in found]


def _stretches(words: Sequence[str], phrases: Sequence[str]) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Yield neighbouring words that are a name together: their indexes, and the other ways to write them."""
    # A number is one word with spaces in it.
    starts = list(accumulate((len(word) + 1 for word in words), initial=0))
    for match in _NAMED.finditer(" ".join(words)):
        # All of it is the name: `Department of Land and Natural Resources`.
        begin, end = bisect(starts, match.start()) - 1, bisect(starts, match.end() - 1)
        yield begin, end, [max(initials_in(match[0]), key=len)]
    for begin in range(len(phrases)):
        for end in range(begin + 2, min(len(phrases), begin + _LONGEST) + 1):
            for names in _CLASSES.get(" ".join(phrases[begin:end]), ()):
                yield begin, end, names
    for at, (one, two) in enumerate(pairwise(phrases)):
        if (one, two) in _HALVES:
            yield at, at + 2, [_HALVES[one, two]]
        if _ROUTE.fullmatch(f"{words[at]} {two}"):
            yield at, at + 2, [one + two]
        if one != "war" and two in ROMAN and _is_name(one):
            yield at, at + 2, [f"{one} the {ROMAN[two]}"]
        for begin in range(max(0, at - 1), at + 1):
            before = phrases[begin]
            is_king = two in _ORDINALS and _is_name(before) and (begin == at or one == "the")
            if is_king:
                yield begin, at + 2, [f"{before} {_ORDINALS[two]}"]


def _is_name(word: str) -> bool:
    return len(word) > 3 and word.isalpha()
