"""The column `segments.facets`: show, air date and reporters of a segment's clip, as words of the full-text index.

`ǀshow3 ǀy2019 ǀm201905 ǀr17` are the show, the year and month of the air date, and each reporter. The index combines
them with the query, so that filters need not look up the clip of every hit. They begin with the rare letter U+01C0, so
that no ordinary query finds them. Triggers keep them up to date, also for writes by other programs.
"""

import sys
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlite_utils import Database

MOST = 64
"""The most years and months in one expression; for more, the clips are looked up."""
SHARE = 10_000
"""Segments that one transaction updates."""
_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_ODD = "ǀodd"
"""Stands for an air date that is not a full YYYY-MM-DD."""

_OF = f"""nullif(trim(coalesce('ǀshow' || clips.show_id, '')
    || CASE WHEN clips.air_date GLOB '{_DAY}' THEN ' ǀy' || substr(clips.air_date, 1, 4)
            || ' ǀm' || substr(clips.air_date, 1, 4) || substr(clips.air_date, 6, 2)
        WHEN clips.air_date IS NOT NULL THEN ' {_ODD}' ELSE '' END
    || coalesce((SELECT group_concat(' ǀr' || person_id, '') FROM (SELECT person_id FROM credits
        WHERE credits.clip_id = clips.id AND credits.role = 'reporter' ORDER BY person_id)), '')), '')"""  # noqa: S608 - fixed
_FILL = f"UPDATE segments SET facets = (SELECT {_OF} FROM clips WHERE clips.id = segments.clip_id)"  # noqa: S608 - fixed
_WRONG = f"""
    WITH said AS MATERIALIZED (SELECT clips.id, {_OF} AS facets FROM clips WHERE id > :after AND id <= :last)
    SELECT DISTINCT said.id FROM said CROSS JOIN segments ON segments.clip_id = said.id
    WHERE segments.facets IS NOT said.facets"""  # noqa: S608 - fixed


def _follow(clip: str) -> str:
    right = f"(SELECT {_OF} FROM clips WHERE clips.id = {clip})"  # noqa: S608 - fixed
    return f"UPDATE segments SET facets = {right} WHERE clip_id = {clip} AND facets IS NOT {right};"  # noqa: S608


TRIGGERS: Mapping[str, str] = {
    "clips_facets": f"""AFTER UPDATE OF show_id, air_date ON clips
        WHEN old.show_id IS NOT new.show_id OR old.air_date IS NOT new.air_date BEGIN {_follow("new.id")} END""",
    "credits_facets_ai": f"""AFTER INSERT ON credits
        WHEN new.role = 'reporter' BEGIN {_follow("new.clip_id")} END""",
    "credits_facets_ad": f"""AFTER DELETE ON credits
        WHEN old.role = 'reporter' BEGIN {_follow("old.clip_id")} END""",
    "credits_facets_au": f"""AFTER UPDATE OF clip_id, person_id, role ON credits
        WHEN 'reporter' IN (old.role, new.role) BEGIN {_follow("old.clip_id")} {_follow("new.clip_id")} END""",
}
"""The triggers that update the facets of a clip's segments when the clip or its credits change."""

_KNOWN = {"show", "reporter", "since", "until"}
"""The filters that the index has words for."""


@dataclass(frozen=True, slots=True)
class FacetFilter:
    """Two FTS5 expressions over the facets, made from filters.

    Segments that match `surely` pass the filters. For those that match `perhaps`, the clip must be looked up; with
    neither expression, for all segments.
    """

    surely: str | None = None
    perhaps: str | None = None


def prepare(db: Database) -> None:
    """Create the triggers again."""
    for name, body in TRIGGERS.items():
        db.execute(f"DROP TRIGGER IF EXISTS {name}")
        db.execute(f"CREATE TRIGGER {name} {body}")


