"""Windows, and parts that are heard again, come back in any order; the clip is the same, and its languages its own."""

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np
import pytest
from support.engine_parts import job

from radio_archive.models import Gap, Verdict, WindowReport, Word
from radio_archive.speech.assembly import MOST_UNDECIDED, Assembly, WindowResult
from radio_archive.speech.engine import PreparedClip
from radio_archive.speech.prefetch import Job

ENCODED = np.zeros((4, 2), np.float32)
SURELY_GERMAN = {"de": 0.95, "en": 0.05}
RATHER_ENGLISH = {"en": 0.6, "de": 0.3}
RATHER_GERMAN = {"de": 0.5, "en": 0.4}


def clip(language: str | None = None) -> PreparedClip:
    return PreparedClip("clip", 60.0, lambda: iter(()), language=language)


def languages(
    windows: Sequence[Mapping[str, float]], given: str | None = None, seconds: Sequence[float] = ()
) -> list[str | None]:
    """The languages that windows are decoded in; each of five seconds where `seconds` does not say so."""
    assembly, found = Assembly.of(clip(given)), dict[int, str | None]()
    for index, probabilities in enumerate(windows):
        window = job([], seconds[index] if seconds else 5.0, index=index)
        for one, _, hints in assembly.decodable(window, ENCODED, probabilities):
            found[one.index] = hints.language
    assembly.expected = len(windows)
    for one, _, hints in assembly.decodable_at_end():
        found[one.index] = hints.language
    return [found[index] for index in range(len(windows))]


@pytest.mark.parametrize(
    ("windows", "given", "expected"),
    [
        pytest.param([RATHER_ENGLISH], None, ["en"], id="one window"),
        pytest.param([RATHER_ENGLISH, SURELY_GERMAN, RATHER_ENGLISH], None, ["de"] * 3, id="a sure one decides"),
        pytest.param([{"en": 0.99}, SURELY_GERMAN, RATHER_GERMAN], None, ["en", "de", "en"], id="a stretch of its own"),
        pytest.param([RATHER_GERMAN, RATHER_ENGLISH, RATHER_ENGLISH], None, ["en"] * 3, id="together"),
        pytest.param([RATHER_ENGLISH] * MOST_UNDECIDED + [RATHER_GERMAN] * 9, None, ["en"] * 13, id="not for ever"),
        pytest.param([SURELY_GERMAN, RATHER_GERMAN], "en", ["en", "en"], id="a given language holds"),
        pytest.param([{}, {}], None, [None, None], id="the decoder finds it itself"),
    ],
)
def test_each_window_is_decoded_in_a_language(
    windows: Sequence[Mapping[str, float]], given: str | None, expected: list[str | None]
) -> None:
    assert languages(windows, given) == expected


@pytest.mark.parametrize(
    ("windows", "seconds", "expected"),
    [
        pytest.param([RATHER_GERMAN, RATHER_ENGLISH], [28.0, 2.0], ["de", "de"], id="a long window weighs more"),
        pytest.param([RATHER_GERMAN, RATHER_ENGLISH], [2.0, 28.0], ["en", "en"], id="in either order"),
        pytest.param([SURELY_GERMAN, {"en": 0.99}], [1.0, 20.0], ["en", "en"], id="a second is never sure"),
    ],
)
def test_a_window_counts_by_its_length(
    windows: Sequence[Mapping[str, float]], seconds: Sequence[float], expected: list[str | None]
) -> None:
    assert languages(windows, None, seconds) == expected


def test_a_part_is_in_a_language_of_its_own_or_in_that_of_its_window() -> None:
    assembly = Assembly.of(clip())
    list(assembly.decodable(job([], 20.0), ENCODED, SURELY_GERMAN))
    for seconds, probabilities, expected in [(5.0, RATHER_ENGLISH, "de"), (5.0, {"en": 0.99}, "en")]:
        part = job([], seconds, fills=Gap(3.0, 3.0 + seconds))
        [(_, _, hints)] = assembly.decodable(part, ENCODED, probabilities)
        assert hints.language == expected


def result(
    one: Job,
    text: str,
    start: float,
    language: str = "en",
    verdict: Verdict = Verdict.TRUSTED,
    skipped: tuple[Job, ...] = (),
) -> WindowResult:
    words = tuple(
        Word(start + 0.3 * i, start + 0.3 * i + 0.3, f" {word}", 0.9, language) for i, word in enumerate(text.split())
    )
    flags = () if verdict is Verdict.TRUSTED else ("no_speech 0.9 (limit 0.6)",)
    return WindowResult(
        one, words, WindowReport(one.start, one.end, verdict, {}, flags), skipped, one.in_clip(one.voices)
    )


