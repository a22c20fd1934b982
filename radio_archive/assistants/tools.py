"""The tools for assistants: each takes an archive, and returns values of limited size.

Their docstrings, and what their arguments are annotated with, is what assistants are told. All raise UsageError, and
those that search SearchTimeoutError.

The archive's connection is one that `archive.public.views.hide` has prepared, or has only what is public; the search is
told so as well. `Address` makes the whole address of a path of the site, where one is known.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import quote as url_quote

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.filters import Filters
from radio_archive.archive.names.addresses import show_slug
from radio_archive.archive.public import pages
from radio_archive.assistants.answers import (
    CheckedDraft,
    CheckedQuotation,
    ClipText,
    Count,
    Found,
    Line,
    Quoted,
    SearchResult,
    Show,
    Shows,
    Source,
    Trends,
)
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
from radio_archive.text.quotations import LONGEST, Paragraph, Quotation, at_most, quotations
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


class Described:
    """What an argument is, with its limits. The tools check these, for what the SDK says of them has many lines."""

    def __init__(self, description: str, **limits: int) -> None:
        self._told = {"description": description, **limits}

    def __get_pydantic_json_schema__(self, schema: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {**handler(schema), **self._told}


ClipName = Annotated[str, Described("A clip, by the name that other tools give it.", maxLength=NAME)]
OnlyClip = Annotated[str | None, Described("Only look in this clip.", maxLength=NAME)]
OnlyShow = Annotated[str | None, Described("Only this show, by its name.", maxLength=NAME)]
Since = Annotated[str | None, Described("Aired then or later: 2024, 2024-10, 2024-10-22.", maxLength=NAME)]
Until = Annotated[str | None, Described("Aired then or earlier, likewise.", maxLength=NAME)]
Start = Annotated[float, Described("A second of the clip.", minimum=0)]
FORMS = 'Words, or a "phrase in quotes"; a OR b finds either, -word leaves clips out, volcan* finds longer words.'
Query = Annotated[str, Described(FORMS, maxLength=QUERY)]
Limit = Annotated[int, Described("At most this many clips.", minimum=1, maximum=CLIPS)]
Words = Annotated[str, Described("The words, without quotation marks.", maxLength=LONGEST)]
Draft = Annotated[str, Described("The story as plain text.", maxLength=DRAFT)]
Terms = Annotated[list[str], Described("Words or phrases.", minItems=1, maxItems=TERMS)]
Page = Annotated[int, Described(f"Which page of {ROWS}.", minimum=1)]


def search_archive(
    archive: Archive,
    address: Address,
    query: Query,
    show: OnlyShow = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 5,
) -> SearchResult:
    """Find what was said on air about something: the best passages, each with its clip, second and citation.

    Finds any spelling of names and numbers, and other forms of words. Start here, unless you have the name of a
    clip or the exact words of a quotation. Matches are **marked**.
    """
    _bound(query, QUERY, "the query")
    found = search(
        archive, query, filters_of(show, since, until), limit=_within(limit, CLIPS), count=True, parts=read.Part.ADDRESS
    )
    passages = [_found(hit.clip, passage, address) for hit in found.clips for passage in hit.passages]
    replaced = {one.typed: list(one.by) for one in found.replaced}
    return SearchResult(query, found.total or 0, passages, list(found.suggestions), replaced)


def get_clip(archive: Archive, address: Address, clip: ClipName, start: Start = 0.0) -> ClipText:
    """Read the transcript of a clip, sentence by sentence with seconds, and what is known of the clip.

    Of a long clip you get the first part from `start` on; call again with `next_start` for the next part.
    """
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


def quote(archive: Archive, address: Address, clip: ClipName, start: Start, end: Start) -> Quoted:
    """Get the exact words between two seconds of a clip, at most two minutes, with the citation to print."""
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
    quotation: Words,
    clip: OnlyClip = None,
    show: OnlyShow = None,
    since: Since = None,
) -> CheckedQuotation:
    """Check whether somebody said exactly this, before you print it as a quotation.

    The result is `exact`, `differing` by a number of words, which `diff` shows, or `not said`. An ellipsis (…) may
    stand for words that were left out; words in [brackets] are yours and are not looked up.
    """
    _bound(quotation, LONGEST, "the quotation")
    wanted = Quotation(" ".join(quotation.split()), 1)
    if not wanted.pieces:
        raise UsageError("the quotation has no words")
    return next(checked(archive, address, [wanted], filters_of(show, since, None), clip))


def check_draft(
    archive: Archive, address: Address, draft: Draft, show: OnlyShow = None, since: Since = None
) -> CheckedDraft:
    """Find every quotation in the draft of a story and check each of them, as check_quote does for one."""
    _bound(draft, DRAFT, "the draft")
    parts = draft.replace("\r\n", "\n").split("\n\n")
    lines = [sum(part.count("\n") + 2 for part in parts[:number]) + 1 for number in range(len(parts))]
    paragraphs = (Paragraph(part, line) for part, line in zip(parts, lines, strict=True))
    found = at_most(QUOTATIONS, quotations(paragraphs), "the draft")
    return drafted(list(checked(archive, address, found, filters_of(show, since, None), None)))


def trends(
    archive: Archive,
    address: Address,
    terms: Terms,
    by: Literal["year", "month"] = "year",
    show: OnlyShow = None,
    since: Since = None,
    until: Until = None,
) -> Trends:
    """Count how often words were said over time: in how many sentences and clips, and how many clips aired."""
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


def list_shows(archive: Archive, address: Address, page: Page = 1) -> Shows:
    """List the shows in the archive, with their numbers of clips and the first and last date."""
    every = pages.shows(archive)
    first = (max(1, page) - 1) * ROWS
    some = every[first : first + ROWS]
    shows = [
        Show(one.name, one.clips, one.first, one.last, address(f"/{url_quote(show_slug(one.name))}")) for one in some
    ]
    return Shows(len(every), shows)


TOOLS: Sequence[Callable[..., Any]] = (
    search_archive, get_clip, quote, check_quote, check_draft, trends, list_shows
)  # fmt: skip


def filters_of(show: str | None, since: str | None, until: str | None) -> Filters:
    """Return the filters for public clips. Raises UsageError for what is no time."""
    # Assistants mostly leave out what they do not need, and some give it empty.
    show, since, until = (text or None for text in (show, since, until))
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
    uid = _clip(archive, clip, read.Part.NOTHING).uid if clip else None
    for one in lookup.check(archive, wanted, filters, clip=uid, seconds=seconds):
        source = None if one.clip is None else source_of(one.clip, address, one.start, one.end)
        yield CheckedQuotation(
            _cut(one.quotation.text), one.quotation.line, str(one.result), one.words,
            _cut(diff_of(one.stretches), 2 * PASSAGE), _cut(one.said), source, one.clip.rights if one.clip else None,
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
