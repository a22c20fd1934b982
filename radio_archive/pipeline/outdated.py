"""Which archived clips an engine would transcribe otherwise than they are: with other weights, options or hints."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Self

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims
from radio_archive.archive.rows import pages
from radio_archive.metadata.resolve import language_said, resolve
from radio_archive.models import Clip, Source
from radio_archive.pipeline.request import Request
from radio_archive.speech.identity import OTHER_MODEL, EngineIdentity


@dataclass(slots=True)
class Survey:
    """How many clips are to be transcribed again, with how many seconds of audio, and how many are not."""

    clips: int = 0
    seconds: float = 0.0
    same: int = 0
    by_name: int = 0
    """Of the same ones, those of whose model only the name can be compared."""
    changed: Counter[str] = field(default_factory=Counter)
    """The clips to be transcribed again that the same weights transcribed, by the options that differ."""

    @classmethod
    def of(cls, archive: Archive, clips: Iterable[Clip], request: Request, engine: EngineIdentity | None) -> Self:
        """Count `clips`; see `outdated`."""
        survey = cls()
        for clip, differences in _compared(archive, clips, request, engine):
            if differences:
                survey.clips += 1
                survey.seconds += clip.duration
            else:
                survey.same += 1
                survey.by_name += engine is not None and not engine.is_certain(clip.options)
            if differences and differences != OTHER_MODEL:
                survey.changed[", ".join(differences)] += 1
        return survey


def outdated(
    archive: Archive, clips: Iterable[Clip], request: Request, engine: EngineIdentity | None
) -> Iterator[Clip]:
    """Yield those of `clips`, read with Part.OPTIONS, whose transcript `engine` would make otherwise; all without one.

    They are compared page by page, so clips that another process transcribes meanwhile are left out.
    """
    return (clip for clip, differences in _compared(archive, clips, request, engine) if differences)


def _compared(
    archive: Archive, clips: Iterable[Clip], request: Request, engine: EngineIdentity | None
) -> Iterator[tuple[Clip, tuple[str, ...]]]:
    """Yield each clip with what is other than in its transcript; without an engine, its model is."""
    if engine is None:
        yield from ((clip, OTHER_MODEL) for clip in clips)
        return
    # Only for one run: the hints of a show may change.
    hints_for = cache(lambda show: request.hints_for(archive, show))
    for page in pages(clips):
        said = claims.of_clips(archive, [clip.uid for clip in page], source=Source.HUMAN)
        for clip in page:
            hints = hints_for(clip.show).with_language(language_said(resolve(said.get(clip.uid, ()))))
            yield clip, engine.differences(clip.heard_by, clip.options, hints)
