"""Clips in the order of lists and feeds, a page at a time.

The newest come first, then undated ones, then those dated in the future. A future air date is a slip, or a clip that
has not aired: it must not keep what is new from the top. A collection has an order of its own.

Pages begin at a key, what a list is ordered by and the row id of the page's first clip, so that each costs the same in
an archive of any size.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.read import Part, by_id
from radio_archive.archive.filters import linked
from radio_archive.errors import UsageError
from radio_archive.models import Clip

_AIRED, _UNDATED, _TO_COME = range(3)
_KEY = re.compile(r"(\d{4}(?:-\d\d){0,2}|undated|\d{1,9})\.(\d{1,18})", re.ASCII)
_SCOPES = {
    "show": "clips.show_id = :subject",
    "person": "person_id = :subject",
    "subject": "folded = :subject",
    "day": "substr(clips.air_date, 6, 5) = :subject",
    None: "1",
}
_LINKS = {"person": "credits", "subject": "subjects"}
"""The tables that link clips to what the list is about."""

_LAST = "~"
"""Comes after all that a date may go on with."""

Key = tuple[str | None, int]


@dataclass(frozen=True, slots=True)
class EpisodePage:
    """A page of clips, and the keys of the pages before and after it: None where there is none."""

    clips: tuple[Clip, ...]
    previous: str | None = None
    next: str | None = None


class ClipPages(ABC):
    """Clips in an order, of which pages are read."""

    __slots__ = ()

    def page(self, archive: Archive, start: str, size: int, parts: Part, skip: int = 0) -> EpisodePage:
        """Return the page of `size` clips that begins with the key `start`, by default the first.

        `skip` leaves out so many clips from there on, and is paid for. Raises UsageError for what is no key.
        """
        key = _parsed(start) if start else None
        if skip:
            skipped = self._keys(archive, key, skip + 1)[skip:]
            if not skipped:
                return EpisodePage(())
            key = skipped[0]
        keys = self._keys(archive, key, size + 1)
        # The other way round.
        before = self._keys(archive, key, size, backward=True) if key else []
        found = by_id(archive, [clip_id for _, clip_id in keys[:size]], parts)
        return EpisodePage(
            tuple(found[clip_id] for _, clip_id in keys[:size] if clip_id in found),
            _written(before[-1]) if before else None,
            _written(keys[size]) if len(keys) > size else None,
        )

    def last(self, archive: Archive, size: int) -> str | None:
        """Return the key of the last page of `size` clips, which may begin within another; None if there is no clip."""
        found = self._keys(archive, None, size, backward=True)
        return _written(found[-1]) if found else None

    @abstractmethod
    def _keys(self, archive: Archive, key: Key | None, most: int, *, backward: bool = False) -> list[Key]:
        """Return the keys from `key` on or, backward, those before it; without a key, from the first or the last on."""


@dataclass(frozen=True, slots=True)
class Episodes(ClipPages):
    """All clips, or those of a show or a person by its id, of a subject by its folded name, or of a day (MM-DD) of any
    year; `year` limits them to one. `today` is YYYY-MM-DD."""

    today: str
    kind: str | None = None
    subject: int | str | None = None
    year: str | None = None

    def _keys(self, archive: Archive, key: Key | None, most: int, *, backward: bool = False) -> list[Key]:
        runs = [_AIRED, _UNDATED, _TO_COME]
        if backward:
            runs.reverse()
        if key:
            runs = runs[runs.index(self._run_of(key[0])) :]
        found: list[Key] = []
        for number, run in enumerate(runs):
            if len(found) < most:
                found += self._of_run(archive, run, None if number else key, most - len(found), backward=backward)
        return found

    def _run_of(self, date: str | None) -> int:
        return _UNDATED if date is None else _AIRED if date <= self.today else _TO_COME

    def _of_run(self, archive: Archive, run: int, key: Key | None, most: int, *, backward: bool) -> list[Key]:
        """Return the keys of one run. Each query reads a part of an index, from its end on and no more."""
        there = ">" if backward else "<="
        if run == _UNDATED:
            conditions = ["clips.air_date IS NULL", *([f"clips.id {there} :id"] if key else [])]
            return [] if self.year else self._read(archive, conditions, most, backward=backward, id=key and key[1])
        low, high = ("", _after(self.today)) if run == _AIRED else (_after(self.today), _LAST)
        if self.year:
            low, high = max(low, self.year), min(high, self.year + _LAST)
        found: list[Key] = []
        if key and key[0] and low <= key[0] < high:
            on_day = ["clips.air_date = :date", f"clips.id {there} :id"]
            found = self._read(archive, on_day, most, backward=backward, date=key[0], id=key[1])
            low, high = (_after(key[0]), high) if backward else (low, key[0])
        if len(found) < most:
            within = ["clips.air_date >= :low", "clips.air_date < :high"]
            found += self._read(archive, within, most - len(found), backward=backward, low=low, high=high)
        return found

    def _read(
        self, archive: Archive, conditions: Sequence[str], most: int, *, backward: bool, **parameters: object
    ) -> list[Key]:
        asked = {**parameters, "subject": self.subject, "most": most}
        condition = " AND ".join((*conditions, self._scope(archive, asked)))
        order = "ASC" if backward else "DESC"
        query = f"""SELECT clips.air_date, clips.id FROM clips WHERE {condition}
            ORDER BY clips.air_date {order}, clips.id {order} LIMIT :most"""  # noqa: S608 - our own fragments
        return list(archive.db.execute(query, asked))

    def _scope(self, archive: Archive, parameters: Mapping[str, object]) -> str:
        scope = _SCOPES[self.kind]
        table = _LINKS.get(self.kind or "")
        return linked(archive, table, scope, dict(parameters)) if table else scope


@dataclass(frozen=True, slots=True)
class Collected(ClipPages):
    """The clips of a collection, by its id, in its own order. A page costs more in a larger collection."""

    collection: int

    def _keys(self, archive: Archive, key: Key | None, most: int, *, backward: bool = False) -> list[Key]:
        order, comparison = ("DESC", "<") if backward else ("ASC", ">=")
        begins = f"AND (position, clips.id) {comparison} (:position, :id)" if key else ""
        query = f"""SELECT position, clips.id FROM collection_clips CROSS JOIN clips ON clips.id = clip_id
            WHERE collection_id = :collection {begins}
            ORDER BY position {order}, clips.id {order} LIMIT :most"""  # noqa: S608 - our own fragments
        place, clip_id = key or (None, 0)
        position = int(place) if place and place.isdecimal() else 0
        parameters = {"collection": self.collection, "position": position, "id": clip_id, "most": most}
        return [(str(at), clip_id) for at, clip_id in archive.db.execute(query, parameters)]


def _after(date: str) -> str:
    """Return the first text that comes after a date: that of a year comes before those of its months."""
    return f"{date} "


def _parsed(key: str) -> Key:
    parts = _KEY.fullmatch(key)
    if parts is None:
        raise UsageError(f"{key[:60]!r} is no page of a list", "Begin with the list's own address.")
    return None if parts[1] == "undated" else parts[1], int(parts[2])


def _written(key: Key) -> str:
    date, clip_id = key
    return f"{date or 'undated'}.{clip_id}"
