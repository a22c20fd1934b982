"""Numbers are found in every form: digits, words, signs and units."""

import re
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_archive.text.number_words import LIMIT, cardinal, ordinal, parse_number, spoken_years
from radio_archive.text.numbers import number_forms

WORD = re.compile(r"[^\W_]+")
ALIKE = [
    ["12,000", "12000", "twelve thousand", "12 thousand"],
    ["$5 million", "five million dollars", "$5,000,000", "5 million dollars", "5,000,000 dollars"],
    ["40%", "40 percent", "40 per cent", "forty percent", "forty per cent"],
    ["3.5", "three point five", "three and a half"],
    ["2.5 million", "2,500,000", "two and a half million", "two point five million"],
    ["1998", "nineteen ninety-eight"],
    ["2024", "twenty twenty-four", "two thousand twenty-four", "two thousand and twenty-four"],
    ["1905", "nineteen oh five"],
    ["the 1990s", "the nineteen nineties"],
    ["the 21st", "the twenty-first"],
    ["July 4", "July 4th", "July fourth"],
    ["100 people", "a hundred people", "one hundred people"],
    ["1,500", "1500", "fifteen hundred", "one thousand five hundred"],
    ["£20", "twenty pounds", "20 pounds"],
    ["$500,000", "half a million dollars", "five hundred thousand dollars"],
]
RARE = [
    ("$5M", ["$5 million", "five million dollars", "5,000,000"]),
    ("$1.2bn", ["1.2 billion", "one point two billion dollars"]),
    ("nineteen hundred and five", ["1905", "nineteen oh five"]),
    ("a five million dollar pier", ["$5 million pier"]),
]
"""Forms that are read, but not searched for."""
APART = [
    ("no one came", "no 1 came"),
    ("a second look", "a 2nd look"),
    ("room 007", "seven"),
    ("version 1.2.3", "one point two"),
    ("one, two, three", "123"),
    ("five to six", "56"),
    ("twenty percent", "20 million"),
    ("thirteen", "30"),
    ("5 million", "5000"),
    ("two thousand. Five people", "2005"),
]


def words(text: str) -> str:
    """The text as FTS5's tokenizer sees it."""
    return f" {' '.join(WORD.findall(text.lower()))} "


def finds(query: str, text: str) -> bool:
    """Whether a search finds the phrase in the text or in its other forms."""
    return any(words(query) in words(form) for form in (text, *number_forms(text)))


@pytest.mark.parametrize("same", ALIKE, ids=lambda same: same[0])
def test_every_writing_finds_every_other(same: list[str]) -> None:
    for query, written in permutations(same, 2):
        assert finds(query, written), (query, written, number_forms(written))
        assert finds(f"about {query} in all", f"They say about {written} in all of them."), (query, written)


@pytest.mark.parametrize(("text", "queries"), RARE)
def test_rare_writings_are_found_by_the_common_ones(text: str, queries: list[str]) -> None:
    assert [query for query in queries if not finds(query, text)] == []


@pytest.mark.parametrize(("text", "query"), APART)
def test_what_is_another_number_stays_apart(text: str, query: str) -> None:
    assert not finds(query, text)


def test_a_text_without_numbers_has_no_other_form() -> None:
    assert number_forms("Nobody counted the boats, and one of them sank a second time.") == ()
    assert number_forms("") == ()


def test_several_numbers_are_found_written_alike() -> None:
    text = "between two and three percent of 12,000 boats"
    assert finds("between 2 and 3", text)
    assert finds("twelve thousand boats", text)


def test_phrases_reach_around_a_number() -> None:
    text = "The city says it will spend $5 million on the pier next year."
    assert finds("will spend five million dollars on the pier", text)


@settings(max_examples=200)
@given(number=st.integers(0, LIMIT - 1) | st.integers(0, 3000), joint=st.sampled_from([" ", " and "]))
def test_what_is_written_is_read_again(number: int, joint: str) -> None:
    written = cardinal(number, joint).replace("-", " ").split()
    reading = parse_number(written, 0)
    assert reading is not None
    assert (reading.value, reading.end, reading.ordinal) == (number, len(written), False)
    if number:
        again = parse_number(ordinal(cardinal(number, joint)).replace("-", " ").split(), 0)
        assert again is not None
        assert (again.value, again.ordinal) == (number, True)


@given(number=st.integers(1100, 9999))
def test_years_are_read_as_they_are_spoken(number: int) -> None:
    for spoken in spoken_years(number):
        reading = parse_number(spoken.replace("-", " ").split(), 0)
        assert reading is not None
        assert reading.value == number


@settings(max_examples=100)
@given(number=st.integers(2, LIMIT - 1) | st.integers(2, 10_000))
def test_digits_and_words_find_each_other(number: int) -> None:
    assert finds(str(number), cardinal(number))
    assert finds(f"{number:,}", cardinal(number, " and "))
    assert finds(f"{number:,}", str(number))
    assert finds(str(number), f"{number:,}")


@pytest.mark.parametrize("number", [0, -1, LIMIT])
def test_numbers_without_words_are_refused_or_said(number: int) -> None:
    if number == 0:
        assert cardinal(0) == "zero"
        return
    with pytest.raises(ValueError, match=str(number)):
        cardinal(number)


@settings(max_examples=200)
@given(text=st.text(max_size=40) | st.text("0123456789.,$%/: -aonehudrt", max_size=60))
def test_any_text_has_forms_or_none(text: str) -> None:
    assert all(words(form).strip() for form in number_forms(text))


@pytest.mark.parametrize(
    "text", ["1" * 100_000, "one " * 20_000, "1," * 50_000, "hundred and a " * 5_000, "$" * 100_000]
)
def test_a_long_text_is_no_trap(text: str) -> None:
    """The time is linear in the length of a text; otherwise the suite's time limit would stop this test."""
    assert len(number_forms(text)) <= len(text)
