"""The SQL of search: the hits of an FTS5 expression in one place, and the clips with hits."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Self, TypeAlias

from sqlite_utils import Database

from radio_archive.archive import visibility
from radio_archive.archive.archive import Archive
from radio_archive.archive.index import facets
from radio_archive.search.results import Where

CAP = 10_000
"""The most hits that are ranked, the latest added first: ranking takes one or two microseconds for each."""
TITLES_CAP = 2_000
"""The same for titles and stories, which are fewer."""
VERY_MANY = 20_000
"""Up to this many hits, filters are applied before ranking."""
MANY = 2_000
"""Above this many clips, all clips are read instead of these."""
FEW = 300
"""Up to this many clips are looked up one by one; for more, the whole index is read."""
VERY_FEW = 5
"""Looking into so many clips takes less time than to count how many segments match."""

Parameters = Mapping[str, object]


Hit: TypeAlias = tuple[int, int, float]
"""A clip's id, its matching row (a segment or story; 0 for titles and names), and the score: higher is better."""

ClipFacts: TypeAlias = tuple[int, str | None, int | None, str | None]
"""A clip's id, its air date, the id of its show, and the code of its language."""


# The hits that pass the filters are ranked, at most :cap of them. The clip of a hit comes from a narrow index, without
# reading the segment. CROSS JOIN and + fix the join order: otherwise SQLite looks up every clip of a filter for each
# hit.
SCORED = "segments_fts.rowid AS id, -bm25(segments_fts, 1.0, :heard, 1.0, 0.7, 0.0) AS score FROM segments_fts"
BEST = """
    SELECT segments.clip_id, best.id, best.score
    FROM best CROSS JOIN segments INDEXED BY segments_place ON segments.id = best.id"""
FEW_RANKED = f"""
    WITH best AS MATERIALIZED (SELECT {SCORED} {{filter}} ORDER BY score DESC LIMIT :most) {BEST}"""
MANY_RANKED = f"""
    WITH hits AS MATERIALIZED (SELECT {SCORED} {{filter}} ORDER BY segments_fts.rowid DESC LIMIT :cap),
    best AS MATERIALIZED (SELECT id, score FROM hits ORDER BY score DESC LIMIT :most) {BEST}"""  # noqa: S608 - fixed
UNFILTERED = "WHERE segments_fts MATCH :match"
# BM25 counts the rows of every word in an expression, also of facets, and a large show has many. So the filter is
# applied first, and the ranking expression has no facets. With very many hits, ranking comes first.
PASSING = "WHERE segments_fts MATCH :match AND +segments_fts.rowid IN ({passing})"
FILTERED = """CROSS JOIN segments INDEXED BY segments_place ON segments.id = segments_fts.rowid
        CROSS JOIN clips ON clips.id = +segments.clip_id
        WHERE segments_fts MATCH {match} AND {conditions}"""
SURELY = "SELECT rowid FROM segments_fts WHERE segments_fts MATCH :surely"
PERHAPS = "SELECT segments_fts.rowid FROM segments_fts {filter}"
TITLES = """
    WITH hits AS MATERIALIZED (
        SELECT clips_fts.rowid AS id, -bm25(clips_fts, 1.0, 0.5, 1.0, 0.7) AS score FROM clips_fts {join}
        WHERE clips_fts MATCH :match AND {conditions} ORDER BY clips_fts.rowid DESC LIMIT :cap
    ) SELECT id, 0, score FROM hits ORDER BY score DESC, id DESC LIMIT :most"""
TITLED = "CROSS JOIN clips ON clips.id = clips_fts.rowid"
STORIES = """
    WITH hits AS MATERIALIZED (
        SELECT stories.clip_id, stories.id, -bm25(stories_fts, 1.5, 1.0, 0.5, 1.0, 0.7) AS score
        FROM stories_fts CROSS JOIN stories ON stories.id = stories_fts.rowid {join}
        WHERE stories_fts MATCH :match AND {conditions} ORDER BY stories_fts.rowid DESC LIMIT :cap
    ) SELECT clip_id, id, score FROM hits ORDER BY score DESC, clip_id DESC LIMIT :most"""
