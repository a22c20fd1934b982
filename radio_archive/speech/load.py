"""Makes the engine that the options name. Imports only what that engine needs, and only when there is work."""

from collections.abc import Generator, Iterable
from itertools import chain
from pathlib import Path

from radio_archive.config.settings import EngineOptions
from radio_archive.errors import RadioArchiveError
from radio_archive.speech import weights
from radio_archive.speech.engine import EngineReport, PreparedClip, Transcriber
from radio_archive.speech.weights import ModelWeights

REPLAY = "replay:"


def load_engine(options: EngineOptions) -> Transcriber:
    """Return the engine for `options`. The model `replay:FILE` replays recorded transcripts.

    Raises ModelNotFoundError or UsageError.
    """
    if options.model.startswith(REPLAY):
        from radio_archive.speech.replay import ReplayTranscriber

        return ReplayTranscriber.load(Path(options.model.removeprefix(REPLAY)))
    from radio_archive.speech.whisper import WhisperTranscriber

    return WhisperTranscriber(options)


def model_name(options: EngineOptions) -> str:
    """Return the name of the model that `options` select on this machine, without loading it."""
    return selected(options)[0]


def selected(options: EngineOptions) -> tuple[str, ModelWeights | None]:
    """Return the name of the model that `options` select, as transcripts record it, and its weights if they are here.

    Raises ModelNotFoundError for a name or folder that is no model.
    """
    name = options.model
    if name.startswith(REPLAY):
        return name, None
    if name == "auto":
        from radio_archive.speech.whisper import best_device, default_model

        name = default_model(best_device() if options.device == "auto" else options.device)
    found = weights.present(name)
    return (found.name if found else name), found


class LazyEngine:
    """Loads its model when the first clip comes, so a batch with nothing new needs no weights."""

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._engine: Transcriber | None = None

    @property
    def name(self) -> str:
        return self._engine.name if self._engine else self._options.model

    def check(self) -> None:
        """Load the model now, to report a problem before any clip comes.

        Raises what `load_engine` raises, except for transient errors.
        """
        try:
            self._engine = self._engine or load_engine(self._options)
        except RadioArchiveError as error:
            if not error.transient:
                raise

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield one result for each clip; see `Transcriber`. Raises what `load_engine` raises."""
        remaining = iter(clips)
        first = next(remaining, None)
        if first is None:
            return
        self._engine = self._engine or load_engine(self._options)
        yield from self._engine.transcribe(chain([first], remaining))
