"""A clip or a passage of it on a small page of its own, for a frame on another site: `/embed/UID?start=12.3&end=15`."""

from collections.abc import Sequence

from datasette import Response

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.models import Clip, Gap, Segment, Word
from radio_archive.site.answers import Context, view
from radio_archive.site.discovery import passage
from radio_archive.text.doubts import MARK
from radio_archive.text.versions import trust_note

OPENING = 3
"""Sentences that are shown of a clip, where no end is given."""
LONGEST = 24
"""Sentences that are shown of a passage, at most."""

ROUNDED = 0.05
"""Seconds that the times in an address may be off."""


@view
async def embed(ctx: Context) -> Response:
    """Show a small player of a clip, or a quote card: what is said from `start` to `end`, its source, and its sound."""
    start, end = passage(",".join((ctx.argument("start"), ctx.argument("end"))))
    clip = await ctx.site.read(lambda archive: _clip(archive, ctx.part("uid")))
    card = quoted(clip, start, end)
    note = trust_note(clip)
    return await ctx.page("embed", ancestors="*", clip=clip, trust=note, quoted=card, start=start, end=end)


def _clip(archive: Archive, uid: str) -> Clip:
    return read.clip(archive, uid, read.Part.TEXT | read.Part.ADDRESS | read.Part.AUDIBLE)


def quoted(clip: Clip, start: float | None, end: float | None) -> str:
    """Return what is said between two seconds of a clip, to the word; a mark stands where it was not understood.

    Without an end, the first sentences from `start` on.
    """
    first, last = start or 0.0, float("inf") if end is None else end
    parts: list[Segment | Gap] = [*clip.segments, *clip.gaps]
    said = [
        MARK if isinstance(part, Gap) else _within(part, clip.words, first, last)
        for part in sorted(parts, key=lambda part: part.start)
        if part.start < last and part.end > first
    ]
    kept = [text for text in said if text]
    most = OPENING if end is None else LONGEST
    return " ".join(kept[:most]) + (" …" if end is not None and len(kept) > most else "")


def _within(segment: Segment, words: Sequence[Word], first: float, last: float) -> str:
    """Return the words of a segment whose middle is between two seconds; all of it if its words are not known."""
    own = words[segment.first_word : segment.last_word + 1] if segment.first_word >= 0 else ()
    heard = [word for word in own if first - ROUNDED <= (word.start + word.end) / 2 <= last + ROUNDED]
    return segment.text if len(heard) == len(own) else "".join(word.text for word in heard).strip()
