"""Finds clips that are close in meaning: to the words of a query, or to another clip.

All vectors are compared, a few hundred at a time. That takes a second for a million passages, needs no index that has
to be kept, and finds the same every time. The vectors are those that `archive.index.embeddings` stores.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.clips.read import Part
from radio_archive.archive.filters import EVERYTHING, Filters, conditions
from radio_archive.archive.index import embeddings
from radio_archive.archive.index.embeddings import CURRENT, PASSAGE, Embedder
from radio_archive.archive.rows import clip_id_of
from radio_archive.search.expression import within
from radio_archive.search.results import ClipHit, Passage, Where
from radio_archive.text.query import AllOf, Node, Query, Scope, Term

MOST = 5
"""Clips that are shown as close to a query."""
CLOSE = 0.3
"""The cosine from which a passage or title is close to a query. Nine of ten right answers have more, half have .5."""
NEARLY = 0.75
"""The share of the best cosine from which others are shown with it."""
RELATED = 0.2
"""The same for two whole clips, as seen from the centre of all. Half of those on one topic have more; 2 % of others."""
FEW = 10
"""Clips that have no centre to speak of."""
BLOCK = 256 << 10
"""Bytes of vectors that are compared at once. BLAS takes several threads for more, which then mostly wait."""

_VECTORS = f"""SELECT clips.id, embeddings.{{column}} FROM embeddings JOIN clips ON clips.id = embeddings.clip_id
    WHERE {CURRENT} AND {{conditions}}"""  # noqa: S608 - our own fragments
_OF_CLIP = f"""SELECT 1 FROM embeddings JOIN clips ON clips.id = embeddings.clip_id
    WHERE clips.id = :clip AND {CURRENT}"""  # noqa: S608 - our own condition
_OF_CLIPS = "SELECT clip_id, vectors FROM embeddings WHERE clip_id IN (SELECT value FROM json_each(?))"
_IDS = "SELECT id FROM clips WHERE uid IN (SELECT value FROM json_each(?))"
_SEGMENTS = """
    SELECT segments.clip_id, start, "end", text, position FROM json_each(:passages) AS wanted
    CROSS JOIN segments ON segments.clip_id = json_extract(wanted.value, '$[0]')
        AND position >= json_extract(wanted.value, '$[1]') AND position < json_extract(wanted.value, '$[1]') + :length
    ORDER BY segments.clip_id, position"""


@dataclass(frozen=True, slots=True)
class Wholes:
    """The vectors of whole clips as rows, the clips' ids, the vectors' centre, and each one's distance from it.

    What all clips of an archive share, such as how its reporters sign off, says nothing of one: so clips are compared
    by where they lie from the centre. Takes 400 bytes of memory for each clip.
    """

    clips: NDArray[np.int64]
    vectors: NDArray[np.int8]
    centre: NDArray[np.float32]
    distances: NDArray[np.float32]

    @classmethod
    def of(cls, archive: Archive, model: str) -> Self:
        """Read the vectors of all clips that `model` has made."""
        rows = archive.db.execute(_VECTORS.format(column="whole", conditions="1"), {"model": model}).fetchall()
        size = len(rows[0][1]) if rows else 1
        rows = [row for row in rows if len(row[1]) == size]
        vectors = np.frombuffer(b"".join(row[1] for row in rows), np.int8).reshape(-1, size)
        # A few clips have no centre to speak of.
        centre = vectors.sum(axis=0, dtype=np.float32) / (len(rows) + FEW)
        lengths = [np.linalg.norm(block - centre, axis=1) for block in _floats(vectors)]
        distances = np.concatenate([*lengths, np.zeros(0, np.float32)])
        return cls(np.array([row[0] for row in rows], np.int64), vectors, centre, distances)

    def direction(self, clip: int) -> NDArray[np.float32] | None:
        """Return where a clip lies from the centre, by its id; None if it has no vector."""
        (at,) = np.nonzero(self.clips == clip)
        return self.vectors[at[0]] - self.centre if len(at) else None

    def nearest(self, clip: int, most: int, among: Collection[int] | None = None) -> list[int]:
        """Return the ids of at most `most` clips about the same as a clip, the closest first; only those of `among`."""
        direction = self.direction(clip)
        if direction is None:
            return []
        shift, length = float(self.centre @ direction), float(np.linalg.norm(direction))
        products = np.concatenate([block @ direction for block in _floats(self.vectors)]) - shift
        scores = products / np.maximum(1.0, self.distances * length)
        scores[self.clips == clip] = -1.0
        if among is not None:
            scores[~np.isin(self.clips, list(among))] = -1.0
        return [int(self.clips[n]) for n in _best(scores, RELATED, most)]


def close(
    archive: Archive,
    embedder: Embedder,
    asked: Query,
    filters: Filters = EVERYTHING,
    *,
    shown: Collection[str] = (),
    parts: Part = Part.NOTHING,
) -> tuple[ClipHit, ...]:
    """Return the clips that are close in meaning to a query of bare words, the closest first, each with a passage.

    Clips of `shown`, by uid, are left out. A query with operators, quotes or fields asks for words, not for a meaning,
    and finds nothing here. Raises UsageError for an unknown show or reporter.
    """
    text = bare_words(asked)
    if not embedder.knows(text) or not embeddings.has_any(archive, embedder.name):
        return ()
    wanted = embedder.embed([text])[0]
    found = _nearest(archive, wanted, embedder.name, within(asked, filters), MOST + len(shown))
    known = {key for (key,) in archive.db.execute(_IDS, [json.dumps(list(shown))])}
    return _hits(archive, wanted.astype(np.float32), [one for one in found if one not in known][:MOST], parts)


def like(
    archive: Archive,
    uid: str,
    model: str,
    filters: Filters = EVERYTHING,
    *,
    limit: int = 20,
    page: int = 1,
    parts: Part = Part.NOTHING,
) -> tuple[ClipHit, ...]:
    """Return clips about the same as the clip `uid`, the closest first, each with its closest passage.

    `limit` counts clips, `page` counts from 1. Raises NoSuchClipError, and UsageError for an unknown show or reporter.
    """
    every, clip = Wholes.of(archive, model), clip_id_of(archive.db, uid)
    direction = every.direction(clip)
    if direction is None:
        return ()
    among = None
    if filters != EVERYTHING:
        condition, parameters = conditions(archive, filters)
        rows = archive.db.execute(f"SELECT clips.id FROM clips WHERE {condition}", parameters)  # noqa: S608 - fixed
        among = [key for (key,) in rows]
    found = every.nearest(clip, limit * page, among)[limit * (page - 1) :]
    return _hits(archive, direction, found, parts)


def is_prepared(archive: Archive, uid: str, model: str) -> bool:
    """Whether a clip has vectors of its current text by `model`. Raises NoSuchClipError."""
    row = archive.db.execute(_OF_CLIP, {"clip": clip_id_of(archive.db, uid), "model": model}).fetchone()
    return row is not None


def bare_words(asked: Query) -> str:
    """Return the words of a query that has words only, without operators, quotes, stars and fields of texts; or ""."""
    words = [] if asked.unwanted or asked.wanted is None else _bare(asked.wanted)
    return " ".join(words or ())


def _bare(node: Node) -> list[str] | None:
    match node:
        case Term(text, prefix=False, scope=Scope.ANYWHERE, exact=False):
            return [text]
        case AllOf(parts):
            found = [_bare(part) for part in parts]
            return None if None in found else [word for words in found for word in words or ()]
    return None


def _nearest(archive: Archive, wanted: NDArray[np.int8], model: str, filters: Filters, most: int) -> list[int]:
    """Return the ids of at most `most` clips that have a vector close to this one, the closest first."""
    condition, parameters = conditions(archive, filters)
    # What another program has put there may be anything.
    sound = "length(vectors) > 0 AND length(vectors) % :size = 0"
    query = _VECTORS.format(column="vectors", conditions=f"{condition} AND {sound}")
    parameters |= {"model": model, "size": len(wanted)}
    clips, scores = np.zeros(0, np.int64), np.zeros(0, np.float32)
    for ids, sizes, vectors in _blocks(archive.db.execute(query, parameters), len(wanted)):
        best = np.maximum.reduceat(_cosines(vectors, wanted), np.cumsum([0, *sizes[:-1]]))
        clips, scores = np.append(clips, np.array(ids, np.int64)), np.append(scores, best)
        kept = _best(scores, max(CLOSE, NEARLY * float(scores.max())), most)
        clips, scores = clips[kept], scores[kept]
    return [int(clip) for clip in clips]


def _blocks(rows: Iterator[tuple[int, bytes]], size: int) -> Iterator[tuple[list[int], list[int], NDArray[np.int8]]]:
    """Yield the ids of some clips, how many vectors each has, and these as rows of `size` numbers."""
    ids: list[int] = []
    parts: list[bytes] = []
    held = 0
    for clip, content in rows:
        ids.append(clip)
        parts.append(content)
        held += len(content)
        if held >= BLOCK:
            yield _block(ids, parts, size)
            ids, parts, held = [], [], 0
    if ids:
        yield _block(ids, parts, size)


def _block(ids: list[int], parts: list[bytes], size: int) -> tuple[list[int], list[int], NDArray[np.int8]]:
    vectors = np.frombuffer(b"".join(parts), np.int8).reshape(-1, size)
    return ids, [len(part) // size for part in parts], vectors


def _cosines(vectors: NDArray[np.int8], wanted: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return the cosines between rows and one vector. All vectors of a model are about equally long."""
    direction = wanted.astype(np.float32)
    direction /= max(1.0, float(direction @ direction))
    return np.concatenate([block @ direction for block in _floats(vectors)])


