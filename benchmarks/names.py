"""Measure how many misheard names are repaired, and what is spoiled on the way.

    python benchmarks/names.py FOLDER               # prints precision and recall for each model, and the bars
    python benchmarks/names.py FOLDER --unseen FOLDER    # and of a set from which nothing was learned
    python benchmarks/names.py FOLDER --keep        # and writes results/names.json; report.py docs/names.md quotes it
    python benchmarks/names.py FOLDER --misses      # and lists what was not repaired, and what was wrongly

Each folder in FOLDER holds a piece: `names.json` (the names that are spoken, where, and what became of them), the story
as `story.txt` or `story.html`, and what an engine heard, with word times, as `base.json` and `tiny.json`. Two questions
are asked of each: with the story, and with a glossary alone. The story's helper is a glossary of the names of all other
pieces; the glossary alone has every name of the set, but no misheard forms. Exits with 1 if a bar is missed.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runs import RESULTS

from radio_archive.metadata.repair.names import parts_of
from radio_archive.metadata.repair.propose import SURE, propose
from radio_archive.metadata.story.claims import StoryFormat, read_story
from radio_archive.models import Alternative, Proposal, Term, TermKind, Word
from radio_archive.text.dictionary import is_word

MODELS = {"base": "base", "tiny": "tiny.en"}
BARS = {
    "story": {"repaired": 0.60, "in three": 0.85},
    "glossary": {"repaired": 0.45, "in three": 0.75},
}
"""Shares of the wrong mentions that have words in the transcript. They bind for `base`."""
RIGHT = 0.97
"""Share of what is applied by itself that has to be right."""
ONE_IN = 2000
"""Of so many right words, one may be touched, and one more."""
LEFT_OVER = 1 / 3
"""Share of the misheard letters of a name that may remain beside its repair: a neighbour was heard into it."""
LEARNED, UNSEEN = "learned from", "unseen"
"""What a set is: how sounds are misheard, and the weights of the evidence, were learned from it, or nothing was."""
KINDS = {"person": TermKind.PERSON, "place": TermKind.PLACE, "organisation": TermKind.ORGANIZATION}


@dataclass(frozen=True)
class Piece:
    """One piece as one model heard it. `script` are the folded words that were spoken, with their place."""

    name: str
    facts: Mapping[str, Any]
    model: str
    words: tuple[Word, ...]
    story: Path

    @property
    def script(self) -> list[str]:
        return ["".join(parts_of(word)) for word in self.facts["script_words"]]

    def mentions(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield what was said and what was heard for it, for each mention of a name."""
        for name in self.facts["names"]:
            for mention in name["mentions"]:
                yield mention["said"], mention | {"heard": mention[self.model]}

    def right_words(self) -> dict[int, range]:
        """The words that were heard right, each with its place in the script."""
        blocks = self.facts["engines"][self.model]["alignment"]
        return {
            at: range(*block["script"])
            for block in blocks
            if block["same"] and block["words"]
            for at in range(*block["words"])
        }


Option = Proposal | Alternative


def load(folder: Path, model: str) -> list[Piece]:
    """Return the pieces of a set as a model heard them."""
    pieces = []
    for path in sorted(folder.glob("*/names.json")):
        facts = json.loads(path.read_text(encoding="utf-8"))
        heard = json.loads((path.parent / f"{model}.json").read_text(encoding="utf-8"))["words"]
        words = tuple(Word(word["start"], word["end"], word["text"], word["probability"]) for word in heard)
        pieces.append(Piece(path.parent.name, facts, model, words, path.parent / facts["story"]["file"]))
    return pieces


def terms(pieces: Sequence[Piece], without: str | None = None) -> list[Term]:
    """Return a glossary of the names of all pieces but one."""
    found: dict[str, Term] = {}
    for piece in pieces:
        if piece.name != without:
            for name in piece.facts["names"]:
                found.setdefault(name["text"], Term(name["text"], KINDS.get(name["kind"], TermKind.OTHER)))
    return list(found.values())


def proposals_for(
    piece: Piece, pieces: Sequence[Piece], mode: str, known: Callable[[str], bool] | None
) -> tuple[Proposal, ...]:
    """Return what is proposed for a piece: with its story, with its `story alone`, or with the glossary alone."""
    if mode == "glossary":
        return propose(piece.words, None, terms(pieces), is_word=known)
    kind: StoryFormat = "html" if piece.story.suffix == ".html" else "text"
    story = read_story(piece.story.read_bytes(), kind=kind)
    glossary = terms(pieces, piece.name) if mode == "story" else []
    return propose(piece.words, story, glossary, show=piece.facts["show"], is_word=known)


