"""The page of one clip, and the files of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from datasette import Response
from markupsafe import Markup

from radio_archive.archive.archive import Archive
from radio_archive.archive.names import addresses
from radio_archive.archive.public import pages
from radio_archive.errors import NoSuchClipError
from radio_archive.exporting import of_page
from radio_archive.formats import MEDIA_TYPES, WRITERS, ExportClip, jsonld
from radio_archive.formats.paragraphs import Paragraph, paragraphs
from radio_archive.models import Source
from radio_archive.site import markup, sound, urls
from radio_archive.site.answers import Ask, json_script, view

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
"""Types of pictures that are sent: one with script in it is not among them."""
HOW_KNOWN = {
    Source.HUMAN: "set by a person",
    Source.SIDECAR: "from a file that came with the recording",
    Source.STORY: "from the published story",
    Source.FEED: "from the podcast feed",
    Source.TAGS: "from the audio file’s tags",
    Source.SIGNOFF: "heard",
    Source.FOLDER: "from the name of a folder",
    Source.FILENAME: "from the name of the audio file",
}
"""How the site names sources of credits."""
_FORMATS: dict[str, Callable[[Any], str]] = {**WRITERS, "cms.html": WRITERS["html"]}


@dataclass(frozen=True, slots=True)
class _Read:
    """A clip as it was read, and its text as HTML where its page was asked for."""

    page: pages.Page
    export: ExportClip
    said: list[tuple[Paragraph, Markup]]


@view
async def clip(ask: Ask) -> Response:
    """Show a clip, or send it in another form; an old address leads to the one of today."""
    wanted = "/".join(ask.part(name) for name in ("show", "date", "title"))
    form = ask.part("format") or None

    def read(archive: Archive) -> _Read | None:
        uid = addresses.find(archive, wanted)
        page = None if uid is None else pages.page(archive, uid)
        if page is None:
            return None
        # Here, for hours of words take a while, in which others are to be answered.
        export = of_page(page)
        said = [] if form else markup.transcript(paragraphs(export.segments, page.speakers), page.words)
        return _Read(page, export, said)

    found = await ask.site.read(read)
    if found is None:
        return await ask.missing()
    if found.page.entry.address != wanted or ask.request.path.endswith("/"):
        return ask.moved(urls.at(found.page.entry.address, form))
    return await _page(ask, found) if form is None else _file(ask, found, form)


@view
async def by_uid(ask: Ask) -> Response:
    """Lead from a clip's short name to its page."""
    found = await ask.site.read(lambda archive: pages.by_uid(archive, [ask.part("uid")]))
    return ask.moved(urls.clip(found[ask.part("uid")])) if found else await ask.missing()


@view
async def cover(ask: Ask) -> Response:
    """Send the picture inside a recording."""
    found = await ask.site.read(lambda archive: pages.cover(archive, ask.part("digest")))
    if found is None or found[0] not in PICTURES:
        return await ask.missing()
    return Response(found[1], headers=ask.headers(), content_type=found[0])


async def _page(ask: Ask, found: _Read) -> Response:
    page = found.page
    return await ask.page(
        "clip",
        page=page,
        entry=page.entry,
        said=found.said,
        waveform=markup.waveform(page.peaks),
        bars=markup.BARS,
        linked=json_script(_linked_data(ask, found)),
        how_known=HOW_KNOWN,
        unsure=sum(word.probability is not None and word.probability < markup.UNSURE for word in page.words),
        download=sound.human_name(page.entry, urls.suffix(page.entry.media_type)),
        story_url=_web(page.story.url) if page.story else None,
    )


def _file(ask: Ask, found: _Read, form: str) -> Response:
    page = found.page
    if form == "chapters.json":
        if not page.chapters:
            raise NoSuchClipError("no chapters", "")
        return ask.json(
            {
                "version": "1.2.0",
                "chapters": [{"startTime": chapter.start, "title": chapter.title} for chapter in page.chapters],
            }
        )
    text = _FORMATS[form](found.export)
    if form == "json":
        return _data(ask, page, text)
    # Captions and text are shown or loaded; what is to be pasted elsewhere is saved.
    name = sound.human_name(page.entry, ".html") if form == "cms.html" else None
    return ask.text(text, MEDIA_TYPES.get(form, MEDIA_TYPES["html"]), name=name)


def _data(ask: Ask, page: pages.Page, text: str) -> Response:
    """The export as it is everywhere, and what only a site can say."""
    entry, story = page.entry, page.story
    return ask.json(
        {
            **json.loads(text),
            "url": ask.absolute(urls.clip(entry)),
            "audio": ask.absolute(urls.audio(entry)) if page.audio else None,
            "bytes": entry.bytes,
            "summary": entry.summary,
            "station": page.station,
            "rights": page.rights,
            "review": entry.review,
            "subjects": page.subjects,
            "credits": [
                {"role": credit.role, "name": credit.name, "source": credit.source, "at": credit.at}
                for credit in page.credits
            ],
            "chapters": [{"start": chapter.start, "title": chapter.title} for chapter in page.chapters],
            "story": None
            if story is None
            else {"url": _web(story.url), "headline": story.headline, "body": story.body, "caption": story.caption},
        }
    )


def _linked_data(ask: Ask, found: _Read) -> Any:
    page, entry = found.page, found.page.entry
    places = jsonld.ClipAddresses(
        page=ask.absolute(urls.clip(entry)),
        show=ask.absolute(urls.at(entry.show_address)) if entry.show else None,
        audio=ask.absolute(urls.audio(entry)) if page.audio else None,
        media_type=entry.media_type,
        captions=ask.absolute(urls.clip(entry, "vtt")),
        image=ask.absolute(urls.cover(entry)) if entry.has_cover else None,
    )
    people = tuple((credit.role, credit.name, ask.absolute(urls.person(credit.address))) for credit in page.credits)
    return jsonld.episode(
        found.export, places, people, station=page.station, summary=entry.summary or entry.teaser, rights=page.rights
    )


def _web(url: str | None) -> str | None:
    """Return an address that may be a link: a page's own words can hold any, `javascript:` included."""
    return url if url and url.lower().startswith(("https://", "http://")) else None
