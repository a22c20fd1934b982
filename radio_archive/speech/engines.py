"""The engines that there are: ours and those of plugins, and which of them the name of a model picks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from radio_archive.config import settings as config
from radio_archive.config.settings import EngineOptions
from radio_archive.errors import ModelNotFoundError
from radio_archive.hooks import NAME, Registered, hookimpl, registered
from radio_archive.speech import weights
from radio_archive.speech.engine import Transcriber

if TYPE_CHECKING:
    from radio_archive.speech.catalog import Model

ENDPOINT = config.ENDPOINT.removesuffix(":")
PARAKEET = "parakeet"
REPLAY = "replay"
WHISPER = "whisper"
"""The engine of every model that no other engine has."""
WITH_WEIGHTS = {PARAKEET, WHISPER}
"""Those whose models are in `speech.catalog` or in a folder."""


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
    is_elsewhere: bool = False
    """Whether the work is done by a server, so that more processes here would gain nothing."""


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
    usual = PARAKEET if weights.is_parakeet(model) else WHISPER
    return next((one for one in found.values() if model in one.value.models), found[usual])


@hookimpl
def register_engines() -> list[EngineSpec]:
    """Register our own engines."""
    return [
        EngineSpec(WHISPER, _whisper, listed=_whisper_models, uses_gpu=True),
        EngineSpec(PARAKEET, _parakeet, listed=_parakeet_models, uses_gpu=True),
        EngineSpec(ENDPOINT, _endpoint, listed=_endpoint_models, is_elsewhere=True),
        EngineSpec(REPLAY, _replay),
    ]


def _whisper(options: EngineOptions) -> Transcriber:
    from radio_archive.speech.whisper import WhisperTranscriber

    return WhisperTranscriber(options)


def _parakeet(options: EngineOptions) -> Transcriber:
    from radio_archive.speech.parakeet import ParakeetTranscriber

    return ParakeetTranscriber(options)


def _endpoint(options: EngineOptions) -> Transcriber:
    from radio_archive.speech.endpoint import EndpointTranscriber

    return EndpointTranscriber(options)


def _replay(options: EngineOptions) -> Transcriber:
    from radio_archive.speech.replay import ReplayTranscriber

    return ReplayTranscriber.load(Path(options.model.removeprefix(f"{REPLAY}:")))


def _whisper_models() -> Iterator[ListedModel]:
    from radio_archive.speech.catalog import DEMO, DEMO_MEGABYTES, PUBLISHED

    yield from (_listed(model) for model in PUBLISHED.values() if not weights.is_parakeet(model.name))
    note = "for demonstration and tests: understands only the demo's synthetic voices"
    yield ListedModel(DEMO, DEMO_MEGABYTES, origin=weights.Origin.BUILT_IN, note=note)


def _parakeet_models() -> Iterator[ListedModel]:
    from radio_archive.speech.catalog import INSTALLING, PUBLISHED

    needs = "" if find_spec("onnx_asr") else f"; needs `{INSTALLING}`"
    for model in PUBLISHED.values():
        if weights.is_parakeet(model.name):
            yield _listed(model, needs)


def _endpoint_models() -> Iterator[ListedModel]:
    note = "any server with OpenAI's protocol; engine.url says where"
    yield ListedModel(f"{ENDPOINT}:NAME", on_this_machine=False, note=note)


def _listed(model: "Model", more: str = "") -> ListedModel:
    from radio_archive.speech import hub

    here = weights.cached(model.name)
    origin = here.origin if here else "half downloaded" if hub.is_incomplete(model) else None
    verified = weights.is_verified(here) if here else None
    return ListedModel(model.name, model.megabytes, here is not None, verified, origin, f"{model.note}{more}")
