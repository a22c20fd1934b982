"""Clips in the order of a feed, a page at a time: newest first, then undated ones, then those dated in the future.

A future air date is a slip, or a clip that has not aired: it must not keep what is new from the top. Pages begin at a
key, the date and the row id of their first clip, so that each costs the same in an archive of any size.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.read import Part, by_id
from radio_archive.archive.filters import credited
from radio_archive.errors import UsageError
from radio_archive.models import Clip

_RUNS = ("clips.air_date <= :today", "clips.air_date IS NULL", "clips.air_date > :today")
_UNDATED = 1
_KEY = re.compile(r"(\d{4}(?:-\d\d){0,2}|undated)\.(\d{1,18})", re.ASCII)
_SCOPES = {"show": "clips.show_id = :subject", "person": "person_id = :subject", None: "1"}


@dataclass(frozen=True, slots=True)
class EpisodePage:
    """A page of clips, and the keys of others: None where there is none."""

    clips: tuple[Clip, ...]
    previous: str | None = None
    next: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Episodes:
    """The clips of a show or person by its id, or all; `year` limits them to one. `today` is YYYY-MM-DD."""

    today: str
    kind: str | None = None
    subject: int | None = None
    year: str | None = None

    def page(self, archive: Archive, start: str, size: int, parts: Part) -> EpisodePage:
        """Return the page of `size` clips that begins with the key `start`, by default the first.

        Raises UsageError for what is no key.
        """
        key = _parsed(start) if start else None
        keys = self._keys(archive, key, size + 1)
        if key is None and len(keys) <= size:
            return EpisodePage(self._clips(archive, keys, parts))
        # The other way round: from the page, and from the end.
        before = self._keys(archive, key, size, backward=True) if key else []
        last = self._keys(archive, None, size, backward=True)
        return EpisodePage(
            self._clips(archive, keys[:size], parts),
            _written(before[-1]) if before else None,
            _written(keys[size]) if len(keys) > size else None,
            _written(last[-1]) if last else None,
        )

    def _clips(self, archive: Archive, keys: list[tuple[str | None, int]], parts: Part) -> tuple[Clip, ...]:
        found = by_id(archive, [clip_id for _, clip_id in keys], parts)
        return tuple(found[clip_id] for _, clip_id in keys if clip_id in found)

    def _keys(
        self, archive: Archive, key: tuple[str | None, int] | None, most: int, *, backward: bool = False
    ) -> list[tuple[str | None, int]]:
        """Return the keys from `key` on or, backward, those before it; without a key, from the first or the last on."""
        runs = list(range(len(_RUNS)))
        if backward:
            runs.reverse()
        if key:
            runs = runs[runs.index(self._run_of(key[0])) :]
        found: list[tuple[str | None, int]] = []
        for number, run in enumerate(runs):
            if len(found) < most:
                found += self._of_run(archive, run, None if number else key, most - len(found), backward=backward)
        return found

    def _run_of(self, date: str | None) -> int:
        return _UNDATED if date is None else 0 if date <= self.today else 2

    def _of_run(
        self, archive: Archive, run: int, key: tuple[str | None, int] | None, most: int, *, backward: bool
    ) -> list[tuple[str | None, int]]:
        parameters: dict[str, object] = {"today": self.today, "subject": self.subject, "year": self.year, "most": most}
        conditions = [_RUNS[run], self._scope(archive, parameters)]
        if self.year:
            conditions.append("clips.air_date BETWEEN :year AND :year || '-99'")
        if key:
            parameters |= {"date": key[0], "id": key[1]}
            place = ("clips.id", ":id") if run == _UNDATED else ("(clips.air_date, clips.id)", "(:date, :id)")
            conditions.append(f"{place[0]} {'>' if backward else '<='} {place[1]}")
        order = "ASC" if backward else "DESC"
        query = f"""SELECT clips.air_date, clips.id FROM clips WHERE {" AND ".join(conditions)}
            ORDER BY clips.air_date {order}, clips.id {order} LIMIT :most"""  # noqa: S608 - our own fragments
        return list(archive.db.execute(query, parameters))

    def _scope(self, archive: Archive, parameters: Mapping[str, object]) -> str:
        scope = _SCOPES[self.kind]
        return credited(archive, scope, dict(parameters)) if self.kind == "person" else scope


def _parsed(key: str) -> tuple[str | None, int]:
    parts = _KEY.fullmatch(key)
    if parts is None:
        raise UsageError(f"{key[:60]!r} is no page of a feed", "Begin with the feed's own address.")
    return None if parts[1] == "undated" else parts[1], int(parts[2])


def _written(key: tuple[str | None, int]) -> str:
    date, clip_id = key
    return f"{date or 'undated'}.{clip_id}"
