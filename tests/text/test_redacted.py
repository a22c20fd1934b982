"""Which words a redaction hides: by when they were said, and near that by what they are."""

import pytest

from radio_archive.models import Word
from radio_archive.text.redacted import RedactedSpan, hidden, telling_words

WORDS = (
    Word(0.0, 0.5, " Call"), Word(0.5, 1.0, " me"), Word(1.0, 1.0, " at"), Word(1.0, 1.5, " 555"),
    Word(1.5, 2.0, " now,"), Word(2.5, 3.0, " Kealoha."), Word(9.0, 9.5, " Kealoha's"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("span", "runs"),
    [
        (RedactedSpan(1.0, 1.5), [(2, 3)]),
        (RedactedSpan(0.9, 1.6), [(1, 4)]),
        (RedactedSpan(2.0, 2.5), []),
        (RedactedSpan(0.0, 1e9), [(0, 6)]),
        (RedactedSpan(1.5, 2.0, frozenset({"555", "kealoha"})), [(3, 5)]),
        (RedactedSpan(7.0, 7.5, frozenset({"kealohas"})), [(6, 6)]),
        (RedactedSpan(6.0, 6.5, frozenset({"kealohas"})), []),
    ],
)
def test_hidden_words(span: RedactedSpan, runs: list[tuple[int, int]]) -> None:
    assert hidden(WORDS, [span]) == runs


def test_several_spans_make_runs_of_their_own() -> None:
    assert hidden(WORDS, [RedactedSpan(0.0, 0.5), RedactedSpan(1.5, 2.0)]) == [(0, 0), (4, 4)]


def test_telling_words() -> None:
    assert telling_words([" Call me at", " 5 Kāne Street, and", " by", "—"]) == {"call", "5", "kane", "street"}
