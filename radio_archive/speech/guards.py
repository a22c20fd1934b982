"""Checks on every decoded window against invented text, and what to make of a window that fails them.

Whisper learnt from subtitles. Where nobody speaks it writes what subtitles end with (thanks, credits), what it was
primed with (hotwords), or one phrase over and over; and it is often quite sure of it. No single measure tells: each
guard here catches some of it, and a flag only costs a second decoding. Scores without other notice are Whisper's own.
"""

import re
import tomllib
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources
from typing import Literal

from radio_archive.models import Word
from radio_archive.text.spelling import fold

# Scripts without spaces: how much of a word a letter is. Words there have about 2 Han or Kana and 4 Thai letters.
_PACKED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff𠀀-\U0003ffff]")
_PHONETIC = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_UNIT = re.compile(f"{_PACKED.pattern}|{_PHONETIC.pattern}|(?:(?!{_PACKED.pattern}|{_PHONETIC.pattern})\\S)+")
_STUTTER = re.compile(r"(\w{1,4}?)\1{9,}")
_SENTENCE = re.compile(r"[.!?…]+(?=\s|$)|[。！？♪\n]+")
_SLACK = 0.4  # seconds: a voice detector trims the soft ends of speech
_TOUCH = 0.1  # seconds by which a word may stand off from speech: Whisper's word times are vague
_RUN = 5  # words


@dataclass(frozen=True, slots=True)
class Decoded:
    """A window as it was decoded. All times are seconds of the clip.

    `speech` is where a voice detector heard speech, without padding. `words` may be empty where none were aligned.
    """

    text: str
    words: tuple[Word, ...]
    average_log_probability: float
    no_speech_probability: float
    temperature: float
    speech: tuple[tuple[float, float], ...]
    start: float
    end: float
    hotwords: str | None = None

    @property
    def speech_seconds(self) -> float:
        return sum(max(0.0, min(end, self.end) - max(start, self.start)) for start, end in self.speech)


@dataclass(frozen=True, slots=True)
class GuardRules:
    """From where on a window is suspicious. Those of the first group are Whisper's own; the others are ours."""

    compression_ratio: float = 2.4
    average_log_probability: float = -1.0
    silence_doubt: float = 0.6
    """No-speech probability times minus the log probability: a curve through Whisper's corner of 0.6 and -1.0."""

    short_doubt: float = 0.25
    """The same for `short_words` at most, which is what Whisper invents on music and noise."""
    short_words: float = 8
    no_speech: float = 0.95
    """A no-speech probability that no log probability excuses."""
    repeats: tuple[tuple[float, int], ...] = ((0.5, 9), (1, 7), (2, 4), (6.5, 3), (12, 2))
    """Up to so many words long, a phrase may follow on itself so many times: a chorus does, a loop does not end."""
    words_per_second: float = 8
    """Of speech. Auctioneers reach 6; news is read at 2.5 to 3.5."""
    sparse_words: float = 0.8
    """Words (of six letters, or shorter ones) in a second of speech: fewer are written on music only."""
    sparse_from: float = 4
    """Seconds of speech from which that counts."""
    least_speech: float = 0.25
    """Seconds; a short "No." takes as much."""
    words_outside: float = 0.5
    """The share of words that are not where speech was heard."""
    run_outside: int = 4
    """So many words in a row outside of speech are too many, however many there are in all."""
    speech_without_words: float = 2.0
    """Seconds of speech that no word explains, if they are `unexplained` of all: a stock phrase is over soon."""
    unexplained: float = 0.5
    """A share of the speech."""
    word_anomalies: float = 0.8
    """Of the worst five words in a row; see `anomaly`."""
    hotword_share: float = 0.75
    """The share of words that are hotwords."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A guard's alarm: what it measured, and the limit that this reached or crossed."""

    guard: str
    value: float
    limit: float


class Phrases:
    """What Whisper is known to write where nobody speaks: credits, which nobody ever says, and courtesies."""

    def __init__(self, read: Callable[[], Mapping[str, Mapping[str, Sequence[str]]]]) -> None:
        """`read` is called on first use; it gives phrases by language, then by kind, as in phantoms.toml."""
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


KNOWN = Phrases(lambda: tomllib.loads(resources.files(__package__).joinpath("phantoms.toml").read_text("utf-8")))


def check(decoded: Decoded, rules: GuardRules | None = None, phrases: Phrases | None = KNOWN) -> tuple[Flag, ...]:
    """Return what is suspicious about a window: nothing, if it holds no text. `phrases=None` goes without the list."""
    if not decoded.text.strip():
        return ()
    rules = rules or GuardRules()
    found = [*_text_flags(decoded, rules), *_time_flags(decoded, rules), *_hotword_flags(decoded, rules)]
    if phrases and (share := _phantom_share(decoded, phrases, rules)):
        found.append(Flag("phantom_phrase", round(share, 2), 0.0))
    return tuple(found)


