"""Reads what a server answers for one window: OpenAI's `verbose_json`, its `json`, or text.

Anybody may have written it. Times that cannot be are not used: the words then get times where somebody speaks.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any

from radio_archive.errors import TranscriptionError
from radio_archive.models import Word, clean_text
from radio_archive.speech.decoder import AlignedText
from radio_archive.text.fitting import Times, fit, pieces
from radio_archive.text.languages import language_called

Spans = Sequence[tuple[float, float]]

MOST_LETTERS, MORE_LETTERS = 100, 1_000
"""For each second, and beyond that: a loop of Whisper's, which the guards are to see, has less."""
OVER = 1.0
"""Seconds by which a time may lie after the end of the sound: many servers count in steps, or with padding."""


@dataclass(frozen=True, slots=True)
class _Segment:
    text: str
    start: float
    end: float
    probability: float
    """The mean log probability of its tokens."""
    no_speech: float


def read_answer(answer: object, seconds: float, language: str | None, find_speech: Callable[[], Spans]) -> AlignedText:
    """Return the words of an answer for a window of so many seconds, with times in it.

    `language` is what was asked for; None: the answer may say it. `find_speech` is called where the answer has no
    times of words. What a server does not say of its doubts counts as none. Raises TranscriptionError.
    """
    whole: Mapping[str, Any] = answer if isinstance(answer, dict) else {"text": answer}
    listed = [one for one in _list(whole.get("segments")) if isinstance(one, dict)]
    segments = [found for one in listed if (found := _segment(one, seconds))]
    text = whole.get("text")
    if not isinstance(text, str):
        if not segments:
            raise TranscriptionError("the endpoint's answer has no text", "Is it a server for transcriptions?")
        text = " ".join(segment.text for segment in segments)
    if len(text) > MOST_LETTERS * seconds + MORE_LETTERS:
        problem = f"the endpoint answers with {len(text):,} characters for {seconds:.1f} s of sound"
        raise TranscriptionError(problem, "Nobody says so much: look at the server.")
    text = clean_text(text)
    listed_words = _list(whole.get("words")) or [word for one in listed for word in _list(one.get("words"))]
    timed = list(_timed(listed_words, seconds))
    words = _with_times(text, timed, segments, seconds, find_speech)
    said = whole.get("language")
    spoken = language_called(said) if isinstance(said, str) and len(said) < 40 else None
    return AlignedText(words, text, *_doubts(segments, timed), language=language or spoken)


def _with_times(
    text: str, timed: Sequence[Word], segments: Sequence[_Segment], seconds: float, find_speech: Callable[[], Spans]
) -> tuple[Word, ...]:
    if "".join(word.text for word in timed).strip() == text:
        return tuple(timed)
    written = _words(text.split())
    if not written:
        return ()
    if timed:
        # OpenAI's own lists words without punctuation.
        fitted = fit(timed, written, Times.NONE, seconds)
        if fitted.is_fit:
            return fitted.words
    speech = find_speech() or [(0.0, seconds)]
    parts = [(segment.text.split(), segment.start, min(segment.end, seconds)) for segment in segments]
    in_order = all(one[2] <= other[1] + OVER for one, other in pairwise(parts))
    if not in_order or [word for words, _, _ in parts for word in words] != text.split():
        return tuple(_spread(written, speech))
    found = [word for words, start, end in parts for word in _spread(_words(words), _within(speech, start, end))]
    return tuple(_in_order(found, seconds))


def _words(texts: Sequence[str]) -> Sequence[Word]:
    """Return words without times; of a script without spaces, its characters."""
    return list(pieces([Word(0.0, 0.0, f" {text}") for text in texts]))


def _within(speech: Spans, start: float, end: float) -> Spans:
    """Return the speech between two times; all between them, if there is none."""
    inside = [(max(start, first), min(end, last)) for first, last in speech if first < end and last > start]
    return inside or [(start, max(start, end))]


def _spread(words: Sequence[Word], speech: Spans) -> Iterator[Word]:
    """Yield words one after the other where somebody speaks, each as long as it has letters, none across a pause."""
    letters = [0, *accumulate(max(1, len(word.text.strip())) for word in words)]
    spoken = [0.0, *accumulate(end - start for start, end in speech)]
    scale = spoken[-1] / letters[-1] if letters[-1] else 0.0
    for word, first, last in zip(words, letters, letters[1:], strict=False):
        index = min(bisect_right(spoken, scale * (first + last) / 2) - 1, len(speech) - 1)
        start, end = speech[index]
        begins, stops = (start + scale * at - spoken[index] for at in (first, last))
        yield replace(word, start=max(start, begins), end=min(end, max(begins, stops)))


def _timed(listed: Sequence[object], seconds: float) -> Iterator[Word]:
    """Yield the words of a list that have a time in the sound, in order; none of them begins before the last ends."""
    found = []
    for one in listed:
        if not isinstance(one, dict):
            continue
        raw = one.get("word", one.get("text"))
        start, end = _number(one.get("start")), _number(one.get("end"))
        if not isinstance(raw, str) or start is None or end is None or not 0 <= start <= end <= seconds + OVER:
            continue
        probability = _number(one.get("probability"))
        known = probability if probability is not None and 0 <= probability <= 1 else None
        text = clean_text(raw[:200])
        if text:
            found.append(Word(start, end, f" {text}" if raw[0].isspace() else text, known))
    return _in_order(found, seconds)


def _in_order(words: Sequence[Word], seconds: float) -> Iterator[Word]:
    earliest = 0.0
    for word in words:
        start = min(max(word.start, earliest), seconds)
        earliest = min(max(word.end, start), seconds)
        yield replace(word, start=start, end=earliest)


def _segment(found: Mapping[str, Any], seconds: float) -> _Segment | None:
    text, start, end = found.get("text"), _number(found.get("start")), _number(found.get("end"))
    if not isinstance(text, str) or start is None or end is None or not 0 <= start <= min(end, seconds):
        return None
    probability, no_speech = _number(found.get("avg_logprob")), _number(found.get("no_speech_prob"))
    return _Segment(clean_text(text), start, end, min(probability or 0.0, 0.0), min(max(no_speech or 0.0, 0.0), 1.0))


def _doubts(segments: Sequence[_Segment], timed: Sequence[Word]) -> tuple[float, float]:
    """Return the mean log probability of a window's tokens, and the probability that nobody speaks."""
    if segments:
        lengths = [max(1, len(segment.text)) for segment in segments]

        def mean(values: Iterator[float]) -> float:
            return sum(value * length for value, length in zip(values, lengths, strict=True)) / sum(lengths)

        return mean(one.probability for one in segments), mean(one.no_speech for one in segments)
    known = [math.log(max(word.probability, 1e-6)) for word in timed if word.probability is not None]
    return sum(known) / len(known) if known else 0.0, 0.0


def _list(found: object) -> Sequence[Any]:
    return found if isinstance(found, list) else []


def _number(found: object) -> float | None:
    """Return a number of JSON that is finite; None for anything else."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        value = float(found)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None
