"""Feeds in RSS (for podcast apps) and Atom: of all clips, of every other list of them, and of a search.

All clips are in them, on pages that lead to each other (RFC 5005). A feed that has not changed is not sent again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode
from weakref import WeakKeyDictionary

from datasette import Response

from radio_archive.archive import feeds as followed
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.clips.episodes import ClipPages, EpisodePage
from radio_archive.archive.names.addresses import name_slug
from radio_archive.archive.public import pages
from radio_archive.config.podcasts import BETWEEN
from radio_archive.formats import atom, rss
from radio_archive.formats.feed import Channel, Item, Link
from radio_archive.models import Clip, Credit
from radio_archive.site import podcasts, urls
from radio_archive.site.answers import Context
from radio_archive.site.site import Site

TRANSCRIPTS: Mapping[str, str] = {
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "transcript.json": "application/json",
}
"""The forms in which podcast apps read transcripts, and their media types."""
FORMATS: Mapping[str, Any] = {"rss": rss, "atom": atom}
PER_PAGE = 100
"""Clips on a page of a feed. Directories read the first page only."""
MOST_KNOWN = 1_000
"""Feeds of which a site remembers when they changed."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_changes: "WeakKeyDictionary[Site, dict[str, tuple[str, datetime]]]" = WeakKeyDictionary()
"""The tag and the time of the last change of each feed that was asked for, by its address."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a feed says of clips besides what a list does, by the clip's uid."""

    people: Mapping[str, Sequence[Credit]]
    changed: Mapping[str, str]
    guids: Mapping[str, str]


async def of_list(
    ctx: Context,
    path: str,
    name: str | None,
    clips: ClipPages,
    subject: pages.SubjectDetail | None = None,
    year: str | None = None,
) -> Response:
    """Return a page of the feed of the list of `clips` at `path`, which is called `name`, or that of all clips."""
    start = ctx.argument("from")

    def both(archive: Archive) -> tuple[EpisodePage, str | None]:
        page = clips.page(archive, start, PER_PAGE, read.LISTED)
        return page, clips.last(archive, PER_PAGE) if start or page.next else None

    page, last = await ctx.site.read(both)

    def link(start: str | None) -> str:
        return urls.query(place(path, ctx.part("format")), year=year, **{"from": start})

    links = {rel: link(key) for rel, key in {"previous": page.previous, "next": page.next, "last": last}.items() if key}
    return await answer(ctx, path, name, page.clips, subject, {"first": link(None), **links} if links else {})


async def answer(
    ctx: Context,
    path: str,
    name: str | None,
    clips: Sequence[Clip],
    subject: pages.SubjectDetail | None = None,
    links: Mapping[str, str] | None = None,
) -> Response:
    """Return the feed of the page `path`, called `name`, in the format that the request names.

    `links` has the paths of its other pages by RFC 5005's names for them.
    """
    uids = [clip.uid for clip in clips]
    facts = await ctx.site.read(
        lambda archive: _Facts(
            read.credited(archive, uids), read.last_changes(archive, uids), followed.guids(archive, uids)
        )
    )
    channel = await _channel(ctx, path, name, clips, subject, links or {})
    taken: set[str] = set()
    items = [_item(ctx, clip, facts, taken, channel.rights) for clip in clips]
    written = FORMATS[ctx.part("format")]
    return _sent(ctx, channel.feed_url, written.write(channel, items), written.MEDIA_TYPE)


def place(path: str, form: str) -> str:
    """Return the path of the feed of the page `path`."""
    return ("/index" if path == "/" else path) + f".{form}"


