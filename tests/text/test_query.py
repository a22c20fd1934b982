"""The query language: it is small, and nothing is a syntax error."""

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.query_trees import QUERIES, TODAY, tree

from radio_archive.errors import UsageError
from radio_archive.text.query import (
    MAX_QUERY,
    Aired,
    AllOf,
    AnyOf,
    Near,
    Node,
    Query,
    Scope,
    Term,
    Without,
    format_query,
    parse,
)
from radio_archive.text.query_format import exactly
from radio_archive.text.query_hints import hints
from radio_archive.text.query_tokens import DEPTH

CASES = Path(__file__).parent / "query_cases.json"


def words(*texts: str) -> Node:
    terms = tuple(Term(text) for text in texts)
    return terms[0] if len(terms) == 1 else AllOf(terms)


def exact(text: str, *, prefix: bool = False, scope: Scope = Scope.ANYWHERE) -> Term:
    return Term(text, prefix, scope, exact=True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("undersea cable", words("undersea", "cable")),
        ("cable AND fiji", words("cable", "fiji")),
        ("salt and pepper or vinegar", words("salt", "and", "pepper", "or", "vinegar")),
        ("cable OR wire", AnyOf((Term("cable"), Term("wire")))),
        ("a OR b OR c", AnyOf((Term("a"), Term("b"), Term("c")))),
        ("fiji cable OR wire", AllOf((Term("fiji"), AnyOf((Term("cable"), Term("wire")))))),
        ("volcan*", Term("volcan", prefix=True)),
        ('"coral ree"*', exact("coral ree", prefix=True)),
        ("cable NEAR fiji", Near((Term("cable"), Term("fiji")), 10)),
        ('"sea floor" NEAR/3 cable', Near((exact("sea floor"), Term("cable")), 3)),
        ("a NEAR b NEAR c OR d", AnyOf((Near((Term("a"), Term("b"), Term("c"))), Term("d")))),
        ("title:cable", Term("cable", scope=Scope.TITLE)),
        ('said:"a b" story:fish', AllOf((exact("a b", scope=Scope.SAID), Term("fish", scope=Scope.STORY)))),
        ("title:(reef OR coral)", AnyOf((Term("reef", scope=Scope.TITLE), Term("coral", scope=Scope.TITLE)))),
        ("in:title volcano said:ash", AllOf((Term("volcano", scope=Scope.TITLE), Term("ash", scope=Scope.SAID)))),
        ("five million dollars", Term("five million dollars")),
        ("501(c)(3) charities", words("501(c)(3)", "charities")),
    ],
)  # fmt: skip
def test_what_is_asked_for(text: str, wanted: Node) -> None:
    assert parse(text) == Query(wanted)


