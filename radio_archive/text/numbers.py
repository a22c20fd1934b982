"""Find English numbers in a text, and the other ways to write them: 12,000, 12000 and twelve thousand.

`number_forms` returns the extra text for a full-text index, so that every way of writing an amount finds every other:
`%`, `percent` and `per cent`; `$5 million`, `five million dollars` and `$5,000,000`; `21st` and `twenty-first`; 1998
and `nineteen ninety-eight`; 3.5 and `three point five`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from radio_archive.text.number_words import (
    CARDINALS,
    LIMIT,
    SCALES,
    WORDS,
    ParsedNumber,
    cardinal,
    ordinal,
    parse_number,
    plural,
    spoken_years,
)
from radio_archive.text.words import Key

AROUND = 4
"""Words kept on either side of an amount, so that phrases around it are found too."""

_CURRENCIES = {"$": ("dollars", "dollar"), "£": ("pounds", "pound"), "€": ("euros", "euro"), "¥": ("yen", "yen")}
_UNITS = {word: symbol for symbol, words in _CURRENCIES.items() for word in words} | {"percent": "%", "%": "%"}
_UNIT_WORDS = frozenset({*_UNITS, "cent"})
_MONTHS = frozenset("january february march april may june july august september october november december".split())
_ABBREVIATED = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion", "tn": "trillion"}

_TOKEN = re.compile(
    r"(?P<number>(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|(?<![\w.,])\d{1,15}(?:\.\d{1,12})?)"
    r"(?P<suffix>(?:st|nd|rd|th|s|k|m|bn?|tn)\b)?(?!\w|[.,]\d)|(?P<word>[^\W_]+)|(?P<symbol>[$£€¥%])",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_BETWEEN_WORDS = re.compile(r"[\s\-‐‑]{0,3}")
_PROMISING = (WORDS - {"one", "zero", "second"}) | frozenset({*SCALES, *_UNITS, "hundred", "cent", "point"})
"""A text without any of these words and without a digit has no number with another form."""
_BEGINNINGS = WORDS | {"a", "half"}
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _NumberToken:
    kind: str
    text: str
    """Lower-case; a number without its commas."""
    start: int
    end: int
    suffix: str = ""
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number in a text: tokens `first` up to `end`, and its unit: `%`, a currency sign, or empty."""

    first: int
    end: int
    value: Decimal
    unit: str = ""
    ordinal: bool = False
    decade: bool = False
    yearly: bool = False
    """Whether it may be a year, or a number said like one."""
    monthly: bool = False
    """Whether it is a day after the name of a month."""


def number_forms(text: str, around: int = AROUND) -> tuple[str, ...]:
    """Return the passages of `text` around its numbers with the numbers in every other form; empty if there are none.

    A passage is the number with `around` words on either side. Numbers close together are changed together in the same
    style, and one by one. Passages with the same words as the text itself are left out.
    """
    if not _DIGIT.search(text) and _PROMISING.isdisjoint(_WORD.findall(text.lower())):
        return ()
    tokens = list(_tokens(text))
    amounts = list(_amounts(tokens, text))
    found: dict[str, None] = {}
    for cluster in _clusters(amounts, around):
        begin, end = max(0, cluster[0].first - around), min(len(tokens), cluster[-1].end + around)
        there = _words_of(text[tokens[begin].start : tokens[end - 1].end])
        for chosen in _choices(cluster):
            words = _words_of(_rewritten(text, tokens, (begin, end), chosen))
            if words not in there:
                found.setdefault(words.strip(), None)
    return tuple(found)


def amounts_in(text: str) -> Iterator[Key]:
    """Yield the numbers of `text` with their places; those of the same amount have the same key, however written.

    So 12,000 is twelve thousand, $5 million five million dollars, and March 3rd March third.
    """
    tokens = list(_tokens(text))
    for amount in _amounts(tokens, text):
        kind = "s" if amount.decade else "th" if amount.ordinal and not amount.monthly else ""
        yield Key(
            f"{amount.unit}{amount.value.normalize():f}{kind}", tokens[amount.first].start, tokens[amount.end - 1].end
        )


def is_number(text: str) -> bool:
    """Whether `text` is exactly one number, with or without a unit: `$5 million`, `forty-five percent`."""
    tokens = list(_tokens(text))
    amounts = list(_amounts(tokens, text))
    return len(amounts) == 1 and amounts[0].first == 0 and amounts[0].end == len(tokens)


def names_unit(form: str) -> bool:
    """Whether a written amount ends with a unit: `5 million dollars`, but not `5 million`."""
    return form.rpartition(" ")[2] in _UNIT_WORDS


def without_unit(form: str) -> str:
    """Return a written amount without its unit: `5 million` for `5 million dollars`."""
    words = form.split()
    while len(words) > 1 and words[-1].lower() in _UNIT_WORDS | {"per"}:
        words.pop()
    return " ".join(words)


