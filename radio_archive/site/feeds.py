"""Feeds of the site, in RSS for podcast apps and in Atom: of everything, of a show or a person, and of a search."""

from collections.abc import Mapping, Sequence
from typing import Any

from datasette import Response

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import changes
from radio_archive.archive.names.addresses import person_slug
from radio_archive.archive.public import pages
from radio_archive.formats import MEDIA_TYPES, atom, rss
from radio_archive.formats.feed import Channel, Item, Link
from radio_archive.site import urls
from radio_archive.site.answers import Ask

TRANSCRIPTS = ("vtt", "srt", "json")
FORMATS: Mapping[str, Any] = {"rss": rss, "atom": atom}


async def answer(
    ask: Ask, path: str, name: str | None, entries: Sequence[pages.Entry], subject: pages.Subject | None = None
) -> Response:
    """Return the feed of the page `path`, which is called `name`, in the format that was asked for."""
    uids = [entry.uid for entry in entries]
    credited, changed, heard = await ask.site.read(
        lambda archive: (
            pages.credited(archive, uids), changes.last_changes(archive, uids), _heard(archive, entries),
        )
    )  # fmt: skip
    title = await ask.title()
    form, query = ask.part("format"), f"?{ask.request.query_string}" if ask.request.query_string else ""
    here = ("/index" if path == "/" else path) + f".{form}{query}"
    public = ask.site.settings.url
    cover = next((ask.absolute(urls.cover(entry)) for entry in entries if entry.has_cover), None)
    channel = Channel(
        title=subject.name if subject else " · ".join(part for part in (name, title) if part),
        url=ask.absolute(path + query if path == "/search" else path),
        feed_url=ask.absolute(here),
        identity=f"{public.rstrip('/')}{here}" if public else None,
        description=(subject.about if subject else None) or f"{name or 'All clips'}, with transcripts, from {title}",
        language=entries[0].language if entries else None,
        author=(subject.station if subject else None) or title,
        image=cover,
    )
    items = [
        _item(ask, entry, credited.get(entry.uid, ()), changed.get(entry.uid), audio=entry.sha256 in heard)
        for entry in entries
    ]
    written = FORMATS[form]
    return ask.text(written.write(channel, items), written.MEDIA_TYPE)


def _heard(archive: Archive, entries: Sequence[pages.Entry]) -> frozenset[str]:
    return frozenset(entry.sha256 for entry in entries if pages.sound(archive, entry.sha256))


def _item(ask: Ask, entry: pages.Entry, people: Sequence[tuple[str, str]], updated: str | None, *, audio: bool) -> Item:
    return Item(
        guid=entry.uid,
        title=entry.title,
        url=ask.absolute(urls.clip(entry)),
        enclosure=Link(ask.absolute(urls.audio(entry)), entry.media_type) if audio else None,
        bytes=entry.bytes,
        duration=entry.duration,
        date=entry.date or entry.added_at,
        updated=updated,
        summary=entry.summary or entry.teaser,
        people=tuple((role, name, ask.absolute(urls.person(person_slug(name)))) for role, name in people),
        transcripts=tuple(
            Link(ask.absolute(urls.clip(entry, form)), MEDIA_TYPES[form].partition(";")[0], entry.language)
            for form in TRANSCRIPTS
        ),
        chapters=Link(ask.absolute(urls.clip(entry, "chapters.json")), "application/json+chapters")
        if entry.has_chapters
        else None,
        image=ask.absolute(urls.cover(entry)) if entry.has_cover else None,
    )
