"""The ranked list: clips with all words first, then those with some; unknown words replaced; the typed form first."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.program import ok, run
from support.search_rows import Rows

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import Filters
from radio_archive.config.settings import TEMPLATE
from radio_archive.errors import UsageError
from radio_archive.search.results import Match
from radio_archive.search.search import Results, search
from radio_archive.search.vocabulary import COMPARED

TALKS = {
    "Troops": ["The foreign minister spoke today", "Her troops stay in the north until the winter"],
    "Trade": ["The foreign minister spoke of trade", "Nobody else was there"],
    "Harbor": ["A new harbor opens on Molokai", "The ferry comes twice a week"],
    "Ferry": ["The ferry was late", "Passengers waited for the storm to pass"],
    "Whales": ["Whales sing at night", "A biologist counts them"],
    "Museum": ["The museum shows old maps", "Admission is free"],
    "Council": ["The council votes on a budget", "Taxes go up"],
    "Choir": ["A choir of children", "They learn the songs of their grandparents"],
}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive", TEMPLATE) as made:
        rows = Rows(made)
        for number, (title, texts) in enumerate(TALKS.items()):
            rows.clip(texts, title=title, show="Harbor Watch", date=f"2024-03-{number + 1:02}")
        yield made


def inside(*arguments: object) -> tuple[int, str, str]:
    ran = run(*arguments)
    return ran.code, ran.out, ran.err


def titles(found: Results) -> list[str]:
    return [hit.clip.title for hit in found.clips]


def test_a_question_is_answered(archive: Archive) -> None:
    found = search(archive, "What did the foreign minister say about troops?")
    assert titles(found)[0] == "Troops"
    assert found.clips[0].missing == ()
    # It says what the others lack, and marks no stop word.
    assert [(hit.clip.title, hit.missing) for hit in found.clips[1:]] == [("Trade", ("troops",))]
    assert found.clips[1].passages[0].marked == "The \x02foreign\x03 \x02minister\x03 spoke of trade"


def test_clips_with_all_words_come_before_those_with_rarer_ones(archive: Archive) -> None:
    rows = Rows(archive)
    rows.clip(["Passengers know the council"], title="Both")
    rows.clip(["Passengers, passengers, and passengers again"], title="Passengers")
    found = search(archive, "passengers council")
    assert titles(found)[0] == "Both"
    # A clip with only the more frequent word has too little of the query, however often it says it.
    assert [hit.missing for hit in found.clips] == [(), ("passengers",)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        # What was quoted, excluded, grouped or given a field holds for every clip.
        ('"foreign" minister troops', {"Troops", "Trade"}),
        ('foreign "troops"', {"Troops"}),
        ("foreign +troops", {"Troops"}),
        ("foreign minister troops -trade", {"Troops"}),
        ("(troops OR taxes) minister", {"Troops", "Council"}),
        ("title:troops foreign minister", {"Troops"}),
        ("minister troops until:2024-03-01", {"Troops"}),
        ("minis* foreign troops", {"Troops", "Trade"}),
        # Stop words do not count, unless they are quoted or all that there is.
        ("the of a whales", {"Whales"}),
        ('"the" whales', set()),
        ("in the", {"Troops"}),
        ("in the north until the", {"Troops"}),
        ("until in the the", set()),
    ],
)
def test_what_is_loosened(archive: Archive, query: str, found: set[str]) -> None:
    assert set(titles(search(archive, query))) == found


@pytest.mark.parametrize("query", ["troops penguins", "whales gymnastics trombone", "zzz"])
def test_too_little_of_a_query_finds_nothing(archive: Archive, query: str) -> None:
    assert search(archive, query).clips == ()


def test_a_clip_that_aired_at_one_of_the_times_lacks_none(archive: Archive) -> None:
    assert [(hit.clip.title, hit.missing) for hit in search(archive, "troops 2023 OR 2024").clips] == [("Troops", ())]


def test_a_name_weighs_more_than_other_words(archive: Archive) -> None:
    assert titles(search(archive, "harbor opens on Molokai for penguins")) == ["Harbor"]
    assert titles(search(archive, "ferry Penguins")) == []


def test_an_unknown_word_is_replaced_and_that_can_be_undone(archive: Archive) -> None:
    found = search(archive, "councel budget")
    assert titles(found) == ["Council"]
    assert [(one.typed, one.by) for one in found.replaced] == [("councel", ("council",))]
    assert found.clips[0].missing == ()
    for exact in ("+councel budget", '"councel" budget', "councel* budget"):
        assert (search(archive, exact).clips, search(archive, exact).replaced) == ((), ())
    for match in ("all", "any"):
        assert search(archive, "councel", match=match).clips == ()


def test_two_words_that_are_one(archive: Archive) -> None:
    found = search(archive, "grand parents songs")
    assert titles(found)[0] == "Choir"
    assert ("grand parents", ("grandparents",)) in [(one.typed, one.by) for one in found.replaced]


@pytest.mark.parametrize("query", ["WHALE", "maps", "WHLE", "sheet", "place"])
def test_a_word_is_replaced_only_if_nothing_else_can_be_meant(archive: Archive, query: str) -> None:
    assert search(archive, query).replaced == ()


def test_no_word_of_a_hidden_clip_is_shown(archive: Archive) -> None:
    hidden = Rows(archive).clip(["Bankruptcy proceedings"], title="Secret")
    with archive.writing():
        archive.db.execute("UPDATE clips SET visibility = 'private' WHERE uid = ?", [hidden])
    assert search(archive, "bankruptzy museum").replaced
    shown = search(archive, "bankruptzy museum admission", Filters(public=True))
    assert titles(shown) == ["Museum"]
    assert shown.replaced == ()


def test_the_typed_form_comes_first(archive: Archive) -> None:
    rows = Rows(archive)
    for title, text in (("Tree", "A kou tree stands there"), ("Mine", "It is koʻu garden")) * 3:
        rows.clip([text], title=title)
    assert titles(search(archive, "koʻu")) == ["Mine"] * 3 + ["Tree"] * 3
    assert titles(search(archive, "ko'u")) == ["Mine"] * 3 + ["Tree"] * 3
    assert titles(search(archive, "kou")) == ["Tree"] * 3 + ["Mine"] * 3


def test_the_stations_name_counts_for_nothing(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        rows = Rows(archive)
        for number in range(12):
            said = ["Public radio needs money"] if number == 4 else [f"Roads are mended in district {number}"]
            rows.clip(
                [*said, "For Island Public Radio, I'm Ann Lee."],
                title=f"Piece {number}", show="Morning Tide", station="Island Public Radio",
                date=f"2024-01-{number + 1:02}",
            )  # fmt: skip
        assert titles(search(archive, "island public radio money"))[0] == "Piece 4"
        assert titles(search(archive, "public radio district 7"))[0] == "Piece 7"
        assert search(archive, "public radio volcano").clips == ()


def test_only_a_list_that_people_read_is_loosened(archive: Archive) -> None:
    query = "foreign minister taxes"
    assert set(titles(search(archive, query))) == {"Troops", "Trade"}
    assert search(archive, query, match="all").clips == ()
    assert search(archive, query, sort="newest").clips == ()
    assert set(titles(search(archive, query, match="any"))) == {"Troops", "Trade", "Council"}
    folder = archive.folder
    archive.close()
    assert inside("search", query, "--count", "-a", folder)[:2] == (1, "0\n")
    assert inside("search", query, "--count", "--any", "-a", folder)[:2] == (0, "3\n")
    assert inside("search", query, "--ids", "-a", folder)[:2] == (1, "")
    assert len(inside("search", query, "--ids", "--any", "-a", folder)[1].split()) == 3
    assert inside("concordance", query, "-a", folder)[0] == 1
    assert len(inside("concordance", query, "--any", "-a", folder)[1].splitlines()) == 5
    ok("search", query, "--any", "--save", "any", "-a", folder)
    ok("search", query, "--save", "all", "-a", folder)
    saved = {row["name"]: row["told"] for row in ok("saved", "list", "--jsonl", "-a", folder).rows}
    assert saved == {"any": 3, "all": 0}
    assert "--any" in inside("saved", "list", "-a", folder)[1]


def test_the_command_line_says_what_was_loosened(archive: Archive) -> None:
    archive.close()
    code, out, err = inside("search", "forein", "minister", "taxes", "-a", archive.folder)
    assert code == 0
    assert out.count("\n") == 2
    assert "'forein' is not in this archive, so foreign was searched for; +forein finds exactly that." in err
    assert "No clip has all of these words; these have some." in err
    _, out, err = inside("search", "foreign", "minister", "troops", "-a", archive.folder)
    assert "The last of these 2 clips has only some of the words." in err
    found = json.loads(inside("search", "forein", "minister", "taxes", "--json", "-a", archive.folder)[1])
    assert found["replaced"] == [{"typed": "forein", "by": ["foreign"]}]
    assert found["clips"][0]["missing"] == ["taxes"]


def test_counts_and_pages_agree(archive: Archive) -> None:
    query = "foreign minister troops taxes"
    every = search(archive, query, count=True, facets=True)
    assert every.total == len(every.clips) == sum(number for _, number in every.facets["show"])
    by_one = [search(archive, query, limit=1, page=page) for page in (1, 2)]
    assert titles(by_one[0]) + titles(by_one[1]) == titles(every)[:2]


@pytest.fixture
def guarded(archive: Archive) -> Archive:
    """Some clips are hidden: what they say, and who is heard in them, occurs nowhere else."""
    rows = Rows(archive)
    for texts, reporter, show in (
        (["Bankruptcy proceedings have begun"], "Zelda Quimby", "Harbor Files"),
        (["An admissiom of guilt"], "Zelda Quinn", "Harbor Files"),
    ):
        uid = rows.clip(texts, title="Zugzwang", reporter=reporter, host=reporter, show=show)
        with archive.writing():
            archive.db.execute("UPDATE clips SET visibility = 'private' WHERE uid = ?", [uid])
    rows.clip(["Nothing new"], title="News", reporter="Zella Quint", show="Harbor News", host="Zella Quint")
    return archive


PUBLIC = Filters(public=True)


@pytest.mark.parametrize("field", ["reporter", "host", "speaker", "show"])
@pytest.mark.parametrize("name", ["Zelda Quimby", "Zelda", "Quim", "Harbor Files", "Files", "Nobody"])
def test_a_name_of_hidden_clips_is_as_unknown_as_any_other(guarded: Archive, field: str, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        search(guarded, f'{field}:"{name}"', PUBLIC)
    assert f"no {field} called" in str(caught.value)
    said = str(caught.value).replace(repr(name), "")
    assert not any(hidden in said for hidden in ("Zelda", "Quimby", "Quinn", "Files", "Zugzwang"))
    assert ("Harbor News" if field == "show" else "Zella Quint") in said


def test_a_part_of_a_name_means_the_one_that_everybody_may_see(guarded: Archive) -> None:
    assert titles(search(guarded, 'show:"Harbor N"', PUBLIC)) == ["News"]
    assert titles(search(guarded, "reporter:Quin", PUBLIC)) == ["News"]
    with pytest.raises(UsageError, match="more than one reporter"):
        search(guarded, "reporter:Quin")


@pytest.mark.parametrize("match", ["best", "all", "any"])
@pytest.mark.parametrize("pattern", ["{}", "{} museum", "museum {}", "+{}", "{}*", "title:{}", "{} whales zzyzx"])
@pytest.mark.parametrize("word", ["bankruptcy", "zugzwang", "quimby", "files"])
def test_a_word_of_hidden_clips_is_as_unknown_as_any_other(
    guarded: Archive, word: str, pattern: str, match: Match
) -> None:
    """What is answered for it is what is answered for a word that nobody ever said."""
    nonsense = word[:1] + "xqxqxq"

    def answered(asked: str) -> object:
        found = search(guarded, pattern.format(asked), PUBLIC, match=match, count=True, facets=True)
        shown = [(hit.clip.title, hit.missing, hit.passages) for hit in found.clips]
        return repr((shown, found.total, found.facets, found.replaced, found.suggestions)).replace(asked, "…")

    assert answered(word) == answered(nonsense)
    assert word not in answered(word)  # type: ignore[operator]


def test_a_hidden_misspelling_does_not_stand_for_the_word(guarded: Archive) -> None:
    """*admissiom* is known, but only to those who may hear it."""
    assert titles(search(guarded, "admissiom")) == ["Zugzwang"]
    shown = search(guarded, "admissiom", PUBLIC)
    assert [(one.typed, one.by) for one in shown.replaced] == [("admissiom", ("admission",))]
    assert titles(shown) == ["Museum"]


def test_of_very_many_unknown_words_the_first_are_replaced(archive: Archive) -> None:
    """Each is compared with every word of the archive, so a query must not bring hundreds."""
    said = "biologist passengers grandparents admission minister children council budget ferry harbor whales museum "
    said += "winter foreign"
    Rows(archive).clip([said])
    unknown = [f"{word[:-2]}{word[-1]}" for word in said.split()]
    found = search(archive, " ".join(unknown))
    assert 1 < len(found.replaced) <= COMPARED < len(unknown)
    assert found.replaced[0].typed == "biologit"


def test_suggestions_are_made_of_the_first_unknown_words(archive: Archive) -> None:
    unknown = [f"{word[:-1]}q" for texts in TALKS.values() for text in texts for word in text.split() if len(word) > 4]
    found = search(archive, " ".join(f"+{word}" for word in unknown * 4))
    assert found.clips == ()
    assert len(found.suggestions) <= 5