def _words_of(text: str) -> str:
    """The words of a text as an index sees them, each with a space on both sides."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _tokens(text: str) -> Iterator[_NumberToken]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if match["number"]:
            number = match["number"]
            suffix = (match["suffix"] or "").lower()
            yield _NumberToken("number", number.replace(",", ""), match.start(), match.end(), suffix, "," in number)
        else:
            yield _NumberToken(kind, match[kind].lower(), match.start(), match.end())


def _amounts(tokens: Sequence[_NumberToken], text: str) -> Iterator[_Amount]:
    runs = _runs(tokens, text)
    at = 0
    while at < len(tokens):
        amount = None if _begins_none(tokens[at]) else _amount(tokens, runs, at)
        if amount is not None:
            yield amount
        at = at + 1 if amount is None else amount.end


def _begins_none(token: _NumberToken) -> bool:
    """Whether no amount can start with a token, which is true of nearly all."""
    return token.kind == "word" and token.text not in _BEGINNINGS


def _runs(tokens: Sequence[_NumberToken], text: str) -> list[int]:
    """Return for each token the index after the last token that may belong to the same number."""
    ends = list(range(1, len(tokens) + 1))
    for index in range(len(tokens) - 2, -1, -1):
        token, following = tokens[index], tokens[index + 1]
        gap = text[token.end : following.start]
        if _BETWEEN_WORDS.fullmatch(gap) or (token.text in SCALES and gap == ", "):
            ends[index] = ends[index + 1]
    return ends


def _amount(tokens: Sequence[_NumberToken], runs: Sequence[int], at: int) -> _Amount | None:
    """Return the amount that starts at token `at`."""
    token, start = tokens[at], at
    sign = token.text if token.text in _CURRENCIES else ""
    if sign:
        start = at + 1
        if start == len(tokens) or token.end != tokens[start].start or tokens[start].kind != "number":
            return None
    # Numbers have few words; the bound keeps a text of only number words linear.
    words = [token.text for token in tokens[start : min(runs[start], start + 32)]]
    amount = (
        _in_digits(tokens[start], words, start, sign) if tokens[start].kind == "number" else _in_words(words, start)
    )
    if amount is None:
        return None
    end = amount.end - start
    unit, taken = (sign, 0) if sign else _unit(words, end)
    if amount.ordinal or amount.decade:
        unit, taken = "", 0
    bare = unit == "" and amount.end == start + 1
    if bare and tokens[start].text in {"one", "zero", "second"}:
        return None
    monthly = at > 0 and tokens[at - 1].text in _MONTHS and 1 <= amount.value <= 31 and not unit
    return _Amount(
        at, amount.end + taken, amount.value, unit, amount.ordinal, amount.decade, amount.yearly and not unit, monthly
    )


def _unit(words: Sequence[str], at: int) -> tuple[str, int]:
    following = words[at] if at < len(words) else ""
    if following == "per" and words[at + 1 : at + 2] == ["cent"]:
        return "%", 2
    unit = _UNITS.get(following, "")
    return unit, int(bool(unit))


def _in_digits(token: _NumberToken, words: Sequence[str], start: int, sign: str) -> _Amount | None:
    value = Decimal(token.text)
    if re.match(r"0\d", token.text) or value >= LIMIT:
        return None
    whole = value == int(value) and "." not in token.text
    if token.suffix in {"st", "nd", "rd", "th"}:
        return _Amount(start, start + 1, value, ordinal=True) if whole and value else None
    if token.suffix == "s":
        decade = whole and value % 10 == 0 and (20 <= value <= 90 or 1100 <= value <= 2090)
        return _Amount(start, start + 1, value, decade=True) if decade else None
    if token.suffix:
        return _Amount(start, start + 1, value * SCALES[_ABBREVIATED[token.suffix]]) if sign else None
    scale = SCALES.get(words[1], 0) if len(words) > 1 else 0
    if scale:
        return _Amount(start, start + 2, value * scale) if value and value * scale < LIMIT else None
    yearly = whole and not token.grouped and 1100 <= value <= 9900
    return _Amount(start, start + 1, value, yearly=yearly)


def _in_words(words: Sequence[str], start: int) -> _Amount | None:
    if words[:2] == ["half", "a"] and words[2:3] and words[2] in SCALES:
        return _Amount(start, start + 3, Decimal(SCALES[words[2]]) / 2)
    reading = parse_number(words, 0)
    if reading is None:
        return None
    value, end = _fraction(words, reading)
    if end > reading.end:
        scale = SCALES.get(words[end], 0) if end < len(words) else 0
        return _Amount(start, start + end + bool(scale), value * (scale or 1)) if value * (scale or 1) < LIMIT else None
    yearly = 1100 <= reading.value <= 9900
    return _Amount(start, start + end, value, "", reading.ordinal, reading.decade, yearly)


def _fraction(words: Sequence[str], reading: ParsedNumber) -> tuple[Decimal, int]:
    """The number with a following `point five` or `and a half`, and the index after it."""
    value, end = Decimal(reading.value), reading.end
    if reading.ordinal or reading.decade:
        return value, end
    if list(words[end : end + 3]) == ["and", "a", "half"]:
        return value + Decimal("0.5"), end + 3
    if words[end : end + 1] != ["point"]:
        return value, end
    digits = []
    for word in words[end + 1 : end + 13]:
        digit = 0 if word == "oh" else CARDINALS.get(word, 10)
        if digit > 9:
            break
        digits.append(str(digit))
    if not digits:
        return value, end
    return Decimal(f"{reading.value}.{''.join(digits)}"), end + 1 + len(digits)


def _clusters(amounts: Sequence[_Amount], around: int) -> Iterator[list[_Amount]]:
    """Yield groups of amounts so close together that one phrase may contain two of them."""
    if not amounts:
        return
    cluster = [amounts[0]]
    for before, amount in pairwise(amounts):
        if amount.first - before.end > around or len(cluster) == 6:
            yield cluster
            cluster = []
        cluster.append(amount)
    yield cluster


def _choices(cluster: Sequence[_Amount]) -> Iterator[dict[_Amount, str]]:
    """Yield forms for the amounts of a cluster: all in digits, all in words, then each one in every form."""
    ways = {amount: tuple(dict.fromkeys(_ways(amount))) for amount in cluster}
    if len(cluster) > 1:
        for in_digits in (True, False):
            yield {
                amount: next((way for way in written if way[0].isdigit() == in_digits), written[0])
                for amount, written in ways.items()
            }
    for amount, written in ways.items():
        for way in written:
            yield {amount: way}


def _rewritten(text: str, tokens: Sequence[_NumberToken], stretch: tuple[int, int], chosen: dict[_Amount, str]) -> str:
    begin, end = stretch
    parts, at = [], tokens[begin].start
    for amount, way in chosen.items():
        parts += [text[at : tokens[amount.first].start], way]
        at = tokens[amount.end - 1].end
    return " ".join([*parts, text[at : tokens[end - 1].end]])


def _ways(amount: _Amount) -> Iterator[str]:
    """Yield every way of writing an amount, without currency signs, which an index drops."""
    value = amount.value
    if amount.decade:
        yield f"{int(value)}s"
        yield from _decade_words(int(value))
        return
    if amount.ordinal or amount.monthly:
        yield from _ordinal_ways(int(value))
        if amount.ordinal and not amount.monthly:
            return
    for number in _numbers(value, yearly=amount.yearly, of_money=amount.unit in _CURRENCIES):
        if not amount.unit:
            yield number
            continue
        if number[0].isdigit():
            yield number
        names = ("percent", "per cent") if amount.unit == "%" else _CURRENCIES[amount.unit]
        # `a five million dollar pier` is common, `a 5,000,000 dollar pier` is not.
        for name in names if number[-1].isalpha() else names[: 2 if amount.unit == "%" else 1]:
            yield f"{number} {name}"


def _decade_words(value: int) -> Iterator[str]:
    if value < 100:
        yield plural(cardinal(value))
        return
    century, rest = divmod(value, 100)
    if rest >= 20:
        yield f"{cardinal(century)} {plural(cardinal(rest))}"
    elif rest == 0:
        yield f"{cardinal(century)} hundreds" if century % 10 else f"{cardinal(value)}s"


def _ordinal_ways(value: int) -> Iterator[str]:
    suffix = "th" if value % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    yield f"{value}{suffix}"
    if value >= 1000:
        yield f"{value:,}{suffix}"
    for joint in (" ", " and "):
        yield ordinal(cardinal(value, joint))


def _numbers(value: Decimal, *, yearly: bool, of_money: bool) -> Iterator[str]:
    """Yield every way of writing a number, digits first."""
    if value == int(value):
        yield from _whole(int(value), yearly=yearly)
    else:
        yield f"{value.normalize():f}"
        yield from _decimal_words(value)
        if of_money and value == round(value, 2):
            yield f"{value:.2f}"
    for name, scale in SCALES.items():
        scaled = value / scale
        # 2500 may be `2.5 thousand`, but 2010 is never `2.01 thousand`.
        if 1 <= scaled < 1000 and scaled == round(scaled, 1 if yearly else 2):
            yield f"{scaled.normalize():f} {name}"
            if scaled != int(scaled):
                for words in _decimal_words(scaled):
                    yield f"{words} {name}"
        elif of_money and scaled == Decimal("0.5"):
            yield f"half a {name}"


def _whole(value: int, *, yearly: bool) -> Iterator[str]:
    yield str(value)
    if value >= 1000:
        yield f"{value:,}"
    # 1998 is said in two halves, 2024 also as a plain number.
    if not yearly or value >= 2000 or value % 100 == 0:
        yield cardinal(value)
        yield cardinal(value, " and ")
    if value in {100, *SCALES.values()}:
        yield cardinal(value).replace("one ", "a ")
    if yearly or (value < 10_000 and value % 100 == 0):
        yield from spoken_years(value)


def _decimal_words(value: Decimal) -> Iterator[str]:
    whole, _, fraction = f"{value.normalize():f}".partition(".")
    digits = " ".join(cardinal(int(digit)) for digit in fraction)
    yield f"{cardinal(int(whole))} point {digits}"
    if fraction == "5":
        yield f"{cardinal(int(whole))} and a half"