def _floats(vectors: NDArray[np.int8]) -> Iterator[NDArray[np.float32]]:
    """Yield rows as floating-point numbers, a few at a time: BLAS multiplies no others. Yields at least one block."""
    rows = max(1, BLOCK // max(1, vectors.shape[1]))
    for start in range(0, max(1, len(vectors)), rows):
        yield vectors[start : start + rows].astype(np.float32)


def _best(scores: NDArray[np.float32], least: float, most: int) -> NDArray[np.intp]:
    """Return where the highest scores from `least` on are, at most `most`, the highest first."""
    (enough,) = np.nonzero(scores >= least)
    return enough[np.argsort(-scores[enough], kind="stable")][:most]


def _hits(archive: Archive, direction: NDArray[np.float32], found: Sequence[int], parts: Part) -> tuple[ClipHit, ...]:
    """Return clips in this order, each with its passage that lies furthest in a direction."""
    clips = read.by_id(archive, found, parts)
    passages = _passages(archive, direction, found)
    return tuple(ClipHit(clips[one], passages.get(one, ())) for one in found if one in clips)


def _passages(
    archive: Archive, direction: NDArray[np.float32], found: Sequence[int]
) -> Mapping[int, tuple[Passage, ...]]:
    chosen: list[tuple[int, int]] = []
    for clip, content in archive.db.execute(_OF_CLIPS, [json.dumps(list(found))]):
        # The first vector is that of the title.
        size = len(direction)
        said = np.frombuffer(content[: len(content) // size * size], np.int8).reshape(-1, size)[1:]
        if len(said):
            chosen.append((clip, PASSAGE * int(np.argmax(said @ direction))))
    rows: dict[int, list[tuple[float, float, str, int]]] = {}
    for clip, *row in archive.db.execute(_SEGMENTS, {"passages": json.dumps(chosen), "length": PASSAGE}):
        rows.setdefault(clip, []).append((row[0], row[1], row[2], row[3]))
    return {clip: (_passage(segments),) for clip, segments in rows.items()}


def _passage(segments: Sequence[tuple[float, float, str, int]]) -> Passage:
    text = " ".join(text for _, _, text, _ in segments)
    return Passage(Where.MEANING, segments[0][3], segments[0][0], segments[-1][1], text, text)
