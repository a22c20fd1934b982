"""Feeds in RSS (for podcast apps) and Atom: of all clips, of a show or a person, and of a search."""

from collections.abc import Mapping, Sequence
from typing import Any

from datasette import Response

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, recordings
from radio_archive.archive.names.addresses import person_slug
from radio_archive.archive.public import pages
from radio_archive.formats import MEDIA_TYPES, atom, rss
from radio_archive.formats.feed import Channel, Item, Link
from radio_archive.models import Clip, Credit
from radio_archive.site import urls
from radio_archive.site.answers import Context

TRANSCRIPTS = ("vtt", "srt", "json")
FORMATS: Mapping[str, Any] = {"rss": rss, "atom": atom}


async def answer(
    ctx: Context, path: str, name: str | None, clips: Sequence[Clip], subject: pages.SubjectDetail | None = None
) -> Response:
    """Return the feed of the page `path`, called `name`, in the format that the request names."""
    uids = [clip.uid for clip in clips]
    credited, changed, audible = await ctx.site.read(
        lambda archive: (
            read.credited(archive, uids), read.last_changes(archive, uids), _audible(archive, clips),
        )
    )  # fmt: skip
    title = await ctx.title()
    form, query = ctx.part("format"), f"?{ctx.request.query_string}" if ctx.request.query_string else ""
    here = ("/index" if path == "/" else path) + f".{form}{query}"
    public = ctx.site.settings.url
    cover = next((ctx.absolute(urls.cover(clip)) for clip in clips if clip.has_cover), None)
    channel = Channel(
        title=subject.name if subject else " · ".join(part for part in (name, title) if part),
        url=ctx.absolute(path + query if path == "/search" else path),
        feed_url=ctx.absolute(here),
        identity=f"{public.rstrip('/')}{here}" if public else None,
        description=(subject.about if subject else None) or f"{name or 'All clips'}, with transcripts, from {title}",
        language=clips[0].language if clips else None,
        author=(subject.station if subject else None) or title,
        image=cover,
    )
    items = [
        _item(ctx, clip, credited.get(clip.uid, ()), changed.get(clip.uid), audio=clip.recording.sha256 in audible)
        for clip in clips
    ]
    written = FORMATS[form]
    return ctx.text(written.write(channel, items), written.MEDIA_TYPE)


def _audible(archive: Archive, clips: Sequence[Clip]) -> frozenset[str]:
    digests = {clip.recording.sha256 for clip in clips}
    return frozenset(sha256 for sha256 in digests if recordings.public_file(archive, sha256))


def _item(ctx: Context, clip: Clip, people: Sequence[Credit], updated: str | None, *, audio: bool) -> Item:
    return Item(
        guid=clip.uid,
        title=clip.title,
        url=ctx.absolute(urls.clip(clip)),
        enclosure=Link(ctx.absolute(urls.audio(clip)), clip.recording.media_type) if audio else None,
        bytes=clip.recording.bytes,
        duration=clip.duration,
        date=clip.date or clip.added_at,
        updated=updated,
        summary=clip.summary or clip.teaser,
        people=tuple((one.role, one.name, ctx.absolute(urls.person(person_slug(one.name)))) for one in people),
        transcripts=tuple(
            Link(ctx.absolute(urls.clip(clip, form)), MEDIA_TYPES[form].partition(";")[0], clip.language)
            for form in TRANSCRIPTS
        ),
        chapters=Link(ctx.absolute(urls.clip(clip, "chapters.json")), "application/json+chapters")
        if clip.recording.chapters
        else None,
        image=ctx.absolute(urls.cover(clip)) if clip.has_cover else None,
    )
