"""Any server that transcribes as OpenAI's does (`/v1/audio/transcriptions`): our windows, its words, our checks.

Speech is found and cut into windows here, as for Whisper, and each is sent alone: at most 30 seconds, less than 1 MB.
So a server needs no memory of what came before, a lost passage can be sent again, and silence is never sent at all.
"""

import logging
from collections.abc import Callable, Generator, Iterable, Sequence
from importlib.metadata import version
from threading import Thread
from typing import TypeVar

from radio_archive.audio.decode import RATE, Samples
from radio_archive.audio.flac import to_flac
from radio_archive.config.settings import ENDPOINT, EngineOptions
from radio_archive.errors import EndpointUnreachableError, RadioArchiveError, TranscriptionError
from radio_archive.models import Transcript
from radio_archive.speech.assembly import Assembled
from radio_archive.speech.batching import Batcher, Sizes
from radio_archive.speech.decoder import AlignedText, Hints, OneStep
from radio_archive.speech.endpoint_answer import Spans, read_answer
from radio_archive.speech.endpoint_client import EndpointClient, Patience, UnknownFormError
from radio_archive.speech.engine import ClipResult, EngineReport, PreparedClip
from radio_archive.speech.prefetch import Prefetcher
from radio_archive.speech.whisper import detect_speech

logger = logging.getLogger(__name__)

AT_ONCE = 4
"""Windows that are sent at the same time, unless `batch_size` says otherwise."""
PROMPT_LETTERS = 600
"""Of names in a prompt: Whisper reads 223 tokens, and of a longer prompt only the end."""
POLL = 0.1
"""Seconds between looks whether the run was stopped."""
Fields = Sequence[tuple[str, str]]
MARKING = (("without_timestamps", "false"),)
"""How servers of faster-whisper's are told to mark sentences while they decode. Others pass over it, or refuse it."""
ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")


class EndpointTranscriber:
    """One model of one endpoint."""

    def __init__(self, options: EngineOptions, patience: Patience | None = None) -> None:
        """Connects to nothing yet. Raises UsageError for settings that name no endpoint."""
        self.options = options
        self._client = EndpointClient(options, patience)
        self._has_times = True
        sizes = Sizes(encode=1, decode=options.batch_size or AT_ONCE)
        self._decoder = OneStep(self._hear, marking=self._marking)
        self._batcher = Batcher(self._decoder, self._prefetcher, sizes, self._finish, guarded=options.guards)

    @property
    def name(self) -> str:
        return f"{ENDPOINT}{self._client.model} at {self._client.host}"

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield progress and one result for each clip; see `Transcriber`. Raises EndpointError."""
        return self._batcher.transcribe(clips)

    def close(self) -> None:
        """Ask nothing more; what waits for an answer fails."""
        self._client.close()

    def _prefetcher(self) -> Prefetcher:
        depth = 2 * self._batcher.sizes.decode
        return Prefetcher(detect_speech, self._decoder.features, threads=1, depth=depth)

    def _marking(self, windows: Sequence[Samples], hints: Hints) -> Sequence[AlignedText | RadioArchiveError]:
        return self._hear(windows, hints, MARKING) if self._has_times else ()

    def _hear(
        self, windows: Sequence[Samples], hints: Hints, more: Fields = ()
    ) -> Sequence[AlignedText | RadioArchiveError]:
        def hear(samples: Samples) -> AlignedText | RadioArchiveError:
            try:
                answer = self._answer(to_flac(samples), hints, more)
                return read_answer(answer, len(samples) / RATE, hints.language, lambda: _speech(samples))
            except RadioArchiveError as error:
                return error

        found = _at_once(hear, windows, lambda: self._client.is_stopped)
        for one in found:
            if isinstance(one, RadioArchiveError) and not isinstance(one, TranscriptionError):
                raise one
        return found

    def _answer(self, sound: bytes, hints: Hints, more: Fields) -> object:
        asked = [("temperature", "0"), *more]
        if hints.language:
            asked.append(("language", hints.language))
        if said := _prompt(hints):
            # Whisper's words begin with a space, and not every server puts it there.
            asked.append(("prompt", f" {said}"))
        with_times = [
            ("response_format", "verbose_json"),
            ("timestamp_granularities[]", "word"),
            ("timestamp_granularities[]", "segment"),
        ]
        if self._has_times:
            try:
                return self._client.transcribe(sound, [*asked, *with_times])
            except UnknownFormError:
                if more:
                    raise
                # Others were sent meanwhile, and fail in the same way.
                knew, self._has_times = not self._has_times, False
                if not knew:
                    told = "%s tells no times with this model: words are placed where somebody speaks."
                    logger.warning(told, self._client.host)
        return self._client.transcribe(sound, [*asked, ("response_format", "json")])

    def _finish(self, clip: PreparedClip, heard: Assembled, work: float) -> ClipResult:
        transcript = Transcript(
            words=heard.words,
            language=heard.language,
            engine="endpoint",
            engine_version=version("radio-archive"),
            model=f"{ENDPOINT}{self._client.model}",
            options={
                "endpoint": self._client.host,
                "model": self._client.model,
                "guards": self.options.guards,
                "response_format": "verbose_json" if self._has_times else "json",
                "language": clip.language,
                "prompt": clip.prompt,
                "hotwords": list(clip.hotwords),
            },
            speed=round(clip.duration / work, 2) if work > 0 else None,
            windows=heard.windows,
            gaps=heard.gaps,
        )
        return ClipResult(clip.key, transcript)


def _prompt(hints: Hints) -> str:
    """Return names and style as Whisper reads them: what stands last weighs most, and is kept where room is scarce."""
    chosen = ""
    for word in hints.hotwords:
        longer = f"{chosen}, {word}" if chosen else word
        if len(longer) > PROMPT_LETTERS:
            break
        chosen = longer
    return " ".join(filter(None, (chosen, (hints.prompt or "").strip())))


def _speech(samples: Samples) -> Spans:
    return [(found["start"] / RATE, found["end"] / RATE) for found in detect_speech(samples)]


def _at_once(work: Callable[[ItemT], ResultT], items: Sequence[ItemT], is_stopped: Callable[[], bool]) -> list[ResultT]:
    """Return the results of `work` on all items, each on its own thread. Raises EndpointUnreachableError if stopped.

    The threads end with the program: one that waits for a dead server must not keep it from ending.
    """
    results: dict[int, ResultT] = {}
    failures: list[Exception] = []

    def run(index: int) -> None:
        try:
            results[index] = work(items[index])
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=run, args=(index,), name="endpoint", daemon=True) for index in range(len(items))]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive() and not is_stopped():
            thread.join(POLL)
    if failures:
        raise failures[0]
    if len(results) < len(items):
        raise EndpointUnreachableError("the endpoint was not waited for", "The run was stopped.")
    return [results[index] for index in range(len(items))]
