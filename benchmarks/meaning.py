"""Measure what search by meaning is worth and what it costs.

    python benchmarks/meaning.py                      # a judgement set, then up to a million passages: minutes
    python benchmarks/meaning.py --passages 10000 --quick    # does it all work? Nothing is kept
    python benchmarks/meaning.py --set FOLDER         # another set: clips.json, queries.json, paraphrases.json

Worth: how high the right clip is among the answers, by words and by meaning. Cost: the time to prepare a passage and to
ask, and the room that a passage takes. It needs the model's weights: `make weights`.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from machine import this_machine
from numpy.typing import NDArray
from runs import RESULTS

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.save import NewClip, save_clip
from radio_archive.archive.index import embeddings
from radio_archive.archive.index.embeddings import PASSAGE
from radio_archive.config.settings import TEMPLATE
from radio_archive.models import Claim, Field, Recording, Resolved, Segment, Source, Transcript
from radio_archive.search import meaning
from radio_archive.search.results import ClipHit
from radio_archive.search.search import search
from radio_archive.speech.sentences import SCALE, SIZE, SentenceEmbedder
from radio_archive.text.query import parse

SETS = Path(__file__).parent / "judgements"
PASSAGES = (10_000, 100_000, 1_000_000)
A_CLIP = 8
"""Passages in a clip of the large archives: 24 sentences."""
ASKED = ("old soldiers reunion", "cheap dwellings for rough sleepers", "radioactive waste leaking from a landfill")
ENDS = re.compile(r"(?<=[.?!。])\s*")

Answer = Callable[[str], Sequence[str]]


class Known:
    """Answers with vectors that were made before, so that only the comparison is timed."""

    def __init__(self, embedder: SentenceEmbedder, texts: Sequence[str]) -> None:
        """Make the vectors of `texts`."""
        self.name = embedder.name
        self._made = dict(zip(texts, embedder.embed(texts), strict=True))

    def knows(self, text: str) -> bool:
        return text in self._made

    def embed(self, texts: Sequence[str]) -> NDArray[np.int8]:
        return np.array([self._made[text] for text in texts])


def load(folder: Path, clips: Sequence[Mapping[str, Any]]) -> tuple[Archive, dict[str, str]]:
    """Return an archive of a set's clips, and each one's key by uid."""
    archive = Archive.create(folder, TEMPLATE)
    keys = {}
    for number, clip in enumerate(clips):
        said = [text for text in ENDS.split(clip["text"]) if text]
        segments = [Segment(4.0 * n, 4.0 * n + 4, text, -1, -1) for n, text in enumerate(said)]
        values = {Field.TITLE: clip["title"], Field.SHOW: clip["show"], Field.DATE: clip["date"]}
        values |= {Field.REPORTER: clip["reporter"], Field.LANGUAGE: clip["language"]}
        claims = {field: Claim(field, value, Source.HUMAN, "the set") for field, value in values.items() if value}
        recording = Recording(f"{number:064}", 1, "audio/mpeg", 4.0 * len(said), 44_100, 1, "clip.mp3")
        resolved = {field: Resolved(field, claim.value, claim) for field, claim in claims.items()}
        transcript = Transcript((), language=clip["language"], origin="import")
        new = NewClip(recording, "clip.mp3", "referenced", transcript, segments, [*claims.values()], resolved)
        keys[save_clip(archive, new).clip] = clip["key"]
    return archive, keys


def worth(folder: Path, embedder: SentenceEmbedder) -> dict[str, Any]:
    """Return how good the answers to a judgement set are: by words, by meaning alone, and one after the other."""
    clips = json.loads((folder / "clips.json").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as made:
        archive, keys = load(Path(made) / "archive", clips)
        with archive:
            embeddings.update(archive, embedder)

            def named(hits: Sequence[ClipHit]) -> list[str]:
                return [keys[hit.clip.uid] for hit in hits]

            def shown(query: str) -> list[str]:
                found = search(archive, query, limit=10, meaning=embedder)
                return named((*found.clips, *found.close))

            answers: Mapping[str, Answer] = {
                "words": lambda query: named(search(archive, query, limit=10).clips),
                "meaning alone": lambda query: named(everything(archive, query, embedder)),
                "words, then what is close": shown,
            }
            return {
                name: {how: judged(json.loads((folder / f"{name}.json").read_text("utf-8")), answer)
                       for how, answer in answers.items()}
                for name in ("paraphrases", "queries")
            }  # fmt: skip


def everything(archive: Archive, query: str, embedder: SentenceEmbedder) -> tuple[ClipHit, ...]:
    """Return the ten closest clips, however far they are."""
    kept = meaning.CLOSE, meaning.MOST
    try:
        meaning.CLOSE, meaning.MOST = -1.0, 10
        return meaning.close(archive, embedder, parse(query))
    finally:
        meaning.CLOSE, meaning.MOST = kept


def judged(queries: Sequence[Mapping[str, Any]], answer: Answer) -> dict[str, float]:
    """Return the mean reciprocal rank of the best clip, how often it is first, and how much nonsense gets no answer."""
    ranks, silent = [], []
    for query in queries:
        found = list(answer(query["query"]))
        if not query["relevant"]:
            silent.append(not found)
            continue
        best = max(query["relevant"].values())
        ranks.append(next((1 / n for n, key in enumerate(found, 1) if query["relevant"].get(key) == best), 0.0))
    about = {"queries": len(ranks), "mrr": statistics.mean(ranks), "success_at_1": ranks.count(1.0) / len(ranks)}
    return about | ({"without_answer": len(silent), "left_unanswered": sum(silent)} if silent else {})


def preparing(texts: Sequence[str], rounds: int) -> dict[str, float]:
    """Return the CPU milliseconds that one thread takes to load the model, and to make the vector of a passage."""
    begun = time.process_time()
    embedder = SentenceEmbedder(1)
    loaded = time.process_time() - begun
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        embedder.embed(texts)
        taken.append((time.process_time() - begun) * 1000 / len(texts))
    return {"load_ms": round(loaded * 1000), "passage_ms": round(statistics.median(taken), 2)}


def large(folder: Path, passages: int) -> Archive:
    """Return an archive with vectors of so many passages, without their texts. The vectors lie anywhere."""
    archive = Archive.create(folder, TEMPLATE)
    db, dice = archive.db, np.random.default_rng(1)
    db.execute("PRAGMA synchronous = OFF")
    clips = passages // A_CLIP
    with archive.writing():
        db.execute(
            """INSERT INTO recordings (id, sha256, bytes, media_type, duration, sample_rate, channels, storage, path,
               original_name, added_at) VALUES (1, '0', 1, 'audio/mpeg', 90, 44100, 1, 'referenced', '', '', '')"""
        )
    for start in range(0, clips, 2_000):
        ids = range(start + 1, min(start + 2_000, clips) + 1)
        floats = dice.standard_normal((len(ids), A_CLIP + 2, SIZE), np.float32)
        floats *= SCALE / np.linalg.norm(floats, axis=2, keepdims=True)
        vectors = np.clip(np.rint(floats), -127, 127).astype(np.int8)
        with archive.writing():
            db.conn.executemany(
                "INSERT INTO clips (id, uid, title, air_date, added_at) VALUES (?, ?, '', '2024-01-01', '')",
                ((n, f"c{n}") for n in ids),
            )
            db.conn.executemany(
                """INSERT INTO transcripts (id, clip_id, recording_id, origin, words, created_at, digest)
                   VALUES (?, ?, 1, 'import', '[]', '', '')""",
                ((n, n) for n in ids),
            )
            db.execute("UPDATE clips SET current_transcript_id = id WHERE id >= ?", [ids[0]])
            db.conn.executemany(
                "INSERT INTO embeddings VALUES (?, ?, ?, ?, ?)",
                (
                    (n, n, SentenceEmbedder.name, own[0].tobytes(), own[1:].tobytes())
                    for n, own in zip(ids, vectors, strict=True)
                ),
            )
    return archive


def _each(values: Sequence[Any], job: Callable[[Any], object]) -> None:
    for value in values:
        job(value)


def _ask(archive: Archive, known: Known, text: str) -> object:
    return meaning.close(archive, known, parse(text))


def asking(sizes: Sequence[int], embedder: SentenceEmbedder, rounds: int) -> Iterator[dict[str, float]]:
    """Yield for each size the bytes of a passage, and the milliseconds that a search and related clips take."""
    known = Known(embedder, ASKED)
    for size in sizes:
        with tempfile.TemporaryDirectory() as made, large(Path(made) / "archive", size) as archive:
            page = archive.db.execute("PRAGMA page_size").fetchone()[0]
            pages = archive.db.execute("SELECT count(*) FROM dbstat WHERE name = 'embeddings'").fetchone()[0]
            wholes = meaning.Wholes.of(archive, embedder.name)
            jobs: dict[str, Callable[[], object]] = {
                "search": partial(_each, ASKED, partial(_ask, archive, known)),
                "like": partial(_each, ("c1", "c2", "c3"), partial(meaning.like, archive, model=known.name)),
                "page": partial(_each, (1, 2, 3), partial(wholes.nearest, most=5)),
            }
            taken: dict[str, list[float]] = {name: [] for name in jobs}
            for number in range(rounds + 1):
                for name, job in jobs.items():
                    begun = time.process_time()
                    job()
                    # The first round warms up.
                    taken[name] += [(time.process_time() - begun) * 1000 / len(ASKED)] if number else []
            yield {
                "passages": size,
                "bytes_of_a_passage": round(pages * page / size),
                **{f"{name}_ms": round(statistics.median(times), 2) for name, times in taken.items()},
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--set", type=Path, default=SETS, help="The folder of a judgement set.")
    parser.add_argument("--passages", type=int, nargs="*", default=PASSAGES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="One round, and write no result.")
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    embedder = SentenceEmbedder(1)
    result: dict[str, Any] = {"machine": asdict(this_machine("cpu")), "rounds": rounds}
    places = [place for place in (options.set, options.set / "dev") if (place / "paraphrases.json").exists()]
    if places:
        result["worth"] = worth(places[0], embedder)
        said = [ENDS.split(clip["text"]) for clip in json.loads((places[0] / "clips.json").read_text("utf-8"))]
        texts = [" ".join(some[n : n + PASSAGE]) for some in said for n in range(0, len(some), PASSAGE)]
        result["preparing"] = preparing(texts, rounds)
    else:
        print(f"no judgement set in {options.set}", file=sys.stderr)
    result["asking"] = list(asking(options.passages, embedder, rounds))
    print(json.dumps(result, indent=1))
    if not options.quick:
        (RESULTS / f"meaning-{this_machine('cpu').slug}.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
