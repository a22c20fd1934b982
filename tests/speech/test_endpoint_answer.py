"""What a server answers becomes words with times in the window, whatever it is: generous, terse, broken or hostile."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest

from radio_archive.errors import TranscriptionError
from radio_archive.models import Word
from radio_archive.speech.decoder import AlignedText
from radio_archive.speech.endpoint_answer import read_answer

SECONDS = 10.0
SPEECH = [(1.0, 3.0), (6.0, 9.0)]
"""Where somebody speaks: two sentences, and a pause of three seconds."""
SAID = "Good morning, Hilo. The ferry is late."


def read(answer: object, language: str | None = None, speech: Sequence[tuple[float, float]] = SPEECH) -> AlignedText:
    heard = read_answer(answer, SECONDS, language, lambda: speech)
    for word in heard.words:
        assert 0 <= word.start <= word.end <= SECONDS, word
        assert word.text == word.text.rstrip()
        assert word.text.isprintable()
    assert all(one.end <= other.start for one, other in pairwise(heard.words))
    return heard


def timed(*words: tuple[Any, Any, Any], **more: Any) -> list[dict[str, Any]]:
    return [{"word": text, "start": start, "end": end, **more} for start, end, text in words]


def text_of(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words).strip()


def assert_in_speech(words: Sequence[Word]) -> None:
    """Every word lies where somebody speaks."""
    for word in words:
        assert any(start <= word.start and word.end <= end + 1e-6 for start, end in SPEECH), word


def test_words_with_times_and_probabilities_are_taken_as_they_are() -> None:
    answer = {
        "text": "Good morning.",
        "language": "english",
        "segments": [{"start": 1.0, "end": 3.0, "text": " Good morning.", "avg_logprob": -0.3, "no_speech_prob": 0.1}],
        "words": timed((1.1, 1.5, " Good"), (1.6, 2.4, " morning."), probability=0.9),
    }
    heard = read(answer)
    assert heard.words == (Word(1.1, 1.5, " Good", 0.9), Word(1.6, 2.4, " morning.", 0.9))
    assert (heard.average_log_probability, heard.no_speech_probability, heard.language) == (-0.3, 0.1, "en")


def test_words_without_punctuation_give_the_text_their_times() -> None:
    """So does OpenAI's own server list them."""
    spoken = timed((1.1, 1.5, "Good"), (1.6, 2.0, "morning"), (2.1, 2.9, "Hilo"), (6.1, 6.3, "The"))
    spoken += timed((6.4, 7.0, "ferry"), (7.1, 7.3, "is"), (7.4, 8.5, "late"))
    heard = read({"text": SAID, "words": spoken})
    assert text_of(heard.words) == SAID
    assert [(word.start, word.end) for word in heard.words] == [(one["start"], one["end"]) for one in spoken]


def test_words_inside_segments_count_too() -> None:
    segment = {
        "start": 1.0,
        "end": 3.0,
        "text": "Good morning.",
        "words": timed((1.1, 1.5, " Good"), (2, 2.5, " morning.")),
    }
    assert [word.start for word in read({"text": "Good morning.", "segments": [segment]}).words] == [1.1, 2.0]


def test_segments_alone_place_their_words_where_somebody_speaks() -> None:
    """The second segment begins in the pause, as Whisper's do."""
    segments = [
        {"start": 0.0, "end": 3.2, "text": " Good morning, Hilo."},
        {"start": 3.2, "end": 10, "text": " The ferry is late."},
    ]
    heard = read({"text": SAID, "segments": segments})
    assert text_of(heard.words) == SAID
    assert_in_speech(heard.words)
    assert [word.start < 3.0 for word in heard.words] == [True] * 3 + [False] * 4


@pytest.mark.parametrize("answer", [SAID, {"text": SAID}, {"text": SAID, "words": None, "segments": {}, "language": 7}])
def test_text_alone_is_spread_over_the_speech(answer: object) -> None:
    heard = read(answer)
    assert text_of(heard.words) == SAID
    assert_in_speech(heard.words)
    assert heard.words[-1].end == pytest.approx(9.0)