def _text_flags(decoded: Decoded, rules: GuardRules) -> Iterator[Flag]:
    ratio = compression_ratio(decoded.text)
    if ratio > rules.compression_ratio:
        yield Flag("compression_ratio", round(ratio, 2), rules.compression_ratio)
    repeats, allowed = repetition(decoded.text, rules)
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


def _time_flags(decoded: Decoded, rules: GuardRules) -> Iterator[Flag]:
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
    silent = _without_words(decoded)
    if silent > rules.speech_without_words and silent > rules.unexplained * speech and decoded.words:
        yield Flag("speech_without_words", round(silent, 2), rules.speech_without_words)
    worst = _worst_run(decoded.words)
    if worst >= rules.word_anomalies:
        yield Flag("word_anomalies", round(worst, 2), rules.word_anomalies)


def _hotword_flags(decoded: Decoded, rules: GuardRules) -> Iterator[Flag]:
    """Hotwords are a list that Whisper reads out where it hears nothing. A name may truly be a window's only word."""
    primed = [unit for unit, _ in _units(decoded.hotwords or "")]
    written = [unit for unit, _ in _units(decoded.text)]
    share = sum(unit in set(primed) for unit in written) / max(1, len(written))
    if share < rules.hotword_share or not primed:
        return
    joined, listed = (f" {' '.join(units)} " for units in (written, primed))
    echoed = len(written) >= 5 and (joined in listed or listed in joined)
    hurried = word_count(decoded.text) > 4 * (decoded.speech_seconds + _SLACK)
    if echoed or hurried or not _convincing(decoded, rules):
        yield Flag("hotwords_in_silence", round(share, 2), rules.hotword_share)


def _phantom_share(decoded: Decoded, phrases: Phrases, rules: GuardRules) -> float:
    """Return how much of the text is a phantom, at its start or end. Courtesies count only where they are doubtful."""
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


def _convincing(decoded: Decoded, rules: GuardRules) -> bool:
    """Whether everything speaks for the text: sure words, where speech was heard, as many as fit into it."""
    known = [word.probability for word in decoded.words if word.probability is not None]
    return (
        decoded.no_speech_probability < 0.3
        and decoded.average_log_probability > -0.6
        and (not known or sum(known) / len(known) >= 0.6)
        and not any(_outside(word, decoded.speech) for word in decoded.words)
        and not any(_time_flags(decoded, rules))
    )


def _faint(decoded: Decoded, sentence: str, *, at_end: bool) -> bool:
    """Whether the words of the first or last sentence are improbable or were not heard as speech."""
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
    """Return how many times shorter zlib makes the text, as in OpenAI's Whisper: for ASCII, the same number.

    Whisper takes the bytes of UTF-8, where letters of other scripts share their first bytes, so that plain Hindi or
    Tamil news exceeds its limit of 2.4. Here each different letter is one byte; two, if there are over 256.
    """
    codes: dict[str, int] = {}
    numbers = [codes.setdefault(letter, len(codes)) for letter in text.strip()]
    width = 1 if len(codes) <= 256 else 2
    content = text.strip().encode() if text.isascii() else b"".join(code.to_bytes(width, "big") for code in numbers)
    return len(content) / len(zlib.compress(content))


