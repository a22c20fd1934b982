"""The values that a search returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias

from radio_archive.models import Clip
from radio_archive.text.highlight import MARK_END, MARK_START

Sort: TypeAlias = Literal["relevance", "newest", "oldest"]
Match: TypeAlias = Literal["best", "all", "any"]
"""Which clips are found. `all`: those with all words of the query. `any`: with any of them. `best`: by relevance, those
with all words, then, if these are few, those with the most telling of them, where a word that the archive does not know
is replaced by the closest ones; by date the same as `all`.
"""


class Where(StrEnum):
    """The text of a clip that a passage is from. Only `speech` is the current transcript."""

    SPEECH = "speech"
    HEARD = "heard"
    """A match in what the engine heard and was corrected since; the passage is what was heard."""
    VERSION = "version"
    """Another transcript of the clip than the current one; the passage is a sentence of it."""
    TITLE = "title"
    STORY = "story"
    NAME = "name"
    """The name of the show or of a credited person."""
    MEANING = "meaning"
    """Said, and close to the query in meaning; it may have none of its words."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text with matches. `start` and `end` are seconds in the clip, 0 for text that was not said.

    `position` counts a clip's segments from 0; None for other text. `marked` is `text`, or an extract of a long one,
    with every match between MARK_START and MARK_END. `before` and `after` are the segments around it. `current` is what
    the current text has there, where `text` is something else that was heard.
    """

    where: Where
    position: int | None
    start: float
    end: float
    text: str
    marked: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    current: str | None = None

    @property
    def snippet(self) -> str:
        """The marked text with its matches **like this**."""
        return self.marked.replace(MARK_START, "**").replace(MARK_END, "**")


@dataclass(frozen=True, slots=True)
class ClipHit:
    """A clip with matches, and its best passages, the best first."""

    clip: Clip
    passages: tuple[Passage, ...]
    marked_title: str | None = None
    """The title with its matches between MARK_START and MARK_END; None if it has none."""
    missing: tuple[str, ...] = ()
    """The words of the query that the clip does not have."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A word of the query that the archive does not know, and the closest known ones, which were searched for."""

    typed: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a search. Numbers and facets are given only if they were asked for.

    `total` counts clips, `passages` segments. `facets` has `show`, `reporter`, `host`, `language` (in English)
    and `year`, each with its values and their numbers of clips, most first, years newest first. `months` counts clips
    by the month they aired in.
    """

    clips: tuple[ClipHit, ...]
    total: int | None = None
    passages: int | None = None
    facets: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    months: tuple[tuple[str, int], ...] = ()
    suggestions: tuple[str, ...] = ()
    """Queries to try instead; only if nothing was found."""
    replaced: tuple[Replacement, ...] = ()
    """Unknown words for which others were searched; `+word` in the query searches for a word as it is."""
    close: tuple[ClipHit, ...] = ()
    """Other clips that are close to the query in meaning, the closest first; only if that was asked for."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much a match counts, by its place; one in what was said counts 1."""

    title: float = 2.0
    name: float = 0.5
    story: float = 0.5
    heard: float = 0.5

    def of(self, where: Where) -> float:
        """Return the weight of the best match in one place."""
        return {Where.TITLE: self.title, Where.NAME: self.name, Where.STORY: self.story, Where.VERSION: self.heard}.get(
            where, 1.0
        )
