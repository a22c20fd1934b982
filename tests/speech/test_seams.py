"""Where windows meet, no sentence ends and begins that nobody ended: but true ends stay."""

import pytest

from radio_archive.models import Word
from radio_archive.speech.seams import joined


def timed(text: str, start: float) -> list[Word]:
    return [Word(start + 0.3 * i, start + 0.3 * i + 0.3, f" {word}") for i, word in enumerate(text.split())]


@pytest.mark.parametrize(
    ("before", "after", "pause", "expected"),
    [
        pytest.param(
            "run by MS-13.", "which now rules", 0.1, "run by MS-13 which now rules", id="a full stop, then small"
        ),
        pytest.param("he saw the…", "sea again", 0.1, "he saw the sea again", id="an ellipsis"),
        pytest.param("in which it", "Which now rules", 0.1, "in which it which now rules", id="a word small elsewhere"),
        pytest.param("said Mr.", "lee again", 0.1, "said Mr. lee again", id="an abbreviation keeps its point"),
        pytest.param("from the U.S.", "which now", 0.1, "from the U.S. which now", id="so do initials"),
        pytest.param("It rained.", "Which now rules", 0.1, "It rained. Which now rules", id="a true end"),
        pytest.param("which he said", "Honolulu fell", 0.1, "which he said Honolulu fell", id="a name"),
        pytest.param("in which Which it", "Which now", 0.1, "in which Which it Which now", id="written both ways"),
        pytest.param("run by MS-13.", "which now rules", 1.0, "run by MS-13. which now rules", id="a long pause"),
        pytest.param("", "Which now", 0.1, "Which now", id="nothing before"),
    ],
)
def test_windows_meet_in_one_sentence(before: str, after: str, pause: float, expected: str) -> None:
    first = timed(before, 0.0)
    second = timed(after, (first[-1].end if first else 0.0) + pause)
    words = joined([first, [], second])
    assert "".join(word.text for word in words).strip() == expected
    assert [(word.start, word.end) for word in words] == [(word.start, word.end) for word in [*first, *second]]