def test_text_without_spaces_is_spread_by_its_characters() -> None:
    heard = read({"text": "おはようございます。"})
    assert text_of(heard.words) == "おはようございます。"
    assert_in_speech(heard.words)
    assert len(heard.words) > 5


def test_text_without_any_speech_is_kept_for_the_guards() -> None:
    assert text_of(read({"text": SAID}, speech=[]).words) == SAID


@pytest.mark.parametrize("answer", ["", "  \n", {"text": ""}, {"text": "", "segments": [], "words": []}])
def test_nothing_said_is_no_word(answer: object) -> None:
    assert read(answer).words == ()


IMPOSSIBLE: Mapping[str, tuple[object, object]] = {
    "no numbers": ("a", True),
    "none": (None, None),
    "not finite": (float("nan"), float("inf")),
    "negative": (-5, -4),
    "beyond the end": (100, 101),
    "far beyond the end": (4e9, 5e9),
    "backwards": (9, 1),
    "too large for a float": (10**400, 10**401),
    "lists": ([], [1]),
}


@pytest.mark.parametrize(("start", "end"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_impossible_times_are_not_used(start: object, end: object) -> None:
    words = timed(*((start, end, f" {word}") for word in SAID.split()))
    segments = [{"text": SAID, "start": start, "end": end}]
    heard = read({"text": SAID, "words": words, "segments": segments})
    assert text_of(heard.words) == SAID
    assert_in_speech(heard.words)


@pytest.mark.parametrize(
    "listed", [[{"start": 1, "end": 2}, 7, None, [], {"word": ["x"], "start": 1, "end": 2}], "Good"]
)
def test_what_is_no_list_of_words_is_not_used(listed: object) -> None:
    heard = read({"text": SAID, "words": listed, "segments": listed})
    assert text_of(heard.words) == SAID
    assert_in_speech(heard.words)


def test_overlapping_times_are_put_in_order() -> None:
    spoken = timed((1.0, 5.0, " Good"), (1.0, 5.0, " morning,"), (0.5, 9.9, " Hilo."), (0.0, 10.9, " Hello."))
    heard = read({"text": "Good morning, Hilo. Hello.", "words": spoken})
    assert text_of(heard.words) == "Good morning, Hilo. Hello."


def test_control_characters_do_not_get_through() -> None:
    nasty = "Good\x1b[31m\x00 mor\u202ening,\r\n Hilo\x07"
    heard = read({"text": nasty, "words": timed((1, 2, f" {nasty}"))})
    assert "\x1b" not in heard.text
    assert text_of(heard.words).startswith("Good")


@pytest.mark.parametrize("score", [float("nan"), -1e999, 5, "x", None, 10**400])
def test_scores_that_cannot_be_count_as_none(score: object) -> None:
    segment = {"start": 1, "end": 3, "text": SAID, "avg_logprob": score, "no_speech_prob": score}
    heard = read({"text": SAID, "segments": [segment], "words": timed((1, 2, " Good"), probability=score)})
    assert heard.average_log_probability == 0.0
    assert 0 <= heard.no_speech_probability <= 1


def test_a_language_is_a_code_and_that_which_was_asked_for_holds() -> None:
    assert read({"text": SAID, "language": "german"}).language == "de"
    assert read({"text": SAID, "language": "german"}, language="en").language == "en"
    assert read({"text": SAID, "language": "x" * 100}).language is None


@pytest.mark.parametrize("answer", [{}, [], None, 7, {"text": 7}, {"error": "no"}, json.loads("[" * 50 + "]" * 50)])
def test_an_answer_without_text_is_an_error(answer: object) -> None:
    with pytest.raises(TranscriptionError, match="has no text"):
        read(answer)


def test_more_text_than_anybody_can_say_is_an_error() -> None:
    with pytest.raises(TranscriptionError, match=r"1,000,000 characters for 10\.0 s"):
        read({"text": "a " * 500_000})
