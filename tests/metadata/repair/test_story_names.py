"""The names in a story are found, and the parts of them that are spoken alone, in the best spelling there is."""

import pytest

from radio_archive.metadata.repair.likeness import likeness
from radio_archive.metadata.repair.listed import ClipNames, NameList
from radio_archive.metadata.repair.names import Name, names_in, names_of_roster, names_of_terms
from radio_archive.models import Known, Roster, Story, Term, TermKind
from radio_archive.text.dictionary import is_word


def wholes(*paragraphs: str, with_list: bool = True) -> set[str]:
    """Return the names that are no parts of others."""
    found = NameList(names_in(Story(body=paragraphs), is_word=is_word if with_list else None))
    return {name.text for name in found.by_key.values() if not name.is_part}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The mayor met Sione Vaka.", {"Sione Vaka"}),
        ("Boats left on Tuesday in March.", set()),
        ("Ferries sail. Ferries sink.", set()),
        ("He saw Sione. The Reef Club sang.", {"Sione", "Reef Club"}),
        ("He works for the Ministry of Women in Suva, she says.", {"Ministry of Women", "Suva"}),
        (
            "Then Maria de la Cruz, Hassan al-Amin and Ana Lima left.",
            {"Maria de la Cruz", "Hassan al-Amin", "Ana Lima"},
        ),
        ("SUVA — It was Dr. Ana Lima's idea.", {"SUVA", "Dr. Ana Lima"}),
        ("KORO BAY (AP) — It is Ana.", {"Koro Bay", "Ana"}),
        ("PORT-AU-PRINCE, Haiti — It is Ana.", {"Port-Au-Prince", "Haiti", "Ana"}),
        ("A ship of the NAVOSA Line.", {"NAVOSA Line"}),
        ("“Vaka” is the dog of ʻEleʻele’s mayor.", {"Vaka", "ʻEleʻele"}),
    ],
)
def test_what_has_capitals_inside_sentences_is_a_name(text: str, names: set[str]) -> None:
    assert wholes(text) == names


def test_parts_that_may_be_spoken_alone_are_known_too() -> None:
    story = Story(body=("At Toa Market, Judge Sione Te Kanahe bought three fish.",))
    parts = {name.text for name in names_in(story, is_word=is_word) if name.is_part}
    assert {"Toa", "Sione Te Kanahe", "Te Kanahe", "Kanahe", "Sione"} <= parts
    assert not {"Market", "Judge", "Judge Sione"} & parts


def test_the_best_spelling_of_all_sources_is_taken() -> None:
    story = Story(body=("A boat left KAPAA, and Lihue.",), reporter="ANA LIMA")
    glossary = NameList(names_of_terms([Term("Kapaʻa", TermKind.PLACE)]))
    roster = NameList(names_of_roster(Roster(people=(Known("Ana Líma"),))))
    names = ClipNames(names_in(story), [glossary], roster)

    def found(key: str) -> Name:
        name = names.get(key)
        assert name
        return name

    assert found("kapaa").text == "Kapaʻa"
    assert found("analima").text == "Ana Líma"
    assert found("lihue").text == "Lihue"
    assert [one.place for one in found("kapaa").occurrences] == [
        "the glossary",
        "the story's 1st paragraph has “KAPAA”",
    ]


def test_capitals_of_a_line_become_a_name_and_those_of_an_acronym_stay() -> None:
    names = {name.text for name in names_in(None, ("JOAKIM TERREIRA", "The crew of NOAA sailed."))}
    assert {"Joakim Terreira", "NOAA"} <= names


def test_a_hostile_story_is_read_in_no_time() -> None:
    story = Story(body=("A" * 50_000, "X " * 20_000, "Of Of Of " * 5_000, "’" * 10_000))
    assert len(NameList(names_in(story)).by_key) < 1_000


@pytest.mark.parametrize(
    ("one", "other"),
    [("cooching", "kuching"), ("hwa", "hoa"), ("kabehi", "kawehi"), ("fungale", "fugalei"), ("taegu", "daegu")],
)
def test_what_sounds_alike_is_alike(one: str, other: str) -> None:
    assert likeness(one, other) > 0.7
    assert likeness(one, other) == likeness(other, one)


@pytest.mark.parametrize(("one", "other"), [("reef", "ruth"), ("minute", "manila"), ("harbor", "morning")])
def test_what_sounds_otherwise_is_not(one: str, other: str) -> None:
    assert likeness(one, other) < 0.6
