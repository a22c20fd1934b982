"""Puts a clip together: its windows come back in any order, and the words of some are heard again in parts."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from radio_archive.models import Gap, Verdict, WindowReport, Word
from radio_archive.speech import coverage
from radio_archive.speech.decoder import Encoded, Hints
from radio_archive.speech.engine import PreparedClip
from radio_archive.speech.guards import Flag
from radio_archive.speech.prefetch import Job
from radio_archive.speech.seams import joined

SURE, SURE_FROM = 0.85, 2.5
"""A window is in a language of its own if that is so probable, and the window has so many seconds."""
MOST_UNDECIDED = 4
"""Windows of a clip that wait for one that is sure of its language."""


@dataclass(frozen=True, slots=True)
class WindowResult:
    """The words of a window, or of a part of it that was heard again, and how far to trust them."""

    job: Job
    words: tuple[Word, ...]
    report: WindowReport
    skipped: tuple[Job, ...] = ()
    """The parts that its text skips, to be heard again."""
    speech: tuple[tuple[float, float], ...] = ()
    """Where speech was detected, in seconds of the clip."""

    @property
    def certain(self) -> bool:
        return not self.report.flags or self.report.verdict is Verdict.REPAIRED


@dataclass(slots=True)
class Assembly:
    """A clip in progress. What it says depends on its own windows alone, never on the order they come in."""

    prepared: PreparedClip
    hints: Hints
    expected: int | None = None
    """The number of its windows, once known."""
    work: float = 0.0
    """Seconds of computing: the clip's share of every batch that its windows were in."""
    _windows: dict[int, WindowResult] = field(default_factory=dict)
    _languages: dict[int, str | None] = field(default_factory=dict)
    _undecided: list[tuple[Job, Encoded, Mapping[str, float]]] = field(default_factory=list)
    _parts: dict[int, list[WindowResult]] = field(default_factory=lambda: defaultdict(list))
    """What was heard again, by window."""
    _owed: int = 0
    """Parts that are still being heard again."""

    @classmethod
    def of(cls, clip: PreparedClip) -> "Assembly":
        return cls(clip, Hints(clip.language, clip.prompt, clip.hotwords))

    @property
    def language_is_given(self) -> bool:
        return self.prepared.language is not None

    def decodable(
        self, job: Job, encoded: Encoded, languages: Mapping[str, float]
    ) -> Iterator[tuple[Job, Encoded, Hints]]:
        """Yield the windows that can be decoded now that `job` is encoded, each with the language it is in.

        `languages` are the probabilities of the languages of this window; unused where the clip's language is given.
        """
        if job.fills:
            yield job, encoded, self._in_language(self._own(job, languages) or self._languages[job.index])
            return
        self._undecided.append((job, encoded, languages))
        # A decoder that finds the language itself has none for windows to wait for.
        is_known = self.hints.language or not languages or self._own(job, languages)
        if is_known or len(self._undecided) == MOST_UNDECIDED:
            yield from self._decided()
        else:
            yield from self.decodable_at_end()

    def decodable_at_end(self) -> Iterator[tuple[Job, Encoded, Hints]]:
        """Yield the windows that wait for others, if no others can come."""
        if len(self._languages) + len(self._undecided) == self.expected:
            yield from self._decided()

    def _decided(self) -> Iterator[tuple[Job, Encoded, Hints]]:
        """Yield the windows that waited for the language of the clip: the most probable one of them together."""
        if not self.hints.language and self._undecided:
            votes: Counter[str] = Counter()
            for job, _, languages in self._undecided:
                votes.update({code: probability * job.seconds for code, probability in languages.items()})
            self.hints = self._in_language(max(votes, key=lambda code: votes[code], default=None))
        for job, encoded, languages in self._undecided:
            self._languages[job.index] = self._own(job, languages) or self.hints.language
            yield job, encoded, self._in_language(self._languages[job.index])
        self._undecided.clear()

    def _own(self, job: Job, languages: Mapping[str, float]) -> str | None:
        """Return the language that a window is surely in, where nobody gave the clip's."""
        if self.language_is_given or job.seconds < SURE_FROM or not languages:
            return None
        best = max(languages, key=lambda code: languages[code])
        return best if languages[best] >= SURE else None

    def _in_language(self, code: str | None) -> Hints:
        return replace(self.hints, language=code)

    def add(self, result: WindowResult) -> None:
        """Take a window that was heard, or a part that was heard again."""
        self._owed += len(result.skipped)
        if result.job.fills:
            self._owed -= 1
            self._parts[result.job.index].append(result)
        else:
            self._windows[result.job.index] = result
            if result.words and not self._languages.get(result.job.index):
                self._languages[result.job.index] = result.words[0].language

    @property
    def complete(self) -> bool:
        return self.expected is not None and len(self._windows) == self.expected and not self._owed

    def assembled(self) -> "Assembled":
        """Return the words of a complete clip, in order."""
        filled = [self._filled(index) for index in range(len(self._windows))]
        whole = [result for result, _ in filled]
        language = self.prepared.language or self._spoken(whole)
        words = tuple(
            replace(word, language=None if word.language == language or language is None else word.language)
            for word in joined([result.words for result in whole])
        )
        gaps = tuple(gap for _, left in filled for gap in left)
        return Assembled(words, tuple(result.report for result in whole), gaps, language)

    def _spoken(self, whole: Sequence[WindowResult]) -> str | None:
        """Return the language of most words in windows that no guard doubts."""
        certain = (result for index, result in enumerate(whole) if self._windows[index].certain)
        votes = Counter(word.language for result in certain for word in result.words)
        return max(votes, key=lambda code: votes[code], default=None)

    def _filled(self, index: int) -> tuple[WindowResult, list[Gap]]:
        """Return a window with the words that were heard again and its verdict on both, and the gaps that are left."""
        result = self._windows[index]
        words = result.words
        for part in sorted(self._parts[index], key=lambda part: (part.job.round, part.job.start)):
            assert part.job.fills  # noqa: S101
            words = coverage.filled(words, part.words, part.job.fills)
        result = replace(result, words=words)
        verdict, flags = result.report.verdict, result.report.flags
        left = _gaps(result)
        if left:
            longest = max(gap.end - gap.start for gap in left)
            flags = (*flags, str(Flag("speech_without_words", round(longest, 1), coverage.SHORTEST_GAP)))
        if left and verdict in {Verdict.TRUSTED, Verdict.REPAIRED}:
            verdict = Verdict.SUSPECT
        elif self._parts[index] and verdict is Verdict.TRUSTED:
            verdict = Verdict.REPAIRED
        return replace(result, report=replace(result.report, verdict=verdict, flags=flags)), left


@dataclass(frozen=True, slots=True)
class Assembled:
    """What a clip's windows say together."""

    words: tuple[Word, ...]
    windows: tuple[WindowReport, ...]
    gaps: tuple[Gap, ...]
    language: str | None


def _gaps(result: WindowResult) -> list[Gap]:
    if result.report.verdict in {Verdict.DROPPED, Verdict.UNCHECKED}:
        return []
    return coverage.gaps(result.words, result.speech)
