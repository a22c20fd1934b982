"""All searchable texts of an archive, in order, for indexes outside SQLite."""

from collections.abc import Iterator
from dataclasses import dataclass

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.clips.stories import PARAGRAPH
from radio_archive.models import Clip
from radio_archive.text.variants import variants


@dataclass(frozen=True, slots=True)
class SearchableText:
    """A passage: `start` in seconds, None in the published story; `also` has other spellings of its words."""

    start: float | None
    text: str
    also: str = ""


def clips(archive: Archive) -> Iterator[tuple[Clip, tuple[SearchableText, ...]]]:
    """Yield every clip, in the order of addition, with its segments and then the paragraphs of its story."""
    for clip in read.clips(archive, order=read.AS_ADDED, parts=read.LISTED):
        spoken = archive.db.execute(
            """SELECT start, text, coalesce(heard, '') || ' ' || coalesce(segments.variants, '') FROM segments
               JOIN clips ON clips.id = clip_id WHERE uid = ? ORDER BY position""",
            [clip.uid],
        ).fetchall()
        stories = archive.db.execute(
            "SELECT headline, body FROM stories JOIN clips ON clips.id = clip_id WHERE uid = ?", [clip.uid]
        ).fetchall()
        paragraphs = [text for headline, body in stories for text in (headline, *body.split(PARAGRAPH)) if text]
        told = (SearchableText(None, text, variants(text, {}) or "") for text in paragraphs)
        yield clip, (*(SearchableText(*row) for row in spoken), *told)