@pytest.mark.parametrize(
    "text",
    [
        '"language nests"', "“language nests”", "„language nests“", "«language nests»", "»language nests«",
        "‘language nests’", "‚language nests‘", "＂language nests＂", '+"language nests"', "+“language nests”",
    ],
)  # fmt: skip
def test_quotes_of_every_language_keep_words_together_as_typed(text: str) -> None:
    assert parse(text) == Query(exact("language nests"))
    assert parse(f"maui {text} fair").wanted == AllOf((Term("maui"), exact("language nests"), Term("fair")))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("‘Iolani", words("ʻIolani")), ("Hawai‘i’s fires", words("Hawai‘i’s", "fires")),
        ("‘Aiea schools’ fair", words("ʻAiea", "schools’", "fair")),
        ("‘okina and ‘Aiea", words("ʻokina", "and", "ʻAiea")),
        ("Kaua‘i", words("Kaua‘i")), ("‘undersea cable’ fiji", AllOf((exact("undersea cable"), Term("fiji")))),
        ("‘Maui’s fires’", exact("Maui’s fires")), ("rock ’n’ roll", words("rock", "’n’", "roll")),
    ],
)  # fmt: skip
def test_an_okina_is_no_quote(text: str, wanted: Node) -> None:
    assert parse(text) == Query(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("+word", exact("word")), ("+word other", AllOf((exact("word"), Term("other")))),
        ("+volcan*", exact("volcan", prefix=True)), ("+title:reef", exact("reef", scope=Scope.TITLE)),
        ("+(a b) c", AllOf((exact("a"), exact("b"), Term("c")))), ("C++ a+b", words("C++", "a+b")),
        ("a + b", words("a", "b")),
    ],
)  # fmt: skip
def test_a_plus_is_the_same_as_quotes(text: str, wanted: Node) -> None:
    assert parse(text) == Query(wanted)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("typhoon (Guam OR Saipan)", Query(AllOf((Term("typhoon"), AnyOf((Term("Guam"), Term("Saipan"))))))),
        ("(measles OR dengue) -Samoa", Query(AnyOf((Term("measles"), Term("dengue"))), (Term("Samoa"),))),
        ('"language nests" OR Ainu', Query(AnyOf((exact("language nests"), Term("Ainu"))))),
        ("(a b) OR c", Query(AnyOf((words("a", "b"), Term("c"))))),
        ("c OR(a b)", Query(AnyOf((Term("c"), words("a", "b"))))),
        ("(a (b c))", Query(words("a", "b", "c"))),
        ("((a OR b) c) OR d", Query(AnyOf((AllOf((AnyOf((Term("a"), Term("b"))), Term("c"))), Term("d"))))),
        ("volcano AND NOT Vanuatu", Query(Term("volcano"), (Term("Vanuatu"),))),
        ("volcano AND -Vanuatu", Query(Term("volcano"), (Term("Vanuatu"),))),
        ("volcano OR NOT Vanuatu", Query(Term("volcano"), (Term("Vanuatu"),))),
        ("NOT (a b) c", Query(Term("c"), (words("a", "b"),))),
        ("c -(a OR b)", Query(Term("c"), (Term("a"), Term("b")))),
        ("c -a NEAR b", Query(Term("c"), (Near((Term("a"), Term("b"))),))),
        ("(a -b) OR c", Query(AnyOf((Without(Term("a"), (Term("b"),)), Term("c"))))),
        ("(a -b) c", Query(words("a", "c"), (Term("b"),))),
        ("c -(a -b)", Query(Term("c"), (Without(Term("a"), (Term("b"),)),))),
        ("(-b) OR c", Query(Term("c"), (Term("b"),))),
        ("c () ( ) (", Query(Term("c"))),
    ],
)  # fmt: skip
def test_brackets_and_exclusions(text: str, query: Query) -> None:
    assert parse(text) == query


def test_brackets_that_are_nested_too_deep_are_text() -> None:
    deepest = "(" * DEPTH + "a b" + ")" * DEPTH
    assert parse(f"{deepest} OR c").wanted == AnyOf((words("a", "b"), Term("c")))
    assert parse(f"({deepest}) OR c").wanted == AnyOf((words("a", "b"), Term("c")))
    assert parse("(" * 900 + "a b" + ")" * 900 + " OR c").wanted == AnyOf((words("a", "b"), Term("c")))
    too_deep = parse("(" * DEPTH + "(a b) OR c" + ")" * DEPTH)
    assert too_deep.wanted == AllOf((Term("a"), AnyOf((Term("b"), Term("c")))))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("OR", words("or")),
        ("cable OR", words("cable", "or")),
        ("NEAR cable", words("near", "cable")),
        ("a near b", words("a", "near", "b")),
        ("NEAR(a b, 5)", words("near", "a", "b,", "5")),
        ('"unbalanced quote', words("unbalanced", "quote")),
        ('five" by 6" board', words("five", "by", "6", "board")),
        ("a) (b", words("a", "b")),
        (r"C:\x", words(r"C:\x")),
        ("https://example.org/a?b=c", words("https://example.org/a?b=c")),
        ("at 12:30", words("at", "12:30")),
        ("speakr:bob", words("speakr:bob")),
        ("text:cable", words("text:cable")),
        ("since:always", words("since:always")),
        ("date:2024-02-30", words("date:2024-02-30")),
        ("date:22/10/2024", words("date:22/10/2024")),
        ("-show:x cable", words("-show:x", "cable")),
        ("in the show: cable", words("in", "the", "show:", "cable")),
        ("--verbose cable", words("--verbose", "cable")),
        ("well-known", words("well-known")),
        ("'; DROP TABLE clips; --", words("DROP", "TABLE", "clips;")),
        ("a\0b", words("a", "b")),
        ("* cable ^ \\", words("cable")),
        ("\udce9 cable", words("cable")),
        ("we may march", words("we", "may", "march")),
    ],
)  # fmt: skip
def test_all_else_is_text(text: str, wanted: Node) -> None:
    assert parse(text) == Query(wanted)


