"""Proposals for misheard names: by the clip's story, the glossary and the roster as they are when it is read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import proposals, read, sidecars, stories
from radio_archive.archive.clips.proposals import Proposed
from radio_archive.archive.names import glossary, lookup
from radio_archive.archive.names.roster import RosterReader
from radio_archive.config.settings import Settings
from radio_archive.metadata.gather import parse_sidecars
from radio_archive.models import Proposal, Story, Word
from radio_archive.text.corrected import correct

if TYPE_CHECKING:
    from radio_archive.metadata.repair.propose import Proposer


@dataclass(slots=True)
class Repairs:
    """Proposes repairs for many clips; reads the names that are known once, and then what has changed in them."""

    archive: Archive
    accept: float
    """The confidence from which a proposal is accepted by itself."""
    _reader: RosterReader = field(init=False)
    _proposer: "Proposer" = field(init=False)

    def __post_init__(self) -> None:
        self._reader = RosterReader(self.archive)

    @classmethod
    def of_settings(cls, archive: Archive, settings: Settings) -> Self | None:
        """Return what the settings ask for; None if they ask for no proposals."""
        return cls(archive, settings.corrections.accept) if settings.corrections.propose else None

    def of(self, words: Sequence[Word], story: Story | None, show: str | None) -> tuple[Proposal, ...]:
        """Return proposals for a transcript of a clip of `show` that was published with `story`."""
        news, whole = self._reader.news()
        if whole:
            # Not quick to import.
            from radio_archive.metadata.repair.propose import Proposer

            self._proposer = Proposer(glossary.every(self.archive))
        self._proposer.add(news)
        return self._proposer.propose(words, story, show and lookup.display_name(self.archive, "show", show))

    def heard(self, words: Sequence[Word], proposed: Sequence[Proposal]) -> tuple[Word, ...]:
        """Return the words of a new transcript with what is accepted by itself."""
        return correct(words, [one for one in proposed if proposals.is_sure(one, self.accept)]).words

    def again(self, uid: str, story: Story | None = None) -> Proposed:
        """Propose again for the current transcript of a clip; `story` is its story, if that is not stored yet.

        Nothing is proposed for what people wrote.
        """
        clip = read.clip(self.archive, uid, read.Part.WORDS | read.Part.ORIGINAL)
        found = self.of(clip.words, story or self._story(uid), clip.show) if clip.origin == "engine" else ()
        return proposals.propose(self.archive, uid, found, self.accept)

    def _story(self, uid: str) -> Story | None:
        # From its file, which tells bylines and captions apart from the text; what is stored does not.
        said = parse_sidecars(sidecars.contents(self.archive, uid))
        return said.story or stories.of_clip(self.archive, uid)
