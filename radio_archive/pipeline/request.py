"""The options of a pipeline run: a person's claims, hints for the engine, how to store."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from zoneinfo import ZoneInfo

from radio_archive.archive.archive import SETTINGS, Archive
from radio_archive.archive.names import glossary, lookup, roster
from radio_archive.config.reader import located
from radio_archive.config.settings import Settings, ShowHints
from radio_archive.metadata.filename.patterns import compile_patterns
from radio_archive.metadata.gather import Naming
from radio_archive.models import Claim
from radio_archive.text.spelling import fold


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for besides the files. `Request.of` makes one from an archive and its settings."""

    claims: tuple[Claim, ...] = ()
    """A person's claims about every clip."""
    hints: ShowHints = field(default_factory=ShowHints)
    """For every clip."""
    show_hints: Mapping[str, ShowHints] = field(default_factory=dict)
    """By any name of a show: hints that come before the general ones."""
    naming: Naming = field(default_factory=Naming)
    """How files are named."""
    force: bool = False
    """Transcribe archived clips again, and add removed ones."""
    reference: bool = False
    """Leave files where they are; copy nothing."""
    command: bool = False
    """Run a command after each clip from a watched folder."""
    webhook: bool = False
    """Tell a web address about each clip from a watched folder."""
    accept: float | None = None
    """Names that were misheard are proposed, and accepted by themselves from this confidence; None: not proposed."""
    meaning_threads: int | None = None
    """CPU threads with which each clip is prepared for search by meaning, 0: automatic; None: it is not prepared."""

    @classmethod
    def of(
        cls,
        archive: Archive,
        settings: Settings,
        claims: tuple[Claim, ...] = (),
        *,
        force: bool = False,
        reference: bool = False,
        command: bool = False,
        webhook: bool = False,
    ) -> Self:
        """Return the request for an archive and its settings. Raises ConfigError for an invalid file-name pattern."""
        how = naming(archive, settings)
        hints, threads = settings.engine.hints, settings.engine.threads if settings.search.meaning else None
        accept = settings.corrections.accept if settings.corrections.propose else None
        return cls(
            claims, hints, settings.shows, how, force=force, reference=reference, command=command, webhook=webhook,
            accept=accept, meaning_threads=threads,
        )  # fmt: skip

    def hints_for(self, archive: Archive, show: str | None) -> ShowHints:
        """Return the engine's hints for clips of `show`, by any of its names.

        The show's own hints come before the general ones, with those of the glossary between the two.
        """
        spellings = lookup.folded_names(archive, "show", show) if show else frozenset[str]()
        own = next((hints for name, hints in self.show_hints.items() if fold(name) in spellings), ShowHints())
        terms = glossary.hotwords(archive, show)
        return replace(
            self.hints,
            language=own.language or self.hints.language,
            prompt=own.prompt or self.hints.prompt,
            hotwords=tuple(dict.fromkeys((*own.hotwords, *terms, *self.hints.hotwords))),
        )


def naming(archive: Archive, settings: Settings) -> Naming:
    """Return how files are named here: the settings' patterns, and the show codes of settings and roster.

    If two shows have the same code, the roster wins. Raises ConfigError for an invalid pattern.
    """
    codes = roster.codes(archive)
    taken = {code.casefold() for code in codes}
    own = {hints.code: show for show, hints in settings.shows.items() if hints.code}
    codes |= {code: show for code, show in own.items() if code.casefold() not in taken}
    zone = ZoneInfo(settings.station.timezone) if settings.station.timezone else None
    with located(archive.folder / SETTINGS, "filename", "patterns"):
        patterns = compile_patterns(settings.filename.patterns)
    station, shows = settings.station, frozenset(map(fold, settings.shows))
    return Naming(patterns, codes, zone, station.tag_encoding, shows, station.captions)