@pytest.mark.parametrize("text", ["cable -fiji", "-fiji cable", "cable NOT fiji", "cable −fiji"])
def test_words_left_out(text: str) -> None:
    assert parse(text) == Query(Term("cable"), (Term("fiji"),))


def test_phrases_and_fields_left_out() -> None:
    assert parse('cable -"coral reef" -title:fish').unwanted == (exact("coral reef"), Term("fish", scope=Scope.TITLE))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("since:2024", ("2024-01-01", None)),
        ("until:2024", (None, "2024-12-31")),
        ("until:2024-02", (None, "2024-02-29")),
        ("after:2024", ("2025-01-01", None)),
        ("after:2024-10-22", ("2024-10-23", None)),
        ("before:2024", (None, "2023-12-31")),
        ("before:2024-03", (None, "2024-02-29")),
        ("date:2024-10-22", ("2024-10-22", "2024-10-22")),
        ("date:2024-11", ("2024-11-01", "2024-11-30")),
        ("date:2024/3/5", ("2024-03-05", "2024-03-05")),
        ("date:2024-03..2024-05", ("2024-03-01", "2024-05-31")),
        ("year:2024", ("2024-01-01", "2024-12-31")),
        ("year:2019-2021", ("2019-01-01", "2021-12-31")),
        ("year:2024 since:2024-06", ("2024-06-01", "2024-12-31")),
        ("SINCE:2024-06-01 until:2024-06-30", ("2024-06-01", "2024-06-30")),
        ("in:2025", ("2025-01-01", "2025-12-31")),
        ('in:"march 2025"', ("2025-03-01", "2025-03-31")),
        ("in:march 2025", ("2025-03-01", "2025-03-31")),
        ("in:last week", ("2026-11-16", "2026-11-22")),
        ('date:"March 2025"', ("2025-03-01", "2025-03-31")),
        ("date:mar-2025", ("2025-03-01", "2025-03-31")),
        ("date:3/1/2025", ("2025-03-01", "2025-03-01")),
        ("date:3/2025", ("2025-03-01", "2025-03-31")),
        ("date:1 March 2025", ("2025-03-01", "2025-03-01")),
        ("date:“1st of March 2025”", ("2025-03-01", "2025-03-01")),
        ('date:"March 1, 2025"', ("2025-03-01", "2025-03-01")),
        ("since:March 2025", ("2025-03-01", None)),
        ("since:1 -x March 2025", ("2025-03-01", None)),
        ("date:spring-2025", ("2025-03-01", "2025-05-31")),
        ('date:"winter 2025"', ("2024-12-01", "2025-02-28")),
        ("since:yesterday", ("2026-11-27", None)),
        ("until:today", (None, "2026-11-28")),
        ('date:"last week"', ("2026-11-16", "2026-11-22")),
        ('date:"this week"', ("2026-11-23", "2026-11-28")),
        ('date:"last month"', ("2026-10-01", "2026-10-31")),
        ('date:"last year"', ("2025-01-01", "2025-12-31")),
        ('date:"last spring"', ("2026-03-01", "2026-05-31")),
        ('date:"last winter"', ("2025-12-01", "2026-02-28")),
        ('date:"last fall"', ("2025-09-01", "2025-11-30")),
        ('date:"this autumn"', ("2026-09-01", "2026-11-30")),
        ('date:"last 7 days"', ("2026-11-22", "2026-11-28")),
        ('date:"past 3 months"', ("2026-08-29", "2026-11-28")),
    ],
)
def test_dates(text: str, days: tuple[str | None, str | None]) -> None:
    for query in (parse(text, TODAY), parse(f"cable {text}", TODAY)):
        assert (query.since, query.until) == days
    assert parse(f"{text} cable", TODAY).wanted == Term("cable")


