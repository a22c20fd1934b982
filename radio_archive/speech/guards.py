"""Checks every decoded window for hallucinated text, and decides what to keep of a window that fails.

Whisper was trained on subtitles. Where nobody speaks it writes the ends of subtitles (thanks, credits), its prompt
(hotwords), or one phrase over and over, often with high confidence. No single measure finds this. Each guard here
finds some of it, and a false alarm only costs a second decoding. Scores are Whisper's own unless stated otherwise.
"""

import re
import tomllib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources
from typing import Literal

from radio_archive.models import Word
from radio_archive.speech.loops import repetition, units, without_loops
from radio_archive.text.spelling import fold

_SENTENCE = re.compile(r"[.!?…]+(?=\s|$)|[。！？♪\n]+")
_SLACK = 0.4  # seconds; voice detectors cut off the soft ends of speech
_TOUCH = 0.1  # seconds a word may be off from speech: Whisper's word times are imprecise
_RUN = 5  # words


@dataclass(frozen=True, slots=True)
class Decoding:
    """A window as decoded. All times are in seconds of the clip.

    `speech` is where a voice detector found speech, without padding. `words` is empty if none were aligned.
    """

    text: str
    words: tuple[Word, ...]
    average_log_probability: float
    no_speech_probability: float
    speech: tuple[tuple[float, float], ...]
    start: float
    end: float
    hotwords: str | None = None
    certain_seconds: float | None = None
    """Seconds of speech without what only sensitive voice detection finds; None if that is all."""

    @property
    def speech_seconds(self) -> float:
        return sum(max(0.0, min(end, self.end) - max(start, self.start)) for start, end in self.speech)


@dataclass(frozen=True, slots=True)
class GuardRules:
    """The limits beyond which a window is suspicious. The first group is Whisper's own; the others are ours."""

    compression_ratio: float = 2.4
    average_log_probability: float = -1.0
    silence_doubt: float = 0.6
    """Limit of no-speech probability times minus log probability: a curve through Whisper's limits, 0.6 and -1.0."""

    short_doubt: float = 0.25
    """The same limit for up to `short_words` words, the typical hallucination on music and noise."""
    short_words: float = 8
    no_speech: float = 0.95
    """A no-speech probability above this is suspicious at any log probability."""
    repeats: tuple[tuple[float, int], ...] = ((0.5, 9), (1, 7), (2, 4), (6.5, 3), (12, 2))
    """(words, times): a phrase of at most `words` words may occur `times` times in a row, as in a chorus."""
    words_per_second: float = 8
    """Words per second of speech. Auctioneers reach 6; news is read at 2.5 to 3.5."""
    sparse_words: float = 0.8
    """Words (six letters count as one) per second of speech: fewer are only written on music."""
    sparse_from: float = 4
    """Seconds of speech from which `sparse_words` applies."""
    least_speech: float = 0.25
    """Seconds of speech in a window with text; a short "No." is as long."""
    hardly_speech: float = 1.0
    """Seconds of speech in a window, below which its text must be convincing to be kept: voices flicker in music."""
    words_outside: float = 0.5
    """Share of the words that are where no speech was found."""
    run_outside: int = 4
    """This many words in a row outside speech are suspicious, for any number of words."""
    speech_without_words: float = 2.0
    """Seconds of speech beside up to `short_words` words that are suspicious if also `unexplained`: stock phrases."""
    unexplained: float = 0.5
    """Share of the speech."""
    word_anomalies: float = 0.8
    """Mean `anomaly` of the worst five words in a row."""
    hotword_share: float = 0.75
    """Share of the words that are hotwords."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A guard's alarm: the measured value, and the limit that it reached or crossed."""

    guard: str
    value: float
    limit: float

    def __str__(self) -> str:
        return f"{self.guard} {self.value:g} (limit {self.limit:g})"


class PhantomPhrases:
    """What Whisper writes where nobody speaks: credits, which are never spoken, and courtesies, which may be."""

    def __init__(self, read: Callable[[], Mapping[str, Mapping[str, Sequence[str]]]]) -> None:
        """`read` is called on first use. It returns phrases by language, then by kind, as in phantoms.toml."""
        self._read = read

    @cached_property
    def _folded(self) -> tuple[tuple[str, ...], frozenset[str]]:
        languages = list(self._read().values())
        credited = {fold(phrase) for kinds in languages for phrase in kinds["credits"]}
        return tuple(credited), frozenset(fold(phrase) for kinds in languages for phrase in kinds["courtesies"])

    def is_credit(self, sentence: str) -> bool:
        return fold(sentence).startswith(self._folded[0])

    def is_courtesy(self, sentence: str) -> bool:
        return fold(sentence) in self._folded[1]


