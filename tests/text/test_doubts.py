"""What a person is told about a transcript."""

import inspect
import re

import pytest

from radio_archive.models import Gap, Transcript, Verdict, WindowReport
from radio_archive.speech import assembly, guards
from radio_archive.text import doubts
from radio_archive.text.times import stretch


def transcript(*gaps: tuple[float, float], windows: tuple[WindowReport, ...] = ()) -> Transcript:
    return Transcript((), windows=windows, gaps=tuple(Gap(*gap) for gap in gaps))


def test_a_trusted_transcript_is_not_talked_about() -> None:
    windows = tuple(WindowReport(0.0, 30.0, verdict) for verdict in Verdict if verdict != Verdict.SUSPECT)
    assert doubts.warnings(transcript(windows=windows)) == ()


def test_a_gap_is_named_and_many_are_counted() -> None:
    assert doubts.warnings(transcript((31.0, 36.0))) == ("0:31–0:36 somebody speaks; not understood",)
    assert doubts.warnings(transcript((31.0, 36.0), (62.0, 63.5))) == (
        "0:31–0:36, 1:02–1:04 somebody speaks; not understood",
    )
    assert doubts.warnings(transcript((1.0, 5.0), (8.0, 14.0), (20.0, 24.0))) == (
        "3 stretches, 14 s in all: somebody speaks; not understood",
    )


def test_doubtful_words_are_explained_in_plain_words() -> None:
    suspect = WindowReport(
        62.0, 90.8, Verdict.SUSPECT, flags=("speech_without_words 3.1 (limit 2)", "a_new_guard 1 (limit 0)")
    )
    assert doubts.warnings(transcript((31.0, 36.0), windows=(suspect,))) == (
        "0:31–0:36 somebody speaks; not understood",
        "1:02–1:31 the words are doubtful (they leave out speech; a new guard)",
    )


def test_a_window_that_only_leaves_something_out_has_no_doubtful_words() -> None:
    suspect = WindowReport(30.0, 60.0, Verdict.SUSPECT, flags=("speech_without_words 5 (limit 1.2)",))
    assert doubts.warnings(transcript((31.0, 36.0), windows=(suspect,))) == (
        "0:31–0:36 somebody speaks; not understood",
    )


def test_every_guard_has_a_reason() -> None:
    known = set(re.findall(r'Flag\("(\w+)"', inspect.getsource(guards) + inspect.getsource(assembly)))
    assert len(known) > 5
    assert known == set(doubts.REASONS)


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [(31.9, 36.0, "0:31–0:36"), (31.2, 31.8, "0:31–0:32"), (3599.0, 3600.04, "59:59–1:00:00")],
)
def test_a_stretch_covers_what_it_names(start: float, end: float, shown: str) -> None:
    assert stretch(start, end) == shown