@pytest.mark.parametrize(
    "text", ["since:9999-12-31 x", "after:9999 x", "before:0001 x", "date:0000 x", "in:last 9999 years x"]
)
def test_the_ends_of_the_calendar_are_no_trap(text: str) -> None:
    assert parse(text, TODAY).wanted is not None


@pytest.mark.parametrize(
    ("text", "aired"),
    [
        ("volcano November 2022", Aired("November 2022", "2022-11-01", "2022-11-30")),
        ("volcano nov 2022", Aired("nov 2022", "2022-11-01", "2022-11-30")),
        ("volcano may 2022", Aired("may 2022", "2022-05-01", "2022-05-31")),
        ("volcano March 1 2025", Aired("March 1 2025", "2025-03-01", "2025-03-01")),
        ("volcano March 1, 2025", Aired("March 1, 2025", "2025-03-01", "2025-03-01")),
        ("volcano 1 March 2025", Aired("1 March 2025", "2025-03-01", "2025-03-01")),
        ("volcano spring 2023", Aired("spring 2023", "2023-03-01", "2023-05-31")),
        ("volcano 2023", Aired("2023", "2023-01-01", "2023-12-31")),
        ("volcano 2023-10-22", Aired("2023-10-22", "2023-10-22", "2023-10-22")),
    ],
)
def test_a_time_beside_other_words_is_also_when_it_aired(text: str, aired: Aired) -> None:
    assert parse(text).wanted == AllOf((Term("volcano"), aired))
    first, _, rest = text.partition(" ")
    assert parse(f"{rest} {first}").wanted == AllOf((aired, Term("volcano")))


@pytest.mark.parametrize(
    "text", ["november 2022", "may 2025", "2023", "spring 2023", "november 2022 -maui", "2022 2023"]
)
def test_a_time_alone_is_words(text: str) -> None:
    assert not re.search("Aired", str(parse(text)))


@pytest.mark.parametrize(
    "text",
    ["cable 1500", "cable 3000", 'cable "2023"', "cable +2023", "cable title:2023", "cable -2023", "cable OR 2023"],
)
def test_other_numbers_are_no_time(text: str) -> None:
    assert not re.search("Aired", str(parse(text)))


def test_times_in_brackets_stand_beside_the_words_around_them() -> None:
    years = AnyOf((Aired("2022", "2022-01-01", "2022-12-31"), Aired("2023", "2023-01-01", "2023-12-31")))
    assert parse("typhoon 2022 OR 2023").wanted == AllOf((Term("typhoon"), years))
    assert parse("typhoon (2022 OR 2023)").wanted == AllOf((Term("typhoon"), years))
    months = AnyOf((Aired("june 2022", "2022-06-01", "2022-06-30"), Aired("july 2022", "2022-07-01", "2022-07-31")))
    assert parse("typhoon june 2022 OR july 2022").wanted == AllOf((Term("typhoon"), months))
    assert parse("x june 2022 NEAR fair").wanted == AllOf((Term("x"), Term("june"), Near((Term("2022"), Term("fair")))))
    assert parse("(november 2022) OR x").wanted == AnyOf((words("november", "2022"), Term("x")))
    assert parse('november 2022 show:"Asia Minute"').wanted == Aired("november 2022", "2022-11-01", "2022-11-30")