PHANTOMS = PhantomPhrases(lambda: tomllib.loads((resources.files(__package__) / "phantoms.toml").read_text("utf-8")))


def check(
    decoded: Decoding, rules: GuardRules | None = None, phrases: PhantomPhrases | None = PHANTOMS
) -> tuple[Flag, ...]:
    """Return what is suspicious about a window; nothing if it has no text. `phrases=None` skips the phrase list."""
    if not decoded.text.strip():
        return ()
    rules = rules or GuardRules()
    found = [*_text_flags(decoded, rules), *_time_flags(decoded, rules), *_hotword_flags(decoded, rules)]
    if phrases and (share := _phantom_share(decoded, phrases, rules)):
        found.append(Flag("phantom_phrase", round(share, 2), 0.0))
    return tuple(found)


def _text_flags(decoded: Decoding, rules: GuardRules) -> Iterator[Flag]:
    ratio = compression_ratio(decoded.text)
    if ratio > rules.compression_ratio:
        yield Flag("compression_ratio", round(ratio, 2), rules.compression_ratio)
    repeats, allowed = repetition(decoded.text, rules.repeats)
    if repeats > allowed:
        yield Flag("repeated_ngrams", repeats, allowed)
    probability, silence = decoded.average_log_probability, decoded.no_speech_probability
    if probability < rules.average_log_probability:
        yield Flag("average_log_probability", round(probability, 2), rules.average_log_probability)
    doubt = rules.short_doubt if word_count(decoded.text) <= rules.short_words else rules.silence_doubt
    if silence > rules.no_speech:
        yield Flag("no_speech", round(silence, 2), rules.no_speech)
    elif -probability * silence > doubt:
        yield Flag("no_speech", round(-probability * silence, 2), doubt)


def _time_flags(decoded: Decoding, rules: GuardRules) -> Iterator[Flag]:
    speech, words = decoded.speech_seconds, word_count(decoded.text)
    if speech < rules.least_speech:
        yield Flag("text_without_speech", round(speech, 2), rules.least_speech)
    outside = [_outside(word, decoded.speech) for word in decoded.words]
    if sum(outside) > 1 and sum(outside) > rules.words_outside * len(outside):
        yield Flag("text_without_speech", round(sum(outside) / len(outside), 2), rules.words_outside)
    elif (run := _longest_run(outside)) >= rules.run_outside:
        yield Flag("text_without_speech", run, rules.run_outside)
    rate = words / (speech + _SLACK)
    if rate > rules.words_per_second and words >= 3:
        yield Flag("words_per_second", round(rate, 2), rules.words_per_second)
    density = word_count(decoded.text, letters=6) / speech if speech >= rules.sparse_from else rules.sparse_words
    if density < rules.sparse_words:
        yield Flag("sparse_text", round(density, 2), rules.sparse_words)
    wordless = _without_words(decoded) if words <= rules.short_words else 0.0
    if wordless > rules.speech_without_words and wordless > rules.unexplained * speech and decoded.words:
        yield Flag("speech_without_words", round(wordless, 2), rules.speech_without_words)
    worst = _worst_run(decoded.words)
    if worst >= rules.word_anomalies:
        yield Flag("word_anomalies", round(worst, 2), rules.word_anomalies)


def _hotword_flags(decoded: Decoding, rules: GuardRules) -> Iterator[Flag]:
    """Flag hotwords that Whisper copied from its prompt. A name may really be the only word of a window."""
    hotwords = [unit for unit, _ in units(decoded.hotwords or "")]
    written = [unit for unit, _ in units(decoded.text)]
    share = sum(unit in set(hotwords) for unit in written) / max(1, len(written))
    if share < rules.hotword_share or not hotwords:
        return
    joined, listed = (f" {' '.join(units)} " for units in (written, hotwords))
    echoed = len(written) >= 5 and (joined in listed or listed in joined)
    hurried = word_count(decoded.text) > 4 * (decoded.speech_seconds + _SLACK)
    if echoed or hurried or not _convincing(decoded, rules):
        yield Flag("hotwords_in_silence", round(share, 2), rules.hotword_share)


