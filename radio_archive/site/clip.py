"""The page of one clip, and the files of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from datasette import Response
from markupsafe import Markup

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, recordings
from radio_archive.archive.names import addresses
from radio_archive.archive.names.addresses import person_slug
from radio_archive.errors import NoSuchClipError
from radio_archive.formats import MEDIA_TYPES, WRITERS, jsonld
from radio_archive.formats.paragraphs import Paragraph, paragraphs
from radio_archive.models import Clip, Source
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
class _ClipPage:
    """A clip, and what its page shows besides: its text as HTML, and the clips of its show before and after it."""

    clip: Clip
    audible: bool
    said: list[tuple[Paragraph, Markup]]
    earlier: Clip | None = None
    later: Clip | None = None


@view
async def clip(ask: Ask) -> Response:
    """Show a clip, or send it in another form; an old address leads to the one of today."""
    wanted = "/".join(ask.part(name) for name in ("show", "date", "title"))
    form = ask.part("format") or None

    def page(archive: Archive) -> _ClipPage | None:
        uid = addresses.find(archive, wanted)
        # Here, for hours of words take a while, in which others are to be answered.
        return None if uid is None else _read(archive, uid, is_page=form is None)

    found = await ask.site.read(page)
    if found is None:
        return await ask.missing()
    if found.clip.address != wanted or ask.request.path.endswith("/"):
        return ask.moved(urls.at(found.clip.address, form))
    return await _page(ask, found) if form is None else _file(ask, found, form)


def _read(archive: Archive, uid: str, *, is_page: bool) -> _ClipPage:
    clip = read.clip(archive, uid, read.LISTED | read.Part.TEXT | read.Part.PAGE)
    audible = recordings.public_file(archive, clip.recording.sha256) is not None
    if not is_page:
        return _ClipPage(clip, audible, [])
    said = markup.transcript(paragraphs(clip.segments, clip.speakers), clip.words)
    earlier, later = (read.beside(archive, clip, later=later) for later in (False, True))
    return _ClipPage(clip, audible, said, earlier, later)


@view
async def by_uid(ask: Ask) -> Response:
    """Lead from a clip's short name to its page."""
    uid = ask.part("uid")
    found = await ask.site.read(lambda archive: read.by_uid(archive, [uid], read.Part.ADDRESS))
    return ask.moved(urls.clip(found[uid])) if found else await ask.missing()


@view
async def cover(ask: Ask) -> Response:
    """Send the picture inside a recording."""
    found = await ask.site.read(lambda archive: recordings.cover(archive, ask.part("digest")))
    if found is None or found[0] not in PICTURES:
        return await ask.missing()
    return Response(found[1], headers=ask.headers(), content_type=found[0])


async def _page(ask: Ask, found: _ClipPage) -> Response:
    clip = found.clip
    return await ask.page(
        "clip",
        page=found,
        clip=clip,
        people=[(credit, person_slug(credit.name)) for credit in clip.credits],
        waveform=markup.waveform(clip.recording.peaks),
        bars=markup.BARS,
        linked=json_script(_linked_data(ask, found)),
        how_known=HOW_KNOWN,
        unsure=sum(word.probability is not None and word.probability < markup.UNSURE for word in clip.words),
        download=sound.human_name(clip, urls.suffix(clip.recording.media_type)),
        story_url=_web(clip.story.url) if clip.story else None,
    )


def _file(ask: Ask, found: _ClipPage, form: str) -> Response:
    clip = found.clip
    if form == "chapters.json":
        if not clip.recording.chapters:
            raise NoSuchClipError("no chapters", "")
        return ask.json(
            {
                "version": "1.2.0",
                "chapters": [
                    {"startTime": chapter.start, "title": chapter.title} for chapter in clip.recording.chapters
                ],
            }
        )
    text = _FORMATS[form](clip)
    if form == "json":
        return _data(ask, found, text)
    # Captions and text are shown or loaded; what is to be pasted elsewhere is saved.
    name = sound.human_name(clip, ".html") if form == "cms.html" else None
    return ask.text(text, MEDIA_TYPES.get(form, MEDIA_TYPES["html"]), name=name)


def _data(ask: Ask, found: _ClipPage, text: str) -> Response:
    """The export as it is everywhere, and what only a site can say."""
    clip, story = found.clip, found.clip.story
    return ask.json(
        {
            **json.loads(text),
            "url": ask.absolute(urls.clip(clip)),
            "audio": ask.absolute(urls.audio(clip)) if found.audible else None,
            "bytes": clip.recording.bytes,
            "summary": clip.summary,
            "station": clip.station,
            "rights": clip.rights,
            "review": clip.review,
            "subjects": clip.subjects,
            "credits": [
                {"role": credit.role, "name": credit.name, "source": credit.source, "at": credit.at}
                for credit in clip.credits
            ],
            "chapters": [{"start": chapter.start, "title": chapter.title} for chapter in clip.recording.chapters],
            "story": None
            if story is None
            else {"url": _web(story.url), "headline": story.headline, "body": story.body, "caption": story.caption},
        }
    )


def _linked_data(ask: Ask, found: _ClipPage) -> Any:
    clip = found.clip
    places = jsonld.ClipAddresses(
        page=ask.absolute(urls.clip(clip)),
        show=ask.absolute(urls.at(clip.show_address)) if clip.show else None,
        audio=ask.absolute(urls.audio(clip)) if found.audible else None,
        media_type=clip.recording.media_type,
        captions=ask.absolute(urls.clip(clip, "vtt")),
        image=ask.absolute(urls.cover(clip)) if clip.has_cover else None,
    )
    people = tuple(
        (credit.role, credit.name, ask.absolute(urls.person(person_slug(credit.name)))) for credit in clip.credits
    )
    return jsonld.episode(
        clip, places, people, station=clip.station, summary=clip.summary or clip.teaser, rights=clip.rights
    )


def _web(url: str | None) -> str | None:
    """Return an address that may be a link: a page's own words can hold any, `javascript:` included."""
    return url if url and url.lower().startswith(("https://", "http://")) else None
