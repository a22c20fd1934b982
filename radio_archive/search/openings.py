"""Which segments only open a clip or sign it off: "This is Asia Minute", "For HPR, I'm Karen Oshiro".

Such sentences say who speaks, not what about. Three things tell them: a claim of the speech itself, of which a segment
consists; the name of the clip's own show or station, with little else, at either end of a clip; and a sentence with
which the clips around this one begin or end too, word for word, such as a slogan. The last needs the air dates.
"""

from typing import Final

ENDS: Final = 3
"""Segments at either end of a clip that are looked at for names and common sentences."""
BESIDE: Final = 45
"""Characters that may be said beside the name of the show or station: `Good morning, and welcome to …`."""
NEIGHBOURS: Final = 4
"""Clips of the same show, before and after one, that it is compared with."""
ALIKE: Final = 3
"""A sentence is the show's own if at least this many of them have it too."""
CARRIED: Final = 25
"""Seconds from the start of what a claim heard within which its last segment begins."""

_UNMARKED = dict(zip("ʻʼ‘’`āēīōūĀĒĪŌŪ", (*[""] * 5, *"aeiou" * 2), strict=True))


def _unmarked(text: str) -> str:
    """Return SQL for a text without the ʻokina and kahakō, which engines write or leave out."""
    for letter, plain in _UNMARKED.items():
        text = f"replace({text}, '{letter}', '{plain}')"
    return text


def _says(name: str) -> str:
    """Return SQL for a segment that names a show or station as its whole text, or after a few other words."""
    place = f"instr(' ' || {_unmarked('segments.text')}, ' ' || {_unmarked(name)})"
    beside = f"length(segments.text) - length({name})"
    return f"(length({name}) > 0 AND ({place} > 1 AND {beside} <= {BESIDE} OR {place} = 1 AND {beside} <= 2))"


def _neighbours(than: str, order: str) -> str:
    return f"""SELECT * FROM (SELECT other.id FROM clips AS own JOIN clips AS other ON other.show_id = own.show_id
        WHERE own.id = segments.clip_id AND other.air_date {than} own.air_date
        ORDER BY other.air_date {order} LIMIT {NEIGHBOURS})"""  # noqa: S608 - fixed


def _texts(order: str) -> str:
    return f"""SELECT text FROM segments AS theirs WHERE theirs.clip_id = other.id
        ORDER BY theirs.position {order} LIMIT {ENDS}"""  # noqa: S608 - fixed


# In a claim's evidence, the words that were heard are between quotation marks.
_CLAIMED = f"""EXISTS (SELECT 1 FROM claims
    WHERE subject_type = 'clip' AND subject_id = segments.clip_id AND source = 'signoff' AND superseded_at IS NULL
        AND source_key <> 'hand-over' AND claims.at < segments."end"
        AND (claims.at >= segments.start - 0.001
                AND 2 * (instr(evidence, '”') - instr(evidence, '“') - 1) >= length(segments.text)
            OR claims.at >= segments.start - {CARRIED} AND instr(evidence, segments.text)))"""  # noqa: S608 - fixed
_AT_AN_END = f"""(segments.position < {ENDS} OR segments.position >
    (SELECT max(position) - {ENDS} FROM segments AS every WHERE every.clip_id = segments.clip_id))"""  # noqa: S608 - fixed
_NAMED = f"""EXISTS (SELECT 1 FROM clips AS own JOIN shows ON shows.id = own.show_id
        LEFT JOIN stations ON stations.id = shows.station_id
    WHERE own.id = segments.clip_id AND ({_says("shows.name")} OR {_says("stations.name")}))"""  # noqa: S608 - fixed
_SHARED = f"""(SELECT count(*) FROM ({_neighbours("<", "DESC")} UNION ALL {_neighbours(">", "ASC")}) AS other
    WHERE segments.text IN ({_texts("ASC")}) OR segments.text IN ({_texts("DESC")})) >= {ALIKE}"""  # noqa: S608 - fixed

OPENINGS: Final = f"({_CLAIMED} OR ({_AT_AN_END} AND ({_NAMED} OR {_SHARED})))"
"""SQL that is true for a segment, of the table `segments`, that only opens a clip or signs it off.

An anchor's hand-over to a reporter is none, because it tells what the story is about. The cost does not depend on the
size of the archive: the claims of the clip are read and, for its first and last segments, those of the clips around it.
"""