def _phantom_share(decoded: Decoding, phrases: PhantomPhrases, rules: GuardRules) -> float:
    """Return the share of the text that is phantom phrases at its start or end. Courtesies count only if doubtful."""
    sentences = [sentence for part in _SENTENCE.split(decoded.text) if (sentence := part.strip())]
    credited = [phrases.is_credit(sentence) for sentence in sentences]
    courteous = [phrases.is_courtesy(sentence) for sentence in sentences]
    if not sentences or not any(credited + courteous):
        return 0.0
    edges = {0, len(sentences) - 1}
    suspects = {i for i in range(len(sentences)) if credited[i] and (i in edges or len(sentences) < 4)}
    if all(c or k for c, k in zip(credited, courteous, strict=True)):
        suspects |= set() if _convincing(decoded, rules) else set(range(len(sentences)))
    else:
        suspects |= {i for i in edges if courteous[i] and _faint(decoded, sentences[i], at_end=i > 0)}
    whole = sum(len(sentence) for sentence in sentences)
    return sum(len(sentences[i]) for i in suspects) / whole


def _convincing(decoded: Decoding, rules: GuardRules) -> bool:
    """Whether every measure supports the text: probable words, in speech, at a plausible rate."""
    known = [word.probability for word in decoded.words if word.probability is not None]
    return (
        decoded.no_speech_probability < 0.3
        and decoded.average_log_probability > -0.6
        and (not known or sum(known) / len(known) >= 0.6)
        and not any(_outside(word, decoded.speech) for word in decoded.words)
        and not any(_time_flags(decoded, rules))
    )


def _faint(decoded: Decoding, sentence: str, *, at_end: bool) -> bool:
    """Whether the words of the first or last sentence are improbable or outside speech."""
    words, length = list[Word](), 0
    for word in reversed(decoded.words) if at_end else decoded.words:
        if length >= len(sentence):
            break
        words.append(word)
        length += len(word.text)
    known = [word.probability for word in words if word.probability is not None]
    outside = sum(_outside(word, decoded.speech) for word in words)
    return outside * 2 > len(words) or (bool(known) and sum(known) / len(known) < 0.5)


def compression_ratio(text: str) -> float:
    """Return how many times shorter zlib makes the text; for ASCII, the same number as in OpenAI's Whisper.

    Whisper compresses UTF-8, where letters of other scripts share their first bytes, so ordinary Hindi or Tamil news
    exceeds its limit of 2.4. Here each distinct letter becomes one byte, or two if there are more than 256.
    """
    codes: dict[str, int] = {}
    numbers = [codes.setdefault(letter, len(codes)) for letter in text.strip()]
    width = 1 if len(codes) <= 256 else 2
    content = text.strip().encode() if text.isascii() else b"".join(code.to_bytes(width, "big") for code in numbers)
    return len(content) / len(zlib.compress(content))


def word_count(text: str, letters: int | None = None) -> float:
    """Return the number of words, estimated for scripts without spaces.

    With `letters`, each word longer than that counts as more than one: the length of words differs by language.
    """
    return sum(max(weight, len(unit) / letters) if letters else weight for unit, weight in units(text))


def anomaly(word: Word) -> float:
    """Return 0 for a normal word, up to 1 for one that is improbable, too short or too long.

    The formula is OpenAI Whisper's `word_anomaly_score`, used by its `hallucination_silence_threshold`. In scripts
    without spaces words are single letters, which are shorter.
    """
    shortest = 0.133 * min(1.0, word_count(word.text) or 1.0)
    duration = word.end - word.start
    score = float(word.probability is not None and word.probability < 0.15)
    score += max(0.0, shortest - duration) * 15 + max(0.0, duration - 2.0)
    return min(1.0, score)


def _worst_run(words: Sequence[Word]) -> float:
    """Return the mean anomaly of the worst five words in a row; of three or four if there are no more."""
    scores = [anomaly(word) for word in words]
    size = min(_RUN, len(scores))
    return max((sum(scores[i : i + size]) / size for i in range(len(scores) - size + 1) if size >= 3), default=0.0)


def _outside(word: Word, speech: Sequence[tuple[float, float]]) -> bool:
    """Whether most of a word is outside speech."""
    inside = sum(max(0.0, min(word.end, end + _TOUCH) - max(word.start, start - _TOUCH)) for start, end in speech)
    if word.end <= word.start:
        return not any(start - _TOUCH <= word.start <= end + _TOUCH for start, end in speech)
    return inside < (word.end - word.start) / 2


def _without_words(decoded: Decoding) -> float:
    """Return the seconds of speech before the first word and after the last."""
    if not decoded.words:
        return 0.0
    first, last = decoded.words[0].start - _SLACK, decoded.words[-1].end + _SLACK
    before = sum(max(0.0, min(end, first) - start) for start, end in decoded.speech)
    return before + sum(max(0.0, end - max(start, last)) for start, end in decoded.speech)


