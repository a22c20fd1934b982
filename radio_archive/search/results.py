"""What a search returns: frozen values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias

from radio_archive.models import Clip
from radio_archive.text.highlight import MARK_END, MARK_START

Sort: TypeAlias = Literal["relevance", "newest", "oldest"]


class Where(StrEnum):
    """Which text of a clip a passage is from. Only `speech` was said, as far as is known."""

    SPEECH = "speech"
    HEARD = "heard"
    """What the engine heard, where it was corrected since: the match is in that, the passage is the corrected text."""
    TITLE = "title"
    STORY = "story"
    NAME = "name"
    """Of the show or of somebody who is credited."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text that matches. `start` and `end` are seconds in the clip, 0 for what was not said.

    `position` counts a clip's segments from 0, and is None for what is no segment. `marked` is `text`, or an extract
    of a long one, with every match between MARK_START and MARK_END. `before` and `after` are the segments around.
    """

    where: Where
    position: int | None
    start: float
    end: float
    text: str
    marked: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def snippet(self) -> str:
        """The marked text with its matches **like this**."""
        return self.marked.replace(MARK_START, "**").replace(MARK_END, "**")


@dataclass(frozen=True, slots=True)
class ClipHit:
    """A clip in which something matches, with its best passages, the best first."""

    clip: Clip
    passages: tuple[Passage, ...]
    marked_title: str | None = None
    """The title with its matches between MARK_START and MARK_END; None where it has none."""


@dataclass(frozen=True, slots=True)
class Results:
    """What was found. Numbers and facets are there only where they were asked for.

    `total` counts clips and `passages` segments; `facets` has `show`, `reporter` and `year`, each with its values and
    the clips of each, most first; `months` counts clips by the month they aired in.
    """

    clips: tuple[ClipHit, ...]
    total: int | None = None
    passages: int | None = None
    facets: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    months: tuple[tuple[str, int], ...] = ()
    suggestions: tuple[str, ...] = ()
    """What to try instead; only where nothing was found."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much a match counts, by where it is; what was said counts 1."""

    title: float = 2.0
    name: float = 0.5
    story: float = 0.5
    heard: float = 0.5

    def of(self, where: Where) -> float:
        """Return the weight of the best match in one place."""
        return {Where.TITLE: self.title, Where.NAME: self.name, Where.STORY: self.story}.get(where, 1.0)