async def _channel(
    ctx: Context,
    path: str,
    name: str | None,
    clips: Sequence[Clip],
    subject: pages.SubjectDetail | None,
    links: Mapping[str, str],
) -> Channel:
    title, settings = await ctx.title(), ctx.site.settings
    show = subject.name if subject and subject.kind == "show" else None
    told, image = await podcasts.options_of(ctx, show), await podcasts.image_of(ctx, show)
    image = image or next((urls.cover(clip) for clip in clips if clip.has_cover), None)
    here, query = place(path, ctx.part("format")), ctx.request.query_string
    # Whatever its page, it is the same feed.
    first = urlencode([pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] not in {"page", "from"}])
    public = settings.url.rstrip("/") or ctx.absolute("/").rstrip("/")
    author = (subject.station if subject else None) or title
    contact = settings.contact.partition("?")[0]
    return Channel(
        title=subject.name if subject else " · ".join(part for part in (name, title) if part),
        url=ctx.absolute(path + (f"?{query}" if query and path == "/search" else "")),
        feed_url=ctx.absolute(here + (f"?{query}" if query else "")),
        identity=f"{public}{here}{f'?{first}' if first else ''}",
        description=(subject.about if subject else None) or f"{name or 'All clips'}, with transcripts, from {title}",
        language=await podcasts.language_of(ctx, show)
        or next((clip.language for clip in clips if clip.language), "en"),
        author=author,
        rights=subject.rights if subject else None,
        image=image if image is None or "://" in image else ctx.absolute(image),
        category=tuple(part for part in told.category.split(BETWEEN) if part),
        owner=told.owner or author,
        email=told.email or (contact[len("mailto:") :] if contact.lower().startswith("mailto:") else None),
        explicit=told.explicit,
        pages={rel: ctx.absolute(link) for rel, link in links.items()},
    )


def _item(ctx: Context, clip: Clip, facts: _Facts, taken: set[str], rights: str | None) -> Item:
    """Return a clip as an item of a feed with these `rights`. Its guid is added to those that are `taken`."""
    guid = facts.guids.get(clip.uid, clip.uid)
    guid = clip.uid if guid in taken else guid
    taken.add(guid)
    is_audible = clip.audible and clip.recording.bytes > 0
    return Item(
        guid=guid,
        title=clip.title,
        url=ctx.absolute(urls.clip(clip)),
        enclosure=Link(ctx.absolute(urls.audio(clip)), clip.recording.media_type) if is_audible else None,
        bytes=clip.recording.bytes,
        duration=clip.duration,
        date=_published(ctx, clip.date),
        updated=facts.changed.get(clip.uid),
        summary=clip.summary or clip.teaser,
        people=tuple(
            (one.role, one.name, ctx.absolute(urls.person(name_slug(one.name))))
            for one in facts.people.get(clip.uid, ())
        ),
        transcripts=tuple(
            Link(ctx.absolute(urls.clip(clip, form)), kind, clip.language) for form, kind in TRANSCRIPTS.items()
        ),
        chapters=Link(ctx.absolute(urls.clip(clip, "chapters.json")), "application/json+chapters")
        if clip.recording.chapters
        else None,
        image=ctx.absolute(urls.cover(clip)) if clip.has_cover else None,
        rights=clip.rights if clip.rights != rights else None,
    )


def _published(ctx: Context, aired: str | None) -> str | None:
    """Return when a clip aired, at the beginning of its day at the station; None if no day is known, or it is to come.

    Apps hide an episode of the future, and one that was archived today has not aired today.
    """
    if aired is None or not _DAY.fullmatch(aired) or aired > podcasts.today(ctx):
        return None
    return podcasts.midnight(ctx, aired)


def _sent(ctx: Context, address: str, body: str, media_type: str) -> Response:
    """Send a feed, or say that it is what the reader has (RFC 9110, section 13)."""
    response = ctx.text(body, media_type)
    tag = f'"{sha256(body.encode("utf-8", "replace")).hexdigest()[:32]}"'
    changed = _last_change(ctx.site, address, tag)
    response.headers |= {"ETag": tag, "Last-Modified": format_datetime(changed, usegmt=True)}
    if _has(ctx.request.headers, tag, changed):
        return Response("", status=304, headers=response.headers, content_type=media_type)
    return response


def _last_change(site: Site, address: str, tag: str) -> datetime:
    """Return when this site first sent a feed as it is now.

    What its clips say is no measure: a feed also changes when one is withdrawn, or a setting changes.
    """
    known = _changes.setdefault(site, {})
    before = known.pop(address, None)
    if before is None or before[0] != tag:
        now = datetime.now(UTC).replace(microsecond=0)
        # Readers know of whole seconds only.
        before = tag, now if before is None else max(now, before[1] + timedelta(seconds=1))
    while len(known) >= MOST_KNOWN:
        known.pop(next(iter(known)))
    known[address] = before
    return before[1]


def _has(headers: Mapping[str, str], tag: str, changed: datetime) -> bool:
    tags = headers.get("if-none-match")
    if tags is not None:
        return bool({"*", tag} & {one.strip().removeprefix("W/") for one in tags.split(",")})
    try:
        since = parsedate_to_datetime(headers.get("if-modified-since") or "")
        return changed <= (since if since.tzinfo else since.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return False