def assembled(results: Sequence[WindowResult], windows: int) -> Assembly:
    assembly = Assembly.of(clip())
    assembly.expected = windows
    for one in results:
        assembly.add(one)
    return assembly


def test_the_order_in_which_windows_and_parts_come_back_changes_nothing() -> None:
    first, second = job([(0.0, 20.0)], 20.0), job([(0.0, 5.0)], 5.0, index=1, offset=30.0)
    gaps = [Gap(3.0, 8.0), Gap(12.0, 15.0)]
    parts = [job([(0.0, 5.0)], 5.0, offset=gap.start, fills=gap) for gap in gaps]
    window = result(first, "The board met.", 0.5, skipped=tuple(parts))
    pieces = [
        result(parts[0], "Ferries stopped at noon today.", 4.0),
        result(parts[1], "Nobody was hurt.", 12.5),
        result(second, "Good night.", 31.0),
    ]
    one, *others = (assembled([window, *order], 2).assembled() for order in permutations(pieces))
    assert all(other == one for other in others)
    assert "".join(word.text for word in one.words).strip() == (
        "The board met. Ferries stopped at noon today. Nobody was hurt. Good night."
    )


def test_parts_that_meet_and_hear_the_same_words_meet_alike_in_every_order() -> None:
    """Both hear `noon`, at times of their own: those of the part that was heard first in the clip hold."""
    whole = job([(0.0, 14.0)], 14.0)
    parts = [
        job([(0.0, 5.0)], 5.0, offset=gap.start, fills=gap, heard_before=heard_before)
        for gap, heard_before in [(Gap(3.0, 7.9), 1), (Gap(7.9, 12.0), 1), (Gap(12.0, 14.0), 2)]
    ]
    pieces = [
        result(parts[0], "Ferries stopped at noon", 6.8),
        result(parts[1], "noon on Friday and again", 7.78),
        result(parts[2], "again today.", 12.1),
    ]
    window = result(whole, "The board met.", 0.5, skipped=tuple(parts))
    one, *others = (assembled([window, *order], 1).assembled() for order in permutations(pieces))
    assert "".join(word.text for word in one.words).count("noon") == 1
    assert all(other == one for other in others)


def test_a_clip_is_complete_when_its_parts_are_back() -> None:
    whole = job([(0.0, 20.0)], 20.0)
    part = job([(0.0, 5.0)], 5.0, fills=Gap(3.0, 8.0))
    assembly = assembled([result(whole, "The board met.", 0.5, skipped=(part,))], 1)
    assert not assembly.complete
    assembly.add(result(part, "Ferries stopped.", 4.0))
    assert assembly.complete


def test_what_stays_without_words_is_a_gap_and_the_window_suspect() -> None:
    found = assembled([result(job([(0.0, 4.0)], 4.0), "The board met.", 0.0)], 1).assembled()
    [gap] = found.gaps
    assert gap.start == pytest.approx(0.9)
    assert gap.end == 4.0
    assert found.windows[0].verdict is Verdict.SUSPECT
    assert found.windows[0].flags[0].startswith("speech_without_words 3.1 ")


def test_a_part_that_was_put_in_makes_the_window_repaired() -> None:
    whole, part = job([(0.0, 4.0)], 4.0), job([(0.0, 4.0)], 4.0, fills=Gap(0.9, 4.0))
    heard = [
        result(whole, "The board met.", 0.0, skipped=(part,)),
        result(part, "Ferries stopped at noon here in Hilo.", 1.2),
    ]
    found = assembled(heard, 1).assembled()
    assert (found.gaps, found.windows[0].verdict) == ((), Verdict.REPAIRED)


def test_a_doubtful_or_dropped_window_never_names_the_language() -> None:
    short = job([(0.0, 1.0)], 1.0)
    assert assembled([result(short, "Nu e ideal.", 0.0, "ro", Verdict.SUSPECT)], 1).assembled().language is None
    both = [
        result(job([(0.0, 3.0)], 3.0), "Nu e ideal asta aici acum nu e.", 0.0, "ro", Verdict.SUSPECT),
        result(job([(0.0, 1.0)], 1.0, index=1, offset=5.0), "Good night.", 5.0),
    ]
    found = assembled(both, 2).assembled()
    assert found.language == "en"
    assert {word.language for word in found.words} == {None, "ro"}
