"""Makes the engine that the options name. Imports only what that engine needs, and only when there is work."""

import logging
import os
from collections.abc import Generator, Iterable
from dataclasses import replace
from functools import partial
from itertools import chain

from radio_archive.config.settings import ClusterOptions, EngineOptions
from radio_archive.errors import RadioArchiveError
from radio_archive.speech import weights
from radio_archive.speech.engine import Closes, Engine, EngineReport, PreparedClip, Transcriber
from radio_archive.speech.engines import WITH_WEIGHTS, picked
from radio_archive.speech.weights import ModelWeights

logger = logging.getLogger(__name__)


def load_engine(options: EngineOptions) -> Transcriber:
    """Return the engine for `options`, by the name of its model. Raises EngineError or UsageError."""
    spec = picked(options.model)
    if spec.plugin.is_own:
        return spec.value.load(options)
    from radio_archive.speech import foreign

    return foreign.load(spec, options)


def model_name(options: EngineOptions) -> str:
    """Return the name of the model that `options` select on this machine, without loading it."""
    return selected(options)[0]


def selected(options: EngineOptions) -> tuple[str, ModelWeights | None]:
    """Return the name of the model that `options` select, as transcripts record it.

    With it come the weights that an engine of ours needs, if they are here. Raises ModelNotFoundError for no model.
    """
    name = options.model
    if picked(name).value.name not in WITH_WEIGHTS:
        return name, None
    if name == "auto":
        from radio_archive.speech.whisper import best_device, default_model

        name = default_model(best_device() if options.device == "auto" else options.device)
    found = weights.present(name)
    return (found.name if found else name), found


def engine_for(options: EngineOptions, cluster: ClusterOptions) -> Engine:
    """Return the engine that `options` ask for: in this process, in `options.workers` others, or on a cluster.

    Loads nothing yet, and connects to nothing.
    """
    if picked(options.model).value.is_elsewhere and (options.workers > 1 or cluster.address):
        logger.warning(
            "An endpoint does the work itself and needs no workers: batch_size says how much is sent at once."
        )
        return LazyEngine(options)
    if options.workers <= 1 and not cluster.address:
        return LazyEngine(options)
    from radio_archive.speech.pool import WorkerPool

    if cluster.address:
        from radio_archive.speech.cluster import ClusterBackend

        on_cluster = ClusterBackend(load_engine, options, cluster)
        return WorkerPool(on_cluster, options.workers or on_cluster.room, options.model)
    from radio_archive.speech.processes import ProcessBackend

    # CTranslate2 would take up to four cores for each of them.
    each = replace(options, workers=1, threads=options.threads or max(1, _cores() // options.workers))
    backend = ProcessBackend(partial(load_engine, each), partial(_gpus, options))
    return WorkerPool(backend, options.workers, options.model)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gpus(options: EngineOptions) -> list[str]:
    if options.device == "cpu" or not picked(options.model).value.uses_gpu:
        return []
    from radio_archive.speech.whisper import gpus

    return gpus()


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

    def close(self) -> None:
        """Forget the model, whose memory is then free. An endpoint is asked nothing more."""
        if isinstance(self._engine, Closes):
            self._engine.close()
        self._engine = None

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield one result for each clip; see `Transcriber`. Raises what `load_engine` raises."""
        remaining = iter(clips)
        first = next(remaining, None)
        if first is None:
            return
        self._engine = self._engine or load_engine(self._options)
        yield from self._engine.transcribe(chain([first], remaining))
