"""What is asked of a run of the pipeline besides its files: what a person claims, how to listen, how to store."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from zoneinfo import ZoneInfo

from radio_archive.archive.archive import SETTINGS, Archive
from radio_archive.archive.names import lookup, roster
from radio_archive.config.reader import located
from radio_archive.config.settings import Settings, ShowHints
from radio_archive.metadata.filename.patterns import compile_patterns
from radio_archive.metadata.gather import Naming
from radio_archive.models import Claim
from radio_archive.text.spelling import fold


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for besides the files; `Request.of` makes one for an archive and its settings."""

    claims: tuple[Claim, ...] = ()
    """By a person, about every clip."""
    hints: ShowHints = field(default_factory=ShowHints)
    """For every clip."""
    show_hints: Mapping[str, ShowHints] = field(default_factory=dict)
    """For the clips of a show, before the general ones; by one of the show's names."""
    naming: Naming = field(default_factory=Naming)
    """How files are named."""
    force: bool = False
    """Transcribe what is archived again, and add what was removed."""
    reference: bool = False
    """Archive files where they are, without copying them."""
    command: bool = False
    """A command follows each clip that was taken from a watched folder."""

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
    ) -> Self:
        """Return what the settings of an archive ask for. Raises ConfigError for a pattern that cannot be read."""
        how = naming(archive, settings)
        return cls(claims, settings.engine.hints, settings.shows, how, force, reference, command)

    def hints_for(self, archive: Archive, show: str | None) -> ShowHints:
        """Return what the engine is told about clips of `show`, whichever of its names that is.

        The show's own hints come before the general ones; of hotwords, the glossary's stand between the two.
        """
        spellings = lookup.folded_names(archive, "show", show) if show else frozenset[str]()
        own = next((hints for name, hints in self.show_hints.items() if fold(name) in spellings), ShowHints())
        glossary = lookup.glossary(archive, show)
        return replace(
            self.hints,
            language=own.language or self.hints.language,
            prompt=own.prompt or self.hints.prompt,
            hotwords=tuple(dict.fromkeys((*own.hotwords, *glossary, *self.hints.hotwords))),
        )


def naming(archive: Archive, settings: Settings) -> Naming:
    """Return how files are named here: the settings' patterns, and the codes of shows in settings and roster.

    Of two shows with the same code, the roster's has it. Raises ConfigError for a pattern that cannot be read.
    """
    codes = roster.codes(archive)
    taken = {code.casefold() for code in codes}
    own = {hints.code: show for show, hints in settings.shows.items() if hints.code}
    codes |= {code: show for code, show in own.items() if code.casefold() not in taken}
    zone = ZoneInfo(settings.station.timezone) if settings.station.timezone else None
    with located(archive.folder / SETTINGS, "filename", "patterns"):
        return Naming(compile_patterns(settings.filename.patterns), codes, zone)