VERSIONS = """
    WITH hits AS MATERIALIZED (
        SELECT other_texts.clip_id, other_texts.id, -bm25(other_texts_fts) AS score
        FROM other_texts_fts CROSS JOIN other_texts ON other_texts.id = other_texts_fts.rowid {join}
        WHERE other_texts_fts MATCH :match AND {conditions} ORDER BY other_texts_fts.rowid DESC LIMIT :cap
    ) SELECT clip_id, id, score FROM hits ORDER BY score DESC, clip_id DESC LIMIT :most"""
TOLD = "CROSS JOIN clips ON clips.id = stories.clip_id"
WRITTEN = {
    Where.TITLE: (TITLES, TITLED),
    Where.STORY: (STORIES, TOLD),
    Where.VERSION: (VERSIONS, "CROSS JOIN clips ON clips.id = other_texts.clip_id"),
}
"""How the hits of a place are read, and what joins their clips."""
NAMED = """
    SELECT DISTINCT subject_type, subject_id FROM aliases_fts JOIN aliases ON aliases.id = aliases_fts.rowid
    WHERE aliases_fts MATCH :match"""
CLIPS_NAMED = """
    SELECT id FROM clips WHERE show_id IN (SELECT value FROM json_each(:named_show))
    UNION ALL SELECT clips.id FROM shows CROSS JOIN clips ON clips.show_id = shows.id
        WHERE station_id IN (SELECT value FROM json_each(:named_station))
    UNION ALL SELECT clip_id FROM credits WHERE person_id IN (SELECT value FROM json_each(:named_person))"""
NAMED_AMONG = """
    SELECT clips.id FROM clips LEFT JOIN shows ON shows.id = clips.show_id
    WHERE clips.id IN (SELECT value FROM json_each(:clips)) AND (
        show_id IN (SELECT value FROM json_each(:named_show))
        OR station_id IN (SELECT value FROM json_each(:named_station))
        OR EXISTS (SELECT 1 FROM credits WHERE clip_id = clips.id
                   AND person_id IN (SELECT value FROM json_each(:named_person))))"""
NAMES = f"""
    SELECT clips.id, 0, 1.0 AS score FROM clips WHERE clips.id IN ({CLIPS_NAMED}) AND {{conditions}}
    ORDER BY clips.air_date DESC, clips.id DESC LIMIT :most"""  # noqa: S608 - fixed
HOLDING = {
    Where.SPEECH: """SELECT DISTINCT segments.clip_id FROM segments_fts
        CROSS JOIN segments INDEXED BY segments_place ON segments.id = segments_fts.rowid
        WHERE segments_fts MATCH :match""",
    Where.TITLE: "SELECT rowid FROM clips_fts WHERE clips_fts MATCH :match",
    Where.STORY: """SELECT DISTINCT stories.clip_id FROM stories_fts
        CROSS JOIN stories ON stories.id = stories_fts.rowid WHERE stories_fts MATCH :match""",
    Where.VERSION: """SELECT DISTINCT other_texts.clip_id FROM other_texts_fts
        CROSS JOIN other_texts ON other_texts.id = other_texts_fts.rowid WHERE other_texts_fts MATCH :match""",
}
# If few segments match, all of them are read. Otherwise the index is asked for a range in each clip: its segments were
# written together, so their ids are consecutive.
FEW_IN_CLIPS = """
    SELECT segments.clip_id, segments.id FROM segments_fts
    CROSS JOIN segments INDEXED BY segments_place ON segments.id = segments_fts.rowid
    WHERE segments_fts MATCH :match AND +segments_fts.rowid IN (
        SELECT segments.id FROM json_each(:clips) AS asked CROSS JOIN segments ON segments.clip_id = asked.value)"""
MANY_IN_CLIPS = """
    SELECT segments.clip_id, segments.id FROM json_each(:clips) AS asked
    CROSS JOIN segments_fts ON segments_fts.rowid
        BETWEEN (SELECT id FROM segments WHERE clip_id = asked.value ORDER BY position LIMIT 1)
        AND (SELECT id FROM segments WHERE clip_id = asked.value ORDER BY position DESC LIMIT 1)
    CROSS JOIN segments INDEXED BY segments_place
        ON segments.id = segments_fts.rowid AND segments.clip_id = asked.value
    WHERE segments_fts MATCH :match"""
