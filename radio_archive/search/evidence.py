"""Reads where the parts of a query occur: all places of a rare one, and of a frequent one those in some clips."""

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from radio_archive.search.expression import PLACES, expression
from radio_archive.search.fts import CLIPS_NAMED, WRITTEN, FtsReader
from radio_archive.search.plan import Unit
from radio_archive.search.ranking import Finder, is_flat
from radio_archive.search.results import Weights, Where
from radio_archive.text.query import Aired, Node, Query

RARE = 2_000
"""A word in more sentences, titles or stories than this is frequent."""
SAMPLE = 200
"""Sentences of a frequent word, the latest, that show in how many clips it is."""
MOST_NAMED = 20_000
"""A show or person with more clips than this is taken to have half of them."""
FORM = 0.7
"""How much another form of a word counts: *nest* for *nests*."""
TIME = 0.5
"""How much the time counts at which a clip aired: it alone finds nothing."""
NAME = 1.3
"""How much more a word counts that was typed with a capital, beside others that were not: a name."""
LEAST = 0.1
"""The weight of a word that all clips have."""

SIZE = "SELECT coalesce(max(id), 0) FROM clips"
POSTINGS = """
    WITH hits AS MATERIALIZED (
        SELECT segments_fts.rowid AS id FROM segments_fts {filter} ORDER BY segments_fts.rowid DESC LIMIT :most
    ) SELECT segments.clip_id, hits.id FROM hits CROSS JOIN segments INDEXED BY segments_place ON segments.id = hits.id
    ORDER BY hits.id DESC"""
LATEST = {
    Where.TITLE: """SELECT clips_fts.rowid FROM clips_fts {join}
        WHERE clips_fts MATCH :match AND {conditions} ORDER BY clips_fts.rowid DESC LIMIT :most""",
    Where.STORY: """SELECT stories.clip_id FROM stories_fts CROSS JOIN stories ON stories.id = stories_fts.rowid {join}
        WHERE stories_fts MATCH :match AND {conditions} ORDER BY stories_fts.rowid DESC LIMIT :most""",
    Where.VERSION: """SELECT other_texts.clip_id FROM other_texts_fts
        CROSS JOIN other_texts ON other_texts.id = other_texts_fts.rowid {join}
        WHERE other_texts_fts MATCH :match AND {conditions} ORDER BY other_texts_fts.rowid DESC LIMIT :most""",
}
AMONG = {
    Where.TITLE: """SELECT clips_fts.rowid FROM json_each(:clips) AS asked
        CROSS JOIN clips_fts ON clips_fts.rowid = asked.value WHERE clips_fts MATCH :match""",
    Where.STORY: """SELECT stories.clip_id FROM json_each(:clips) AS asked
        CROSS JOIN stories ON stories.clip_id = asked.value
        CROSS JOIN stories_fts ON stories_fts.rowid = stories.id WHERE stories_fts MATCH :match""",
    Where.VERSION: """SELECT other_texts.clip_id FROM json_each(:clips) AS asked
        CROSS JOIN other_texts ON other_texts.clip_id = asked.value
        CROSS JOIN other_texts_fts ON other_texts_fts.rowid = other_texts.id WHERE other_texts_fts MATCH :match""",
}
COUNTED = f"""SELECT count(*) FROM (
    SELECT 1 FROM ({CLIPS_NAMED}) AS named CROSS JOIN clips ON clips.id = named.id WHERE {{conditions}} LIMIT :most
    )"""  # noqa: S608 - fixed
PASSING = f"""SELECT clips.id FROM ({CLIPS_NAMED}) AS named CROSS JOIN clips ON clips.id = named.id
    WHERE {{conditions}} LIMIT :most"""  # noqa: S608 - fixed
AIRED = "SELECT clips.id FROM clips WHERE air_date BETWEEN :first AND :last AND {conditions} LIMIT :most"
ABOUT = """
    SELECT clips.id, 'show', show_id FROM clips WHERE id IN (SELECT value FROM json_each(:clips))
    UNION ALL SELECT clips.id, 'station', station_id FROM clips JOIN shows ON shows.id = clips.show_id
        WHERE clips.id IN (SELECT value FROM json_each(:clips))
    UNION ALL SELECT clip_id, 'person', person_id FROM credits WHERE clip_id IN (SELECT value FROM json_each(:clips))"""


