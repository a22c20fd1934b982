"""Stores what clips are about as vectors, for search by meaning, and brings them up to date.

A clip has one vector of its title, and one of every PASSAGE segments of what is said. They are derived: triggers remove
those of a text that changes, and `update` makes what is missing. The text is English, the language of the model.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from radio_archive.archive.archive import Archive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PASSAGE = 3
"""Segments of one vector."""
SHARE = 32
"""Clips whose vectors one transaction stores."""
CURRENT = "(embeddings.transcript_id = clips.current_transcript_id AND embeddings.model = :model)"
"""The condition that a clip's vectors are of its current text, and by the model in the parameter `model`."""
_ENGLISH = "(clips.language IS NULL OR clips.language = 'en' OR clips.language LIKE 'en-%')"
_WITH_TEXT = f"clips.current_transcript_id IS NOT NULL AND {_ENGLISH}"


class Embedder(Protocol):
    """Turns texts into vectors of one length, as rows of whole numbers: close texts have a large product."""

    @property
    def name(self) -> str: ...

    def knows(self, text: str) -> bool:
        """Whether a text has at least one word that the model was taught."""
        ...

    def embed(self, texts: Sequence[str]) -> "NDArray[np.int8]": ...


@dataclass(frozen=True, slots=True)
class _ClipText:
    """The texts of a clip: its title, then its passages; an empty one where no segment has the position."""

    clip: int
    transcript: int
    texts: tuple[str, ...]


def update(archive: Archive, embedder: Embedder, progress: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Make the vectors that are missing or of an older text or model; return for how many clips.

    Stores SHARE clips at a time, so another run goes on where this one was stopped. `progress` is called with the
    number of clips that are up to date and of all.
    """
    done, of = count(archive, embedder.name)
    progress(done, of)
    made, last = 0, 0
    while pending := _pending(archive, embedder.name, last):
        last = pending[-1]
        made += _make(archive, pending, embedder)
        progress(done + made, of)
    return made


def update_clip(archive: Archive, uid: str, embedder: Embedder) -> None:
    """Make the vectors of one clip, if its text has the language of the model."""
    query = f"SELECT id FROM clips WHERE uid = ? AND {_WITH_TEXT}"  # noqa: S608 - our own condition
    _make(archive, [key for (key,) in archive.db.execute(query, [uid])], embedder)


def count(archive: Archive, model: str) -> tuple[int, int]:
    """Return how many clips have current vectors by `model`, and how many can have them."""
    query = f"""SELECT count(embeddings.clip_id), count(*) FROM clips
        LEFT JOIN embeddings ON embeddings.clip_id = clips.id AND {CURRENT} WHERE {_WITH_TEXT}"""  # noqa: S608
    with archive.reading():
        done, of = archive.db.execute(query, {"model": model}).fetchone()
    return int(done), int(of)


def count_other(archive: Archive) -> int:
    """Return how many clips have a text in another language than the model's."""
    query = f"SELECT count(*) FROM clips WHERE current_transcript_id IS NOT NULL AND NOT {_ENGLISH}"  # noqa: S608
    with archive.reading():
        return int(archive.db.execute(query).fetchone()[0])


def has_any(archive: Archive, model: str) -> bool:
    """Whether any clip has current vectors by `model`."""
    query = f"""SELECT EXISTS (SELECT 1 FROM embeddings JOIN clips ON clips.id = clip_id WHERE {CURRENT})"""  # noqa: S608
    return bool(archive.db.execute(query, {"model": model}).fetchone()[0])


def clear(archive: Archive) -> int:
    """Remove all vectors; return of how many clips."""
    with archive.writing():
        return int(archive.db.execute("DELETE FROM embeddings").rowcount)


def _pending(archive: Archive, model: str, after: int) -> list[int]:
    query = f"""SELECT clips.id FROM clips LEFT JOIN embeddings ON embeddings.clip_id = clips.id
        WHERE clips.id > :after AND {_WITH_TEXT} AND (embeddings.clip_id IS NULL OR NOT {CURRENT})
        ORDER BY clips.id LIMIT :most"""  # noqa: S608 - our own conditions
    with archive.reading():
        rows = archive.db.execute(query, {"model": model, "after": after, "most": SHARE})
        return [key for (key,) in rows]


def _make(archive: Archive, clips: Sequence[int], embedder: Embedder) -> int:
    with archive.reading():
        found = _texts(archive, clips)
    vectors = embedder.embed([text for one in found for text in one.texts])
    first, rows = 0, []
    for one in found:
        own = vectors[first : first + len(one.texts)]
        first += len(one.texts)
        rows.append((one.clip, one.transcript, embedder.name, _mean(own).tobytes(), own.tobytes()))
    with archive.writing():
        # A clip may have been changed or removed meanwhile.
        still = set(_texts(archive, clips))
        kept = [row for one, row in zip(found, rows, strict=True) if one in still]
        archive.db.conn.executemany(
            "INSERT OR REPLACE INTO embeddings (clip_id, transcript_id, model, whole, vectors) VALUES (?, ?, ?, ?, ?)",
            kept,
        )
    return len(kept)


def _texts(archive: Archive, clips: Sequence[int]) -> list[_ClipText]:
    keys = json.dumps(list(clips))
    heads = archive.db.execute(
        """SELECT id, current_transcript_id, title FROM clips
           WHERE id IN (SELECT value FROM json_each(?)) AND current_transcript_id IS NOT NULL ORDER BY id""",
        [keys],
    ).fetchall()
    segments = archive.db.execute(
        """SELECT clip_id, position, text FROM segments WHERE clip_id IN (SELECT value FROM json_each(?))
           ORDER BY clip_id, position""",
        [keys],
    )
    said = {clip: _passages([row[1:] for row in rows]) for clip, rows in groupby(segments, key=lambda row: row[0])}
    return [_ClipText(clip, transcript, (title, *said.get(clip, ()))) for clip, transcript, title in heads]


def _passages(segments: Sequence[tuple[int, str]]) -> list[str]:
    found = [""] * (segments[-1][0] // PASSAGE + 1)
    for position, text in segments:
        found[position // PASSAGE] += f" {text}"
    return [text.strip() for text in found]


def _mean(vectors: "NDArray[np.int8]") -> "NDArray[np.int8]":
    """Return the mean of vectors, as long as they are."""
    import numpy as np

    lengths = np.linalg.norm(vectors.astype(np.float32), axis=1)
    mean = vectors.mean(axis=0, dtype=np.float32)
    scaled = mean * (lengths.mean() / max(1e-6, float(np.linalg.norm(mean))))
    whole: NDArray[np.int8] = np.clip(np.rint(scaled), -127, 127).astype(np.int8)
    return whole