AIRED = "SELECT id FROM clips WHERE air_date BETWEEN :first AND :last"
AIRED_AMONG = """
    SELECT clips.id FROM json_each(:among) AS asked CROSS JOIN clips ON clips.id = asked.value
    WHERE air_date BETWEEN :first AND :last"""
COUNTED = "SELECT count(*) FROM ({passing})"
HAS = {
    Where.TITLE: f"SELECT 1 FROM clips_fts {TITLED} WHERE clips_fts MATCH :match AND {{conditions}} LIMIT 1",  # noqa: S608
    Where.STORY: f"""SELECT 1 FROM stories_fts CROSS JOIN stories ON stories.id = stories_fts.rowid {TOLD}
        WHERE stories_fts MATCH :match AND {{conditions}} LIMIT 1""",  # noqa: S608 - fixed
    Where.VERSION: """SELECT 1 FROM other_texts_fts CROSS JOIN other_texts ON other_texts.id = other_texts_fts.rowid
        CROSS JOIN clips ON clips.id = other_texts.clip_id
        WHERE other_texts_fts MATCH :match AND {conditions} LIMIT 1""",
    Where.NAME: f"""SELECT 1 FROM ({CLIPS_NAMED}) AS named
        CROSS JOIN clips ON clips.id = named.id WHERE {{conditions}} LIMIT 1""",  # noqa: S608 - fixed
}
BOUNDED = "SELECT count(*) FROM (SELECT 1 FROM segments_fts WHERE segments_fts MATCH ? LIMIT ?)"
BOUNDED_PASSING = "SELECT count(*) FROM (SELECT 1 FROM segments_fts {filter} LIMIT :most)"
BEYOND = "SELECT 1 FROM segments_fts WHERE segments_fts MATCH ? LIMIT 1 OFFSET ?"


def with_facets(match: str, passing: str | None) -> str:
    """Return the expression for segments that match `match` and have the facets `passing`."""
    return f"{match} AND (facets : {passing})" if passing else match