@dataclass(slots=True)
class Evidence:
    """Where a part of a query occurs, with how much each place counts.

    `said` is by clip and segment, `written` by clip and place. `weight` is how rare it is. If it is `frequent`, only
    some of its clips are known.
    """

    unit: Unit
    said: dict[int, dict[int, float]] = field(default_factory=dict)
    written: dict[int, dict[Where, float]] = field(default_factory=dict)
    weight: float = 0.0
    frequent: bool = False
    partly: bool = False
    """Whether other clips have it too: in several texts, or as a name or time of many clips."""
    named: dict[tuple[str, int], float] = field(default_factory=dict)
    """The shows, people and stations of that name, with how much it counts."""

    @property
    def is_complete(self) -> bool:
        """Whether all clips with the unit are known."""
        return not self.frequent and not self.partly

    def best(self, clip: int) -> float:
        """Return how much the best match in a clip counts, 0 without one."""
        spoken, elsewhere = self.said.get(clip), self.written.get(clip)
        return max(max(spoken.values()) if spoken else 0.0, max(elsewhere.values()) if elsewhere else 0.0)

    def add_said(self, rows: Iterable[tuple[int, int]], counts: float) -> None:
        """Add pairs of a clip and a segment."""
        for clip, segment in rows:
            segments = self.said.setdefault(clip, {})
            segments[segment] = max(counts, segments.get(segment, 0.0))

    def add_written(self, where: Where, clips: Iterable[int], counts: float) -> None:
        """Add clips with a match in a title, story or name."""
        for clip in clips:
            places = self.written.setdefault(clip, {})
            places[where] = max(counts, places.get(where, 0.0))


