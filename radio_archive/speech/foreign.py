"""Engines of plugins. Whatever they do, each clip gets one result, and no transcript goes on that cannot be stored."""

import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from radio_archive.config.settings import EngineOptions
from radio_archive.errors import EngineError, RadioArchiveError, TranscriptionError
from radio_archive.hooks import Registered, described, is_number
from radio_archive.models import Gap, Transcript, Word, clean_text
from radio_archive.speech.engine import ClipFailure, ClipProgress, ClipResult, EngineReport, PreparedClip, Transcriber
from radio_archive.speech.engines import EngineSpec
from radio_archive.text.languages import language_code

ADVICE = "Ask those who made it; `radio-archive plugins` lists the plugins."
WORDS_A_SECOND, SPARE_WORDS = 30, 100
"""What a transcript can have of words, by the length of its clip."""
LONGEST_WORD, LONGEST_NAME, LONGEST_OPTIONS = 200, 100, 10_000
"""Characters."""


def load(spec: Registered[EngineSpec], options: EngineOptions) -> Transcriber:
    """Make a plugin's engine. Raises EngineError, or what of ours the plugin raises."""
    try:
        return ForeignTranscriber(spec, spec.value.load(options), options.model)
    except RadioArchiveError:
        raise
    except (Exception, SystemExit) as error:
        problem = f"the engine {spec.value.name!r} of the plugin {spec.plugin} cannot be made: {described(error)}"
        raise EngineError(problem, ADVICE) from error


class _UnusableError(Exception):
    """A report of an engine cannot be used."""


@dataclass(slots=True)
class ForeignTranscriber:
    """Passes clips on to a plugin's engine, and checks what it reports."""

    _spec: Registered[EngineSpec]
    _engine: Transcriber
    _model: str
    _taken: dict[str, PreparedClip] = field(default_factory=dict)
    """Those that the engine has not answered, by key."""
    _ours: BaseException | None = None
    """What ended the stream of clips, which is no fault of the engine's."""

    @property
    def name(self) -> str:
        try:
            return _name(self._engine.name) or self._spec.value.name
        except Exception:
            return self._spec.value.name

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield one result for each clip; see `Transcriber`. Clips that the engine leaves unanswered fail."""
        remaining = iter(clips)
        while (first := next(remaining, None)) is not None:
            self._taken = {first.key: first}
            why = "it gave no result"
            try:
                for report in self._engine.transcribe(self._given(chain([first], remaining))):
                    if checked := self._checked(report):
                        yield checked
            except RadioArchiveError:
                raise
            except Exception as error:
                if self._ours:
                    raise self._ours from None
                why = described(error)
            for key in list(self._taken):
                yield self._failure(key, why)

    def _given(self, clips: Iterable[PreparedClip]) -> Iterator[PreparedClip]:
        try:
            for clip in clips:
                self._taken[clip.key] = clip
                yield clip
        except GeneratorExit:
            raise
        except BaseException as error:
            self._ours = error
            raise

    def _checked(self, report: object) -> EngineReport | None:
        """Return a report that can be relied on; None for one about no clip that is still waited for."""
        key = getattr(report, "key", None)
        clip = self._taken.get(key) if isinstance(key, str) else None
        if clip is None:
            return None
        match report:
            case ClipProgress(_, seconds):
                return ClipProgress(clip.key, _time(seconds, clip.duration)) if is_number(seconds) else None
            case ClipResult(_, Transcript() as transcript):
                try:
                    checked = self._transcript(transcript, clip.duration)
                except (_UnusableError, TypeError, ValueError, AttributeError) as error:
                    return self._failure(clip.key, str(error))
                del self._taken[clip.key]
                return ClipResult(clip.key, checked)
            case ClipFailure(_, RadioArchiveError() as error):
                del self._taken[clip.key]
                return ClipFailure(clip.key, error)
        return self._failure(clip.key, f"it reported {type(report).__name__}, which is no report of an engine")

    def _failure(self, key: str, why: str) -> ClipFailure:
        del self._taken[key]
        problem = f"the engine {self._spec.value.name!r} of the plugin {self._spec.plugin} failed on this clip: {why}"
        return ClipFailure(key, TranscriptionError(problem, ADVICE))

    def _transcript(self, said: Transcript, duration: float) -> Transcript:
        return replace(
            said,
            words=_words(said.words, duration),
            language=language_code(said.language) if isinstance(said.language, str) else None,
            origin="engine",
            engine=_name(said.engine) or self._spec.value.name,
            engine_version=_name(said.engine_version) or self._spec.plugin.version or None,
            model=_name(said.model) or self._model,
            revision=_name(said.revision) or None,
            options=_options(said.options),
            speed=float(said.speed) if is_number(said.speed) else None,
            windows=(),
            gaps=_gaps(said.gaps, duration),
        )


def _words(words: Iterable[object], duration: float) -> tuple[Word, ...]:
    """Return words in their order, within the clip. Raises _UnusableError."""
    found: list[Word] = []
    most = int(duration * WORDS_A_SECOND) + SPARE_WORDS
    last = 0.0
    for word in islice(words, most + 1):
        if not isinstance(word, Word) or not isinstance(word.text, str):
            raise _UnusableError(f"it gave {type(word).__name__} for a word")
        if len(word.text) > LONGEST_WORD:
            raise _UnusableError(f"it gave a word of {len(word.text):,} characters")
        if not (is_number(word.start) and is_number(word.end)):
            raise _UnusableError(f"it gave the word {word.text.strip()!r} a time that is no number")
        text = clean_text(word.text)
        last = max(last, _time(word.start, duration))
        sure = min(max(float(word.probability), 0.0), 1.0) if is_number(word.probability) else None
        language = language_code(word.language) if isinstance(word.language, str) else None
        if text:
            space = " " if word.text[0].isspace() else ""
            found.append(Word(last, max(last, _time(word.end, duration)), space + text, sure, language))
    if len(found) > most:
        raise _UnusableError(f"it gave more than {most:,} words for {duration:.1f} seconds")
    return tuple(found)


def _gaps(gaps: Iterable[object], duration: float) -> tuple[Gap, ...]:
    numbers = (gap for gap in gaps if isinstance(gap, Gap) and is_number(gap.start) and is_number(gap.end))
    within = (Gap(_time(gap.start, duration), _time(gap.end, duration)) for gap in numbers)
    return tuple(sorted((gap for gap in within if gap.start < gap.end), key=lambda gap: gap.start))


def _options(options: object) -> Mapping[str, object]:
    try:
        written = json.dumps(options, allow_nan=False)
        read = json.loads(written) if len(written) <= LONGEST_OPTIONS else {}
    except (TypeError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _name(text: object) -> str:
    return clean_text(text[:LONGEST_NAME]) if isinstance(text, str) else ""


def _time(seconds: float, duration: float) -> float:
    return min(max(float(seconds), 0.0), duration)
