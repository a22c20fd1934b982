"""Count how many wrong words the review's queue reaches, by what its words are ranked by.

    python benchmarks/review.py FOLDER                       # the tables
    python benchmarks/review.py FOLDER --page docs/review.md # write them
    python benchmarks/review.py FOLDER --all                 # also of the half that the weights come from

Pieces are folders with a `names.json` (what was said, and which words of each engine say so), a `base.json` (what is
reviewed) and a `tiny.json` (another version). The weights in `text/suspects.py` come from the first half of them.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from report import rewrite

from radio_archive.models import Word
from radio_archive.text import suspects
from radio_archive.text.alignment import align

SHARES = (0.05, 0.1, 0.2, 0.3)
"""Of the words, in the order of the queue."""
FIRST = (25, 50)
"""Suspects, in the order of the queue."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What an engine heard, what another one did, which words are wrong, and where names are wrong."""

    words: tuple[Word, ...]
    other: tuple[Word, ...]
    wrong: frozenset[int]
    names: tuple[frozenset[int], ...]

    @classmethod
    def read(cls, folder: Path) -> "Piece":
        """Read a folder."""
        truth = json.loads((folder / "names.json").read_text("utf-8"))
        blocks = truth["engines"]["base"]["alignment"]
        mentions = [mention["base"] for name in truth["names"] for mention in name["mentions"]]
        return cls(
            _words(folder / "base.json"),
            _words(folder / "tiny.json"),
            frozenset(at for block in blocks if not block["same"] for at in range(*(block["words"] or (0, 0)))),
            tuple(frozenset(range(*heard["words"])) for heard in mentions if heard["words"] and not heard["right"]),
        )


def _words(path: Path) -> tuple[Word, ...]:
    return tuple(Word(**word) for word in json.loads(path.read_text("utf-8"))["words"])


def _differs(piece: Piece) -> Iterator[float]:
    blocks = align([word.text for word in piece.words], [word.text for word in piece.other]).blocks
    same = {at for block in blocks for at in block.heard}
    return (float(at not in same) for at in range(len(piece.words)))


ORDERS: dict[str, Callable[[Piece], Iterator[float]]] = {
    "the word’s own probability": lambda piece: (-(word.probability or 0.0) for word in piece.words),
    "whether the other version differs": _differs,
    "all but the other version": lambda piece: iter(suspects.doubts(piece.words)),
    "all that is known": lambda piece: iter(suspects.doubts(piece.words, piece.other)),
}


def reached(pieces: Sequence[Piece], order: Callable[[Piece], Iterator[float]]) -> list[float]:
    """Return the share of the wrong words that are in the first SHARES of all; equal ones stand in a random order."""
    ranked = sorted(
        ((score, at in piece.wrong) for piece in pieces for at, score in enumerate(order(piece))), reverse=True
    )
    curve = [0.0]
    for _, group in groupby(ranked, key=lambda one: one[0]):
        are_wrong = [wrong for _, wrong in group]
        curve += [curve[-1] + sum(are_wrong) / len(are_wrong) * step for step in range(1, len(are_wrong) + 1)]
    return [curve[round(share * len(ranked))] / curve[-1] for share in SHARES]


def queue(pieces: Sequence[Piece], *, with_other: bool) -> list[tuple[suspects.Suspect, int, int]]:
    """Return the suspects of all pieces in the order of the queue, each with its wrong words and wrong names."""
    found = []
    for piece in pieces:
        for one in suspects.suspects(piece.words, piece.other if with_other else ()):
            places = {*range(one.first_word, one.last_word + 1)}
            found.append((one, len(places & piece.wrong), sum(bool(places & name) for name in piece.names)))
    return sorted(found, key=lambda one: -one[0].worth)


def tables(pieces: Sequence[Piece]) -> str:
    """Return the tables of the page."""
    shares = [f"first {share:.0%}" for share in SHARES]
    lines = [[f"by {name}", *(f"{share:.0%}" for share in reached(pieces, order))] for name, order in ORDERS.items()]
    words, wrong, names = (
        sum(map(len, parts)) for parts in zip(*((one.words, one.wrong, one.names) for one in pieces), strict=True)
    )
    first = [f"wrong of the first {number}" for number in FIRST]
    queues = []
    for name, with_other in (("alone", False), ("with another version", True)):
        items = queue(pieces, with_other=with_other)
        right = [str(sum(bool(wrong) for _, wrong, _ in items[:number])) for number in FIRST]
        totals = [sum(bool(one[1]) for one in items), sum(one[1] for one in items), sum(one[2] for one in items)]
        queues.append([name, str(len(items)), *right, *map(str, totals)])
    heads = [
        "the queue",
        "places",
        *first,
        "wrong of all",
        f"wrong words in them, of {wrong}",
        f"wrong names, of {names}",
    ]
    return "\n\n".join(
        [
            f"{len(pieces)} pieces, {words:,} words that base heard, {wrong} of them wrong:",
            _table([f"wrong words in the {words:,}", *shares], lines),
            _table(heads, queues),
        ]
    )


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [f"| {' | '.join(one)} |" for one in (head, *lines)]
    return "\n".join([rows[0], "|---" * len(head) + "|", *rows[1:]])


def main(arguments: list[str]) -> None:
    """Print the tables, or write them into a page."""
    parser = argparse.ArgumentParser(description="Count how many wrong words the review's queue reaches.")
    parser.add_argument("folder", type=Path, help="The folder of the pieces.")
    parser.add_argument("--page", type=Path, help="A page of the documentation, to write the tables into.")
    parser.add_argument("--all", action="store_true", help="Also the half of the pieces that the weights come from.")
    options = parser.parse_args(arguments)
    folders = sorted(path.parent for path in options.folder.glob("*/names.json"))
    pieces = [Piece.read(folder) for folder in (folders if options.all else folders[len(folders) // 2 :])]
    if not pieces:
        sys.exit(f"no pieces in {options.folder}")
    if options.page:
        rewrite(options.page, "review", tables(pieces))
    else:
        print(tables(pieces))


if __name__ == "__main__":
    main(sys.argv[1:])
