"""A batch of work on audio as the user sees it: an announcement, progress, a summary, an exit code."""

import time
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from radio_archive.cli.display.output import INTERRUPTED, JsonList, complain, count, span
from radio_archive.cli.display.progress import Reporter, Tally, as_row
from radio_archive.errors import ModelNotFoundError, RadioArchiveError
from radio_archive.events import Ended, Event, Listener
from radio_archive.models import Ingested, Outcome

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.cli.display.backlog import LivePlan
    from radio_archive.config.settings import EngineOptions
    from radio_archive.pipeline.inputs import InputFile


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: new `clips` with `seconds` of audio, and `known` ones that are probably archived already."""

    clips: int
    seconds: float
    known: int = 0
    names: dict[Path, str] = field(default_factory=dict)
    """What to call a file whose own name is not meaningful, until it is done."""
    sources: MutableMapping[Path, str] = field(default_factory=dict)
    """Where a file in work came from that has no path of its own."""

    @classmethod
    def of(cls, archive: "Archive", inputs: "Sequence[InputFile]", *, force: bool) -> "Plan":
        """Plan from headers, file names and sizes: nothing is decoded or hashed yet, so this is a guess."""
        from radio_archive.archive.clips import recordings
        from radio_archive.audio import header
        from radio_archive.models import clean_text

        asked: dict[Path, tuple[str, int]] = {}
        for source in inputs:
            if source.known is None and not force:
                # What cannot be read fails again when it is processed, and is reported then.
                with suppress(OSError):
                    asked[source.path] = (clean_text(source.path.name), source.path.stat().st_size)
        known = recordings.with_names_and_sizes(archive, list(asked.values()))
        new, seconds, old = 0, 0.0, 0
        for source in inputs:
            if not force and (source.known or asked.get(source.path) in known):
                old += 1
                continue
            try:
                seconds += header.probe(source.path).estimate
                new += 1
            except (OSError, RadioArchiveError):
                continue
        return cls(new, seconds, old)

    def announce(self, archive: "Archive", options: "EngineOptions | None") -> str:
        """Return one line about the work and, if an engine is to do it with `options`, how long it will take."""
        already = f"{count(self.known, 'clip')} already archived" if self.known else ""
        if not self.clips:
            return f"{already}, judging by name and size; checking." if already else ""
        new = f"{count(self.clips, 'clip')}, {span(self.seconds)} of audio"
        if options:
            model, speed = expected_speed(archive, options)
            new += f", about {span(self.seconds / speed)} with the model {model!r}"
        return f"{new}{'; ' + already if already else ''}."


def expected_speed(archive: "Archive", options: "EngineOptions") -> tuple[str, float]:
    """Return the name of the model, and the seconds of audio that all workers together will transcribe in a second.

    It is the mean of the last transcripts by the same model here, or else what published models do on a CPU.
    """
    from radio_archive.archive.clips import recordings
    from radio_archive.speech.catalog import estimated_speed
    from radio_archive.speech.engines import picked
    from radio_archive.speech.load import selected
    from radio_archive.speech.weights import digest_of

    try:
        model, weights = selected(options)
        sha256 = digest_of(weights) if weights else None
    except ModelNotFoundError:
        # The engine tells, if it is needed: that clips are new is a guess.
        model, weights, sha256 = options.model, None, None
    speed = recordings.typical_speed(archive, model, sha256)
    speed = speed or estimated_speed(model, weights.path.stat().st_size if weights else None)
    return model, speed * (1 if picked(options.model).value.is_elsewhere else max(1, options.workers))


def run_batch(
    archive: "Archive",
    options: "EngineOptions | None",
    plan: Plan,
    work: Callable[[Listener], object],
    *,
    failed: Sequence[Ingested] = (),
    form: str = "",
    live: "LivePlan | None" = None,
) -> None:
    """Do `work` and show its progress. `failed` are inputs that already failed. Raises typer.Exit(1) if any failed.

    `live` tells, while it goes on, how much is left.
    """
    started = time.monotonic()
    announcement = plan.announce(archive, options)
    if announcement:
        complain(announcement)
    tally, printed = Tally(), JsonList() if form == "--json" else None
    stopped_by: RadioArchiveError | None = None
    status = live.short if live else None
    with Reporter(plan.seconds, plan.names, sources=plan.sources, form=form, status=status) as reporter:

        def listen(event: Event) -> None:
            if isinstance(event, Ended):
                tally.add(event.result)
                if printed:
                    printed.add(as_row(event.result, plan.sources.get(event.result.path)))
            reporter.listen(event)
            if live:
                live.listen(event)

        for failure in failed:
            listen(Ended(failure))
        try:
            work(listen)
        except KeyboardInterrupt:
            complain(f"Stopped. {tally.summary(time.monotonic() - started)} The same command continues from here.")
            raise typer.Exit(INTERRUPTED) from None
        except RadioArchiveError as error:
            stopped_by = error
        finally:
            if printed:
                printed.end()
    complain(tally.summary(time.monotonic() - started))
    if stopped_by:
        raise stopped_by
    if tally.outcomes[Outcome.FAILED]:
        raise typer.Exit(1)
