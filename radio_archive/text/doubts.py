"""What a person is told about a transcript: where nothing was understood, and where its words are doubtful."""

from collections.abc import Sequence

from radio_archive.models import Clip, Gap, Transcript, Verdict, WindowReport
from radio_archive.text.times import stretch

NOT_UNDERSTOOD = "somebody speaks; not understood"
MARK = "[not understood]"
"""The same in captions and quotes. Without it, a deaf viewer would take a gap for silence, and a reader for nothing."""
UNCHECKED = "machine transcript, not checked"
"""What is told of a quotation from a text that `is_unchecked`."""
UNSURE = 0.5
"""Words with a lower probability are doubtful: they are marked on request."""
LEFT_OUT = "speech_without_words"
NAMED = 2
"""This many stretches are named; more of them are counted."""
REASONS = {
    "average_log_probability": "the model was unsure",
    "compression_ratio": "they repeat themselves",
    "hotwords_in_silence": "they are mostly names that the model was told",
    "no_speech": "there may be no speech",
    "phantom_phrase": "models write such phrases where nobody speaks",
    "repeated_ngrams": "they repeat themselves",
    "sparse_text": "they are few for so much speech",
    LEFT_OUT: "they leave out speech",
    "text_without_speech": "no speech was found there",
    "word_anomalies": "many of them are unlikely",
    "words_per_second": "nobody speaks so fast",
}
"""What each guard's alarm means."""


def is_unchecked(clip: Clip) -> bool:
    """Whether a machine made a clip's text, and no person has approved it."""
    return clip.review != "approved" and clip.origin == "engine"


def warnings(transcript: Transcript) -> tuple[str, ...]:
    """Return a line about the gaps in a transcript and one about its doubtful words, where there are any."""
    lines = [gaps_line(transcript.gaps)] if transcript.gaps else []
    # What is left out is told as a gap, and says nothing against the words that are there.
    suspect = [
        window for window in transcript.windows if window.verdict == Verdict.SUSPECT and _guards(window) != [LEFT_OUT]
    ]
    if suspect:
        guards = dict.fromkeys(guard for window in suspect for guard in _guards(window))
        reasons = dict.fromkeys(REASONS.get(guard, guard.replace("_", " ")) for guard in guards)
        why = f" ({'; '.join(reasons)})" if reasons else ""
        lines.append(_line(suspect, f"the words are doubtful{why}"))
    return tuple(lines)


def _guards(window: WindowReport) -> list[str]:
    return [flag.partition(" ")[0] for flag in window.flags]


def gaps_line(gaps: Sequence[Gap]) -> str:
    """Return one line about gaps: `0:31–0:36 somebody speaks; not understood`; many are counted, in seconds in all."""
    return _line(gaps, NOT_UNDERSTOOD)


def gap_note(gap: Gap) -> str:
    """Return what stands for a gap within a text: `[0:31–0:36: somebody speaks; not understood]`."""
    return f"[{stretch(gap.start, gap.end)}: {NOT_UNDERSTOOD}]"


def _line(found: Sequence[Gap | WindowReport], what: str) -> str:
    if len(found) <= NAMED:
        return f"{', '.join(stretch(one.start, one.end) for one in found)} {what}"
    seconds = sum(one.end - one.start for one in found)
    return f"{len(found)} stretches, {seconds:.0f} s in all: {what}"
