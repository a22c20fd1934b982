"""The page of one clip, and its files: captions, text, JSON."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from datasette import Response

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, recordings
from radio_archive.archive.names import addresses
from radio_archive.archive.names.addresses import name_slug
from radio_archive.archive.rows import clip_id_of
from radio_archive.errors import NoSuchClipError
from radio_archive.formats import MEDIA_TYPES, WRITERS, jsonld, podcast_json
from radio_archive.formats.paragraphs import paragraphs_and_gaps
from radio_archive.formats.references import STYLES, Facts, Part
from radio_archive.models import Clip, Source
from radio_archive.site import markup, podcasts, sound, urls
from radio_archive.site.answers import Context, json_script, view
from radio_archive.text.corrected import corrections_note
from radio_archive.text.doubts import UNSURE
from radio_archive.text.versions import describe, tool_of, trust_note

if TYPE_CHECKING:
    from radio_archive.search.meaning import Wholes

RELATED = 5
"""Clips about the same that a page shows, at most."""
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
"""Media types of covers that are sent: none of them can hold a script."""
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
"""What the site calls the sources of credits."""
_FORMATS: dict[str, Callable[[Any], str]] = {
    **{name: WRITERS[name] for name in MEDIA_TYPES},
    "cms.html": WRITERS["html"],
    "transcript.json": podcast_json.write,
}


@dataclass(frozen=True, slots=True)
class _ClipPage:
    """A clip, its text in paragraphs, gaps among them, and the clips of its show before and after it."""

    clip: Clip
    audible: bool
    said: Sequence[markup.TimedText] = ()
    earlier: Clip | None = None
    later: Clip | None = None
    related: Sequence[Clip] = ()
    """Clips about the same, the closest first."""


@view
async def clip(ctx: Context) -> Response:
    """Show a clip, or send it in another format. An old address redirects to the new one."""
    wanted = "/".join(ctx.part(name) for name in ("show", "date", "title"))
    form = ctx.part("format") or None

    near = await ctx.site.cached(_wholes) if ctx.site.settings.meaning and form is None else None

    def page(archive: Archive) -> _ClipPage | None:
        uid = addresses.find(archive, wanted)
        # On this thread, because rendering hours of words takes time and other requests must not wait.
        return None if uid is None else _read(archive, uid, is_page=form is None, near=near)

    found = await ctx.site.read(page)
    if found is None:
        return await ctx.missing()
    if found.clip.address != wanted or ctx.request.path.endswith("/"):
        return ctx.moved(urls.at(found.clip.address, form))
    return await _page(ctx, found) if form is None else _file(ctx, found, form)


def _wholes(archive: Archive) -> "Wholes":
    from radio_archive.search.meaning import Wholes
    from radio_archive.speech.catalog import SENTENCES

    return Wholes.of(archive, SENTENCES.name)


def _read(archive: Archive, uid: str, *, is_page: bool, near: "Wholes | None") -> _ClipPage:
    clip = read.clip(archive, uid, read.LISTED | read.Part.TEXT | read.Part.PAGE)
    audible = recordings.public_file(archive, clip.recording.sha256) is not None
    if not is_page:
        return _ClipPage(clip, audible)
    said = markup.transcript(paragraphs_and_gaps(clip), clip.words)
    earlier, later = (read.beside(archive, clip, later=later) for later in (False, True))
    return _ClipPage(clip, audible, said, earlier, later, _related(archive, uid, near) if near else ())


def _related(archive: Archive, uid: str, near: "Wholes") -> Sequence[Clip]:
    found = near.nearest(clip_id_of(archive.db, uid), RELATED)
    # What was hidden since `near` was read is not among these.
    clips = read.by_id(archive, found, read.Part.ADDRESS | read.Part.AUDIBLE)
    return [clips[one] for one in found if one in clips]


@view
async def by_uid(ctx: Context) -> Response:
    """Redirect from a clip's uid to its page."""
    uid = ctx.part("uid")
    found = await ctx.site.read(lambda archive: read.by_uid(archive, [uid], read.Part.ADDRESS))
    return ctx.moved(urls.clip(found[uid])) if found else await ctx.missing()


@view
async def cover(ctx: Context) -> Response:
    """Send the cover picture of a recording."""
    found = await ctx.site.read(lambda archive: recordings.cover(archive, ctx.part("digest")))
    if found is None or found[0] not in PICTURES:
        return await ctx.missing()
    return Response(found[1], headers=ctx.headers(), content_type=found[0])


