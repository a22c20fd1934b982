"""How good the answers of the search are, by queries whose right answers are known.

    python benchmarks/judgements.py                        # the tables of both sets
    python benchmarks/judgements.py own --failures         # and which queries of one set are answered wrong
    python benchmarks/judgements.py docs/search.md         # put the tables into the page
    python benchmarks/judgements.py --command radio-archive    # ask the program, as a person would; minutes

A set is a folder of `judgements/`. Its clips are archived by the program, each as a tone with a sidecar and a replayed
transcript; then each query is asked, and the first ten clips are compared with the grades: 3 for the clip that was
meant, 2 for a good one, 1 for a related one.

MRR: one over the rank of the first clip with the query's best grade, the mean of all queries. nDCG@10: by the gain
2^grade - 1 over log2(rank + 1), as a share of the best order (Järvelin and Kekäläinen 2002, with the gain of Burges et
al. 2005). success@1: the first clip has the best grade. found@10: share of the clips with grade 2 or 3 among the first
ten. Queries whose right answer is no clip are counted apart.
"""

import argparse
import array
import hashlib
import json
import math
import re
import shlex
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from report import rewrite

from radio_archive import Archive, RadioArchiveError, search

FOLDER = Path(__file__).parent / "judgements"
PROGRAM = (sys.executable, "-m", "radio_archive")
FIELDS = ("title", "show", "station", "reporter", "date", "language")
MOST = 10
"""Clips that a person looks at."""
RATE = 8_000
"""Samples a second of the tones."""
A_WORD, A_SHORT_WORD, A_PAUSE = 0.33, 0.2, 0.5
"""Seconds, as in read news."""
UNSPACED = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
"""Thai, kana and Han, which are written without spaces between words."""
PIECES = re.compile(rf"[\u0e00-\u0e7f]{{1,6}}|[\u3040-\u30ff\u3400-\u9fff]|[^\s{UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and the grades of the clips that answer it, by their keys; none if nothing should be found.

    `suggestion`: what the search may offer instead if it finds nothing.
    """

    id: str
    kind: str
    query: str
    relevant: Mapping[str, int]
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class JudgementSet:
    """Clips to archive (each with its key, text and what is known of it), and queries.

    The `paraphrases` share few words with their answers.
    """

    name: str
    clips: Sequence[Mapping[str, Any]]
    queries: Sequence[Judged]
    paraphrases: Sequence[Judged]


@dataclass(frozen=True, slots=True)
class Answer:
    """The keys of the clips that were found, the best first, and what was suggested."""

    clips: Sequence[str]
    suggestions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """Measures of some queries, each from 0 to 1."""

    queries: int
    mrr: float
    ndcg: float
    success: float
    found: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores by kind, and of all queries that have an answer.

    `silent` of the `nothing` queries without a right answer were answered with no clip.
    """

    kinds: Mapping[str, Score]
    overall: Score
    silent: int
    nothing: int


def load(name: str) -> JudgementSet:
    """Return the set in the folder of this name."""
    clips, queries, paraphrases = (
        json.loads((FOLDER / name / f"{part}.json").read_text("utf-8")) for part in ("clips", "queries", "paraphrases")
    )
    return JudgementSet(name, clips, [Judged(**row) for row in queries], [Judged(**row) for row in paraphrases])


def archived(judged: JudgementSet, folder: Path, command: Sequence[str] = PROGRAM) -> dict[str, str]:
    """Put the clips of a set into a new archive in `folder`; return their keys by uid.

    Raises CalledProcessError if the program fails.
    """
    subprocess.run([*command, "init", str(folder)], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as scratch:
        desk, heard = Path(scratch) / "in", {}
        desk.mkdir()
        for number, clip in enumerate(judged.clips):
            words, seconds = timed(clip["text"])
            digest = _write_tone(desk / f"{clip['key']}.wav", number, seconds)
            heard[digest] = {"model": "judgements", "language": clip["language"], "words": words}
            sidecar = json.dumps({name: clip[name] for name in FIELDS if clip[name]}, ensure_ascii=False)
            (desk / f"{clip['key']}.json").write_text(sidecar, "utf-8")
        replay = Path(scratch) / "replay.json"
        replay.write_text(json.dumps(heard, ensure_ascii=False), "utf-8")
        options = ["--model", f"replay:{replay}", "--archive", str(folder), "--json"]
        done = subprocess.run([*command, "add", str(desk), *options], check=True, capture_output=True, text=True)
    return {row["clip"]: Path(row["path"]).stem for row in json.loads(done.stdout)}


def timed(text: str) -> tuple[list[list[Any]], float]:
    """Return words as an engine gives them (start and end in seconds, text, probability), and how long they take."""
    words: list[list[Any]] = []
    at = 0.2
    for piece in _pieces(text):
        length = A_WORD if len(piece) > 2 else A_SHORT_WORD
        words.append([round(at, 2), round(at + length - 0.02, 2), piece, 0.95])
        ends = piece.rstrip("\"'”’)")[-1:] in ".?!。" and len(piece) > 3
        at += length + (A_PAUSE if ends else 0.0)
    return words, at + 0.3


def _pieces(text: str) -> Iterator[str]:
    """Yield words with the space before them; where no spaces are written, single signs."""
    for chunk in text.split():
        found = PIECES.findall(chunk) if re.search(f"[{UNSPACED}]", chunk) else [chunk]
        joined = re.sub(r"\0([。、，！？])", r"\1", "\0".join(found))
        yield from f" {joined}".split("\0")


def _write_tone(path: Path, number: int, seconds: float) -> str:
    """Write a WAV that is like no other; return its SHA-256."""
    second = array.array("h", (round(800 * math.sin(2 * math.pi * (200 + number) * n / RATE)) for n in range(RATE)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(second.tobytes() * int(seconds + 1))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def ask(archive: Archive, keys: Mapping[str, str], query: str) -> Answer:
    """Ask the Python API; `keys` are those that `archived` returned."""
    try:
        found = search(archive, query, limit=MOST)
    except RadioArchiveError as error:
        print(f"{query!r}: {error}", file=sys.stderr)
        return Answer(())
    return Answer([keys[hit.clip.uid] for hit in found.clips], found.suggestions)


def ask_program(command: Sequence[str], folder: Path, keys: Mapping[str, str], query: str) -> Answer:
    """Ask the program, as from a shell: what has quotes, brackets or apostrophes is one argument."""
    words = [query] if set(query) & set("\"'()") else query.split()
    options = ["--json", "--limit", str(MOST), "--archive", str(folder)]
    done = subprocess.run([*command, "search", *words, *options], capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1} or not done.stdout.strip():
        print(f"{query!r}: exit code {done.returncode}, {done.stderr.strip()[:200]}", file=sys.stderr)
        return Answer(())
    found = json.loads(done.stdout)
    return Answer([keys[clip["clip"]] for clip in found["clips"]], found.get("suggestions") or ())


def answers(judged: JudgementSet, folder: Path, command: Sequence[str] | None = None) -> dict[str, Answer]:
    """Archive the clips in `folder`, ask every query, and return the answers by the queries' ids."""
    keys = archived(judged, folder, command or PROGRAM)
    if command:
        return {one.id: ask_program(command, folder, keys, one.query) for one in judged.queries}
    with Archive(folder, read_only=True) as archive:
        return {one.id: ask(archive, keys, one.query) for one in judged.queries}


def score(queries: Sequence[Judged], given: Mapping[str, Answer]) -> Scores:
    """Compare the answers, by the queries' ids, with the grades."""
    rows: dict[str, list[tuple[float, ...]]] = {}
    silent = [not given[one.id].clips for one in queries if not one.relevant]
    for one in queries:
        if one.relevant:
            rows.setdefault(one.kind, []).append(_measures(one.relevant, given[one.id].clips))
    kinds = {kind: _mean(found) for kind, found in rows.items()}
    return Scores(kinds, _mean([row for found in rows.values() for row in found]), sum(silent), len(silent))


def _measures(relevant: Mapping[str, int], found: Sequence[str]) -> tuple[float, float, float, float]:
    found = list(dict.fromkeys(found))[:MOST]
    best = max(relevant.values())
    rank = next((n for n, key in enumerate(found, 1) if relevant.get(key) == best), 0)
    ideal = _gain(sorted(relevant.values(), reverse=True)[:MOST])
    good = {key for key, grade in relevant.items() if grade >= min(2, best)}
    gain = _gain([relevant.get(key, 0) for key in found])
    return 1 / rank if rank else 0.0, gain / ideal, float(rank == 1), len(good & set(found)) / len(good)


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


def _mean(rows: Sequence[tuple[float, ...]]) -> Score:
    return Score(len(rows), *(sum(column) / len(rows) for column in zip(*rows, strict=True)))


def failures(queries: Sequence[Judged], given: Mapping[str, Answer]) -> Iterator[str]:
    """Yield a line for each query whose first clip is not a best one, and for each missing suggestion."""
    for one in queries:
        found, suggested = given[one.id].clips, given[one.id].suggestions
        if one.relevant:
            wrong = not found or one.relevant.get(found[0]) != max(one.relevant.values())
            wanted = ", ".join(f"{key} {grade}" for key, grade in one.relevant.items())
        else:
            wrong, wanted = bool(found), "nothing"
        if wrong:
            yield f"{one.id} {one.kind}: {one.query!r} finds {', '.join(found[:4]) or 'nothing'}; wanted {wanted}"
        if not found and one.suggestion and not any(one.suggestion in text.casefold() for text in suggested):
            yield f"{one.id} {one.kind}: {one.query!r} suggests {list(suggested)}; wanted {one.suggestion!r}"


def table(scores: Mapping[str, Scores]) -> str:
    """Return the tables of several sets, in Markdown."""
    return "\n\n".join("\n".join(_table(name, found)) for name, found in scores.items())


def _table(name: str, scores: Scores) -> Iterator[str]:
    yield f"| {name} | queries | MRR | nDCG@10 | success@1 | found@10 |"
    yield "|---" * 6 + "|"
    for kind, row in [*scores.kinds.items(), ("**all**", scores.overall)]:
        measures = (f"{value:.2f}" for value in (row.mrr, row.ndcg, row.success, row.found))
        yield f"| {kind} | {row.queries} | {' | '.join(measures)} |"
    yield f"| nothing | {scores.nothing} | | | {scores.silent / max(1, scores.nothing):.2f} | |"


def as_json(scores: Scores) -> dict[str, object]:
    """Return the scores as a JSON document."""
    rows = {**scores.kinds, "overall": scores.overall}
    kinds = {
        kind: {
            "queries": row.queries, "mrr": row.mrr, "ndcg_at_10": row.ndcg, "success_at_1": row.success,
            "found_at_10": row.found,
        }
        for kind, row in rows.items()
    }  # fmt: skip
    return {**kinds, "nothing": {"queries": scores.nothing, "silent": scores.silent}}


def main(arguments: list[str]) -> None:
    """Print, or put into a page, how good the answers are."""
    every = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
    parser = argparse.ArgumentParser(description="Measure how good the answers of the search are.")
    parser.add_argument("names", nargs="*", metavar="SET or PAGE.md", help=f"{', '.join(every)}; otherwise all of them")
    parser.add_argument("--command", help="ask this program instead of the Python API")
    parser.add_argument("--failures", action="store_true", help="show which queries are answered wrong")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    options = parser.parse_args(arguments)
    pages = [Path(name) for name in options.names if name.endswith(".md")]
    names = [name for name in options.names if not name.endswith(".md")] or every
    if unknown := sorted({*names} - {*every}):
        parser.error(f"there is no set {', '.join(unknown)}; there are {', '.join(every)}")
    command = shlex.split(options.command) if options.command else None
    scores: dict[str, Scores] = {}
    for name in names:
        judged = load(name)
        with tempfile.TemporaryDirectory() as scratch:
            given = answers(judged, Path(scratch) / "archive", command)
        scores[name] = score(judged.queries, given)
        if options.failures:
            print("\n".join(failures(judged.queries, given)), file=sys.stderr)
    print(json.dumps({name: as_json(found) for name, found in scores.items()}) if options.json else table(scores))
    for page in pages:
        rewrite(page, "judgements", table(scores))


if __name__ == "__main__":
    main(sys.argv[1:])
