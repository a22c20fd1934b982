"""What the tools for assistants do: each function takes an archive, and returns values of limited size.

The archive's connection is one that `archive.public.views.hide` has prepared, or has only what is public; the search is
told so as well. `Address` makes the whole address of a path of the site, where one is known.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias
from urllib.parse import quote as url_quote

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.filters import Filters
from radio_archive.archive.names.addresses import show_slug
from radio_archive.archive.public import pages
from radio_archive.errors import UsageError
from radio_archive.formats.citation import citation_of
from radio_archive.models import Clip, Word
from radio_archive.search import concordance
from radio_archive.search import quotations as lookup
from radio_archive.search.results import Passage, Where
from radio_archive.search.search import search
from radio_archive.text import periods
from radio_archive.text.corrected import joined
from radio_archive.text.doubts import MARK, UNCHECKED, is_unchecked
from radio_archive.text.quotations import LONGEST, Paragraph, Quotation, quotations
from radio_archive.text.times import moment
from radio_archive.text.wording import Stretch

Address: TypeAlias = Callable[[str], str | None]
"""Returns the address on the web of what has this path on the site; None if the site's own is not known."""

CLIPS = 20
PASSAGE = 600
"""Characters of a passage, at most."""
TEXT = 8_000
"""Characters of a clip's text, at most, that one answer has."""
SECONDS = 120.0
"""Seconds of a quotation, at most."""
NAME = 200
"""Characters of the name of a clip or show, and of a time."""
QUERY = 500
TERMS = 5
ROWS = 200
LOOKUP = 1.0
"""Seconds of a processor, at most, for each quotation."""
DRAFT = 100_000
"""Characters of a draft, at most."""
QUOTATIONS = 50
"""Quotations of a draft, at most."""


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


def search_archive(
    archive: Archive, address: Address, query: str, show: str | None, since: str | None, until: str | None, limit: int
) -> SearchResult:
    """Return the best passages for a query. Raises UsageError and SearchTimeoutError, as all of these do."""
    _bound(query, QUERY, "the query")
    found = search(
        archive, query, filters_of(show, since, until), limit=_within(limit, CLIPS), count=True, parts=read.Part.ADDRESS
    )
    passages = [_found(hit.clip, passage, address) for hit in found.clips for passage in hit.passages]
    replaced = {one.typed: list(one.by) for one in found.replaced}
    return SearchResult(query, found.total or 0, passages, list(found.suggestions), replaced)


def get_clip(archive: Archive, address: Address, clip: str, start: float) -> ClipText:
    """Return a clip and its text from `start` seconds on."""
    found = _clip(archive, clip, read.Part.TEXT | read.Part.ADDRESS)
    lines, length, following = list[Line](), 0, None
    spoken = [(segment.start, segment.end, segment.text) for segment in found.segments]
    for begins, ends, text in sorted([*spoken, *((gap.start, gap.end, MARK) for gap in found.gaps)]):
        if ends <= start:
            continue
        length += len(text)
        if length > TEXT and lines:
            following = begins
            break
        lines.append(Line(round(begins, 1), text[:TEXT]))
    end = following or found.duration
    return ClipText(
        source_of(found, address, lines[0].start if lines else 0.0, end), round(found.duration, 1), found.language,
        found.summary and _cut(found.summary), found.rights, lines, following,
    )  # fmt: skip


def quote(archive: Archive, address: Address, clip: str, start: float, end: float) -> Quoted:
    """Return what is said in a clip between two moments, in seconds."""
    if not start < end <= start + SECONDS:
        raise UsageError(f"a passage ends after it begins, at most {SECONDS:.0f} seconds later")
    found = _clip(archive, clip, read.Part.TEXT | read.Part.ADDRESS)
    words = [word for word in found.words if start <= (word.start + word.end) / 2 <= end]
    if not words:
        raise UsageError(f"nothing is said in {found.uid} from {start:g} to {end:g} s")
    # Words before and after others that were not understood must not read as one sentence.
    missing = [
        Word(gap.start, gap.end, f" {MARK}") for gap in found.gaps if words[0].end <= gap.start < words[-1].start
    ]
    text = joined(sorted([*words, *missing], key=lambda word: word.start))[:TEXT]
    return Quoted(source_of(found, address, words[0].start, words[-1].end), text, found.rights)


def check_quote(
    archive: Archive,
    address: Address,
    quotation: str,
    clip: str | None,
    show: str | None,
    since: str | None,
) -> CheckedQuotation:
    """Return whether somebody said this, to the word."""
    _bound(quotation, LONGEST, "the quotation")
    wanted = Quotation(" ".join(quotation.split()), 1)
    if not wanted.pieces:
        raise UsageError("the quotation has no words")
    return next(checked(archive, address, [wanted], filters_of(show, since, None), clip))


