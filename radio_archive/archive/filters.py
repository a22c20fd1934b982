"""Filters by show, reporter, air date and completeness, and their SQL on the table `clips`."""

from dataclasses import dataclass

from radio_archive.archive import visibility
from radio_archive.archive.archive import Archive
from radio_archive.archive.names import lookup
from radio_archive.errors import UsageError


@dataclass(frozen=True, slots=True)
class Filters:
    """Selects clips. Dates are ISO 8601 and inclusive; names match in any known spelling."""

    show: str | None = None
    reporter: str | None = None
    since: str | None = None
    until: str | None = None
    public: bool = False
    """Only clips that everybody may see."""
    incomplete: bool = False
    """Only clips in which speech was not understood, or whose recording is damaged, cut short or warned of."""


EVERYTHING = Filters()
# The cross join makes SQLite begin with the index of the few damaged recordings.
_INCOMPLETE = """(clips.current_transcript_id IN (SELECT transcript_id FROM gaps)
    OR clips.id IN (SELECT clip_id FROM recordings CROSS JOIN clip_recordings ON recording_id = recordings.id
                    WHERE warnings IS NOT NULL AND role = 'original'))"""


def conditions(archive: Archive, filters: Filters) -> tuple[str, dict[str, object]]:
    """Return an SQL condition on the table `clips`, built from fixed fragments, and its parameters.

    Raises UsageError, with suggestions, for a show or reporter that the archive does not know.
    """
    parts, parameters = ["1"], dict[str, object]()
    if filters.show is not None:
        parts.append("clips.show_id = :show")
        parameters["show"] = _subject(archive, "show", filters.show)
    if filters.reporter is not None:
        parts.append("clips.id IN (SELECT clip_id FROM credits WHERE person_id = :reporter AND role = 'reporter')")
        parameters["reporter"] = _subject(archive, "person", filters.reporter)
    if filters.since:
        parts.append("clips.air_date >= :since")
        parameters["since"] = filters.since
    if filters.until:
        parts.append("clips.air_date <= :until")
        parameters["until"] = filters.until
    if filters.public:
        parts.append(visibility.PUBLIC)
        parameters["today"] = visibility.today()
    if filters.incomplete:
        parts.append(_INCOMPLETE)
    return " AND ".join(parts), parameters


def _subject(archive: Archive, kind: str, name: str) -> int:
    """Return the id of the one show or person whose name is, or contains, `name`. Raises UsageError."""
    found = lookup.find_ids(archive.db, kind, name)
    if len(found) == 1:
        return found[0]
    names = lookup.names(archive.db, kind)
    what = "reporter" if kind == "person" else kind
    if found:
        many = ", ".join(known for key, known in names.items() if key in found)
        raise UsageError(f"more than one {what} is called {name!r}: {many}", "Give more of the name.")
    close = lookup.close_names(archive.db, kind, name) or list(names.values())[:5]
    advice = f"Perhaps: {', '.join(close)}." if close else f"The archive has no {what} yet."
    raise UsageError(f"no {what} called {name!r} in this archive", advice)
