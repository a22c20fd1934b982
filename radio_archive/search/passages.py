"""Reads the passages of found clips: the original text, with the matches marked."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.clips.read import Part
from radio_archive.archive.rows import grouped
from radio_archive.models import Clip
from radio_archive.search.expression import PLACES, expression, terms_in
from radio_archive.search.fts import FtsReader
from radio_archive.search.ranking import RankedClip
from radio_archive.search.results import ClipHit, Passage, Where
from radio_archive.text.highlight import MARK_START, Marker, unmarked
from radio_archive.text.query import AnyOf, Node, Scope, Term

MOST = 3
"""The most spoken passages of a clip."""

NAMES = """
    SELECT clips.id, shows.name FROM clips JOIN shows ON shows.id = clips.show_id
    WHERE clips.id IN (SELECT value FROM json_each(:clips))
    UNION ALL SELECT clip_id, people.name FROM credits JOIN people ON people.id = credits.person_id
    WHERE clip_id IN (SELECT value FROM json_each(:clips))"""
STORIES = """
    SELECT stories.clip_id, stories.headline, stories.body, stories.caption FROM json_each(:clips) AS asked
    CROSS JOIN stories ON stories.clip_id = asked.value
    CROSS JOIN stories_fts ON stories_fts.rowid = stories.id
    WHERE stories_fts MATCH :match ORDER BY stories.id"""
SEGMENTS = """
    SELECT id, clip_id, position, start, "end", text, heard FROM segments
    WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"""
VERSIONS = """
    SELECT other_texts.id, clip_id, start, "end", other_texts.text FROM json_each(:clips) AS asked
    CROSS JOIN other_texts ON other_texts.clip_id = asked.value
    CROSS JOIN other_texts_fts ON other_texts_fts.rowid = other_texts.id
    WHERE other_texts_fts MATCH :match ORDER BY other_texts.id"""
# What is said there in the current text, unless the other one is of a recording with other times.
NOW = """
    SELECT other_texts.id, segments.text FROM json_each(:texts) AS asked
    CROSS JOIN other_texts ON other_texts.id = asked.value
    CROSS JOIN transcripts ON transcripts.id = other_texts.transcript_id
    CROSS JOIN clip_recordings ON clip_recordings.clip_id = other_texts.clip_id AND role = 'original'
        AND clip_recordings.recording_id = transcripts.recording_id
    CROSS JOIN segments ON segments.clip_id = other_texts.clip_id
    WHERE (segments.start + segments."end") / 2 BETWEEN other_texts.start AND other_texts."end"
        OR (other_texts.start + other_texts."end") / 2 BETWEEN segments.start AND segments."end"
    ORDER BY other_texts.id, segments.position"""
AROUND = """
    SELECT position, text FROM segments WHERE clip_id = :clip AND position BETWEEN :first AND :last ORDER BY position"""


class Passages:
    """Reads the passages of one search, each with `context` segments before and after it."""

    def __init__(
        self, archive: Archive, reader: FtsReader, wanted: Node | None, context: int = 0, parts: Part = Part.NOTHING
    ) -> None:
        """Prepare to read what `wanted` found; `parts` are read of each clip."""
        self.archive, self.reader, self.db = archive, reader, archive.db
        self.wanted, self.context, self.parts = wanted, context, parts
        # Most queries have the same terms in every place.
        alike: dict[tuple[Term, ...], Marker] = {}
        self.markers = {where: _marker(alike, terms_in(wanted, where)) for where in PLACES}
        self._heard = _marker(alike, [one for one in terms_in(wanted, Where.SPEECH) if one.scope == Scope.HEARD])
        self._has_several = len(terms_in(wanted, Where.SPEECH)) > 1
        # Titles and names are looked at only if some of them match.
        every = FtsReader.of_all(archive, public=False)
        self._has = {where: every.has_match(where, self._any(where)) for where in (Where.TITLE, Where.NAME)}

    def of(self, found: Sequence[RankedClip]) -> tuple[ClipHit, ...]:
        """Return the found clips, in the same order, with their best passages."""
        clips = read.by_id(self.archive, [one.clip for one in found], self.parts)
        ids = json.dumps(list(clips))
        told = self._any(Where.STORY)
        stories = {row[0]: row[1:] for row in self.db.execute(STORIES, {"clips": ids, "match": told})} if told else {}
        named = grouped(self.db.execute(NAMES, {"clips": ids})) if self._has[Where.NAME] else {}
        spoken = self._spoken(found)
        self._add_versions(clips, spoken)
        return tuple(
            replace(
                self._hit(clips[one.clip], spoken.get(one.clip, []), stories.get(one.clip), named.get(one.clip, [])),
                missing=one.missing,
            )
            for one in found
            if one.clip in clips
        )

    def _any(self, where: Where) -> str | None:
        """Return the expression for any of the words that are looked for in one place; None if none are."""
        return expression(AnyOf(tuple(terms_in(self.wanted, where))), where)

    def _hit(
        self,
        clip: Clip,
        spoken: Sequence[Passage],
        story: Sequence[str | None] | None,
        named: Sequence[str],
    ) -> ClipHit:
        titles = (clip.title, clip.summary) if self._has[Where.TITLE] else ()
        others = [*self._written(Where.TITLE, titles), *self._from_story(story), *self._written(Where.NAME, named)]
        marked = self.markers[Where.TITLE].mark(clip.title) if titles else clip.title
        passages = (*spoken[:MOST], *others)
        return ClipHit(clip, passages, marked if MARK_START in marked else None)

    def _spoken(self, found: Sequence[RankedClip]) -> dict[int, list[Passage]]:
        """Return the best segments of each clip."""
        rows = {one.clip: one.rows[Where.SPEECH][:MOST] for one in found if Where.SPEECH in one.rows}
        rest = [one.clip for one in found if one.clip not in rows]
        match = self._any(Where.SPEECH)
        for clip, segment in self.reader.matching_segments(match, rest) if match else ():
            some = rows.setdefault(clip, [])
            if self._has_several or len(some) < MOST:
                some.append(segment)
        texts = {
            row[0]: row for row in self.db.execute(SEGMENTS, [json.dumps([i for ids in rows.values() for i in ids])])
        }
        return {clip: self._best([texts[i] for i in ids if i in texts], clip not in rest) for clip, ids in rows.items()}

    def _best(self, rows: list[Sequence[Any]], is_ranked: bool) -> list[Passage]:
        if not is_ranked and self._has_several:
            rows = sorted(rows, key=lambda row: -self.markers[Where.SPEECH].strength(row[5]))
        return [self._segment(*row[1:]) for row in rows[:MOST]]

    def _segment(self, clip: int, position: int, start: float, end: float, text: str, heard: str | None) -> Passage:
        marker = self.markers[Where.SPEECH]
        marked = marker.mark(text)
        before, after = self._around(clip, position) if self.context else ((), ())
        if heard and (self._heard.spans(heard) or (MARK_START not in marked and marker.spans(heard))):
            return Passage(Where.HEARD, position, start, end, heard, marker.mark(heard), before, after, text)
        return Passage(Where.SPEECH, position, start, end, text, marked, before, after)

    def _add_versions(self, clips: Iterable[int], spoken: dict[int, list[Passage]]) -> None:
        """Add sentences of other transcripts that match to what is `spoken` in each clip."""
        match = self._any(Where.VERSION)
        if match is None or self.reader.hides(Where.VERSION):
            return
        shown: dict[int, list[Sequence[Any]]] = {}
        for row in self.db.execute(VERSIONS, {"clips": json.dumps(list(clips)), "match": match}):
            if len(spoken.get(row[1], ())) + len(some := shown.setdefault(row[1], [])) < MOST:
                some.append(row)
        asked = json.dumps([row[0] for some in shown.values() for row in some])
        current: dict[int, list[str]] = grouped(self.db.execute(NOW, {"texts": asked}))
        marker = self.markers[Where.VERSION]
        for clip, some in shown.items():
            spoken.setdefault(clip, []).extend(
                Passage(
                    Where.VERSION, None, start, end, text, marker.mark(text), current=" ".join(current.get(key, ()))
                )
                for key, _, start, end, text in some
            )

    def _around(self, clip: int, position: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        asked = {"clip": clip, "first": position - self.context, "last": position + self.context}
        rows = self.db.execute(AROUND, asked).fetchall()
        return tuple(text for at, text in rows if at < position), tuple(text for at, text in rows if at > position)

    def _written(self, where: Where, texts: Sequence[str | None]) -> Iterator[Passage]:
        """Yield the first of `texts` with a match."""
        for text in texts:
            if text and self.markers[where].spans(text):
                yield Passage(where, None, 0.0, 0.0, text, self.markers[where].extract(text))
                return

    def _from_story(self, story: Sequence[str | None] | None) -> Iterator[Passage]:
        """Yield an extract from the part of a story with the most matches."""
        marker = self.markers[Where.STORY]
        for text in sorted(filter(None, story or ()), key=lambda part: -marker.strength(part)):
            if marker.spans(text):
                marked = marker.extract(text)
                yield Passage(Where.STORY, None, 0.0, 0.0, unmarked(marked), marked)
                return


def _marker(known: dict[tuple[Term, ...], Marker], terms: Sequence[Term]) -> Marker:
    key = tuple(terms)
    if key not in known:
        known[key] = Marker(key)
    return known[key]
