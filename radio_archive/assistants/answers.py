"""What the tools for assistants answer. These docstrings are part of the schemas that assistants get."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Where something was said. `url` leads to the second; `note` says if nobody has checked the transcript."""

    clip: str
    title: str
    show: str | None
    reporter: str | None
    date: str | None
    start: float
    end: float
    citation: str
    url: str | None
    note: str


@dataclass(frozen=True)
class Found:
    """A passage with words of a query: said at that second, or written about the clip (`where`)."""

    source: Source
    where: str
    text: str


@dataclass(frozen=True)
class SearchResult:
    """What a search found, the best first. `clips` is how many clips have all the words."""

    query: str
    clips: int
    passages: list[Found]
    suggestions: list[str]
    replaced: dict[str, list[str]]


@dataclass(frozen=True)
class Line:
    """A sentence, and the second in which it begins."""

    start: float
    text: str


@dataclass(frozen=True)
class ClipText:
    """A clip and its text, or a part of it: `next_start` is where the next part begins."""

    source: Source
    duration: float
    language: str | None
    summary: str | None
    rights: str | None
    lines: list[Line]
    next_start: float | None


@dataclass(frozen=True)
class Quoted:
    """What was said in a passage, to the word."""

    source: Source
    text: str
    rights: str | None


@dataclass(frozen=True)
class CheckedQuotation:
    """Whether a quotation was said.

    `result` is `exact`, `differing` (in so many `words`; `diff` shows them: [-as written-] {+as said+}), or `not said`.
    """

    quotation: str
    line: int
    result: str
    words: int
    diff: str
    said: str
    source: Source | None
    rights: str | None


@dataclass(frozen=True)
class CheckedDraft:
    """All quotations of a draft, and how many there are of each kind."""

    exact: int
    differing: int
    not_said: int
    quotations: list[CheckedQuotation]


@dataclass(frozen=True)
class Count:
    """How often a term was said in a period: in `sentences` and `clips`, of `aired` clips in all."""

    term: str
    period: str
    sentences: int
    clips: int
    aired: int


@dataclass(frozen=True)
class Trends:
    """The counts of each term by period; `url` has them as a plot."""

    counts: list[Count]
    url: str | None


@dataclass(frozen=True)
class Show:
    """A show, and how many clips of it there are."""

    name: str
    clips: int
    first: str | None
    last: str | None
    url: str | None


@dataclass(frozen=True)
class Shows:
    """The shows by name, a page of them, and how many there are."""

    total: int
    shows: list[Show]
