"""What is read to judge transcripts: what each model heard in clips, and the stories that were published with them."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.encoding import load_words
from radio_archive.archive.filters import Filters, Way, conditions
from radio_archive.archive.rows import paged
from radio_archive.models import Word

# Of each model the latest version; captions and scripts were not heard by a model.
_VERSIONS = """SELECT clips.id, clips.uid, clips.title, shows.name, clips.air_date, clips.language,
        coalesce(transcripts.model, transcripts.engine, 'unknown'), transcripts.words,
        transcripts.id = clips.current_transcript_id, stories.body
    FROM clips CROSS JOIN transcripts ON transcripts.clip_id = clips.id
    LEFT JOIN shows ON shows.id = clips.show_id
    LEFT JOIN stories ON stories.clip_id = clips.id
    WHERE clips.id IN (SELECT value FROM json_each(:ids)) AND origin = 'engine'
        AND NOT EXISTS (SELECT 1 FROM transcripts AS later WHERE later.clip_id = clips.id AND later.origin = 'engine'
                        AND later.model IS transcripts.model AND later.id > transcripts.id)
    ORDER BY clips.id, transcripts.id"""
_CURRENT = """SELECT clips.uid, clips.language, transcripts.words,
        (SELECT total("end" - start) FROM gaps WHERE transcript_id = transcripts.id), stories.body
    FROM json_each(:uids) AS asked CROSS JOIN clips ON clips.uid = asked.value
    JOIN transcripts ON transcripts.id = clips.current_transcript_id
    LEFT JOIN stories ON stories.clip_id = clips.id"""


@dataclass(frozen=True, slots=True)
class HeardVersion:
    """What one model heard in a clip; `story` is the body of its published story, paragraphs between blank lines."""

    clip_id: int
    clip: str
    title: str
    show: str | None
    date: str | None
    language: str | None
    model: str
    text: str
    current: bool
    story: str | None


@dataclass(frozen=True, slots=True)
class CurrentTranscript:
    """The words of a clip's current transcript, the seconds of speech without words, and the body of its story."""

    clip: str
    language: str | None
    words: tuple[Word, ...]
    gap_seconds: float
    story: str | None


def ids_with_story(archive: Archive, filters: Filters) -> Iterator[int]:
    """Yield the row ids of clips that have a story, in the order of addition. Raises UsageError for unknown names."""
    condition, parameters = conditions(archive, filters)
    query = f"""SELECT clips.id FROM stories CROSS JOIN clips ON clips.id = stories.clip_id
        WHERE stories.clip_id > :last AND body <> '' AND {condition}
        ORDER BY stories.clip_id LIMIT :page"""  # noqa: S608 - our own fragments
    yield from (key for (key,) in paged(archive, query, **parameters))


def count_with_story(archive: Archive, filters: Filters) -> int:
    """Return how many clips `ids_with_story` yields."""
    condition, parameters = conditions(archive, filters, Way.ALL)
    query = f"""SELECT count(*) FROM stories CROSS JOIN clips ON clips.id = stories.clip_id
        WHERE body <> '' AND {condition}"""  # noqa: S608 - our own fragments
    return int(archive.db.execute(query, parameters).fetchone()[0])


def ids_called(archive: Archive, names: Collection[str], filters: Filters) -> dict[str, list[int]]:
    """Return the row ids of the clips with each of `names`: a clip's uid, or its recording's name without suffix.

    Names that no clip has are left out. Raises UsageError for unknown names in `filters`.
    """
    condition, parameters = conditions(archive, filters)
    by_uid = {name.lower(): name for name in names}
    found: dict[str, list[int]] = {}
    query = f"SELECT uid, id FROM clips WHERE uid IN (SELECT value FROM json_each(:uids)) AND {condition}"  # noqa: S608 - our own
    for uid, key in archive.db.execute(query, {**parameters, "uids": json.dumps(list(by_uid))}):
        found[by_uid[uid]] = [key]
    others = set(names) - found.keys()
    if not others:
        return found
    # One pass over all of them: a name ends where its suffix begins, which no index knows.
    query = f"""SELECT original_name, clips.id FROM clips CROSS JOIN clip_recordings ON clip_id = clips.id
        CROSS JOIN recordings ON recordings.id = recording_id
        WHERE clip_recordings.role = 'original' AND {condition}"""  # noqa: S608 - our own fragments
    for file, key in archive.db.execute(query, parameters):
        if (name := PurePath(file).stem) in others:
            found.setdefault(name, []).append(key)
    return found


def heard_versions(archive: Archive, ids: Sequence[int]) -> Iterator[HeardVersion]:
    """Yield what each model heard in these clips, clip by clip in the order of their row ids; of a model the latest."""
    for row in archive.db.execute(_VERSIONS, {"ids": json.dumps(list(ids))}):
        key, uid, title, show, date, language, model, words, current, story = row
        text = "".join(word.text for word in load_words(words)).strip()
        yield HeardVersion(key, uid, title, show, date, language, model, text, bool(current), story)


def current_transcripts(archive: Archive, uids: Sequence[str]) -> Iterator[CurrentTranscript]:
    """Yield the current transcripts of these clips, in this order, as they were heard."""
    for uid, language, words, seconds, story in archive.db.execute(_CURRENT, {"uids": json.dumps(list(uids))}):
        yield CurrentTranscript(uid, language, load_words(words), seconds, story)
