"""Read and write English number words: `twelve thousand` is 12,000.

Covers whole numbers below 10¹⁵, ordinals, and spoken years. Grammar: R. Huddleston, G. K. Pullum, *The Cambridge
Grammar of the English Language* (2002), chapter 5, section 3.5 on numerals.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
LIMIT = 10**15
"""Numbers from here on are not written in words."""

_ODD = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip


def ordinal(words: str) -> str:
    """Return number words as an ordinal: `twenty-one` → `twenty-first`."""
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    head, last = words[:cut], words[cut:]
    return head + _ODD.get(last, last[:-1] + "ieth" if last.endswith("y") else last + "th")


def plural(words: str) -> str:
    """Return number words as a decade: `nineteen ninety` → `nineteen nineties`."""
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


CARDINALS = {word: value for value, word in enumerate(SMALL)}
TENS_VALUES = {word: 10 * value for value, word in enumerate(TENS, 2)}
ORDINALS = {ordinal(word): value for word, value in (CARDINALS | TENS_VALUES).items() if value}
DECADES = {plural(word): value for word, value in TENS_VALUES.items()}
SCALE_ORDINALS = {ordinal(word): value for word, value in SCALES.items()}
WORDS = frozenset(CARDINALS) | frozenset(TENS_VALUES) | frozenset(ORDINALS) | frozenset(DECADES)
"""The words that can start a number, except `a` and `half`."""


@dataclass(frozen=True, slots=True)
class ParsedNumber:
    """A number in words: its value, the index after its last word, and its kind."""

    value: int
    end: int
    ordinal: bool = False
    spoken_year: bool = False
    decade: bool = False


def parse_number(words: Sequence[str], start: int) -> ParsedNumber | None:
    """Return the longest number that starts at `words[start]`; the words are lower-case and without hyphens."""
    return _year(words, start) or _number(words, start)


def _word(words: Sequence[str], index: int) -> str:
    return words[index] if index < len(words) else ""


def _year(words: Sequence[str], start: int) -> ParsedNumber | None:
    """`nineteen ninety-eight`, `twenty twenty`, `nineteen oh five`, `nineteen nineties`."""
    first = _word(words, start)
    century = CARDINALS.get(first, 20 if first == "twenty" else 0)
    if not 11 <= century <= 20:
        return None
    following = _word(words, start + 1)
    if following in DECADES:
        return ParsedNumber(100 * century + DECADES[following], start + 2, decade=True)
    if following in {"oh", "o"} and 1 <= CARDINALS.get(_word(words, start + 2), 0) <= 9:
        return ParsedNumber(100 * century + CARDINALS[words[start + 2]], start + 3, spoken_year=True)
    rest = _below_hundred(words, start + 1)
    if rest is None or rest.ordinal or rest.value < 10 or _word(words, rest.end) in SCALES | {"hundred": 100}:
        return None
    return ParsedNumber(100 * century + rest.value, rest.end, spoken_year=True)


def _below_hundred(words: Sequence[str], start: int) -> ParsedNumber | None:
    word = _word(words, start)
    if word in TENS_VALUES:
        value, following = TENS_VALUES[word], _word(words, start + 1)
        if 1 <= CARDINALS.get(following, 0) <= 9:
            return ParsedNumber(value + CARDINALS[following], start + 2)
        if ORDINALS.get(following, 10) <= 9:
            return ParsedNumber(value + ORDINALS[following], start + 2, ordinal=True)
        return ParsedNumber(value, start + 1)
    if word in CARDINALS:
        return ParsedNumber(CARDINALS[word], start + 1)
    return ParsedNumber(ORDINALS[word], start + 1, ordinal=True) if word in ORDINALS else None


def _below_thousand(words: Sequence[str], start: int) -> ParsedNumber | None:
    """A number below 1000, or `nineteen hundred`."""
    one = _word(words, start) == "a" and _word(words, start + 1) in {"hundred", *SCALES}
    first = ParsedNumber(1, start + 1) if one else _below_hundred(words, start)
    if first is None or first.ordinal or not first.value:
        return first
    following = _word(words, first.end)
    if following == "hundredth":
        return ParsedNumber(100 * first.value, first.end + 1, ordinal=True)
    if following != "hundred":
        return first
    return _with_rest(words, 100 * first.value, first.end + 1)


def _with_rest(words: Sequence[str], value: int, end: int) -> ParsedNumber:
    """`value` plus a following `five` or `and five`."""
    joined = _word(words, end) == "and"
    rest = _below_hundred(words, end + joined)
    if rest is None or not rest.value:
        return ParsedNumber(value, end)
    return ParsedNumber(value + rest.value, rest.end, rest.ordinal)


def _number(words: Sequence[str], start: int) -> ParsedNumber | None:
    if _word(words, start) in DECADES:
        return ParsedNumber(DECADES[words[start]], start + 1, decade=True)
    total, at, smaller = 0, start, LIMIT
    best: ParsedNumber | None = None
    while (group := _below_thousand(words, at)) is not None:
        if best is not None and not group.value:
            return best
        name = _word(words, group.end)
        scale = SCALES.get(name) or SCALE_ORDINALS.get(name)
        if group.ordinal or scale is None or group.value >= 1000 or not group.value:
            # A group after a scale must be smaller than it, or it is another number.
            return ParsedNumber(total + group.value, group.end, group.ordinal) if group.value < smaller else best
        if scale >= smaller:
            return best
        total, at, smaller = total + group.value * scale, group.end + 1, scale
        best = ParsedNumber(total, at, ordinal=name in SCALE_ORDINALS)
        if best.ordinal:
            return best
        at += _word(words, at) == "and"
    return best


def cardinal(number: int, joint: str = " ") -> str:
    """Return a number in words; with `joint` " and " in British English.

    Raises ValueError outside 0 … LIMIT.
    """
    if not 0 <= number < LIMIT:
        raise ValueError(number)
    if not number:
        return SMALL[0]
    parts: list[str] = []
    for name, scale in reversed(SCALES.items()):
        group, number = divmod(number, scale)
        if group:
            parts.append(f"{_hundreds(group, joint)} {name}")
    whole = " ".join(parts)
    if not number:
        return whole
    return f"{whole}{joint if number < 100 and parts else ' ' * bool(parts)}{_hundreds(number, joint)}"


def _hundreds(number: int, joint: str) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _tens(rest)
    return f"{SMALL[hundreds]} hundred" + (f"{joint}{_tens(rest)}" if rest else "")


def _tens(number: int) -> str:
    if number < 20:
        return SMALL[number]
    tens, rest = divmod(number, 10)
    return TENS[tens - 2] + (f"-{SMALL[rest]}" if rest else "")


def spoken_years(number: int) -> Iterator[str]:
    """Yield the spoken forms of a year, or of a number said like one: `nineteen ninety-eight`, `fifteen hundred`."""
    century, rest = divmod(number, 100)
    if not 11 <= century <= 99 or century % 10 == 0:
        if century == 20 and rest:
            yield f"twenty {_tens(rest) if rest >= 10 else f'oh {SMALL[rest]}'}"
        return
    if not rest:
        yield f"{_tens(century)} hundred"
    elif century < 20:
        yield f"{_tens(century)} {_tens(rest) if rest >= 10 else f'oh {SMALL[rest]}'}"
