"""Filters by show, people, air date, language and completeness, and their SQL on the table `clips`."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto

from radio_archive.archive import visibility
from radio_archive.archive.archive import Archive
from radio_archive.archive.names import lookup
from radio_archive.errors import UsageError


@dataclass(frozen=True, slots=True)
class Filters:
    """Selects clips. Dates are ISO 8601 and inclusive; names match in any known spelling.

    A clip of which only the year or month is known aired since its first day.

    `speaker` is anybody with a credit, in any role; `language` a code or an English name, which finds its variants too.
    """

    show: str | None = None
    reporter: str | None = None
    since: str | None = None
    until: str | None = None
    host: str | None = None
    speaker: str | None = None
    language: str | None = None
    public: bool = False
    """Only clips that everybody may see."""
    incomplete: bool = False
    """Only clips in which speech was not understood, or whose recording is damaged, cut short or warned of."""


EVERYTHING = Filters()
# The cross join makes SQLite begin with the index of the few damaged recordings.
_INCOMPLETE = """(clips.current_transcript_id IN (SELECT transcript_id FROM gaps)
    OR clips.id IN (SELECT clip_id FROM recordings CROSS JOIN clip_recordings ON recording_id = recordings.id
                    WHERE warnings IS NOT NULL AND role = 'original'))"""

_IS_INCOMPLETE = """(EXISTS (SELECT 1 FROM gaps WHERE transcript_id = clips.current_transcript_id)
    OR EXISTS (SELECT 1 FROM clip_recordings CROSS JOIN recordings ON recordings.id = recording_id
               WHERE clip_id = clips.id AND role = 'original' AND warnings IS NOT NULL))"""

_MISSING = ("gaps", "recordings WHERE warnings IS NOT NULL")
_CREDITS = {
    "reporter": "person_id = :reporter AND role = 'reporter'",
    "host": "person_id = :host AND role = 'host'",
    "speaker": "person_id = :speaker",
}
_OF_PUBLIC = {
    "show": "clips WHERE clips.show_id = asked.value",
    "person": "credits CROSS JOIN clips ON clips.id = clip_id WHERE person_id = asked.value",
}
_SEEN = {
    kind: f"""SELECT asked.value FROM json_each(:keys) AS asked
              WHERE EXISTS (SELECT 1 FROM {clips} AND {visibility.PUBLIC})"""  # noqa: S608 - our own conditions
    for kind, clips in _OF_PUBLIC.items()
}
# Each language by one look at the index of languages, in order.
_LANGUAGES = """WITH RECURSIVE known (code) AS (
        SELECT min(language) FROM clips
        UNION ALL SELECT (SELECT min(language) FROM clips WHERE language > code) FROM known WHERE code IS NOT NULL)
    SELECT code FROM known WHERE code IS NOT NULL"""
# `en` finds `en-US` and `en_US` too.
_IN_LANGUAGE = """(clips.language = :language COLLATE NOCASE
    OR (clips.language LIKE :language || '%' AND substr(clips.language, length(:language) + 1, 1) IN ('-', '_')))"""


MANY = 5_000
"""Clips of which the first are found quicker by going through all clips in order than by sorting these."""


class Way(Enum):
    """How a query comes to the clips that a condition is about."""

    FOUND = auto()
    """It has found some by what they say, and asks of each whether it matches."""
    ALL = auto()
    """It wants all that match, found by the indexes of what is asked for."""
    FIRST = auto()
    """It wants the first that match in the order of air dates. Few are found and sorted; if many match, clips are gone
    through in this order until there are enough."""


def conditions(archive: Archive, filters: Filters, way: Way = Way.FOUND) -> tuple[str, dict[str, object]]:
    """Return an SQL condition on the table `clips`, built from fixed fragments, and its parameters.

    Raises UsageError, with suggestions, for a show, person or language that is not known. With `public`, a name that is
    only on hidden clips is not known either.
    """
    parts, parameters = ["1"], dict[str, object]()
    if filters.show is not None:
        parts.append("clips.show_id = :show")
        parameters["show"] = _subject(archive, "show", filters.show, public=filters.public)
    for role, which in _CREDITS.items():
        name: str | None = getattr(filters, role)
        if name is not None:
            parameters[role] = _subject(archive, role, name, public=filters.public)
            parts.append(credited(archive, which, parameters, way))
    if filters.language is not None:
        condition, parameters["language"] = _in_language(archive, filters.language, way)
        parts.append(condition)
    if filters.since:
        parts.append("clips.air_date >= :since")
        # The texts of a year and a month come before that of their first day.
        parameters["since"] = filters.since.removesuffix("-01").removesuffix("-01")
    if filters.until:
        parts.append("clips.air_date <= :until")
        parameters["until"] = filters.until
    if filters.public:
        parts.append(visibility.PUBLIC)
        parameters |= visibility.clock(archive)
    if filters.incomplete:
        many = way is Way.FIRST and any(_has_many(archive, missing) for missing in _MISSING)
        parts.append(_IS_INCOMPLETE if many else _INCOMPLETE)
        # By its parameters a search knows which filters there are.
        parameters["incomplete"] = True
    return " AND ".join(parts), parameters


def credited(archive: Archive, which: str, parameters: dict[str, object], way: Way = Way.FIRST) -> str:
    """Return the condition on `clips` that one of its credits is `which`, a condition with `parameters`."""
    return linked(archive, "credits", which, parameters, way)


def linked(archive: Archive, table: str, which: str, parameters: dict[str, object], way: Way = Way.FIRST) -> str:
    """Return the condition on `clips` that one of its rows in `table`, such as credits or subjects, is `which`."""
    if way is Way.FIRST and _has_many(archive, f"{table} WHERE {which}", parameters):
        return f"EXISTS (SELECT 1 FROM {table} WHERE clip_id = clips.id AND {which})"  # noqa: S608 - our own
    return f"clips.id IN (SELECT clip_id FROM {table} WHERE {which})"  # noqa: S608 - our own


def _in_language(archive: Archive, name: str, way: Way) -> tuple[str, str]:
    """Return the condition on `clips` for a language, and its parameter `language`. Raises UsageError."""
    code = _language(name)
    if way is Way.FOUND:
        return _IN_LANGUAGE, code
    beginnings = (f"{code.lower()}-", f"{code.lower()}_")
    known = [found for (found,) in archive.db.execute(_LANGUAGES)]
    asked = json.dumps(
        [found for found in known if found.lower() == code.lower() or found.lower().startswith(beginnings)]
    )
    condition = "clips.language IN (SELECT value FROM json_each(:language))"
    if way is Way.FIRST and _has_many(archive, f"clips WHERE {condition}", {"language": asked}):
        # The plus keeps SQLite from using the index.
        return f"+{condition}", asked
    return condition, asked


def _has_many(archive: Archive, rows: str, parameters: dict[str, object] | None = None) -> bool:
    """Whether there are MANY `rows`, what follows FROM in a query; looks at no more."""
    query = f"SELECT 1 FROM {rows} LIMIT 1 OFFSET {MANY - 1}"  # noqa: S608 - our own fragments
    return archive.db.execute(query, parameters or {}).fetchone() is not None


def _subject(archive: Archive, what: str, name: str, *, public: bool) -> int:
    """Return the id of the one show or person whose name is, or contains, `name`. Raises UsageError."""
    kind = "show" if what == "show" else "person"
    found = lookup.find_ids(archive.db, kind, name)
    if public:
        found = sorted(_seen(archive, kind, found))
    if len(found) == 1:
        return found[0]
    names = lookup.names(archive.db, kind)
    if public:
        seen = _seen(archive, kind, names)
        names = {key: known for key, known in names.items() if key in seen}
    if found:
        many = ", ".join(known for key, known in names.items() if key in found)
        raise UsageError(f"more than one {what} is called {name!r}: {many}", "Give more of the name.")
    close = lookup.close_names(names.values(), name) or list(names.values())[:5]
    advice = f"Perhaps: {', '.join(close)}." if close else f"The archive has no {what} yet."
    raise UsageError(f"no {what} called {name!r} in this archive", advice)


def _seen(archive: Archive, kind: str, keys: Collection[int]) -> set[int]:
    """Return those of some shows or people that have a clip that everybody may see."""
    parameters = {"keys": json.dumps(list(keys)), **visibility.clock(archive)}
    return {key for (key,) in archive.db.execute(_SEEN[kind], parameters)} if keys else set()


def _language(name: str) -> str:
    """Return the code of a language. Raises UsageError."""
    # Every command filters, and hardly any by language.
    from radio_archive.text import languages

    code = languages.language_called(name)
    if code is None:
        close = languages.close_names(name)
        advice = f"Perhaps: {', '.join(close)}." if close else "Give a code such as haw, or an English name: Hawaiian."
        raise UsageError(f"no language called {name!r}", advice)
    return code
