"""Lists every mention of a word with the text around it, and counts mentions over time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import EVERYTHING, Filters, conditions
from radio_archive.errors import UsageError
from radio_archive.search.expression import expression, terms_in, within
from radio_archive.search.openings import OPENINGS
from radio_archive.search.plan import narrowed
from radio_archive.search.results import Where
from radio_archive.text.highlight import Marker, Span
from radio_archive.text.query import Query, parse

Period: TypeAlias = Literal["month", "year"]
Progress: TypeAlias = Callable[[int, int], None]
STEP = 5_000
"""Sentences read between two reports of progress."""
_LENGTHS: dict[Period, int] = {"month": 7, "year": 4}

SAID = """
    SELECT clip_list.clip, clip_list.title, clip_list.show, clip_list.date, segments.start, segments.text
    FROM segments_fts
    JOIN segments ON segments.id = segments_fts.rowid
    JOIN clips ON clips.id = segments.clip_id
    JOIN clip_list ON clip_list.clip = clips.uid
    WHERE segments_fts MATCH :match AND {conditions} AND {said}
    ORDER BY clips.air_date IS NULL, clips.air_date {direction}, clips.id, segments.position LIMIT :limit"""

DATED = """
    WITH said AS MATERIALIZED (SELECT rowid FROM segments_fts WHERE segments_fts MATCH :match)
    SELECT substr(clips.air_date, 1, :length) AS period, {what}
    FROM said
    JOIN segments ON segments.id = said.rowid
    JOIN clips ON clips.id = segments.clip_id
    WHERE clips.air_date IS NOT NULL AND {conditions} AND {said}"""
SENTENCES = f"{DATED} GROUP BY period"

AIRED = """
    SELECT substr(clips.air_date, 1, :length) AS period, count(*) FROM clips
    WHERE clips.air_date IS NOT NULL AND {conditions} GROUP BY period"""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One mention: its sentence starts `start` seconds into the clip; the text before, the words, the text after.

    If the words cannot be located (a number that is written differently, for example), the whole sentence is `after`.
    """

    clip: str
    title: str
    show: str | None
    date: str | None
    start: float
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True)
class MentionCount:
    """How often a term is said in the clips that aired in a period, a month or a year.

    `mentions` counts every mention, as `concordance` lists them; None if only sentences were counted. `sentences` and
    `clips` count those with at least one mention, `aired` all clips of the period.
    """

    term: str
    period: str
    mentions: int | None
    sentences: int
    clips: int
    aired: int

    @property
    def share(self) -> float:
        """The share of the period's clips with a mention, 0 to 1."""
        return self.clips / self.aired if self.aired else 0.0


def concordance(
    archive: Archive,
    query: str | Query,
    filters: Filters = EVERYTHING,
    *,
    newest: bool = False,
    limit: int = -1,
    any_word: bool = False,
    without_openings: bool = False,
) -> Iterator[Occurrence]:
    """Yield every mention of `query`, by air date; `limit` counts sentences, -1 means all.

    A sentence has all words of the query or, with `any_word`, one of them. `without_openings` leaves out sentences that
    only open a clip or sign it off.

    Raises UsageError for a query without words, or an unknown show or reporter.
    """
    asked = _narrowed(query, any_word)
    condition, parameters = _clips(archive, asked, filters)
    match = _match(asked)
    if match is None:
        return
    sql = SAID.format(conditions=condition, said=_sentences(without_openings), direction="DESC" if newest else "ASC")
    marker = Marker(terms_in(asked.wanted, Where.SPEECH))
    with archive.reading():
        # As they are read: there may be more than fit into memory. SQLite sorts them in a file.
        for clip, title, show, date, start, text in archive.db.execute(
            sql, {**parameters, "match": match, "limit": limit}
        ):
            for begin, end in _places(marker, text):
                yield Occurrence(clip, title, show, date, start, text[:begin], text[begin:end], text[end:])