def check_draft(archive: Archive, address: Address, draft: str, show: str | None, since: str | None) -> CheckedDraft:
    """Return the same of every quotation in a draft, in plain text."""
    _bound(draft, DRAFT, "the draft")
    parts = draft.replace("\r\n", "\n").split("\n\n")
    lines = [sum(part.count("\n") + 2 for part in parts[:number]) + 1 for number in range(len(parts))]
    paragraphs = (Paragraph(part, line) for part, line in zip(parts, lines, strict=True))
    found = list(islice(quotations(paragraphs), QUOTATIONS + 1))
    if len(found) > QUOTATIONS:
        raise UsageError(f"the draft has more than {QUOTATIONS} quotations")
    return drafted(list(checked(archive, address, found, filters_of(show, since, None), None)))


def trends(
    archive: Archive,
    address: Address,
    terms: Sequence[str],
    by: Literal["year", "month"],
    show: str | None,
    since: str | None,
    until: str | None,
) -> Trends:
    """Return how often words were said, by period; the latest, if there are too many."""
    if not 0 < len(terms) <= TERMS:
        raise UsageError(f"there are 1 to {TERMS} terms")
    for term in terms:
        _bound(term, QUERY, "a term")
    filters = filters_of(show, since, until)
    counts = concordance.mentions(archive, terms, filters, by=by, sentences_only=True)
    latest = sorted({one.period for one in counts})[-(ROWS // len(terms)) :]
    shown = [
        Count(one.term, one.period, one.sentences, one.clips, one.aired) for one in counts if one.period in set(latest)
    ]
    return Trends(shown, address("/trends"))


def list_shows(archive: Archive, address: Address, page: int) -> Shows:
    """Return a page of the shows."""
    every = pages.shows(archive)
    first = (max(1, page) - 1) * ROWS
    some = every[first : first + ROWS]
    shows = [
        Show(one.name, one.clips, one.first, one.last, address(f"/{url_quote(show_slug(one.name))}")) for one in some
    ]
    return Shows(len(every), shows)


def filters_of(show: str | None, since: str | None, until: str | None) -> Filters:
    """Return the filters for public clips. Raises UsageError for what is no time."""
    for text in filter(None, (show, since, until)):
        _bound(text, NAME, "a name or time")
    days = [None if text is None else periods.date_range(text) for text in (since, until)]
    if any(text is not None and found is None for text, found in zip((since, until), days, strict=True)):
        raise UsageError(f"{since if days[0] is None and since else until!r} is no time: write {periods.FORMS}")
    return Filters(show, since=days[0] and days[0][0], until=days[1] and days[1][1], public=True)


def checked(
    archive: Archive,
    address: Address,
    wanted: Iterable[Quotation],
    filters: Filters,
    clip: str | None,
    seconds: float = LOOKUP,
) -> Iterator[CheckedQuotation]:
    """Yield what is found of quotations, in the clips that match or in one alone."""
    uid = None if clip is None else _clip(archive, clip, read.Part.NOTHING).uid
    for one in lookup.check(archive, wanted, filters, clip=uid, seconds=seconds):
        source = None if one.clip is None else source_of(one.clip, address, one.start, one.end)
        yield CheckedQuotation(
            _cut(one.quotation.text), one.quotation.line, str(one.result), one.words,
            _cut(diff_of(one.stretches), 2 * PASSAGE), _cut(one.said), source,
        )  # fmt: skip


def drafted(found: list[CheckedQuotation]) -> CheckedDraft:
    """Return quotations with their numbers."""
    kinds = [one.result for one in found]
    exact, differing, not_said = (kinds.count(kind) for kind in lookup.Result)
    return CheckedDraft(exact, differing, not_said, found)


def diff_of(stretches: Iterable[Stretch]) -> str:
    """Return the differences as `wdiff` shows them: `We [-can-] {+cannot+} stop`."""
    shown = []
    for one in stretches:
        if one.same:
            shown.append(one.written)
        else:
            shown += [f"[-{one.written}-]"] * bool(one.written) + [f"{{+{one.said}+}}"] * bool(one.said)
    return " ".join(shown)


def source_of(clip: Clip, address: Address, start: float, end: float) -> Source:
    """Return where something was said in a clip, in seconds."""
    url = address(f"/{url_quote(clip.address)}{moment(start)}")
    return Source(
        clip.uid, clip.title, clip.show, clip.reporter, clip.date, round(start, 2), round(end, 2),
        citation_of(clip, start, end), url, UNCHECKED if is_unchecked(clip) else "",
    )  # fmt: skip


def _clip(archive: Archive, name: str, parts: read.Part) -> Clip:
    _bound(name, NAME, "the name of the clip")
    return read.clip(archive, read.find_uid(archive, name), parts)


def _found(clip: Clip, passage: Passage, address: Address) -> Found:
    if passage.where == Where.HEARD:
        # What was corrected since is not what was said.
        source = source_of(clip, address, passage.start, passage.end)
        return Found(source, Where.SPEECH, _cut(passage.current or ""))
    return Found(source_of(clip, address, passage.start, passage.end), str(passage.where), _cut(passage.snippet))


def _cut(text: str, most: int = PASSAGE) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _bound(text: str, most: int, what: str) -> None:
    if len(text) > most:
        raise UsageError(f"{what} is longer than {most:,} characters")


def _within(number: int, most: int) -> int:
    return max(1, min(number, most))
