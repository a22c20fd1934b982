"""Splitting words into segments where a reader expects a new line."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_archive.models import Segment, Word, clean_text
from radio_archive.text.segmenting import SplitRules, breakable, split

EACH = 0.4


def said(*texts: str | float) -> list[Word]:
    """Words of 0.4 s, 0.1 s apart; a number among them is an extra pause in seconds."""
    words: list[Word] = []
    now = 0.0
    for text in texts:
        if isinstance(text, str):
            words.append(Word(now, now + EACH, text, 0.9))
            now += EACH + 0.1
        else:
            now += text
    return words


def english(sentence: str) -> list[Word]:
    return said(*(f" {word}" for word in sentence.split()))


def texts(segments: Sequence[Segment]) -> list[str]:
    return [segment.text for segment in segments]


@pytest.mark.parametrize(
    "sentences",
    [
        ["The tide came in.", "The boats went out!", "Who saw the boats go?"],
        ["More U.S. troops arrive at 5 p.m. on Tuesday.", "They leave at 6 a.m. sharp."],
        ["Dr. Ann Lee of St. Alban met Mr. J. Q. Roe.", "They talked for hours."],
        ["The vote was 52 to 48.", "20 people left at once."],
        ["It cost $5.2 million to build.", "Nobody paid 3.5 percent of it."],
        ["She came in at No. 5 on the list.", "The answer was no.", "It has been no for years."],
        ['He said, "We did it."', "Then he left the room."],
        ["“Did you see the whale?” she asked.", "He had seen the whale."],
        ["He thought (but did not say so.)", "She knew that he did."],
        ["Well... maybe it is so.", "We will see about that..."],
        ["¿Dónde está la barca azul?", "¡La barca está en casa!"],
        ["Он пришёл домой поздно.", "Она уже давно спала."],
        ["Yahoo! shares fell on Monday.", "They rose again on Friday."],
    ],
)
def test_a_segment_is_a_sentence(sentences: list[str]) -> None:
    assert texts(split(english(" ".join(sentences)))) == sentences


def in_german(words: list[Word]) -> list[Word]:
    return [replace(word, language="de") for word in words]


def test_a_segment_ends_where_the_language_changes() -> None:
    words = english("He said this: Wir gehen nach Hause. Then he left the room.")
    words[3:7] = in_german(words[3:7])
    found = split(words)
    assert [(segment.text, segment.language) for segment in found] == [
        ("He said this:", None),
        ("Wir gehen nach Hause.", "de"),
        ("Then he left the room.", None),
    ]


def test_no_segment_is_too_short_to_be_in_another_language() -> None:
    words = [*english("They answered him with"), *in_german(said(" Ja")), *in_german(said("."))]
    assert [(segment.text, segment.language) for segment in split(words)] == [
        ("They answered him with", None),
        ("Ja.", "de"),
    ]
    # Even inside a written word: two languages in one segment could not be told apart.
    assert texts(split([*english("A week"), *in_german(said("end"))])) == ["A week", "end"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        # No spaces, and punctuation as Whisper writes it.
        (
            ["今日", "は", "いい", "天気", "です。", "明日", "は", "雨", "でしょう", "か？", "傘", "を", "買います！"],
            ["今日はいい天気です。", "明日は雨でしょうか？", "傘を買います！"],
        ),
        (
            ["「", "明日", "も", "行きます。」", "と", "彼", "は", "言った。", "私", "は", "待った。"],
            ["「明日も行きます。」と彼は言った。", "私は待った。"],
        ),
        (["彼", "は", "「", "行きます。」", "私", "は", "待った。"], ["彼は「行きます。」", "私は待った。"]),
        (["明日", "も", "行きま", "す.", "私", "は", "待っ", "た."], ["明日も行きます.", "私は待った."]),
        # Whisper splits a written number or initials into several words.
        (
            [" It", " cost", " $5", ".2", " million", ".", " The", " U", ".S.", " budget", " grew", "."],
            ["It cost $5.2 million.", "The U.S. budget grew."],
        ),
    ],
)
def test_words_without_spaces(words: list[str], expected: list[str]) -> None:
    assert texts(split(said(*words))) == expected


def test_a_long_pause_always_ends_a_segment() -> None:
    words = said(" the", " boats", " came", " in", 1.2, " and", " nobody", " saw", " them")
    assert texts(split(words)) == ["the boats came in", "and nobody saw them"]
    assert len(split(words, SplitRules(pause=2.0))) == 1


def test_a_pause_inside_a_written_word_is_a_timing_error() -> None:
    assert texts(split(said(" They", " paid", " $5", 1.5, ".2", " million"))) == ["They paid $5.2 million"]


def test_a_tiny_piece_joins_the_neighbour_it_was_said_closer_to() -> None:
    assert texts(split(said(" We", " saw", " it.", " Yes.", 0.8, " They", " saw", " it", " too."))) == [
        "We saw it. Yes.",
        "They saw it too.",
    ]
    assert texts(split(said(" We", " saw", " it.", 0.8, " Yes.", " They", " saw", " it", " too."))) == [
        "We saw it.",
        "Yes. They saw it too.",
    ]


def test_a_tiny_piece_between_long_pauses_stays_alone() -> None:
    words = said(" We", " saw", " it", " all.", 2, " Yes.", 2, " They", " saw", " it", " too.")
    assert texts(split(words)) == ["We saw it all.", "Yes.", "They saw it too."]


def test_a_long_sentence_is_cut_at_a_comma() -> None:
    sentence = (
        "When the water rose above the old stone wall that the fishers built by hand, the families who lived on the "
        "low side of the road carried what they had to the school, where the teachers had made tea and found blankets."
    )
    assert texts(split(english(sentence))) == [
        "When the water rose above the old stone wall that the fishers built by hand,",
        "the families who lived on the low side of the road carried what they had to the school, where the teachers "
        "had made tea and found blankets.",
    ]


def test_a_long_sentence_without_a_comma_is_cut_at_its_pause() -> None:
    words = [f" word{n:02}" for n in range(40)]
    cut = split(said(*words[:23], 0.6, *words[23:]))
    assert [(segment.first_word, segment.last_word) for segment in cut] == [(0, 22), (23, 39)]


def test_one_endless_word_is_a_segment() -> None:
    assert texts(split(said(" oh", " " + "o" * 500, " my", " dear", " friend"))) == ["oh", "o" * 500, "my dear friend"]


def test_no_words_no_segments() -> None:
    assert split([]) == []


def test_times_are_those_of_the_words() -> None:
    words = english("The tide came in. The boats went out.")
    first, second = split(words)
    assert (first.start, first.end) == (words[0].start, words[3].end)
    assert (second.start, second.end) == (words[4].start, words[7].end)


def test_overlapping_words_make_no_overlapping_segments() -> None:
    words = [Word(0, 2, " One"), Word(2, 9, " came."), Word(3, 5, " Two"), Word(5, 6, " left.")]
    first, second = split(words)
    assert (first.start, first.end, second.start, second.end) == (0, 3, 3, 6)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (" the", " tide", True),
        (" $5", ".2", False),
        (" U", ".S.", False),
        (" half", " .5", True),
        (" and", " ’tis", True),
        (" well", " …", False),
        ("今日", "は", True),
        ("です", "。", False),
        ("「", "行き", False),
        ("行き", "」", False),
        ("は", "NASA", True),
        ("ホ", "ー", False),
        ("서울", " 뉴스", True),
        ("서울", "의", False),
        (" cafe", "\u0301", False),
    ],
)
def test_where_a_line_may_end(before: str, after: str, expected: bool) -> None:
    assert breakable(before, after) is expected


SPACED = st.sampled_from(
    " the| tide| rose| and,| boats| left.| Yes.| Who?| U.S.| Dr.| 5| $5.2| “No!”| (maybe)| harbor;| No.".split("|")
)
UNSPACED = st.sampled_from("今日 は いい 天気 です。 「 」 行きます。」 と 雨？ 、 ラジオ".split())
GLUED = st.sampled_from([".2", "-", ".S.", "'s", "%", "", " ", "\n", "x"])


@st.composite
def spoken(draw: st.DrawFn, kinds: st.SearchStrategy[str], orderly: bool = True) -> list[Word]:
    now = 0.0
    words = []
    for text in draw(st.lists(kinds, max_size=80)):
        now += draw(st.sampled_from([0.0, 0.05, 0.1, 0.4, 0.9, 1.2, 3.0] if orderly else [0.0, 0.1, -2.0, 1.3, 40.0]))
        end = now + draw(st.sampled_from([0.0, 0.2, 0.4, 0.8] if orderly else [0.0, 0.3, 20.0]))
        words.append(Word(now, end, text))
        now = end
    return words


ANY = st.one_of(SPACED, UNSPACED, GLUED, st.text(max_size=12))


@given(spoken(ANY, orderly=False))
def test_every_word_is_in_exactly_one_segment_in_order(words: list[Word]) -> None:
    segments = split(words)
    assert [i for s in segments for i in range(s.first_word, s.last_word + 1)] == list(range(len(words)))
    for segment in segments:
        heard = "".join(word.text for word in words[segment.first_word : segment.last_word + 1])
        assert segment.text == clean_text(heard)
        assert segment.start <= segment.end
    assert all(before.end <= after.start for before, after in pairwise(segments))


@given(spoken(ANY))
def test_no_segment_is_longer_than_the_rules_allow(words: list[Word]) -> None:
    rules = SplitRules(longest=6.0, longest_characters=40)
    for segment in split(words, rules):
        if segment.first_word < segment.last_word:
            assert len(segment.text) <= 40
            assert segment.end - segment.start <= 6.0


@given(spoken(st.one_of(SPACED, UNSPACED)))
def test_no_segment_holds_a_long_pause(words: list[Word]) -> None:
    for segment in split(words):
        inside = words[segment.first_word : segment.last_word + 1]
        for before, after in pairwise(inside):
            assert after.start - before.end < 1.2 or not breakable(before.text, after.text)


@given(spoken(st.one_of(SPACED, UNSPACED)))
def test_a_segment_split_again_is_itself(words: list[Word]) -> None:
    segments = split(words)
    assert split(words) == segments
    for segment in segments:
        again = split(words[segment.first_word : segment.last_word + 1])
        assert texts(again) == [segment.text]
