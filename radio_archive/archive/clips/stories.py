"""The published story of a clip: stored in parts, searched separately from the transcript."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.index import forms, spellings
from radio_archive.archive.rows import clip_id_of
from radio_archive.archive.rows import insert as insert_row
from radio_archive.models import Story

PARAGRAPH = "\n\n"


def insert(db: Database, clip_id: int, story: Story, name: str | None) -> None:
    """Store a clip's story in place of an earlier one; `name` is the name of its file."""
    # Not by REPLACE, which fires no trigger for the full-text index.
    db.execute("DELETE FROM stories WHERE clip_id = ?", [clip_id])
    body = PARAGRAPH.join(story.body)
    variants = spellings.variants_of_row(db, story.headline, body)
    (language,) = db.execute("SELECT language FROM clips WHERE id = ?", [clip_id]).fetchone()
    insert_row(
        db,
        "stories",
        {
            "clip_id": clip_id,
            "url": story.url,
            "headline": story.headline,
            "body": body,
            "caption": story.caption,
            "picture_credit": story.picture_credit,
            "biography": story.biography,
            "name": name,
            "variants": variants,
            "forms": forms.of_row((story.headline, body), language),
            "digest": hashlib.sha256(body.encode("utf-8")).hexdigest(),
        },
    )


def save(archive: Archive, uid: str, story: Story, name: str | None) -> None:
    """Store a clip's story, unless it is the same as before. Raises NoSuchClipError."""
    if of_clip(archive, uid) == kept_part(story):
        return
    with archive.writing():
        clip_id = clip_id_of(archive.db, uid)
        insert(archive.db, clip_id, story, name)
        spellings.backfill(archive.db)


def kept_part(story: Story) -> Story:
    """Return a story without the fields that are stored as claims."""
    return replace(story, station=None, show=None, reporter=None, date=None, language=None)


def of_clip(archive: Archive, uid: str) -> Story | None:
    """Return the stored parts of a clip's story; None if it has none."""
    return of_clips(archive, [uid]).get(uid)


def of_clips(archive: Archive, uids: Sequence[str]) -> dict[str, Story]:
    """Return the stored parts of the stories of those of some clips that have one."""
    with archive.reading():
        rows = archive.db.execute(
            """SELECT uid, headline, body, stories.url, caption, picture_credit, stories.biography
               FROM clips CROSS JOIN stories ON clip_id = clips.id
               WHERE uid IN (SELECT value FROM json_each(?)) ORDER BY stories.id""",
            [json.dumps(list(uids))],
        )
        return {uid: _story(row) for uid, *row in rows}


def _story(row: Sequence[str | None]) -> Story:
    headline, body, url, caption, credit, biography = row
    return Story(
        headline=headline,
        body=tuple(body.split(PARAGRAPH)) if body else (),
        url=url,
        caption=caption,
        picture_credit=credit,
        biography=biography,
    )
