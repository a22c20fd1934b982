"""How far what was heard is from what was said: words, where they start, and which stretches were lost.

Texts are compared as OpenAI does for Whisper: by the English normaliser, else by the basic one; Chinese and Japanese by
characters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache

import jiwer
from accuracy_clips import Clip
from accuracy_hear import Heard
from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer

LOST_RUN = 4
"""So many words in a row that were said and not written are a lost stretch."""
BY_CHARACTER = {"zh", "ja"}
Normalizer = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class LostRun:
    """Words in a row that were said and not written, between the words heard at `after` and `before` seconds."""

    words: str
    count: int
    after: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """How one contender did in one clip. Start errors are in seconds."""

    words: int = 0
    substituted: int = 0
    deleted: int = 0
    invented: int = 0
    lost: dict[int, str] = field(default_factory=dict)
    """Words that were said and not written, by their number among the words that were said."""
    lost_runs: list[LostRun] = field(default_factory=list)
    word_errors: list[float] = field(default_factory=list)
    sentence_errors: list[float] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return self.substituted + self.deleted + self.invented


def rate(scores: Sequence[Score]) -> float:
    """Return the word error rate of clips together, in per cent."""
    words = sum(score.words for score in scores)
    return 100 * sum(score.errors for score in scores) / words if words else 0.0


def score(clip: Clip, heard: Heard) -> Score:
    """Compare what was heard in a clip with what was said. Without speech every word counts as invented."""
    if not clip.reference:
        return Score(invented=len(heard.text.split()))
    normalize = normalizer(clip.language)
    said, written = normalize(clip.reference).split(), normalize(heard.text).split()
    chunks = _chunks(said, written)
    counted = dict.fromkeys(("substitute", "delete", "insert"), 0)
    for chunk in chunks:
        if chunk.type != "equal":
            counted[chunk.type] += max(chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx)
    lost = [chunk for chunk in chunks if chunk.type == "delete"]
    times = _starts(heard.words, written, normalize)
    return Score(
        words=len(said),
        substituted=counted["substitute"],
        deleted=counted["delete"],
        invented=counted["insert"],
        lost={place: said[place] for chunk in lost for place in range(chunk.ref_start_idx, chunk.ref_end_idx)},
        lost_runs=[
            _lost_run(said, written, times, chunk)
            for chunk in lost
            if chunk.ref_end_idx - chunk.ref_start_idx >= LOST_RUN
        ],
        word_errors=_start_errors(clip.words, heard, normalize),
        sentence_errors=_start_errors(clip.sentences, heard, normalize),
    )


def _lost_run(
    said: Sequence[str], written: Sequence[str], times: Sequence[float | None], chunk: jiwer.AlignmentChunk
) -> LostRun:
    """Return the run of words that `chunk` lacks, and the heard words beside it that are surely not in it.

    Of `the ferry leaves the island`, heard as `the island`, either `the` may be the one that was heard.
    """
    first, last, place = chunk.ref_start_idx, chunk.ref_end_idx, chunk.hyp_start_idx
    left, right = 0, 0
    while left < min(first, place) and said[first - left - 1] == said[last - left - 1] == written[place - left - 1]:
        left += 1
    while right < min(len(said) - last, len(written) - place) and (
        said[first + right] == said[last + right] == written[place + right]
    ):
        right += 1
    after = next((time for time in reversed(times[: place - left]) if time is not None), None)
    before = next((time for time in times[place + right :] if time is not None), None)
    return LostRun(" ".join(said[first:last]), last - first, after, before)


def _chunks(said: Sequence[str], written: Sequence[str]) -> list[jiwer.AlignmentChunk]:
    found: list[jiwer.AlignmentChunk] = jiwer.process_words(" ".join(said), " ".join(written)).alignments[0]
    return found


@cache
def normalizer(language: str) -> Normalizer:
    """Return what brings texts of a language into the form in which they are compared."""
    made: Normalizer = (
        EnglishTextNormalizer() if language == "en" else BasicTextNormalizer(split_letters=language in BY_CHARACTER)
    )
    return made


def _starts(pieces: Sequence[tuple[float, str]], tokens: Sequence[str], normalize: Normalizer) -> list[float | None]:
    """Return where each normalised token starts, for those that begin a timed piece; a piece is a word or sentence.

    The tokens of a text are not those of its words one by one: `twenty four` becomes `24`.
    """
    alone: list[str] = []
    begins: dict[int, float] = {}
    for start, text in pieces:
        begins[len(alone)] = start
        alone += normalize(text).split()
    starts: list[float | None] = [None] * len(tokens)
    matcher = SequenceMatcher(None, alone, tokens, autojunk=False)
    for _, first, last, to, end in matcher.get_opcodes():
        # Of a stretch that reads otherwise only the beginning is sure, unless it has as many tokens.
        sure = last - first if last - first == end - to else min(1, last - first, end - to)
        for place in range(sure):
            starts[to + place] = begins.get(first + place)
    return starts


def _start_errors(truth: Sequence[tuple[float, str]], heard: Heard, normalize: Normalizer) -> list[float]:
    """Return how far the words that begin the timed pieces of `truth` are from where they were heard."""
    if not truth or not heard.words:
        return []
    said = normalize(" ".join(text for _, text in truth)).split()
    # With word times (a) may write another text than without: its own is what its times belong to.
    written = normalize("".join(text for _, text in heard.words)).split()
    true, found = _starts(truth, said, normalize), _starts(heard.words, written, normalize)
    errors = []
    for chunk in _chunks(said, written):
        if chunk.type == "equal":
            for place in range(chunk.ref_end_idx - chunk.ref_start_idx):
                start, at = true[chunk.ref_start_idx + place], found[chunk.hyp_start_idx + place]
                if start is not None and at is not None:
                    errors.append(abs(at - start))
    return errors


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
