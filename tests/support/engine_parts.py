"""Windows for tests of what the engine does with them: silent ones, with speech where a test says so."""

import numpy as np

from radio_archive.audio.decode import RATE
from radio_archive.models import Gap
from radio_archive.speech.prefetch import NO_FEATURES, Job
from radio_archive.speech.windows import Region, Window


def job(
    speech: list[tuple[float, float]],
    seconds: float,
    *,
    index: int = 0,
    offset: float = 0.0,
    fills: Gap | None = None,
    heard_before: int = 0,
) -> Job:
    """A window of so many seconds; its samples count from 0."""
    spans = tuple(speech)
    return Job(
        key="clip",
        index=index,
        offset=offset,
        window=Window((Region(0, int(seconds * RATE)),)),
        speech=spans,
        certain_seconds=sum(end - start for start, end in speech),
        voices=spans,
        audio=np.arange(int(seconds * RATE), dtype=np.float32),
        features=NO_FEATURES,
        levels=np.zeros(0, np.float32),
        fills=fills,
        round=heard_before,
    )