def test_names() -> None:
    query = parse('show:"Asia Minute" cable reporter:Ito host:“Noa K.” speaker:Wong language:Hawaiian')
    assert query == Query(
        Term("cable"), show="Asia Minute", reporter="Ito", host="Noa K.", speaker="Wong", language="Hawaiian"
    )
    assert parse('cable in:"Asia Minute"') == parse('cable show:"Asia Minute"') == parse("show:‘Asia Minute’ cable")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no word in it"), (" \t\n", "no word in it"), ('"" * -', "no word in it"), ("\x01\x02", "no word in it"),
        ("()", "no word in it"), ("in:title", "no word in it"),
        ("-cable", "only excludes words"), ("show:a show:b", "show: is given twice"),
        ("in:title in:said x", "in: is given twice"),
        ("host:a host:b x", "host: is given twice"), ("x" * (MAX_QUERY + 1), "2001 characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_one_clear_line(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        parse(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("title: cable", "without a space"), ("since:someday cable", "March 2025"), ("year:last cable", "2019-2021"),
        ('date:"never ever" x', "searched for as text"), ("-show:x", "only words"), ("in:last cable", "last week"),
        ("cable speakr:bob", "no field speakr: (did you mean speaker:?). speakr:bob was searched for as text."),
        ("cable author:bob", "did you mean reporter:?"), ("cable -repoter:bob", "did you mean reporter:?"),
        ("colour:red", "there are show:, reporter:,"),
        (r"cable 12:30 https://x.org/a C:\x re: budget localhost:8080 mailto:a@b.org a:b", None),
        ("speaker:bob since:yesterday since:March 2025 in:title cable", None), ('"speakr:bob"', None),
        ("show:a show:b", None),
    ],
)  # fmt: skip
def test_advice_on_what_looks_like_a_field(text: str, hint: str | None) -> None:
    found = " ".join(hints(text, TODAY))
    assert hint in found if hint else not found


@pytest.mark.parametrize(("text", "expected"), json.loads(CASES.read_text(encoding="utf-8")))
def test_the_shared_table_of_cases(text: str, expected: dict[str, object]) -> None:
    """The search of a static site is held to the same table."""
    assert tree(text) == expected


@settings(max_examples=300)
@given(text=st.text(max_size=80) | QUERIES)
def test_any_text_can_be_asked(text: str) -> None:
    with suppress(UsageError):
        parse(text, TODAY)
    assert all(" was searched for as " in hint for hint in hints(text, TODAY))


@settings(max_examples=300)
@given(text=st.text(max_size=40) | QUERIES)
def test_a_query_written_down_is_the_same_query(text: str) -> None:
    with suppress(UsageError):
        query = parse(text, TODAY)
        assert parse(format_query(query), TODAY) == query


@given(texts=st.lists(st.from_regex(r"[a-zʻā]{1,8}", fullmatch=True), min_size=1, max_size=8))
def test_plain_words_are_all_looked_for(texts: list[str]) -> None:
    wanted = parse(" ".join(texts)).wanted
    assert wanted == words(*texts)
    assert parse(f'"{" ".join(texts)}"').wanted == exact(" ".join(texts))


def test_every_word_of_a_long_query_is_there() -> None:
    wanted = parse(" OR ".join("ab" for _ in range(300))).wanted
    assert isinstance(wanted, AnyOf)
    assert len(wanted.parts) == 300
    assert not re.search(r"OR", str(wanted))


@pytest.mark.parametrize(
    ("query", "words", "wanted"),
    [
        ("undersee cable", "undersee", '"undersee" cable'),
        ("undersee, cable? Undersee", "undersee", '"undersee", cable? Undersee'),
        ("a grand  parents song", "grand parents", 'a "grand  parents" song'),
        ('"undersee line" undersee', "undersee", '"undersee line" "undersee"'),
        ("“undersee line” undersee", "undersee", '“undersee line” "undersee"'),
        ("-undersee +undersee undersee undersee*", "undersee", '-undersee +undersee "undersee" undersee*'),
        ("title:undersee undersee-cable undersee", "undersee", 'title:undersee undersee-cable "undersee"'),
        ("a.b aXb", "a.b", '"a.b" aXb'),
    ],
)
def test_some_words_are_asked_for_exactly(query: str, words: str, wanted: str) -> None:
    assert exactly(query, words) == wanted
