"""text/replacing.py: where a text is replaced, and by what."""

import pytest

from radio_archive.errors import UsageError
from radio_archive.models import Word
from radio_archive.text.corrected import correct
from radio_archive.text.replacing import Finder, Pattern, WholeWords, places


def replaced(text: str, finder: Finder) -> str:
    words = tuple(Word(float(n), n + 1.0, f" {word}") for n, word in enumerate(text.split()))
    edits = [place.edit for place in places(correct(words, []), finder)]
    return "".join(word.text for word in correct(words, edits).words).strip()


@pytest.mark.parametrize(
    ("old", "new", "text", "now"),
    [
        ("Jung on Daily", "JoongAng Daily", "The Jung-on Daily, says.", "The JoongAng Daily, says."),
        ("Jung-on Daily", "JoongAng Daily", "The Jung on Daily's news", "The JoongAng Daily's news"),
        ("hawaii", "Hawaiʻi", "In Hawaii and Hawai'i, hawaii", "In Hawaiʻi and Hawaiʻi, Hawaiʻi"),
        ("Hawaii", "Hawaiʻi", "Hawaiian Hawaii-based Hawaiʻi", "Hawaiian Hawaiʻi-based Hawaiʻi"),
        # A capital asks for one.
        ("Lanai", "Lānaʻi", "On the lanai of Lanai.", "On the lanai of Lānaʻi."),
        ("work", "york", "Work is work, not workers or homework", "York is york, not workers or homework"),
        ("um", "", "So um, we um went", "So we went"),
        ("um", "", "We went um, um. So um.", "We went. So."),
        ("you know", "", "We went, you know. Um.", "We went. Um."),
        ("um", "", "We went. Um. So", "We went. So"),
        ("the the", "the", "The the boat and the the sea", "The boat and the sea"),
        ("no no", "no", "no no no no no", "no no no"),
        ("Hilo", "Hilo town", "Hilo, Hilo.", "Hilo town, Hilo town."),
        ("zebra", "horse", "Nothing here", "Nothing here"),
    ],
)
def test_whole_words(old: str, new: str, text: str, now: str) -> None:
    assert replaced(text, WholeWords(old, new)) == now


def test_exact_words() -> None:
    assert replaced("Hawaii hawaii Hawai'i", WholeWords("hawaii", "x", exact=True)) == "Hawaii x Hawai'i"


@pytest.mark.parametrize(
    ("old", "new", "text", "now"),
    [
        (r"Jung[- ]on (\w+)", r"JoongAng \1", "The Jung-on Daily and the Jung on Times.", None),
        (r"(?i)hawaii\b", "Hawaiʻi", "HAWAII hawaiian", "Hawaiʻi hawaiian"),
        (r"a*", "b", "caat", "cbt"),
        (r" says so", "", "The paper says so.", "The paper."),
        (r" says", " said", "It says so", "It said so"),
    ],
)
def test_patterns(old: str, new: str, text: str, now: str | None) -> None:
    assert replaced(text, Pattern(old, new)) == (now or "The JoongAng Daily and the JoongAng Times.")


@pytest.mark.parametrize(("old", "new"), [("(", "x"), ("a", r"\1"), ("a", r"\g<b>"), ("(?P<b>", "")])
def test_what_is_no_pattern_is_told(old: str, new: str) -> None:
    with pytest.raises(UsageError, match="no regular expression"):
        Pattern(old, new)


def test_no_word_is_told() -> None:
    with pytest.raises(UsageError, match="no word"):
        WholeWords("…", "x")


def test_words_of_one_correction_are_replaced_together() -> None:
    words = tuple(Word(float(n), n + 1.0, f" {word}") for n, word in enumerate("In a b it rains".split()))
    now = correct(words, [places(correct(words, []), WholeWords("a b", "Hilo Town Hilo"))[0].edit])
    [place] = places(now, WholeWords("Hilo", "Hilō"))
    assert (place.edit.first_word, place.edit.last_word, place.edit.after) == (1, 2, "Hilō Town Hilō")
    assert (place.before, place.after, place.start) == ("In", "it rains", 1.0)