class EvidenceReader:
    """Reads the evidence for the parts of one query, among the clips that pass its filters."""

    def __init__(self, reader: FtsReader, weights: Weights) -> None:
        self.reader, self.db, self.weights = reader, reader.db, weights
        self.clip_count = int(self.db.execute(SIZE).fetchone()[0])
        self._known: dict[tuple[Unit, bool], Sequence[tuple[Where, str, float]]] = {}

    def is_frequent(self, unit: Unit) -> bool:
        """Whether a unit is in too many sentences to read them all."""
        return any(
            where == Where.SPEECH and self.reader.has_more(match, RARE)
            for where, match, _ in self._matches(unit, apart=False)
        )

    def is_very_frequent(self, node: Node) -> bool:
        """Whether more sentences have a word as it is than are ranked."""
        match = expression(node, Where.SPEECH, forms=False)
        return match is not None and self.reader.has_more(match, self.reader.cap)

    def look(self, unit: Unit) -> Evidence:
        """Return all places of a rare unit, or how frequent it is."""
        evidence = Evidence(unit, frequent=self.is_frequent(unit), partly=not is_flat(unit.node))
        if evidence.frequent:
            holding = self._spread(unit)
        else:
            self.read(evidence)
            holding = len(evidence.said.keys() | evidence.written.keys())
        evidence.weight = self._rarity(holding) * (NAME if unit.is_name else 1.0)
        self._add_names(evidence)
        if isinstance(unit.asked, Aired):
            self._add_aired(evidence, unit.asked)
        return evidence

    def read(self, evidence: Evidence) -> None:
        """Read the latest sentences, titles and stories with a unit."""
        for where, match, counts in self._matches(evidence.unit):
            if where == Where.SPEECH:
                evidence.add_said(self._postings(match, RARE), counts)
            elif where != Where.NAME:
                evidence.add_written(where, self._latest(where, match, RARE), counts)

    def check(self, evidence: Sequence[Evidence], clips: Collection[int]) -> None:
        """Look in some clips for the units of which not all clips are known."""
        asked = json.dumps(list(clips))
        for one in evidence:
            # In frequent words, other forms make no difference.
            for where, match, counts in self._matches(one.unit, apart=False) if one.frequent else ():
                if where == Where.SPEECH:
                    one.add_said(self.reader.matching_segments(match, clips), counts)
                elif where != Where.NAME:
                    one.add_written(where, self._holding(where, match, clips), counts)
        if any(one.named for one in evidence):
            for clip, kind, subject in self.db.execute(ABOUT, {"clips": asked}):
                for one in evidence:
                    if (kind, subject) in one.named:
                        one.add_written(Where.NAME, [clip], one.named[kind, subject])
        for one in evidence:
            if not is_flat(one.unit.node):
                # Its parts may be in different texts.
                having = Finder(self.reader, Query(one.unit.node), self.weights).having(one.unit.node, clips)
                one.add_written(Where.NAME, [clip for clip in having if not one.best(clip)], 1.0)
            if isinstance(time := one.unit.asked, Aired):
                one.add_written(Where.NAME, self.reader.clips_aired(time.since, time.until, clips), 1.0)

    def _matches(self, unit: Unit, *, apart: bool = True) -> Sequence[tuple[Where, str, float]]:
        """Return the expressions for a unit by place, each with what a match counts; other forms `apart`, or not."""
        if (unit, apart) not in self._known:
            self._known[unit, apart] = list(self._expressions(unit, apart))
        return self._known[unit, apart]

    def _expressions(self, unit: Unit, apart: bool) -> Iterator[tuple[Where, str, float]]:
        share = {Where.STORY: self.weights.story, Where.NAME: self.weights.name}
        for node, counts in unit.meant:
            for where in PLACES:
                exact, every = expression(node, where, forms=False), expression(node, where)
                if exact and (apart or exact == every):
                    yield where, exact, counts * share.get(where, 1.0)
                if every and every != exact:
                    others = f"({every} NOT {exact})" if exact and apart else every
                    yield where, others, counts * share.get(where, 1.0) * (FORM if apart else 1.0)

    def _postings(self, match: str, most: int) -> list[tuple[int, int]]:
        """Return the clip and the id of the segments that match and pass the filters, the latest `most`."""
        join, asked = self.reader.passing_filter(match)
        sql = POSTINGS.format(filter=join)
        return self.db.execute(sql, {**self.reader.parameters, "match": asked, "most": most}).fetchall()

    def _latest(self, where: Where, match: str, most: int) -> list[int]:
        """Return the clips with a title or story that matches and that pass the filters, the latest `most`."""
        if self.reader.hides(where):
            return []
        join = WRITTEN[where][1] if self.reader.parameters else ""
        sql = LATEST[where].format(join=join, conditions=self.reader.conditions)
        rows = self.db.execute(sql, {**self.reader.parameters, "match": match, "most": most})
        return [clip for (clip,) in rows]

    def _holding(self, where: Where, match: str, clips: Collection[int]) -> Collection[int]:
        """Return those of `clips` with a title or story that matches."""
        found = self._latest(where, match, RARE)
        if len(found) == RARE:
            asked = {"clips": json.dumps(list(clips)), "match": match}
            found = [clip for (clip,) in self.db.execute(AMONG[where], asked)]
        return set(found).intersection(clips)

    def _named(self, named: Mapping[str, str], most: int) -> list[int]:
        """Return clips of some shows, people and stations that pass the filters, at most `most`."""
        sql = PASSING.format(conditions=self.reader.conditions)
        rows = self.db.execute(sql, {**self.reader.parameters, **named, "most": most})
        return [clip for (clip,) in rows]

    def _spread(self, unit: Unit) -> int:
        """Return in how many clips a frequent unit is, by the latest ones: clips are numbered as they are archived."""
        share = 0.0
        for where, match, _ in self._matches(unit, apart=False):
            clips = {clip for clip, _ in self._postings(match, SAMPLE)} if where == Where.SPEECH else ()
            if clips:
                share = max(share, len(clips) / (max(clips) - min(clips) + 1))
        return round(share * self.clip_count)

    def _rarity(self, holding: int) -> float:
        """Return the weight of what `holding` clips have: the inverse document frequency of BM25."""
        return max(LEAST, math.log(1 + max(0.0, self.clip_count - holding + 0.5) / (holding + 0.5)))

    def _add_names(self, evidence: Evidence) -> None:
        """Add the shows, people and stations of a name; the more clips they have, the less it counts."""
        for where, match, counts in self._matches(evidence.unit):
            if where != Where.NAME:
                continue
            named = self.reader.named(match)
            if not named:
                continue
            subjects = [(kind.removeprefix("named_"), key) for kind, ids in named.items() for key in json.loads(ids)]
            # Not even the rank of a clip tells of names that are on hidden clips only.
            seen = self.reader.unfiltered()
            sql = COUNTED.format(conditions=seen.conditions)
            many = self.db.execute(sql, {**seen.parameters, **named, "most": MOST_NAMED}).fetchone()[0]
            if not many:
                continue
            weight = self._rarity(many if many < MOST_NAMED else max(MOST_NAMED, self.clip_count // 2))
            if not evidence.said and not evidence.written and not evidence.frequent:
                evidence.weight = weight
            counts *= min(1.0, weight / evidence.weight)
            for subject in subjects:
                evidence.named[subject] = max(evidence.named.get(subject, 0.0), counts)
            evidence.partly |= many > RARE
            if many <= RARE:
                evidence.add_written(Where.NAME, self._named(named, RARE), counts)

    def _add_aired(self, evidence: Evidence, time: Aired) -> None:
        """Add the clips that aired in a time, if they are few."""
        sql = AIRED.format(conditions=self.reader.conditions)
        asked = {**self.reader.parameters, "first": time.since, "last": time.until, "most": RARE}
        clips = [clip for (clip,) in self.db.execute(sql, asked)]
        evidence.weight = self._rarity(len(clips)) * TIME
        evidence.partly |= len(clips) == RARE
        if len(clips) < RARE:
            evidence.add_written(Where.NAME, clips, 1.0)
