"""Words of a transcript are found in captions and scripts, which say the same, and in stories, which tell it again."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_archive.text.alignment import Alignment, align
from radio_archive.text.spelling import fold

HEARD = (
    "From the harbour, good morning. Three ferries sank last night. Nobody drowned, says Captain Oiwe. "
    "The company owes 12,000 dollars to the town of Hawaii, and it was it was insured."
).split()
CAPTIONS = (
    "From the harbor, good morning. Three ferries sank last night. Nobody drowned, says Captain ʻOiwī. [a horn] "
    "The company owes twelve thousand dollars to the town of Hawaiʻi, and it was insured."
).split()
STORY = (
    "The company was insured. It owes twelve thousand dollars to the town of Hawaiʻi, which paid for the divers. "
    "Captain ʻOiwī saw how three ferries sank last night."
).split()


def matched(found: Alignment, heard: Sequence[str], text: Sequence[str]) -> list[tuple[str, str]]:
    return [
        (" ".join(heard[block.heard.start : block.heard.stop]), " ".join(text[block.text.start : block.text.stop]))
        for block in found.blocks
    ]


def test_captions_match_to_the_word_also_where_they_spell_and_count_otherwise() -> None:
    found = align(HEARD, CAPTIONS)
    assert matched(found, HEARD, CAPTIONS) == [
        ("From the", "From the"),
        (
            "good morning. Three ferries sank last night. Nobody drowned, says Captain",
            "good morning. Three ferries sank last night. Nobody drowned, says Captain",
        ),
        ("The company owes", "The company owes"),
        ("12,000 dollars", "twelve thousand dollars"),
        ("to the town of Hawaii, and", "to the town of Hawaiʻi, and"),
        ("it was insured.", "it was insured."),
    ]
    assert found.coverage == pytest.approx(27 / 31)
    oiwe = HEARD.index("Oiwe.")
    assert found.text_of(oiwe, oiwe + 1) == range(14, 17), "the captain, and the horn"


def test_a_story_is_matched_passage_by_passage_in_any_order() -> None:
    found = align(HEARD, STORY, in_order=False)
    assert matched(found, HEARD, STORY) == [
        ("Three ferries sank last night.", "three ferries sank last night."),
        ("Captain", "Captain"),
        ("The company", "The company"),
        ("owes", "owes"),
        ("12,000 dollars", "twelve thousand dollars"),
        ("to the town of Hawaii,", "to the town of Hawaiʻi,"),
        ("was insured.", "was insured."),
    ]
    night = HEARD.index("night.")
    assert found.text_of(night, night + 1) == range(27, 28)
    assert found.text_of(0, 3) is None, "nobody wrote it"
    assert found.text_of(night, HEARD.index("Captain") + 1) is None, "the words are apart in the story"


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("twelve thousand", "12,000"),
        ("$5 million", "five million dollars"),
        ("March third", "March 3rd"),
        ("an 80-year-old", "an 80 year old"),
        ("Nukuʻalofa", "Nuku'alofa"),
        ("Yes.", "yes"),
    ],
)
def test_the_same_written_otherwise_is_the_same(heard: str, text: str) -> None:
    assert align(heard.split(), text.split()).coverage == 1


@pytest.mark.parametrize(
    ("heard", "text"), [("12,000", "12,500"), ("state-of-the-art", "the state"), ("", "yes"), ("no", "")]
)
def test_what_differs_is_not(heard: str, text: str) -> None:
    assert align(heard.split(), text.split()).coverage == 0


WORDS = st.lists(
    st.sampled_from("the of sea-wall sea wall 12 twelve twelve, Kāne kane ʻ — thousand 12,000".split()), max_size=14
)


@given(WORDS, WORDS, st.booleans())
def test_blocks_are_whole_words_that_say_the_same_and_never_overlap(
    heard: list[str], text: list[str], in_order: bool
) -> None:
    found = align(heard, text, in_order=in_order)
    seen: set[int] = set()
    said = 0
    for block in found.blocks:
        assert block.heard
        assert block.heard.start >= said
        assert not seen & set(block.text)
        assert not in_order or not seen or block.text.start > max(seen)
        seen |= set(block.text)
        said = block.heard.stop
        if not any(word[0] in "1t" for word in (*heard, *text)):
            assert fold(" ".join(heard[block.heard.start : said])) == fold(" ".join(text[at] for at in block.text))
    assert 0 <= found.coverage <= 1


@given(WORDS)
def test_a_text_is_wholly_in_itself(words: list[str]) -> None:
    found = align(words, words)
    assert found.coverage == float(any(word not in "ʻ—" for word in words))
    assert all(block.heard == block.text for block in found.blocks)