def _longest_run(outside: Sequence[bool]) -> int:
    longest = run = 0
    for out in outside:
        run = run + 1 if out else 0
        longest = max(longest, run)
    return longest


@dataclass(frozen=True, slots=True)
class GuardResult:
    """The decoding of a window that is kept, what is still suspicious about it, and how far to trust it."""

    kept: Decoding
    flags: tuple[Flag, ...]
    verdict: Literal["trusted", "repaired", "suspect", "dropped"]


_DENIES_SPEECH = {"no_speech", "text_without_speech", "hotwords_in_silence", "phantom_phrase"}
_LOOPS = {"compression_ratio", "repeated_ngrams", "words_per_second"}


def choose(
    first: Decoding, second: Decoding | None, rules: GuardRules | None = None, phrases: PhantomPhrases | None = PHANTOMS
) -> GuardResult:
    """Return which decoding of a window to keep: `first` from the batch, or `second`, decoded alone without hotwords.

    - trusted: the first has no flags; no second is needed.
    - repaired: the second has no flags, and it has text.
    - dropped, text emptied: the voice detector found almost no speech; or the second is empty and a flag of the first
      says that nobody spoke; or there is hardly any speech and flags of both say so; or both fail Whisper's own test
      for silence (0.6 and -1.0); or both are only phantom phrases, and each has another flag too.
    - suspect: all else. The one with fewer flags is kept; if equal, the more probable. If the second is empty, the
      first is kept, because it may be true, unless it is a loop or too fast to be speech: then no text is kept.
    """
    rules = rules or GuardRules()
    flags = check(first, rules, phrases)
    if not flags:
        return GuardResult(first, (), "trusted")
    if second is None:
        return GuardResult(first, flags, "suspect")
    guards, again = {flag.guard for flag in flags}, check(second, rules, phrases)
    nothing = replace(second, text="", words=())
    if not second.text.strip():
        silent = first.speech_seconds < rules.least_speech or guards & _DENIES_SPEECH
        kept = nothing if silent or guards & _LOOPS else first
        return GuardResult(kept, flags, "dropped" if silent else "suspect")
    if not again:
        return GuardResult(second, (), "repaired")
    certain = first.speech_seconds if first.certain_seconds is None else first.certain_seconds
    hardly = certain < rules.hardly_speech and all(
        any(flag.guard in _DENIES_SPEECH for flag in found) for found in (flags, again)
    )
    if hardly or all(_silent(decoded, rules) for decoded in (first, second)) or (_phantom(flags) and _phantom(again)):
        return GuardResult(nothing, again, "dropped")
    if guards & _LOOPS and _LOOPS & {flag.guard for flag in again}:
        first, second = (_without_loops(decoded, rules) for decoded in (first, second))
    if (len(flags), -first.average_log_probability) < (len(again), -second.average_log_probability):
        return GuardResult(first, flags, "suspect")
    return GuardResult(second, again, "suspect")


def _without_loops(decoded: Decoding, rules: GuardRules) -> Decoding:
    words = without_loops(decoded.words, rules.repeats)
    return replace(decoded, words=words, text="".join(word.text for word in words).strip())


def _silent(decoded: Decoding, rules: GuardRules) -> bool:
    unlikely = decoded.average_log_probability < rules.average_log_probability
    return decoded.speech_seconds < rules.least_speech or (unlikely and decoded.no_speech_probability > 0.6)


def _phantom(flags: Sequence[Flag]) -> bool:
    return len(flags) > 1 and any(flag.guard == "phantom_phrase" and flag.value > 0.9 for flag in flags)


def scores(decoded: Decoding) -> dict[str, float]:
    """Return the measurements of a window, rounded, to be stored with it."""
    rules = GuardRules()
    repeats, _ = repetition(decoded.text, rules.repeats)
    outside = [_outside(word, decoded.speech) for word in decoded.words]
    speech, count = decoded.speech_seconds, word_count(decoded.text)
    return {
        "log_probability": round(decoded.average_log_probability, 3),
        "no_speech": round(decoded.no_speech_probability, 3),
        "compression": round(compression_ratio(decoded.text), 2),
        "repeats": repeats,
        "speech": round(speech, 2),
        "words_per_second": round(count / (speech + _SLACK), 2),
        "outside": round(sum(outside) / max(1, len(outside)), 2),
        "anomalies": round(_worst_run(decoded.words), 2),
    }