def repetition(text: str, rules: GuardRules) -> tuple[int, int]:
    """Return how many times in a row the worst phrase stands, and how many times a phrase of its length may."""
    units = _units(text)
    worst = (0, 1)
    stutter = max((len(found[0]) // len(found[1]) for found in _STUTTER.finditer(fold(text))), default=0)
    if stutter:
        worst = (stutter, rules.repeats[0][1])
    sparing = any(weight < 1 for _, weight in units)
    for size in range(1, min(len(units) // 2, 48 if sparing else 12) + 1):
        run = 0
        for i in range(len(units) - size):
            run = run + 1 if units[i] == units[i + size] else 0
            if run and run % size == 0:
                length = sum(weight for _, weight in units[i : i + size])
                allowed = next((times for most, times in rules.repeats if length <= most), 0)
                found = (run // size + 1, allowed)
                if allowed and found[0] * worst[1] > worst[0] * allowed:
                    worst = found
    return worst


def word_count(text: str, letters: int | None = None) -> float:
    """Return how many words there are, estimated where the script writes no spaces.

    With `letters`, a word that is longer than so many counts for more: languages differ in how much is one word.
    """
    return sum(max(weight, len(unit) / letters) if letters else weight for unit, weight in _units(text))


def _units(text: str) -> list[tuple[str, float]]:
    """The folded words of a text, or its letters in scripts without spaces, each with its share of a word."""
    found = _UNIT.findall(unicodedata.normalize("NFC", fold(text)))
    return [(unit, 0.5 if _PACKED.match(unit) else 0.25 if _PHONETIC.match(unit) else 1.0) for unit in found]


def anomaly(word: Word) -> float:
    """Return 0 (as words are) to 1 for one that is improbable, too short or too long: OpenAI's Whisper's formula.

    That is `word_anomaly_score` behind its `hallucination_silence_threshold`. In scripts without spaces words are
    single letters, which are shorter.
    """
    shortest = 0.133 * min(1.0, word_count(word.text) or 1.0)
    duration = word.end - word.start
    score = float(word.probability is not None and word.probability < 0.15)
    score += max(0.0, shortest - duration) * 15 + max(0.0, duration - 2.0)
    return min(1.0, score)


def _worst_run(words: Sequence[Word]) -> float:
    """The mean anomaly of the worst five words in a row; of three or four, if there are no more."""
    scores = [anomaly(word) for word in words]
    size = min(_RUN, len(scores))
    return max((sum(scores[i : i + size]) / size for i in range(len(scores) - size + 1) if size >= 3), default=0.0)


def _outside(word: Word, speech: Sequence[tuple[float, float]]) -> bool:
    """Whether most of a word is where no speech was heard."""
    inside = sum(max(0.0, min(word.end, end + _TOUCH) - max(word.start, start - _TOUCH)) for start, end in speech)
    if word.end <= word.start:
        return not any(start - _TOUCH <= word.start <= end + _TOUCH for start, end in speech)
    return inside < (word.end - word.start) / 2


def _without_words(decoded: Decoded) -> float:
    """Return how many seconds of speech lie before the first or after the last word."""
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
class Judged:
    """What is kept of a window's decodings, what is still suspicious about it, and how much to trust it."""

    kept: Decoded
    flags: tuple[Flag, ...]
    verdict: Literal["trusted", "repaired", "suspect", "dropped"]


_DENIES_SPEECH = {"no_speech", "text_without_speech", "hotwords_in_silence", "phantom_phrase"}
_LOOPS = {"compression_ratio", "repeated_ngrams", "words_per_second"}


def choose(
    first: Decoded, second: Decoded | None, rules: GuardRules | None = None, phrases: Phrases | None = KNOWN
) -> Judged:
    """Return what to keep of a window: `first` from the batch, `second` decoded alone, without hotwords.

    - trusted: nothing was suspicious about the first; a second is not needed.
    - repaired: nothing is suspicious about the second, and it has text.
    - dropped, text emptied: the voice detector heard next to nothing, whatever was written; or the second wrote
      nothing where a flag of the first denies that anyone spoke; or both fail Whisper's own test for silence (0.6
      and -1.0); or both are nothing but phantoms, and not the phantom alone is suspicious.
    - suspect: all else. The one with fewer flags is kept, of equals the more probable. Where the second wrote
      nothing, the first is kept, for it may be true, unless it is a loop or too much to be said: then nothing is.
    """
    rules = rules or GuardRules()
    flags = check(first, rules, phrases)
    if not flags:
        return Judged(first, (), "trusted")
    if second is None:
        return Judged(first, flags, "suspect")
    guards, again = {flag.guard for flag in flags}, check(second, rules, phrases)
    nothing = replace(second, text="", words=())
    if not second.text.strip():
        unheard = first.speech_seconds < rules.least_speech or guards & _DENIES_SPEECH
        kept = nothing if unheard or guards & _LOOPS else first
        return Judged(kept, flags, "dropped" if unheard else "suspect")
    if not again:
        return Judged(second, (), "repaired")
    if all(_silent(decoded, rules) for decoded in (first, second)) or (_phantom(flags) and _phantom(again)):
        return Judged(nothing, again, "dropped")
    if (len(flags), -first.average_log_probability) < (len(again), -second.average_log_probability):
        return Judged(first, flags, "suspect")
    return Judged(second, again, "suspect")


def _silent(decoded: Decoded, rules: GuardRules) -> bool:
    unlikely = decoded.average_log_probability < rules.average_log_probability
    return decoded.speech_seconds < rules.least_speech or (unlikely and decoded.no_speech_probability > 0.6)


def _phantom(flags: Sequence[Flag]) -> bool:
    return len(flags) > 1 and any(flag.guard == "phantom_phrase" and flag.value > 0.9 for flag in flags)


def scores(decoded: Decoded) -> dict[str, float]:
    """Return what was measured about a window, rounded, to be stored with it."""
    rules = GuardRules()
    repeats, _ = repetition(decoded.text, rules)
    outside = [_outside(word, decoded.speech) for word in decoded.words]
    speech, count = decoded.speech_seconds, word_count(decoded.text)
    return {
        "log_probability": round(decoded.average_log_probability, 3),
        "no_speech": round(decoded.no_speech_probability, 3),
        "temperature": round(decoded.temperature, 1),
        "compression": round(compression_ratio(decoded.text), 2),
        "repeats": repeats,
        "speech": round(speech, 2),
        "words_per_second": round(count / (speech + _SLACK), 2),
        "outside": round(sum(outside) / max(1, len(outside)), 2),
        "anomalies": round(_worst_run(decoded.words), 2),
    }
