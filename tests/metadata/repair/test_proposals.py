"""Names that were misheard are proposed in the spelling of the story, the glossary or the roster, and nothing else is.

In what was heard, `~` after a word says that the engine was unsure of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_archive.metadata.repair.propose import SURE, propose
from radio_archive.metadata.story.claims import read_story
from radio_archive.models import Known, Proposal, ProposalSource, Roster, Story, Term, TermKind, Word

STORY = Story(
    headline="Ferry to Vatulele sails again",
    body=(
        "The ferry to Vatulele has a new engine. Captain Tevita Rokosuka, who waited for it since March, will sail on "
        "Friday. Minister Elenoa Qiolevu paid half of it.",
        "The Lomaloma Boat Yard put it in. Its owner Jope Naivalu says that the work took nine weeks. Merewalesi Dau "
        "and Merewalesi Daku were the first to buy tickets. Spare parts came from New York.",
    ),
    reporter="Litiana Waqa",
)


def heard(text: str) -> tuple[Word, ...]:
    """Return words with times; the engine was unsure of those with `~`."""
    return tuple(
        Word(at, at + 0.5, f" {word.replace('~', '')}", 0.35 if "~" in word else 0.97)
        for at, word in enumerate(text.split())
    )


def repaired(words: Sequence[Word], proposals: Sequence[Proposal], sure: float = SURE) -> str:
    """Return the text with what is accepted by itself."""
    texts = [word.text for word in words]
    for one in proposals:
        if one.confidence >= sure and not one.tied:
            texts[one.first_word : one.last_word + 1] = [f" {one.after}"] + [""] * (one.last_word - one.first_word)
    return "".join(texts).strip()


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("the ferry to Vatu~ lele~ sailed", "the ferry to Vatulele sailed"),
        ("says Captain Tevita~ Rokkasuka,~ who smiled", "says Captain Tevita Rokosuka, who smiled"),
        ("Minister Eleanor~ Jolavu's~ money", "Minister Elenoa Qiolevu's money"),
        ("at the Loma~ Loma~ Boat Yard they", "at the Lomaloma Boat Yard they"),
        ("I'm Leetiana~ Wanga.~", "I'm Litiana Waqa."),
        ("the lomaloma boat yard", "the Lomaloma Boat Yard"),
    ],
)
def test_a_name_of_the_story_is_put_right(said: str, right: str) -> None:
    words = heard(said)
    assert repaired(words, propose(words, STORY)) == right


@pytest.mark.parametrize(
    "said",
    [
        "they work~ at work and he will~ sail in March",
        "the network~ sailed for the island",
        "the new engine took nine weeks and 9~ days",
        "he waited twelve~ thousand~ days",
        "Vatulele and the Lomaloma Boat Yard",
        "nothing of this was ever written down by anybody",
    ],
)
@pytest.mark.parametrize("with_list", [True, False])
def test_what_was_heard_right_stays(said: str, with_list: bool) -> None:
    words = heard(said)
    found = propose(words, STORY) if with_list else propose(words, STORY, is_word=None)
    assert repaired(words, found) == said.replace("~", "")


def test_a_long_list_of_names_as_much_alike_crowds_no_name_of_the_story_out() -> None:
    like = [f"R{''.join(one)}" for one in product("aeiou", "k", "aeiou", "s", "aeiou", "gk", "aeiou")]
    words = heard("so they told Rokkasuga~ about it")
    found = propose(words, STORY, [Term(name, TermKind.OTHER) for name in like])
    assert repaired(words, found) == "so they told Rokosuka about it"


SMALL = Story(
    body=(
        "Nobody knows the limu at the reef as well as these children. They eat panikeke and ʻamaʻama with it, and swim "
        "in the sea before the rain begins.",
    )
)


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ("they picked blimu~ at the reef", "limu"),
        ("they went home. Panna~ kekke~ was for lunch", "Panikeke"),
        ("they ate amaama and swam", "ʻamaʻama"),
        ("they ate at Panikeke House", None),
        ("the limu and the panikeke", None),
    ],
)
def test_a_rare_word_that_the_story_writes_small_is_offered_and_never_applied(said: str, offered: str | None) -> None:
    words = heard(said)
    found = propose(words, SMALL)
    assert repaired(words, found) == said.replace("~", "")
    assert [one.after for one in found] == ([offered] if offered else [])
    assert propose(words, SMALL, is_word=None) == ()


def test_no_words_are_offered_of_a_story_in_another_language() -> None:
    story = Story(body=("La presentadora explica el tiempo de los pescadores, y mañana las barcas vuelven al puerto.",))
    assert propose(heard("la presentatora~ eksplika~ el tempo~ de los"), story) == ()


def test_two_who_are_as_likely_are_proposed_and_never_applied() -> None:
    words = heard("a ticket for Ms. Mereveles~ Dow~ please")
    names = [Term("Mereweleti Dau", TermKind.PERSON), Term("Mereweleti Dao", TermKind.PERSON)]
    (one,) = [one for one in propose(words, None, names) if one.first_word == 4]
    assert one.tied
    assert {one.after, *(other.after for other in one.alternatives)} >= {"Mereweleti Dau", "Mereweleti Dao"}
    assert "may be meant as well" in one.evidence
    assert repaired(words, [one]) == "a ticket for Ms. Mereveles Dow please"


def test_where_the_story_says_it_in_the_same_words_its_name_is_taken_of_two() -> None:
    story = Story(
        body=("Their teacher, Mereweleti Dau, sang for an hour. Her cousin Mereweleti Dao danced on the pier.",)
    )
    words = heard("Their teacher, Mereveles~ Dow,~ sang for an hour. Her cousin Mereveles~ Dow~ danced on the pier.")
    found = propose(words, story)
    assert repaired(words, found) == story.body[0]
    assert all("between the same words" in one.evidence for one in found)


def test_a_proposal_says_where_it_comes_from() -> None:
    words = heard("aboard is Joppe~ Naivallu,~ the owner")
    (one,) = propose(words, STORY, [Term("Naivasha", TermKind.PLACE)])
    assert (one.first_word, one.last_word, one.before, one.after) == (2, 3, "Joppe Naivallu,", "Jope Naivalu,")
    assert one.source == ProposalSource.STORY
    assert "2nd paragraph" in one.evidence
    assert "Jope Naivalu" in one.evidence
    assert SURE < one.confidence <= 1


def test_pieces_of_a_word_are_taken_together() -> None:
    words = (Word(0, 1, " for", 0.9), Word(1, 2, " O", 0.3), Word(2, 3, "'Kona", 0.3), Word(3, 4, "-ra.", 0.3))
    (one,) = propose(words, None, [Term("Okonara")])
    assert (one.first_word, one.last_word, one.after) == (1, 3, "Okonara.")


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("in Hawaii, on Molokai", "in Hawaiʻi, on Molokaʻi"),
        ("Hawaii's ferry", "Hawaiʻi's ferry"),
        ("a lanai with a view", "a lanai with a view"),
        ("Hawaiʻi already", "Hawaiʻi already"),
    ],
)
def test_okina_and_kahako_come_back_by_the_glossary_alone(said: str, right: str) -> None:
    glossary = [Term("Hawaiʻi", TermKind.PLACE), Term("Molokaʻi", TermKind.PLACE), Term("Lānaʻi", TermKind.PLACE)]
    words = heard(said)
    assert repaired(words, propose(words, None, glossary)) == right


def test_a_story_without_marks_does_not_strip_better_spellings() -> None:
    plain = Story(body=("The ferry to Lahaina and KAPAA is late, says Elenoa Qiolevu of Lahaina.",))
    words = heard("to Lāhainā and to La~ Heina~ and Lahaina")
    right = "to Lāhainā and to Lāhainā and Lāhainā"
    assert repaired(words, propose(words, plain, [Term("Lāhainā", TermKind.PLACE)])) == right
    assert propose(heard("to Lāhainā"), plain) == ()


def test_what_the_glossary_says_is_heard_is_put_right_however_unlike() -> None:
    words = heard("on this island mourning we")
    glossary = [Term("Mokoia Today", TermKind.SHOW, heard=("island mourning",))]
    assert repaired(words, propose(words, None, glossary)) == "on this Mokoia Today we"


def test_a_term_of_another_show_is_none() -> None:
    words = heard("the ferry to Vatu~ lele~ sailed")
    term = Term("Vatulele", TermKind.PLACE, show="Reef Report")
    assert repaired(words, propose(words, None, [term], show="reef report")).endswith("Vatulele sailed")
    assert propose(words, None, [term], show="Harbor Watch") == ()


def test_the_roster_spells_a_reporter_right() -> None:
    words = heard("for Harbor Watch, I'm Leetiana~ Wanga.~")
    (one,) = propose(words, None, (), Roster(people=(Known("Litiana Waqa"), Known("Ratu Meli"))))
    assert (one.after, one.source) == ("Litiana Waqa.", ProposalSource.ROSTER)


def test_a_part_of_a_name_that_nobody_spoke_in_full_waits_for_a_person() -> None:
    words = heard("said Rocka~ Sick~ today")
    found = propose(words, STORY)
    assert "Rokosuka" in [one.after for one in found]
    assert all(one.confidence < SURE for one in found)


def test_a_surname_of_five_letters_is_put_right_alone_if_hardly_any_differs() -> None:
    story = Story(body=("Nurses at the clinic thank Viliami Moala for the boat.",))
    words = heard("when the storm came Mala~ stayed")
    assert repaired(words, propose(words, story)) == "when the storm came Moala stayed"


def test_a_name_that_is_only_roughly_alike_waits_for_a_person() -> None:
    story = Story(body=("The organ pipes came from Gdańsk in a box.",))
    words = heard("the pipes from Gaudon's~ are here")
    assert [(one.before, one.after) for one in propose(words, story)] == [("Gaudon's", "Gdańsk")]
    assert repaired(words, propose(words, story)) == "the pipes from Gaudon's are here"


def test_beside_a_story_a_name_of_the_glossary_has_to_be_heard_whole() -> None:
    glossary = [Term("Hawaiʻi Public Radio", TermKind.ORGANIZATION)]
    words = heard("on E~ public radio today")
    assert repaired(words, propose(words, STORY, glossary)) == "on E public radio today"
    assert repaired(words, propose(words, None, glossary)) == "on Hawaiʻi Public Radio today"


@pytest.mark.parametrize("said", ["then Wayne~ left", "then Thunale~ left"])
def test_a_word_alone_has_to_be_much_like_a_name_of_the_glossary(said: str) -> None:
    words = heard(said)
    found = propose(words, None, [Term("Waiʻanae", TermKind.PLACE), Term("Hanalei", TermKind.PLACE)])
    assert repaired(words, found) == said.replace("~", "")
    assert len(found) == 1


GLOSSARY = [
    Term("Puna Kahoʻohanohano"),
    Term("Incheon"),
    Term("Invercargill"),
    Term("Tshering Doma"),
    Term("Lei Luxe"),
    Term("Wahiawā"),
    Term("Majuro"),
    Term("Vatulele Harbour"),
]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        pytest.param("from Huluika~ Hopohano~ Hana~ and", "Puna Kahoʻohanohano", id="nobody said Puna"),
        pytest.param("she sells it in~ a~ chun~ and", "Incheon", id="in Incheon"),
        pytest.param("it was sure in~ Domaz~ on", "Tshering Doma", id="Tshering Doma's"),
        pytest.param("in Vatu~ lele,~ harder than", "Vatulele Harbour", id="after a pause"),
    ],
)
@pytest.mark.parametrize("with_list", [True, False])
def test_a_name_that_may_have_taken_something_of_its_neighbours_waits_for_a_person(
    said: str, name: str, with_list: bool
) -> None:
    words = heard(said)
    found = propose(words, None, GLOSSARY) if with_list else propose(words, None, GLOSSARY, is_word=None)
    assert repaired(words, found) == said.replace("~", "")
    assert name in {text for one in found for text in (one.after, *(other.after for other in one.alternatives))}


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("it came from in~ Bercargale~ by ship", "it came from Invercargill by ship"),
        ("the salon Laylux~ opened", "the salon Lei Luxe opened"),
        ("the ships of marduro~ sailed", "the ships of Majuro sailed"),
    ],
)
def test_what_is_surely_of_the_name_is_put_right(said: str, right: str) -> None:
    words = heard(said)
    assert repaired(words, propose(words, None, GLOSSARY)) == right


def test_another_name_that_the_engine_knows_stays() -> None:
    words = [replace(word, probability=0.63) for word in heard("the market in Hawaii, a jar")]
    found = propose(words, None, GLOSSARY)
    assert repaired(words, found) == "the market in Hawaii, a jar"
    assert [one.after for one in found] == ["Wahiawā,"]


def test_a_small_word_that_was_not_understood_is_a_reason_for_doubt() -> None:
    said = heard("today In a~ minute, I'm here")
    for doubtful, right in ((0.05, "today Asia Minute, I'm here"), (0.3, "today In a minute, I'm here")):
        words = [replace(word, probability=doubtful) if word.text == " In" else word for word in said]
        assert repaired(words, propose(words, None, [Term("Asia Minute")])) == right


def test_a_longer_name_is_offered_where_only_a_part_of_it_was_heard_right() -> None:
    story = Story(body=("A dentist, Rodney Moore, bought ten jars.",))
    words = heard("the dentist Rodney more~ bought ten")
    assert [(one.before, one.after) for one in propose(words, story)] == [("Rodney more", "Rodney Moore")]


def test_another_name_is_offered_before_a_part_of_the_same_one() -> None:
    story = Story(body=("At the wheel sits Annamma Vadakkel. In the garage, Anand Vadakkan tightens bolts.",))
    (one,) = propose(heard("the driver Annam~ Vada~ Kell~ came"), story)
    assert one.after == "Annamma Vadakkel"
    assert "Anand Vadakkan" in {other.after for other in one.alternatives}


@pytest.mark.parametrize("said", ["in St. Louis with Dr. Moe", "in St Louis with Dr Moe"])
def test_a_full_stop_is_no_repair(said: str) -> None:
    story = Story(body=("She met Dr. Ana Moe in St. Louis on Friday, and Dr. Moe waved.",))
    assert propose(heard(said), story) == ()


def test_what_no_part_of_the_story_has_is_known_by_the_lines_of_its_page() -> None:
    page = "\n\n".join(("Ferry sails again", "SOLEVU, Bua", *STORY.body, "Solivita Tui", "3 comments"))
    words = heard("in So~ Level~ I'm Solo~ Vitty~ Tui")
    story = read_story(page)
    assert story is not None
    assert repaired(words, propose(words, story)) == "in Solevu I'm Solivita Tui"
    assert "Soliv" not in repaired(words, propose(words, Story(body=STORY.body)))


NAMES = st.lists(
    st.sampled_from(["Vatulele", "Tevita Rokosuka", "Elenoa Qiolevu", "Hawaiʻi", "Dau", "Daku"]), max_size=6
)
SAID = st.lists(
    st.tuples(
        st.sampled_from(
            " vatu, lele Vatulele. tev ita rocko sooka Hawaii Elena kyo levu dow the is 12 'da -ku".split(" ")
        ),
        st.booleans(),
        st.one_of(st.none(), st.floats(0, 1)),
    ),
    max_size=12,
)


@given(NAMES, SAID)
def test_proposals_never_overlap_and_can_be_taken_back(
    names: list[str], said: list[tuple[str, bool, float | None]]
) -> None:
    words = tuple(Word(at, at + 1, f"{' ' * spaced}{text}", sure) for at, (text, spaced, sure) in enumerate(said))
    found = propose(words, None, [Term(name) for name in names])
    end = -1
    for one in found:
        assert end < one.first_word <= one.last_word < len(words)
        end = one.last_word
        there = "".join(word.text for word in words[one.first_word : one.last_word + 1])
        assert one.before == there.strip() != one.after
        assert 0 <= one.confidence <= 1
        assert len(one.alternatives) <= 2
        after = [one.after, *(other.after for other in one.alternatives)]
        assert all(0 <= other.first_word <= other.last_word < len(words) for other in one.alternatives)
        # Taken back, the words are what they were, to the letter.
        assert there.replace(one.before, one.after, 1).replace(one.after, one.before, 1) == there
        assert all(after)
    assert found == propose(words, None, [Term(name) for name in names])


@pytest.mark.parametrize(
    ("said", "right"),
    [("at the Loma Loma boat guard they", "Lomaloma Boat Yard"), ("he is from New Yolk they", "New York")],
)
def test_a_name_is_offered_of_which_one_word_was_heard_right_and_the_rest_as_a_common_word(
    said: str, right: str
) -> None:
    words = heard(said)
    found = propose(words, STORY, is_word=lambda _: True)
    assert right in [one.after for one in found]
    assert repaired(words, found) == said


def test_two_of_nearly_one_name_in_one_story_are_both_offered_and_never_applied() -> None:
    story = Story(body=("The ticket of Anselm Kowalczyk went to Anselm Kovalchuk, who sailed.",))
    words = heard("we asked Mr. Koval~ chick~ about it")
    (one,) = propose(words, story)
    assert one.tied
    assert {one.after, *(other.after for other in one.alternatives)} >= {"Kowalczyk", "Kovalchuk"}
    # Where only one of them is in the story, he is meant.
    assert not propose(words, Story(body=("The ticket went to Anselm Kovalchuk, who sailed.",)))[0].tied


def test_two_who_are_alike_though_they_begin_with_other_letters_are_both_offered() -> None:
    """In Irish, the C of *Ciarán* is a K."""
    words = heard("owner Kier~ on~ O~ Flynn~ says he will")
    story = Story(body=("They were sued, and so Ciarán Ó Floinn and Kieran Flynn keep one lawyer.",))
    assert repaired(words, propose(words, story)) == "owner Kier on O Flynn says he will"
    assert propose(words, story)[0].tied


def test_a_day_alone_is_no_misheard_name() -> None:
    story = Story(body=("It came with Western Freighday, which is late.", "They met at the harbor."))
    words = heard("it came with Friday~ which is late")
    assert repaired(words, propose(words, story)) == "it came with Friday which is late"


def test_the_whole_of_a_name_is_offered_where_its_end_was_heard_as_a_word_that_says_nothing() -> None:
    words = heard("the ferry to Vatule~ the other day")
    (one,) = propose(words, Story(body=("The ferry to Vatuledeh has a new engine.",)))
    assert "Vatule the" in [
        "".join(word.text for word in words[other.first_word : other.last_word + 1]).strip()
        for other in one.alternatives
    ]


def test_a_longer_name_that_is_very_likely_is_offered_too() -> None:
    words = heard("he went to St.~ Louis by boat")
    found = propose(words, Story(body=("He went to Saint Louis by boat.", "In Louis they trust.")))
    assert [(one.after, one.confidence < SURE) for one in found] == [("Saint Louis", True)]
