"""A clip's text, to be edited in its page while it is heard."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, read
from radio_archive.archive.clips.corrections import CurrentText
from radio_archive.archive.clips.review import Done, State
from radio_archive.errors import NoSuchClipError, UsageError
from radio_archive.formats.paragraphs import Paragraph
from radio_archive.models import Edit, clean_text
from radio_archive.site import urls
from radio_archive.site.answers import Context, json_script
from radio_archive.site.editing.access import changing, of
from radio_archive.site.editing.sessions import Session

if TYPE_CHECKING:
    from datasette import Response
    from markupsafe import Markup

MOST_WORDS = 200
"""Words that one change may be about."""


async def editable(ctx: Context, session: Session, page: Any) -> "Markup | None":
    """Return what the editor's script has to know of a clip's page; None where its text cannot be edited.

    `words` has, for each word that the page shows, the first and last position in the transcript that it stands for,
    and its text.
    """
    clip = page.clip
    now = await of(ctx).read(ctx, lambda archive: corrections.now_of(archive, clip.uid))
    # Of what is hidden in a clip, the page has other words than the archive.
    same = [word.text for word in now.corrected.words] == [word.text for word in clip.words]
    words = _places(now, [line.part for line in page.said]) if same else []
    if not words:
        return None
    return json_script(
        {
            "save": str(ctx.served.urls.path(f"/-/edit/{clip.uid}")),
            "signIn": str(ctx.served.urls.path(urls.query("/-/sign-in", next=urls.clip(clip)))),
            "token": session.token,
            "version": now.version,
            "words": words,
        }
    )


def _places(now: CurrentText, parts: Sequence[Any]) -> list[tuple[int, int, str]]:
    words, origins = now.corrected.words, now.corrected.origins
    found = []
    for part in parts:
        for segment in part.segments if isinstance(part, Paragraph) else ():
            if not 0 <= segment.first_word <= segment.last_word < len(words):
                return []
            for at in range(segment.first_word, segment.last_word + 1):
                text = clean_text(words[at].text)
                if text:
                    space = " " if words[at].text[:1].isspace() else ""
                    found.append((*origins[at], space + text))
    return found


@changing
async def save(ctx: Context, session: Session, sent: Mapping[str, str]) -> "Response | None":
    """Save a correction; `first` and `last` are positions in version `version`, `before` is what the editor saw."""
    uid = ctx.part("uid")
    try:
        first, last, version = (int(sent[name]) for name in ("first", "last", "version"))
        before, after = sent["before"], clean_text(sent["after"])
    except (KeyError, ValueError) as error:
        raise UsageError("that is no correction", "Load the page again.") from error
    if not 0 <= first <= last < first + MOST_WORDS:
        raise UsageError(f"a correction is about {MOST_WORDS} words at most", "Correct a part of them.")
    # Only a clip that this site shows.
    if not await ctx.site.read(lambda archive: read.by_uid(archive, [uid])):
        raise NoSuchClipError("no such clip", "")

    def write(archive: Archive) -> tuple[Edit, int | None]:
        with archive.writing():
            change = corrections.now_of(archive, uid).corrected.keeping_stop(Edit(first, last, before, after))
            return change, corrections.edit(archive, uid, [change], session.author, version=version)

    change, batch = await of(ctx).write(ctx, write)
    if batch is not None:
        session.note(Done(0, uid, State.COVERED, batch), f"Changed: “{before}”")
    return ctx.json({"ok": True, "first": change.first_word, "text": change.after})