async def _page(ctx: Context, found: _ClipPage) -> Response:
    clip = found.clip
    here = ctx.absolute(urls.clip(clip))
    report_to = contact(ctx.site.settings.contact)
    return await ctx.page(
        "clip",
        page=found,
        clip=clip,
        picture=urls.cover(clip) if clip.has_cover else await podcasts.image_of(ctx, clip.show),
        here=here,
        report=_report(report_to, clip, here) if report_to else None,
        report_to=report_to,
        references=_references(clip, here, await ctx.title()),
        people=[(credit, name_slug(credit.name)) for credit in clip.credits],
        waveform=markup.waveform(clip.recording.peaks),
        bars=markup.BARS,
        linked=json_script(_linked_data(ctx, found)),
        how_known=HOW_KNOWN,
        corrected=corrections_note(clip.corrected),
        trust=trust_note(clip),
        made=describe(clip.transcript, names=False) if clip.transcript else "",
        by_machine=clip.origin == "engine" or bool(tool_of(clip.transcript)),
        by_publisher=not (clip.transcript and clip.transcript.options.get("imported")),
        unsure=sum(word.probability is not None and word.probability < UNSURE for word in clip.words),
        download=sound.download_name(clip, urls.suffix(clip.recording.media_type)),
        story_url=_web(clip.story.url) if clip.story else None,
    )


def contact(address: str) -> str | None:
    """Return the address for corrections if it is one of the web or of e-mail, else None."""
    return address if re.match(r"(?i)(https?://|mailto:)", address) else None


def _report(to: str, clip: Clip, here: str) -> str:
    """Return the link that reports an error in a clip, by e-mail or on a page of the web.

    The page's script adds the moment. The clip's address stays readable, so that a static site can replace it.
    """
    base, hash_sign, fragment = to.partition("#")
    if to.lower().startswith("mailto:"):
        subject, body = (quote(text, safe="") for text in (f"Error: {clip.title}", "\n\n"))
        named = f"subject={subject}&body={body}{here}"
    else:
        named = f"clip={here}"
    return f"{base}{'&' if '?' in base else '?'}{named}{hash_sign}{fragment}"


def _references(clip: Clip, here: str, place: str) -> list[tuple[str, list[Part]]]:
    reporters = [credit.name for credit in clip.credits if credit.role == "reporter"]
    facts = Facts(clip.title, here, reporters, clip.show, clip.station, place, clip.date, clip.duration)
    return [(name, style(facts)) for name, style in STYLES.items()]


def _file(ctx: Context, found: _ClipPage, form: str) -> Response:
    clip = found.clip
    if form == "chapters.json":
        if not clip.recording.chapters:
            raise NoSuchClipError("no chapters", "")
        return ctx.json(
            {
                "version": "1.2.0",
                "chapters": [
                    {"startTime": chapter.start, "title": chapter.title} for chapter in clip.recording.chapters
                ],
            }
        )
    text = _FORMATS[form](clip)
    if form == "json":
        return _data(ctx, found, text)
    # Browsers show captions and text; the paragraphs for another site are saved as a file.
    name = sound.download_name(clip, ".html") if form == "cms.html" else None
    return ctx.text(text, MEDIA_TYPES.get(form.rpartition(".")[2], MEDIA_TYPES["html"]), name=name)


def _data(ctx: Context, found: _ClipPage, text: str) -> Response:
    """Return the usual JSON export, and what only the site knows, such as addresses."""
    clip, story = found.clip, found.clip.story
    return ctx.json(
        {
            **json.loads(text),
            "url": ctx.absolute(urls.clip(clip)),
            "audio": ctx.absolute(urls.audio(clip)) if found.audible else None,
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


def _linked_data(ctx: Context, found: _ClipPage) -> Any:
    clip = found.clip
    places = jsonld.ClipAddresses(
        page=ctx.absolute(urls.clip(clip)),
        show=ctx.absolute(urls.at(clip.show_address)) if clip.show else None,
        audio=ctx.absolute(urls.audio(clip)) if found.audible else None,
        media_type=clip.recording.media_type,
        captions=ctx.absolute(urls.clip(clip, "vtt")),
        image=ctx.absolute(urls.cover(clip)) if clip.has_cover else None,
    )
    people = tuple(
        (credit.role, credit.name, ctx.absolute(urls.person(name_slug(credit.name)))) for credit in clip.credits
    )
    return jsonld.episode(
        clip, places, people, station=clip.station, summary=clip.summary or clip.teaser, rights=clip.rights
    )


def _web(url: str | None) -> str | None:
    """Return a web address, else None: a story may name any address, even a `javascript:` one."""
    return url if url and url.lower().startswith(("https://", "http://")) else None