def is_right(piece: Piece, option: Option) -> bool:
    """Whether the script has exactly these words there, and no word that was heard right is lost."""
    right, script = piece.right_words(), piece.script
    inside = range(option.first_word, option.last_word + 1)
    blocks = piece.facts["engines"][piece.model]["alignment"]
    there = [b["script"] for b in blocks if b["script"] and b["words"] and _meet(b["words"], inside)]
    there += [m["script"] for _, m in piece.mentions() if m["heard"]["words"] and _meet(m["heard"]["words"], inside)]
    if not there:
        return False
    kept = {place for at in inside if at in right for place in right[at]}
    first, last = min(one[0] for one in there), max(one[1] for one in there)
    key = "".join(parts_of(option.after))
    for start in range(max(0, first - 2), last + 1):
        for end in range(start + 1, min(last + 2, len(script)) + 1):
            if "".join(script[start:end]) == key and kept <= set(range(start, end)):
                return True
    return False


def _meet(one: Sequence[int], other: range) -> bool:
    return one[0] < other.stop and other.start < one[1]


def touched(piece: Piece, option: Option) -> int:
    """Return how many words that were heard right are no longer there."""
    after = Counter(parts_of(option.after))
    inside = range(option.first_word, option.last_word + 1)
    before = Counter(part for at in inside if at in piece.right_words() for part in parts_of(piece.words[at].text))
    # Right words may be joined by the repair: *church gate*, *Churchgate*.
    joined = "".join(parts_of(option.after))
    return sum(number for part, number in (before - after).items() if part not in joined)


def is_repaired(piece: Piece, said: str, heard: Mapping[str, Any], options: Sequence[Option]) -> bool:
    """Whether the name stands at its place once these options are applied, with little left of what was misheard."""
    mine = range(*heard["words"])
    there = [one for one in options if _meet([one.first_word, one.last_word + 1], mine)]
    if not there:
        return False
    window = range(
        min(mine.start, *(one.first_word for one in there)), max(mine.stop, *(one.last_word + 1 for one in there))
    )
    parts: list[tuple[str, bool]] = []
    at = window.start
    right = piece.right_words()
    while at < window.stop:
        option = next((one for one in there if one.first_word == at), None)
        if option:
            parts += [(part, False) for part in parts_of(option.after)]
            at = option.last_word + 1
        else:
            parts += [(part, at in mine and at not in right) for part in parts_of(piece.words[at].text)]
            at += 1
    key, size = "".join(parts_of(said)), len("".join(parts_of(heard["heard"])))
    for start in range(len(parts)):
        for end in range(start + 1, len(parts) + 1):
            if "".join(part for part, _ in parts[start:end]) == key:
                left = sum(len(part) for part, misheard in (*parts[:start], *parts[end:]) if misheard)
                return left <= LEFT_OVER * size
    return False


def measure(
    pieces: Sequence[Piece],
    whole: Sequence[Piece],
    mode: str,
    *,
    known: Callable[[str], bool] | None = is_word,
    sure: float = SURE,
) -> dict[str, Any]:
    """Return the counts for some pieces of the `whole` set."""
    counts: Counter[str] = Counter()
    misses: list[str] = []
    for piece in pieces:
        found = proposals_for(piece, whole, mode, known)
        applied = [one for one in found if one.confidence >= sure and not one.tied]
        _count_names(piece, found, applied, counts, misses)
        _count_applied(piece, found, applied, counts, misses)
    return {**{name: counts[name] for name in COUNTED}, "misses": misses}


COUNTED = (
    "wrong", "repaired", "in three", "applied", "applied right", "respelled", "respelled right", "right words",
    "touched", "traps", "traps taken", "unspoken", "proposed", "words",
)  # fmt: skip


def _count_names(
    piece: Piece, found: Sequence[Proposal], applied: Sequence[Proposal], counts: Counter[str], misses: list[str]
) -> None:
    for said, mention in piece.mentions():
        heard = mention["heard"]
        if heard["right"] or not heard["words"]:
            continue
        counts["wrong"] += 1
        repaired = is_repaired(piece, said, heard, applied)
        counts["repaired"] += repaired
        offered = repaired or _is_offered(piece, said, heard, found)
        counts["in three"] += offered
        if not repaired:
            there = [one for one in found if _meet([one.first_word, one.last_word + 1], range(*heard["words"]))]
            what = "; ".join(
                f"{one.before!r} → {one.after!r} {one.confidence:.2f}{' tied' * one.tied}" for one in there
            )
            which = "offered" if offered else "MISSED "
            misses.append(f"{piece.name} {which} {heard['heard']!r} for {said!r}: {what or 'nothing'}")


def _is_offered(piece: Piece, said: str, heard: Mapping[str, Any], found: Sequence[Proposal]) -> bool:
    """Whether one of the first three spellings for the place repairs it, or several for its words together."""
    place = range(*heard["words"])
    there = [one for one in found if _meet([one.first_word, one.last_word + 1], place)]
    there.sort(key=lambda one: -one.confidence)
    others = sorted((other for one in there for other in one.alternatives), key=lambda one: -one.confidence)
    first: list[Option] = [*there[:3], *others[: max(0, 3 - len(there))]]
    together = is_repaired(piece, said, heard, there[:3])
    return together or any(is_repaired(piece, said, heard, [one]) for one in first)


