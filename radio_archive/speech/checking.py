"""Checks a window that was decoded: what of its text to keep, and what of its speech to hear again."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from radio_archive.audio.decode import Samples
from radio_archive.models import Verdict, WindowReport
from radio_archive.speech import coverage, guards
from radio_archive.speech.assembly import WindowResult
from radio_archive.speech.decoder import AlignedText, Hints
from radio_archive.speech.prefetch import Job
from radio_archive.speech.timing import snap

NOBODY = 0.6
"""Whisper's own limit of the probability that a window without text holds no speech."""
HARMLESS = {"sparse_text", "speech_without_words"}
"""Guards that say nothing against the words of a part: it may skip something again."""
LEAVES_OUT = "sparse_text"
"""A guard that says no more than coverage, which knows where: the text leaves something out."""
PART_RULES = guards.GuardRules(short_doubt=0.6, repeats=((12, 2),))
"""Somebody speaks in a part, so silence is no doubt; that a sentence is said three times is."""


def checked(
    job: Job,
    aligned: AlignedText,
    hints: Hints,
    decode_again: Callable[[], AlignedText],
    features: Callable[[Samples], NDArray[np.float32]],
    *,
    guarded: bool,
) -> WindowResult:
    """Return the words to keep of a window, or of a part of one; it is decoded again if a guard objects."""
    first = _placed(job, aligned, hints)
    if not guarded:
        return _result(job, first, Verdict.UNCHECKED)
    if job.fills:
        kept = _part(first, job.in_clip(job.voices), lambda: _placed(job, decode_again(), hints))
        return _result(job, kept, Verdict.TRUSTED, skipped=_skipped(job, kept, features))
    flags = guards.check(first)
    if all(flag.guard == LEAVES_OUT for flag in flags):
        return _result(job, first, Verdict.TRUSTED, skipped=_skipped(job, first, features))
    result = guards.choose(first, _placed(job, decode_again(), Hints(hints.language)))
    skipped = _skipped(job, result.kept, features) if result.kept.words else ()
    return _result(job, result.kept, Verdict(result.verdict), result.flags or flags, skipped)


def _result(
    job: Job,
    kept: guards.Decoding,
    verdict: Verdict,
    flags: tuple[guards.Flag, ...] = (),
    skipped: tuple[Job, ...] = (),
) -> WindowResult:
    report = WindowReport(job.start, job.end, verdict, guards.scores(kept), tuple(map(str, flags)))
    return WindowResult(job, kept.words, report, skipped, _voices(job, kept))


def _voices(job: Job, kept: guards.Decoding) -> tuple[tuple[float, float], ...]:
    """Return the speech that the words of a window must explain: none where Whisper too heard nobody."""
    return () if not kept.words and kept.no_speech_probability > NOBODY else job.in_clip(job.voices)


def _skipped(job: Job, kept: guards.Decoding, features: Callable[[Samples], NDArray[np.float32]]) -> tuple[Job, ...]:
    """Return the parts of a window that its text skips, with their features."""
    missing = coverage.parts(job, kept.words) if _voices(job, kept) else []
    return tuple(replace(part, features=features(part.audio)) for part in missing)


def _part(
    first: guards.Decoding, voices: coverage.Spans, with_timestamps: Callable[[], guards.Decoding]
) -> guards.Decoding:
    """Return what to put into a gap; without text if all is doubtful, since its window has words without it."""
    candidates = [first]
    if guards.check(first, PART_RULES) or coverage.gaps(first.words, voices):
        candidates.append(with_timestamps())
    good = [one for one in candidates if not any(f.guard not in HARMLESS for f in guards.check(one, PART_RULES))]
    nothing = replace(first, text="", words=())
    return max(good, key=lambda one: guards.word_count(one.text, letters=6), default=nothing)


def _placed(job: Job, aligned: AlignedText, hints: Hints) -> guards.Decoding:
    """Return a window's text with word times in seconds of the clip, moved to where there is sound."""
    placed = []
    for word in aligned.words:
        start, end = job.window.place(word.start, word.end)
        placed.append(replace(word, start=start, end=end))
    snapped = snap(placed, job.levels)
    language = hints.language or aligned.language
    return guards.Decoding(
        text=aligned.text,
        words=tuple(replace(w, start=job.offset + w.start, end=job.offset + w.end, language=language) for w in snapped),
        average_log_probability=aligned.average_log_probability,
        no_speech_probability=aligned.no_speech_probability,
        speech=job.in_clip(job.speech),
        start=job.start,
        end=job.end,
        hotwords=", ".join(hints.hotwords) or None,
        certain_seconds=job.certain_seconds,
    )