class FtsReader:
    """Reads hits in clips that meet `conditions`, SQL on the table `clips` with its parameters."""

    def __init__(
        self, db: Database, conditions: str, parameters: Parameters, cap: int = CAP, today: str = "9999"
    ) -> None:
        """Read from `db`; at most `cap` segments are ranked. What is dated after `today` (YYYY-MM-DD) is to come."""
        self.db, self.conditions, self.parameters, self.cap = db, conditions, dict(parameters), cap
        self._today = today
        self._narrowed = facets.facet_filter(db, parameters)
        self._more: dict[tuple[str, int], bool] = {}

    @classmethod
    def of_all(cls, archive: Archive, *, public: bool) -> Self:
        """Return a reader without filters, except that with `public`, it finds only what everybody may see."""
        return cls(archive.db, visibility.PUBLIC, visibility.clock(archive)) if public else cls(archive.db, "1", {})

    def unfiltered(self) -> "FtsReader":
        """Return a reader without the filters of this one. It finds what is hidden if this one does."""
        seen = {name: value for name, value in self.parameters.items() if name in visibility.CLOCK}
        return FtsReader(self.db, visibility.PUBLIC if seen else "1", seen)

    @property
    def is_public(self) -> bool:
        """Whether only what everybody may see is found."""
        return not visibility.CLOCK.isdisjoint(self.parameters)

    @property
    def is_unfiltered(self) -> bool:
        """Whether there is no filter except visibility."""
        return not self.parameters.keys() - visibility.CLOCK

    def limit_of(self, where: Where) -> int:
        """Return the most hits that are ranked in one place."""
        return min(self.cap, TITLES_CAP) if where in WRITTEN else self.cap

    def ranked_hits(self, where: Where, match: str, heard: float, most: int) -> list[Hit]:
        """Return the best `most` hits in one place; `heard` is the weight of words that were corrected since."""
        more: dict[str, object]
        if self.hides(where):
            return []
        if where == Where.SPEECH:
            sql, more = self._ranking(match)
            more |= {"heard": heard, "cap": self.limit_of(where)}
        elif where == Where.NAME:
            named = self.named(match)
            if not named:
                return []
            sql, more = NAMES.format(conditions=self.conditions), {**named}
        else:
            sql, join = WRITTEN[where]
            sql = sql.format(join=join if self.parameters else "", conditions=self.conditions)
            more = {"cap": self.limit_of(where)}
        rows = self.db.execute(sql, {**self.parameters, "match": match, "most": most, **more})
        # Sorted here, because SQLite takes much longer. Ties keep SQLite's order, which is by date for names.
        return sorted(rows.fetchall(), key=itemgetter(2, 1), reverse=True)

    def hides(self, where: Where) -> bool:
        """Whether nothing is found in a place: only the archive's own people see its other transcripts."""
        return where == Where.VERSION and self.is_public

    def passing_filter(self, match: str) -> tuple[str, str]:
        """Return SQL that joins and filters the hits of a match, and the expression to match."""
        some = [part for part in (self._narrowed.surely, self._narrowed.perhaps) if part]
        is_sure = not self.parameters or (self._narrowed.surely and not self._narrowed.perhaps)
        join = UNFILTERED if is_sure else FILTERED.format(match=":match", conditions=self.conditions)
        return join, with_facets(match, f"({' OR '.join(some)})" if some else None)

    def matching_clips(self, where: Where, match: str, among: Collection[int] | None = None) -> set[int]:
        """Return the clips, of all or `among` these, that match an expression; the filters are ignored."""
        if self.hides(where):
            return set()
        if where == Where.NAME:
            named = self.named(match)
            if not named:
                return set()
            if among is not None and len(among) <= FEW:
                asked = {**named, "clips": json.dumps(list(among))}
                return {row[0] for row in self.db.execute(NAMED_AMONG, asked)}
            found = {row[0] for row in self.db.execute(CLIPS_NAMED, named)}
        elif where == Where.SPEECH and among is not None and len(among) <= FEW:
            return {clip for clip, _ in self.matching_segments(match, among)}
        else:
            found = {row[0] for row in self.db.execute(HOLDING[where], {"match": match})}
        return found if among is None else found.intersection(among)

    def has_match(self, where: Where, match: str | None) -> bool:
        """Whether anything in one place matches an expression and passes the filters."""
        if match is None or self.hides(where):
            return False
        if where == Where.SPEECH:
            return self.count_passing(match, 1) > 0
        more = self.named(match) if where == Where.NAME else {"match": match}
        if not more:
            return False
        sql = HAS[where].format(conditions=self.conditions)
        return self.db.execute(sql, {**self.parameters, **more}).fetchone() is not None

    def matching_segments(self, match: str, clips: Collection[int]) -> list[tuple[int, int]]:
        """Return the clip and the id of each segment of `clips` that matches."""
        if not clips:
            return []
        one_by_one = len(clips) <= VERY_FEW or self.has_more(match, self.cap)
        sql = MANY_IN_CLIPS if one_by_one else FEW_IN_CLIPS
        return self.db.execute(sql, {"clips": json.dumps(list(clips)), "match": match}).fetchall()

    def count_up_to(self, match: str, most: int) -> int:
        """Count the matching segments up to `most`, to start with the rarest part of a query."""
        return int(self.db.execute(BOUNDED, [match, most]).fetchone()[0])

    def count_passing(self, match: str, most: int) -> int:
        """Count the segments up to `most` that match and pass the filters."""
        join, asked = self.passing_filter(match)
        sql = BOUNDED_PASSING.format(filter=join)
        return int(self.db.execute(sql, {**self.parameters, "match": asked, "most": most}).fetchone()[0])

    def has_more(self, match: str, than: int) -> bool:
        """Whether more than `than` segments match."""
        if (match, than) not in self._more:
            self._more[match, than] = self.db.execute(BEYOND, [match, than]).fetchone() is not None
        return self._more[match, than]

    def count(self, match: str) -> int:
        """Return how many segments match and pass the filters."""
        passing, more = self._passing(match)
        return int(self.db.execute(COUNTED.format(passing=passing), {**self.parameters, **more}).fetchone()[0])

    def clips_by_date(self, among: Collection[int] | None = None, *, newest: bool) -> Iterator[int]:
        """Yield the clips, of all or `among` these, that pass the filters, by date; undated ones come last.

        After them, what is to come, which is not the newest.
        """
        order, to_come = ("DESC", "coalesce(air_date > :today, 0), ") if newest else ("ASC", "")
        condition, more = self._among(among)
        sql = f"""SELECT clips.id FROM clips WHERE {condition}
                  ORDER BY {to_come}air_date IS NULL, air_date {order}, id {order}"""  # noqa: S608 - fixed fragments only
        rows = self.db.execute(sql, {**self.parameters, **more, "today": self._today})
        return (row[0] for row in rows if among is None or row[0] in among)

    def clips_aired(self, since: str, until: str, among: Collection[int] | None = None) -> set[int]:
        """Return the clips, of all or `among` these, that aired between two days; the filters are ignored."""
        parameters = {"first": since, "last": until}
        if among is None or len(among) > MANY:
            found = {clip for (clip,) in self.db.execute(AIRED, parameters)}
            return found if among is None else found.intersection(among)
        rows = self.db.execute(AIRED_AMONG, parameters | {"among": json.dumps(list(among))})
        return {clip for (clip,) in rows}

    def facts(self, among: Collection[int]) -> list[ClipFacts]:
        """Return the facts of each clip `among` these that passes the filters."""
        condition, more = self._among(among)
        sql = f"SELECT clips.id, air_date, show_id, clips.language FROM clips WHERE {condition}"  # noqa: S608 - fixed
        return [row for row in self.db.execute(sql, {**self.parameters, **more}) if row[0] in among]

    def _ranking(self, match: str) -> tuple[str, dict[str, object]]:
        """Return SQL that ranks the segments that match and pass the filters, and its parameters."""
        narrowed, is_few = self._narrowed, not self.has_more(match, self.cap)
        ranked = FEW_RANKED if is_few else MANY_RANKED
        some = [part for part in (narrowed.surely, narrowed.perhaps) if part]
        if some and (is_few or not self.has_more(match, VERY_MANY)):
            passing, more = self._passing(match)
            return ranked.format(filter=PASSING.format(passing=passing)), {**more, "match": match}
        join, asked = self.passing_filter(match)
        return ranked.format(filter=join), {"match": asked}

    def _passing(self, match: str) -> tuple[str, dict[str, object]]:
        """Return SQL for the segments that match and pass the filters, in any order, and its parameters."""
        surely, perhaps = self._narrowed.surely, self._narrowed.perhaps
        if not self.parameters:
            return SURELY, {"surely": match}
        join = FILTERED.format(match=":perhaps", conditions=self.conditions)
        parts = [SURELY] if surely else []
        if perhaps or not surely:
            parts.append(PERHAPS.format(filter=join))
        return " UNION ALL ".join(parts), {"surely": with_facets(match, surely), "perhaps": with_facets(match, perhaps)}

    def _among(self, among: Collection[int] | None) -> tuple[str, Parameters]:
        """Return the conditions, with `among` as another one if that avoids reading all clips."""
        if among is None or len(among) > MANY:
            return self.conditions, {}
        condition = " AND ".join((self.conditions, "clips.id IN (SELECT value FROM json_each(:among))"))
        return condition, {"among": json.dumps(list(among))}

    def named(self, match: str) -> dict[str, str]:
        """Return the ids of the shows, people and stations with a matching name, as JSON, by parameter; {} for none."""
        named: dict[str, list[int]] = {"show": [], "person": [], "station": []}
        for kind, subject in self.db.execute(NAMED, {"match": match}):
            named[kind].append(subject)
        return {f"named_{kind}": json.dumps(ids) for kind, ids in named.items()} if any(named.values()) else {}


def names(db: Database, kind: str, ids: Sequence[int]) -> dict[int, str]:
    """Return the names of shows or people by their ids."""
    table = "shows" if kind == "show" else "people"
    sql = f"SELECT id, name FROM {table} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - one of two
    return dict(db.execute(sql, [json.dumps(ids)]).fetchall())


def credited(db: Database, roles: Sequence[str], among: Collection[int] | None = None) -> list[tuple[int, int, str]]:
    """Return the clip, the person and the role of every credit in these roles; of `among`, and perhaps of others."""
    sql = "SELECT clip_id, person_id, role FROM credits WHERE role IN (SELECT value FROM json_each(:roles))"
    parameters = {"roles": json.dumps(roles)}
    if among is not None and len(among) <= MANY:
        sql += " AND clip_id IN (SELECT value FROM json_each(:among))"
        parameters["among"] = json.dumps(list(among))
    return db.execute(sql, parameters).fetchall()