def _count_applied(
    piece: Piece, found: Sequence[Proposal], applied: Sequence[Proposal], counts: Counter[str], misses: list[str]
) -> None:
    unspoken = {"".join(parts_of(name)) for name in piece.facts["story"]["unspoken_names"]}
    counts["words"] += len(piece.words)
    counts["right words"] += len(piece.right_words())
    counts["proposed"] += len(found)
    for one in applied:
        right = is_right(piece, one)
        same = parts_of(one.before) == parts_of(one.after)
        counts["respelled" if same else "applied"] += 1
        counts["respelled right" if same else "applied right"] += right
        counts["touched"] += 0 if same else touched(piece, one)
        counts["unspoken"] += not right and "".join(parts_of(one.after)) in unspoken
        if not right:
            misses.append(f"{piece.name} WRONG    {one.before!r} → {one.after!r} {one.confidence:.2f} ({one.evidence})")
    for trap in piece.facts["traps"]:
        heard = trap[piece.model]
        if heard["right"] and heard["words"]:
            counts["traps"] += 1
            over = [one for one in applied if _meet(heard["words"], range(one.first_word, one.last_word + 1))]
            counts["traps taken"] += any("".join(parts_of(trap["said"])) not in parts_of(one.after) for one in over)


def share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def failures(row: Mapping[str, Any]) -> list[str]:
    """Return the bars that a row misses: those of `base` for the names, of all for what must not be spoiled."""
    missed = []
    if row["model"] == "base" and row["words known"]:
        for name, least in BARS.get(row["mode"], {}).items():
            if share(row[name], row["wrong"]) < least:
                missed.append(f"{name} {share(row[name], row['wrong']):.0%} < {least:.0%}")
    if share(row["applied right"], row["applied"]) < RIGHT:
        missed.append(f"right {share(row['applied right'], row['applied']):.1%} < {RIGHT:.0%}")
    if row["touched"] > 1 + row["right words"] / ONE_IN:
        missed.append(f"{row['touched']} right words touched")
    if row["traps taken"]:
        missed.append(f"{row['traps taken']} traps became names")
    return missed


def line(row: Mapping[str, Any]) -> str:
    """Return one row for people."""
    words = "" if row["words known"] else ", no word list"
    return (
        f"{row['model']:8} {row['mode'] + words:26} {row['pieces']:12} wrong {row['wrong']:3}  "
        f"repaired {row['repaired']:3} ({share(row['repaired'], row['wrong']):.0%})  "
        f"in three {row['in three']:3} ({share(row['in three'], row['wrong']):.0%})  "
        f"applied {row['applied']:3}, right {share(row['applied right'], row['applied']):.1%}; "
        f"respelled {row['respelled']}, right {share(row['respelled right'], row['respelled']):.0%}; "
        f"touched {row['touched']} of {row['right words']}; traps {row['traps taken']} of {row['traps']}; "
        f"unspoken {row['unspoken']}; proposed {row['proposed']}"
    )


def rows(folder: Path, what: str, sure: float) -> Iterator[dict[str, Any]]:
    """Yield the counts of every model and question for a set, with and without the word list; `what` the set is."""
    for model, name in MODELS.items():
        pieces = load(folder, model)
        for mode in ("story", "story alone", "glossary"):
            for known in (is_word, None):
                counts = measure(pieces, pieces, mode, known=known, sure=sure)
                yield {"model": name, "mode": mode, "pieces": what, "words known": known is not None, **counts}


def main() -> int:
    """Print the rows and the bars; return 1 if one is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--unseen", type=Path, help="a folder of pieces from which nothing was learned")
    parser.add_argument("--sure", type=float, default=SURE, help="confidence from which a repair is applied by itself")
    parser.add_argument("--keep", action="store_true", help="write results/names.json")
    parser.add_argument("--misses", action="store_true", help="list what was not repaired, and what was wrongly")
    options = parser.parse_args()
    found = list(rows(options.folder, LEARNED, options.sure))
    if options.unseen:
        found += rows(options.unseen, UNSEEN, options.sure)
    missed = []
    for row in found:
        print(line(row))
        missed += [
            f"{row['pieces']}, {row['model']}, {row['mode']}{'' if row['words known'] else ', no word list'}: {what}"
            for what in failures(row)
        ]
        if options.misses and row["pieces"] == LEARNED and row["words known"]:
            print(*(f"    {miss}" for miss in row["misses"]), sep="\n")
    for row in found:
        del row["misses"]
    print(*(f"MISSED: {what}" for what in missed) if missed else ("all bars are held",), sep="\n")
    if options.keep:
        kept = {"names": {"sure": options.sure, "rows": found}}
        (RESULTS / "names.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
