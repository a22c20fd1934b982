"""Adds the names that another archive knows: shows, people and stations with all their spellings, and the glossary."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial

from radio_archive.archive.archive import Archive
from radio_archive.archive.merge_texts import Tally
from radio_archive.archive.names import glossary, lookup, roster, unused
from radio_archive.archive.names.lookup import TABLE_OF
from radio_archive.archive.names.roster import RosterEntry
from radio_archive.errors import UsageError
from radio_archive.models import Term
from radio_archive.text.spelling import fold

_UNSET: Mapping[str, Mapping[str, object]] = {"show": {"visibility": "public", "ranks": "as usual"}}
"""What follows for all clips of a show that is here, so that it is not changed by a merge."""


def add_names(ours: Archive, theirs: Archive, tally: Tally) -> None:
    """Add what is not here, and to what is here the spellings, facts and old addresses that it lacks."""
    for kind in ("station", "show", "person"):
        old, kept = _old_addresses(theirs, kind), unused.kept(theirs.db, kind)
        for entry in roster.entries(theirs, kind):
            _add_name(ours, entry, old.get(entry.uid, []), tally, by_hand=entry.uid in kept)
    _add_terms(ours, theirs, tally)


def _add_terms(ours: Archive, theirs: Archive, tally: Tally) -> None:
    """Add terms of the glossary, and what those that are here are heard as."""

    called = cache(partial(lookup.display_name, ours, "show"))

    def place(term: Term) -> tuple[str, str]:
        return fold(called(term.show)) if term.show else "", fold(term.term)

    known = {place(one): one for one in glossary.every(ours)}
    terms = []
    for one in glossary.every(theirs):
        mine = known.get(place(one))
        if mine and mine.term != one.term:
            tally.conflict("term", mine.term, one.term)
        if not mine or not {*one.heard} <= {*mine.heard}:
            terms.append(replace(mine, heard=one.heard) if mine else one)
    _add_sound(ours, terms, tally)


def _add_sound(ours: Archive, terms: list[Term], tally: Tally) -> None:
    """Add terms, but for those that cannot be: these are looked for by halves."""
    try:
        tally.count("terms", sum(glossary.add(ours, terms)))
    except UsageError as error:
        if len(terms) == 1:
            tally.conflict(f"term {terms[0].term}", "", error.problem)
            return
        for part in (terms[: len(terms) // 2], terms[len(terms) // 2 :]):
            _add_sound(ours, part, tally)


def _old_addresses(theirs: Archive, kind: str) -> dict[str, list[str]]:
    rows = theirs.db.execute(
        f"""SELECT uid, json_group_array(old) FROM slugs JOIN {TABLE_OF[kind]} ON id = subject_id
            WHERE subject_type = ? GROUP BY uid""",  # noqa: S608 - one of three tables
        [kind],
    )
    return {uid: json.loads(old) for uid, old in rows}


def _add_name(ours: Archive, entry: RosterEntry, old: list[str], tally: Tally, *, by_hand: bool) -> None:
    db, kind, table = ours.db, entry.kind, TABLE_OF[entry.kind]
    owners = {name: lookup.find_id(db, kind, name) for name in (entry.name, *entry.aliases)}
    others = {owner for owner in owners.values() if owner is not None}
    # By a name that it has there no more, too, if that leads to one alone.
    key = owners[entry.name] or (others.pop() if len(others) == 1 else None)
    free = [name for name, owner in owners.items() if owner is None]
    for name, owner in owners.items():
        if owner not in {None, key}:
            tally.conflict(f"name of a {kind}", f"{name} is another one", f"{name} is {entry.name}")
    called, mine = (entry.name, {}) if key is None else roster.facts(db, kind, key)
    has = {} if key is None else {**_UNSET.get(kind, {}), **mine}
    facts = {name: value for name, value in entry.facts.items() if name not in has}
    for name in entry.facts.keys() & has.keys():
        one, other = (_present(ours, name, each[name]) for each in (has, entry.facts))
        if one != other:
            tally.conflict(f"{name} of {entry.name}", one, other)
    if free or facts:
        tally.count(table)
        enter = partial(roster.enter, ours, kind, called, free, by_hand=by_hand)
        try:
            new = enter(facts)
        except UsageError as error:
            tally.conflict(f"{kind} {entry.name}", error.problem, facts.pop("code", ""))
            new = enter(facts)
    if key is None:
        key = new
        db.execute(f"UPDATE OR IGNORE {table} SET uid = ? WHERE id = ?", [entry.uid, key])  # noqa: S608 - one of three
    added = db.conn.executemany("INSERT OR IGNORE INTO slugs VALUES (?, ?, ?)", [(one, kind, key) for one in old])
    tally.count("addresses", max(0, added.rowcount))


def _present(ours: Archive, name: str, value: object) -> object:
    return lookup.display_name(ours, "station", str(value)) if name == "station" else value
