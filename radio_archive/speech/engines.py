"""The engines that there are: ours and those of plugins, and which of them the name of a model picks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from radio_archive.config.settings import EngineOptions
from radio_archive.errors import ModelNotFoundError
from radio_archive.hooks import NAME, Registered, hookimpl, registered
from radio_archive.speech.engine import Transcriber

REPLAY = "replay"
WHISPER = "whisper"
"""The engine of every model that no other engine has."""


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model, as `models list` shows it: `verified` and `origin` are of its weights on this machine."""

    model: str
    megabytes: int = 0
    """The size of its weights; 0: it has none here."""
    on_this_machine: bool = True
    verified: bool | None = None
    """Whether its weights are what they must be; None: that cannot be told."""
    origin: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """A kind of speech engine, and how to make one."""

    name: str
    """`--model NAME:ANYTHING` picks this engine."""
    load: Callable[[EngineOptions], Transcriber]
    """Makes the engine. Called once in each process that transcribes; raises RadioArchiveError."""
    models: frozenset[str] = frozenset()
    """Names of models that pick this engine as they are."""
    listed: Callable[[], Iterable[ListedModel]] = tuple
    """What `models list` shows."""
    uses_gpu: bool = False
    """Whether each worker is to have a GPU of its own, where there are any."""


def engines() -> Mapping[str, Registered[EngineSpec]]:
    """Return all engines by name, ours first."""
    return registered("register_engines", EngineSpec, __name__)


def picked(model: str) -> Registered[EngineSpec]:
    """Return the engine that the name of a model picks. Raises ModelNotFoundError if it names one that is not there."""
    found = engines()
    prefix, colon, _ = model.partition(":")
    if colon and prefix in found:
        return found[prefix]
    if colon and NAME.fullmatch(prefix) and not Path(model).exists():
        advice = f"There are {', '.join(found)}; `radio-archive plugins` tells which plugins are skipped."
        raise ModelNotFoundError(f"no engine is called {prefix!r}, as the model {model!r} says", advice)
    return next((one for one in found.values() if model in one.value.models), found[WHISPER])


@hookimpl
def register_engines() -> list[EngineSpec]:
    """Register our own engines."""
    return [
        EngineSpec(WHISPER, _whisper, listed=_whisper_models, uses_gpu=True),
        EngineSpec(REPLAY, _replay),
    ]


def _whisper(options: EngineOptions) -> Transcriber:
    from radio_archive.speech.whisper import WhisperTranscriber

    return WhisperTranscriber(options)


def _replay(options: EngineOptions) -> Transcriber:
    from radio_archive.speech.replay import ReplayTranscriber

    return ReplayTranscriber.load(Path(options.model.removeprefix(f"{REPLAY}:")))


def _whisper_models() -> Iterator[ListedModel]:
    from radio_archive.speech import hub, weights
    from radio_archive.speech.catalog import DEMO, DEMO_MEGABYTES, PUBLISHED

    for model in PUBLISHED.values():
        here = weights.cached(model.name)
        origin = here.origin if here else "half downloaded" if hub.is_incomplete(model) else None
        verified = weights.is_verified(here) if here else None
        yield ListedModel(model.name, model.megabytes, here is not None, verified, origin, model.note)
    note = "for demonstration and tests: understands only the demo's synthetic voices"
    yield ListedModel(DEMO, DEMO_MEGABYTES, origin=weights.Origin.BUILT_IN, note=note)
