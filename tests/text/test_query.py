"""The query language: it is small, and nothing is a syntax error."""

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_archive.errors import UsageError
from radio_archive.text.query import MAX_QUERY, AllOf, AnyOf, Near, Node, Query, Scope, Term, format_query, hints, parse


def words(*texts: str) -> Node:
    terms = tuple(Term(text) for text in texts)
    return terms[0] if len(terms) == 1 else AllOf(terms)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("undersea cable", words("undersea", "cable")),
        ('"undersea cable"', Term("undersea cable")),
        ("“undersea cable”", Term("undersea cable")),
        ("„undersea cable“ fiji", words("undersea cable", "fiji")),
        ("cable AND fiji", words("cable", "fiji")),
        ("salt and pepper or vinegar", words("salt", "and", "pepper", "or", "vinegar")),
        ("cable OR wire", AnyOf((Term("cable"), Term("wire")))),
        ("a OR b OR c", AnyOf((Term("a"), Term("b"), Term("c")))),
        ("fiji cable OR wire", AllOf((Term("fiji"), AnyOf((Term("cable"), Term("wire")))))),
        ("volcan*", Term("volcan", prefix=True)),
        ('"coral ree"*', Term("coral ree", prefix=True)),
        ("cable NEAR fiji", Near((Term("cable"), Term("fiji")), 10)),
        ('"sea floor" NEAR/3 cable', Near((Term("sea floor"), Term("cable")), 3)),
        ("a NEAR b NEAR c OR d", AnyOf((Near((Term("a"), Term("b"), Term("c"))), Term("d")))),
        ("title:cable", Term("cable", scope=Scope.TITLE)),
        ('said:"a b" story:fish', AllOf((Term("a b", scope=Scope.SAID), Term("fish", scope=Scope.STORY)))),
    ],
)  # fmt: skip
def test_what_is_asked_for(text: str, wanted: Node) -> None:
    assert parse(text) == Query(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("OR", words("OR")),
        ("cable OR", words("cable", "OR")),
        ("NEAR cable", words("NEAR", "cable")),
        ("a near b", words("a", "near", "b")),
        ("NEAR(a b, 5)", words("NEAR(a", "b,", "5)")),
        ('"unbalanced quote', words("unbalanced", "quote")),
        ('five" by 6" board', words("five", "by", "6", "board")),
        (r"C:\x", words(r"C:\x")),
        ("https://example.org/a?b=c", words("https://example.org/a?b=c")),
        ("at 12:30", words("at", "12:30")),
        ("speaker:bob", words("speaker:bob")),
        ("text:cable", words("text:cable")),
        ("since:always", words("since:always")),
        ("date:2024-02-30", words("date:2024-02-30")),
        ("-show:x cable", words("-show:x", "cable")),
        ("in the show: cable", words("in", "the", "show:", "cable")),
        ("--verbose cable", words("--verbose", "cable")),
        ("well-known", words("well-known")),
        ("'; DROP TABLE clips; --", words("DROP", "TABLE", "clips;")),
        ("a\0b", words("a b")),
        ("* cable ^ \\", words("cable")),
        ("\udce9 cable", words("cable")),
    ],
)  # fmt: skip
def test_all_else_is_text(text: str, wanted: Node) -> None:
    assert parse(text) == Query(wanted)


@pytest.mark.parametrize("text", ["cable -fiji", "-fiji cable", "cable NOT fiji", "cable −fiji"])
def test_words_left_out(text: str) -> None:
    assert parse(text) == Query(Term("cable"), (Term("fiji"),))


def test_phrases_and_fields_left_out() -> None:
    assert parse('cable -"coral reef" -title:fish').unwanted == (
        Term("coral reef"),
        Term("fish", scope=Scope.TITLE),
    )


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("since:2024", ("2024-01-01", None)),
        ("until:2024", (None, "2024-12-31")),
        ("until:2024-02", (None, "2024-02-29")),
        ("date:2024-10-22", ("2024-10-22", "2024-10-22")),
        ("date:2024-11", ("2024-11-01", "2024-11-30")),
        ("date:2024/3/5", ("2024-03-05", "2024-03-05")),
        ("date:2024-03..2024-05", ("2024-03-01", "2024-05-31")),
        ("year:2024", ("2024-01-01", "2024-12-31")),
        ("year:2019-2021", ("2019-01-01", "2021-12-31")),
        ("year:2024 since:2024-06", ("2024-06-01", "2024-12-31")),
        ("SINCE:2024-06-01 until:2024-06-30", ("2024-06-01", "2024-06-30")),
    ],
)
def test_dates(text: str, days: tuple[str | None, str | None]) -> None:
    for query in (parse(text), parse(f"cable {text}")):
        assert (query.since, query.until) == days
    assert parse(f"{text} cable").wanted == Term("cable")


def test_shows_and_reporters() -> None:
    query = parse('show:"Asia Minute" cable reporter:Ito')
    assert query == Query(Term("cable"), show="Asia Minute", reporter="Ito")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no word in it"), (" \t\n", "no word in it"), ('"" * -', "no word in it"), ("\x01\x02", "no word in it"),
        ("-cable", "only excludes words"), ("show:a show:b", "show: is given twice"),
        ("x" * (MAX_QUERY + 1), "2001 characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_one_clear_line(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        parse(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("title: cable", "without a space"), ("since:yesterday cable", "2024-10-22"), ("-show:x", "only words"),
        ("cable 12:30 https://x.org speaker:bob", None),
    ],
)  # fmt: skip
def test_advice_on_what_looks_like_a_field(text: str, hint: str | None) -> None:
    found = " ".join(hints(text))
    assert hint in found if hint else not found


LOOKALIKES = st.sampled_from(["title:", "-show:x", "since:yesterday", "year:x", "12:30", "cable", '"', "-", "\0"])


@settings(max_examples=300)
@given(
    text=st.text(max_size=80)
    | st.text('ab"“”-*: ORANDNEAR/0123titleshowyear.()\x00', max_size=80)
    | st.lists(LOOKALIKES, max_size=6).map(" ".join)
)
def test_any_text_can_be_asked(text: str) -> None:
    with suppress(UsageError):
        parse(text)
    assert all(": " in hint or " was searched for as " in hint for hint in hints(text))


@settings(max_examples=300)
@given(text=st.text('ab"“*-: ORANDNEAR/3title:year:2024show', max_size=60) | st.text(max_size=40))
def test_a_query_written_down_is_the_same_query(text: str) -> None:
    with suppress(UsageError):
        query = parse(text)
        assert parse(format_query(query)) == query


@given(texts=st.lists(st.from_regex(r"[a-zʻā]{1,8}", fullmatch=True), min_size=1, max_size=8))
def test_plain_words_are_all_looked_for(texts: list[str]) -> None:
    wanted = parse(" ".join(texts)).wanted
    assert wanted == words(*texts)
    assert parse(f'"{" ".join(texts)}"').wanted == Term(" ".join(texts))


def test_every_word_of_a_long_query_is_there() -> None:
    wanted = parse(" OR ".join("ab" for _ in range(300))).wanted
    assert isinstance(wanted, AnyOf)
    assert len(wanted.parts) == 300
    assert not re.search(r"OR", str(wanted))
