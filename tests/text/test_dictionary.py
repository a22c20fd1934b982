"""The list of common words knows a word in all its forms, and no names."""

import pytest

from radio_archive.text.dictionary import is_word


@pytest.mark.parametrize("word", ["ferry", "ferries", "sailed", "harbor", "harbour", "a", "12", "bishop", "surfing"])
def test_common_words_are_known(word: str) -> None:
    assert is_word(word)


@pytest.mark.parametrize("word", ["vatulele", "york", "maui", "chatterjee", "fakari", "pulao"])
def test_names_and_misheard_words_are_not(word: str) -> None:
    assert not is_word(word)