def mentions(
    archive: Archive,
    terms: Sequence[str],
    filters: Filters = EVERYTHING,
    *,
    by: Period = "month",
    sentences_only: bool = False,
    any_word: bool = False,
    without_openings: bool = False,
    progress: Progress = lambda done, total: None,
) -> list[MentionCount]:
    """Count the mentions of each of `terms`, which are queries, by period; sorted by term and period, without gaps.

    Clips without an air date are not counted. Sentences are read, to count several mentions in one: about 1 s for
    70,000. `progress` is called with the number read and of all, for each term. `sentences_only` reads none.
    A sentence has all words of a term or, with `any_word`, one of them. `without_openings` does not count those that
    only open a clip or sign it off. Raises UsageError as `concordance` does.
    """
    counts: list[MentionCount] = []
    some = _sentences(without_openings)
    for term in terms:
        asked = _narrowed(term, any_word)
        condition, parameters = _clips(archive, asked, filters)
        parameters |= {"length": _LENGTHS[by], "match": _match(asked)}
        with archive.reading():
            aired = dict(archive.db.execute(AIRED.format(conditions=condition), parameters).fetchall())
            said, often = {}, Counter[str]()
            if parameters["match"]:
                what = "count(*), count(DISTINCT clips.id)"
                rows = archive.db.execute(SENTENCES.format(what=what, conditions=condition, said=some), parameters)
                said = {period: (sentences, clips) for period, sentences, clips in rows.fetchall()}
                if not sentences_only:
                    total = sum(sentences for sentences, _ in said.values())
                    sql = DATED.format(what="segments.text", conditions=condition, said=some)
                    texts = archive.db.execute(sql, parameters)
                    often = _often(texts, Marker(terms_in(asked.wanted, Where.SPEECH)), total, progress)
        for period in periods(min(aired), max(aired)) if aired else ():
            times = None if sentences_only else often[period]
            counts.append(MentionCount(term, period, times, *said.get(period, (0, 0)), aired.get(period, 0)))
    return counts


def _often(texts: Iterable[tuple[str, str]], marker: Marker, total: int, progress: Progress) -> Counter[str]:
    """Count the mentions in each period; `texts` are pairs of a period and a sentence."""
    often: Counter[str] = Counter()
    for done, (period, text) in enumerate(texts, 1):
        often[period] += len(_places(marker, text))
        if done % STEP == 0:
            progress(done, total)
    return often


def _places(marker: Marker, text: str) -> Sequence[Span]:
    """Return the mentions in a sentence that the index found; one that cannot be located counts once."""
    return marker.places(text) or [(0, 0)]


def _narrowed(query: str | Query, any_word: bool) -> Query:
    return narrowed(parse(query) if isinstance(query, str) else query, "any" if any_word else "all")


def _sentences(without_openings: bool) -> str:
    return f"NOT {OPENINGS}" if without_openings else "1"


def _clips(archive: Archive, asked: Query, filters: Filters) -> tuple[str, dict[str, object]]:
    if asked.wanted is None:
        raise UsageError("there is no word to count", 'Give one, or a "phrase in quotes".')
    return conditions(archive, within(asked, filters))


def _match(asked: Query) -> str | None:
    """Return the FTS5 expression for the sentences with a mention; None if no sentence can have one."""
    if asked.wanted is None:
        return None
    wanted = expression(asked.wanted, Where.SPEECH, heard=False)
    if wanted is None:
        return None
    unwanted = [found for node in asked.unwanted if (found := expression(node, Where.SPEECH, heard=False))]
    return f"{wanted} NOT ({' OR '.join(unwanted)})" if unwanted else wanted


def periods(first: str, last: str) -> Iterator[str]:
    """Yield the months (2024-10) or years (2024) from `first` to `last`."""
    if len(first) == _LENGTHS["year"]:
        yield from (f"{year:04}" for year in range(int(first), int(last) + 1))
        return
    year, month = int(first[:4]), int(first[5:7])
    while (text := f"{year:04}-{month:02}") <= last:
        yield text
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
