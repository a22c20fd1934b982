"""Which clips everybody may see: one rule, for the site and for what is published.

A clip is hidden while it is private, or its show is, or its embargo lasts. It lasts until the day that it names begins
on this machine's clock; one that is not written as YYYY-MM-DD never ends, for nobody can know what was meant.
"""

from datetime import date

PUBLIC = """(clips.visibility = 'public'
    AND (clips.embargo_until IS NULL
         OR (clips.embargo_until GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' AND clips.embargo_until <= :today))
    AND NOT EXISTS (SELECT 1 FROM shows AS hiding
                    WHERE hiding.id = clips.show_id AND hiding.visibility = 'private'))"""
"""A condition on a row of `clips`; it needs the parameter `today`."""


def today() -> str:
    """Return what PUBLIC compares embargoes with."""
    return date.today().isoformat()  # noqa: DTZ011 - an embargo ends on the wall clock of the newsroom
