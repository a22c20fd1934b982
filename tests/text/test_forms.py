"""Other forms of words: what the index gets, what a query asks for, what is marked, and what was typed exactly."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from Stemmer import Stemmer
from support.pages import ROOT, read

from radio_archive.text.forms import _UNSTEMMED, index_forms, stem, stem_of_query, typed_as
from radio_archive.text.highlight import MARK_END, MARK_START, Marker, term_spellings, terms
from radio_archive.text.query import Term, parse
from radio_archive.text.spelling import OKINA


@pytest.mark.parametrize(
    ("text", "language", "forms"),
    [
        ("Turtles nest in the communities", "en", "ǀturtl ǀcommuniti"),
        ("The cable is a community", None, None),
        ("The votes, the vote", "en", None),
        ("Islands", "en-US", "ǀisland"),
        ("Islands", "haw", None),
        ("The united states of being", "en", "ǀstate"),
        ("Turtles' and the government's", "en", "ǀturtl ǀgovern"),
        ("The naʻauaos and fa'afafines", "en", None),
        ("The US Army told us", "en", "u s"),
        ("The USA", "en", "u s"),
        ("Let us go to the U.S.", "en", None),
        ("GIVE US A BREAK", "en", None),
        ("N.A.T.O. and the C.E.O", "en", "nato ceo"),
        ("W.H.O. and I.T.", "en", None),
        ("It is 7:55 a.m. now", "en", "am"),
        ("I am", "en", None),
        ("On the H-1 and H 1", "en", "h1"),
        ("On the H1", "en", "h 1"),
        ("I 80 percent agree", "en", None),
        ("He didn't", "en", "didnt"),
        ("He can't, he won't, he'll", "en", None),
        ("Mr. O'Brien", "en", "obrien"),
        ("Free health care", "en", "healthcare"),
        ("Die US-Armee, health care", "de", "u s"),
        ("Health. Caring", "en", "ǀcare"),
        ("長野市で、りんご", "ja", "長野 野市 市で で ǀ りん んご ご"),
        ("서울에", "ko", "서울 울에 에"),
        ("ไทย", "th", "ไท ทย ย"),
        ("NHKの朝", "ja", "NHK の朝 朝"),
        ("München, Ōsaka", "de", "muenchen oosaka ousaka"),
        ("Ещё мой", "ru", "еще"),
        ("Αθήνα", "el", "αθηνα"),
        ("كِتَاب أحمد كـتاب", "ar", "كتاب احمد"),
        ("שָׁלוֹם", "he", "שלום"),
    ],
)
def test_what_the_index_gets(text: str, language: str | None, forms: str | None) -> None:
    assert index_forms(text, language) == forms


@given(st.text(max_size=300), st.sampled_from([None, "en", "ja"]))
def test_any_text_has_forms_of_letters_and_digits(text: str, language: str | None) -> None:
    forms = index_forms(text, language)
    assert forms is None or (forms == " ".join(forms.split()) and all(map(str.isalnum, forms.split())))


def test_a_text_of_odd_letters_does_not_flood_the_index() -> None:
    for text in (
        "A.B." * 50_000,
        " ".join(f"Ü{n}" for n in range(5000)),
        "US " * 100_000,
        "Ü" * 100_000,
        "n" * 100_000,
    ):
        assert len((index_forms(text, None) or "").split()) <= 1000
    # Each character begins one pair, and no more.
    assert len((index_forms("長" * 100_000, None) or "").split()) == 100_000


@pytest.mark.parametrize(("word", "stem"), [
    ("nests", "nest"), ("Nesting", "nest"), ("car", "car"), ("us", None), ("US", None), ("this", None),
    ("kāne", None), ("Oʻahu", None), ("fish2", None), ("two words", None),
])  # fmt: skip
def test_words_that_have_a_stem(word: str, stem: str | None) -> None:
    assert stem_of_query(word) == stem


def words_of_the_judgements() -> list[str]:
    clips = [
        clip for file in (ROOT / "benchmarks" / "judgements").glob("*/clips.json") for clip in json.loads(read(file))
    ]
    return sorted({word for clip in clips for word in re.findall("[a-z]{2,}", clip["text"].lower())})


@given(st.from_regex(r"[a-z]{2,12}(ings?|est|ist|ness|ables?|ology|tion|ward|hood|or)?", fullmatch=True))
def test_a_word_has_the_stem_of_snowball(word: str) -> None:
    assert stem(word) == Stemmer("english").stemWord(word) or word in _UNSTEMMED


def test_words_of_radio_have_the_stems_of_snowball() -> None:
    words = words_of_the_judgements()
    assert len(words) > 2_500
    english = Stemmer("english")
    assert [word for word in words if stem(word) != english.stemWord(word)] == sorted({*words} & _UNSTEMMED)


def test_a_quoted_word_is_not_stemmed() -> None:
    assert "nest" in term_spellings(Term("nests")).forms
    assert term_spellings(Term("nests", exact=True)).forms == ()
    assert term_spellings(Term("nests", prefix=True)).forms == ()


MARKED = [
    ("nests", "A [nest] is [nesting] near Nestor; the [nests]"),
    ('"nests"', "A nest, [nests]"),
    ("communities", "One [community], two [communities]"),
    ("voting", "They [vote] and [voted]"),
    ("Hawaiʻi's", "[Hawaiʻi] and [Hawaii's] reefs"),
    ("Hawaii", "[Hawaiʻi]'s reefs"),
    ("WWII", "After [World War II], the [Second World War]; World War I"),
    ("World War II", "After [WWII]"),
    ("US", "Let us see the [US] and the [U.S.] of the [U.S.A.], the [United States]"),
    ("U.S.", "Tell us of the [US]"),
    ("us", "Tell [us]"),
    ("United States", "The [US] and the [United] [States]"),
    ("NATO", "[N.A.T.O.] is [NATO]"),
    ("N.A.T.O.", "It is [NATO]"),
    ("H-1", "On the [H1], the [H 1] and the [H-1]"),
    ("H1", "On the [H-1]"),
    ("H 1", "On the [H1]"),
    ("didnt", "He [didn't]"),
    ("didn't", "He [didnt]"),
    ("OBrien", "Mr. [O'Brien]"),
    ("health care", "Free [healthcare]"),
    ("healthcare", "Free [health care]"),
    ("長野市", "昔、[長野市]でりんごを"),
    ("市", "長野[市]で"),
    ("서울", "[서울]에서"),
    ("ไทย", "ประเทศ[ไทย]"),
    ("αθηνα", "Στην [Αθήνα]"),
    ("ΟΔΟΣ", "Η [οδός]"),
    ("еще", "[Ещё] раз"),
    ("мой", "[мой] мои"),
    ("كتاب", "هذا [كِتَاب]"),
    ("שלום", "[שָׁלוֹם] לכם"),
    ("muenchen", "In [München]"),
    ("München", "In [Muenchen] und [Munchen]"),
    ("Ōsaka", "[Oosaka], [Osaka]"),
    ("Kamehameha III", "[Kamehameha the Third]"),
    ("Kamehameha the Third", "King [Kamehameha III]"),
    ("9/11", "On [September 11], [9/11]"),
    ("September 11", "On [9/11]"),
    ("nine eleven", "On [9/11]"),
    ("Gov. Ige", "[Governor] [Ige]"),
    ("7:55 am", "At [7:55] [a.m.]"),
]


@pytest.mark.parametrize(("query", "text"), MARKED)
def test_every_form_is_marked(query: str, text: str) -> None:
    marker = Marker(terms(parse(query).wanted))
    plain = text.replace("[", "").replace("]", "")
    assert marker.mark(plain).replace(MARK_START, "[").replace(MARK_END, "]") == text


TYPED = [
    ("koʻu", "koʻu inoa", True),
    ("ko'u", "koʻu inoa", True),
    ("koʻu", "KO‘U", True),
    ("koʻu", "kou tree", False),
    ("kou", "koʻu inoa", False),
    ("kou", "the 'kou' tree", True),
    ("kou", "kous", False),
    ("kou*", "kous", True),
    ("kala", "kālā", False),
    ("kālā", "Kālā.", True),
    ("ka\u0304la\u0304", "kālā", True),
    ("iolani", "ʻIolani Palace", False),
    ("ʻiolani", "‘Iolani Palace", True),
    ("Hawaiʻi", "Hawaiʻi's reefs", True),
    ("Hawaiʻi", "Hawaiʻiloa", False),
    ("coral reef", "a Coral  Reef,", True),
    ("長野", "昔、長野市で", True),
    ("(cable),", "the cable", True),
    ("12%", "12% of", True),
    ("...", "...", False),
    ("US", "Tell us", False),
    ("US", "the US Army", True),
    ("us", "Tell us", True),
]


@pytest.mark.parametrize(("typed", "text", "same"), TYPED)
def test_what_was_typed_exactly(typed: str, text: str, same: bool) -> None:
    assert typed_as(Term(typed.rstrip("*"), prefix=typed.endswith("*")), text) is same


@given(st.text(max_size=30), st.text(max_size=60))
def test_anything_can_be_asked_for(typed: str, text: str) -> None:
    typed_as(Term(typed), text)
    Marker([Term(typed)]).mark(text)


@given(st.from_regex(r"[a-z]{2,8}", fullmatch=True), st.sampled_from(sorted(OKINA)))
def test_a_mark_is_an_okina_however_it_is_typed(word: str, mark: str) -> None:
    assert typed_as(Term(f"{word}{mark}{word}"), f"o {word}ʻ{word} no")
    assert not typed_as(Term(word + word), f"o {word}ʻ{word} no")