def fill(db: Database, after: int) -> int | None:
    """Fill the facets of up to SHARE segments after row `after`; return the last one's id, None at the end."""
    if not after:
        prepare(db)
    share = "SELECT max(id) FROM (SELECT id FROM segments WHERE id > ? ORDER BY id LIMIT ?)"
    last: int | None = db.execute(share, [after, SHARE]).fetchone()[0]
    if last is not None:
        db.execute(f"{_FILL} WHERE id > ? AND id <= ?", [after, last])
    return last


def for_clip(db: Database, clip_id: int) -> str | None:
    """Return the facets for a clip's segments."""
    found: tuple[str | None] = db.execute(f"SELECT {_OF} FROM clips WHERE id = ?", [clip_id]).fetchone()  # noqa: S608
    return found[0]


def misfiled(db: Database, after: int = 0, last: int = sys.maxsize) -> list[int]:
    """Return the ids of the clips above `after` and up to `last` whose segments have wrong facets."""
    return [clip for (clip,) in db.execute(_WRONG, {"after": after, "last": last})]


def repair(db: Database, clips: list[int]) -> None:
    """Update the facets of the clips' segments."""
    for clip in clips:
        db.execute(_follow(":clip"), {"clip": clip})


def facet_filter(db: Database, parameters: Mapping[str, object]) -> FacetFilter:
    """Return the expressions for filters, which are given as the parameters of `filters.conditions`."""
    kinds = (("show", "show"), ("reporter", "r"))
    subjects = [f'"ǀ{token}{parameters[name]}"' for name, token in kinds if name in parameters]
    surely, perhaps = _all(subjects), None
    if "since" in parameters or "until" in parameters:
        first, last = str(parameters.get("since") or ""), str(parameters.get("until") or "")
        whole, broken = _periods(*_bounds(db, first, last))
        if 0 < len(whole) + len(broken) <= MOST:
            surely = _all([*subjects, _any(whole)]) if whole else None
            perhaps = _all([*subjects, _any([*broken, _ODD])])
        else:
            surely, perhaps = None, surely
    if parameters.keys() - _KNOWN:
        # The index does not know the other filters, so each clip must be looked up.
        both = [part for part in (surely, perhaps) if part]
        return FacetFilter(None, f"({' OR '.join(both)})" if both else None)
    return FacetFilter(surely, perhaps)


def _all(tokens: list[str]) -> str | None:
    return f"({' AND '.join(tokens)})" if tokens else None


def _any(tokens: list[str]) -> str:
    quoted = (f'"{token}"' for token in tokens)
    return f"({' OR '.join(quoted)})"


def _bounds(db: Database, first: str, last: str) -> tuple[str, str]:
    """Return the first and last day, where an empty one is replaced by the archive's first or last."""
    ends = [first, last]
    for at, order in enumerate(("ASC", "DESC")):
        if not ends[at]:
            query = f"SELECT air_date FROM clips WHERE air_date GLOB ? ORDER BY air_date {order} LIMIT 1"  # noqa: S608
            ends[at] = (db.execute(query, [_DAY]).fetchone() or ("",))[0]
    return ends[0], ends[1]


def _periods(first: str, last: str) -> tuple[list[str], list[str]]:
    """Return the tokens of the full years and months between two days, and of the months that are only partly in."""
    whole: list[str] = []
    broken: list[str] = []
    try:
        years = range(int(first[:4]), int(last[:4]) + 1)
    except ValueError:
        return whole, broken
    for year in years if len(years) <= MOST else ():
        if first <= f"{year:04}-01-01" and last >= f"{year:04}-12-31":
            whole.append(f"ǀy{year:04}")
            continue
        for month, begin, end in _months(year):
            if first <= begin and last >= end:
                whole.append(f"ǀm{year:04}{month:02}")
            elif first <= end and last >= begin:
                broken.append(f"ǀm{year:04}{month:02}")
    return whole, broken


def _months(year: int) -> Iterator[tuple[int, str, str]]:
    for month in range(1, 13):
        start = f"{year:04}-{month:02}"
        yield month, f"{start}-01", f"{start}-{monthrange(year, month)[1]}"
