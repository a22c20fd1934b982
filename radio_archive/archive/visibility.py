"""Which clips are public: one rule for the site, for what is published, and for quotes.

A clip is hidden while it is private, its show is private, or its embargo lasts. An embargo ends when its day begins on
this machine's clock; one that is not written as YYYY-MM-DD never ends, because its meaning is unknown.
"""

from datetime import date

from radio_archive.archive.archive import Archive

_PRIVATE = "clips.visibility <> 'public'"
_IN_PRIVATE_SHOW = """EXISTS (SELECT 1 FROM shows AS hiding
                    WHERE hiding.id = clips.show_id AND hiding.visibility = 'private')"""
_FREE = """(clips.embargo_until IS NULL
         OR (clips.embargo_until <= :today
             AND clips.embargo_until GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'))"""
PUBLIC = f"(NOT {_PRIVATE} AND {_FREE} AND NOT {_IN_PRIVATE_SHOW})"
"""A condition on a row of `clips`; it needs the parameter `today`."""


def today() -> str:
    """Return the value of PUBLIC's parameter `today`."""
    return date.today().isoformat()  # noqa: DTZ011 - an embargo ends on the wall clock of the newsroom


def reasons(archive: Archive, uid: str) -> tuple[str, ...]:
    """Return in words why a clip is hidden; empty for a public one."""
    query = f"""SELECT {_PRIVATE}, {_IN_PRIVATE_SHOW}, CASE WHEN NOT {_FREE} THEN clips.embargo_until END,
                    (SELECT name FROM shows WHERE shows.id = clips.show_id)
                FROM clips WHERE uid = :uid"""  # noqa: S608 - our own conditions
    with archive.reading():
        private, in_private_show, embargo, show = archive.db.execute(query, {"uid": uid, "today": today()}).fetchone()
    found = [f"{uid} is private"] if private else []
    found += [f"the show of {uid}, {show}, is private"] if in_private_show else []
    found += [f"{uid} is under embargo until {embargo}"] if embargo else []
    return tuple(found)


def hidden_clips(archive: Archive) -> int:
    """Return the number of hidden clips."""
    query = f"SELECT count(*) FROM clips WHERE NOT {PUBLIC}"  # noqa: S608 - our own constant
    with archive.reading():
        return int(archive.db.execute(query, {"today": today()}).fetchone()[0])
