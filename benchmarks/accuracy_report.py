"""The tables of accuracy, made of results/accuracy-*.json."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NAMES = {"a": "(a) `transcribe`", "b": "(b) batched", "c": "(c) radio_archive"}
HEAD = (
    "model, clips",
    "contender",
    "WER",
    "wrong / lost / invented",
    "lost in stretches",
    "invented without speech",
    "words start off by",
    "sentences start off by",
)
WORK = ("model", "clips", "(a) `transcribe`", "(b) batched", "(c) radio_archive", "c against a")
GROUPS = {"all": "all", "clean": "clean", "hard": "hard", "nonspeech": "without speech"}
NOT_MEASURED = "not measured"
Row = Mapping[str, Any]


def tables(documents: list[dict[str, Any]]) -> str:
    """Return the tables of every machine that measured accuracy: what was heard, and what it cost."""
    parts = []
    for document in documents:
        if rows := document.get("accuracy"):
            machine = document["machine"]
            versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
            parts += [f"On {machine['processor']}, {machine['cores']} cores; {versions}.", shown(rows)]
    return "\n\n".join(parts or [shown([])])


def shown(rows: list[Row]) -> str:
    """Return the tables of some models."""
    heard = _table(HEAD, [cells for row in rows for cells in _heard(row)])
    work = _table(WORK, [cells for row in rows for cells in _work(row)])
    return "\n\n".join([heard, work, *(_windows(row) for row in rows if row["windows"])])


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    lines = lines or [[NOT_MEASURED] * len(head)]
    rows = [f"| {' | '.join(one)} |" for one in (head, *lines)]
    return "\n".join([rows[0], "|---" * len(head) + "|", *rows[1:]])


def _heard(row: Row) -> Iterator[list[str]]:
    for part, figures in row["parts"].items():
        clips = [clip for clip in row["clips"].values() if clip["part"] == part]
        minutes = sum(clip["seconds"] for clip in clips) / 60
        for who, one in figures.items():
            yield [
                f"{row['model']} ({row['compute_type']}), {part}: {len(clips)} clips, {minutes:.0f} min",
                NAMES[who],
                f"{one['wer']:.1f} %",
                f"{one['substituted']} / {one['deleted']} / {one['invented']} of {one['words']}",
                f"{one['lost_in_runs']} in {one['lost_runs']}",
                str(one["nonspeech_words"]),
                *(_start_errors(one[f"{what}_start_errors"]) for what in ("word", "sentence")),
            ]


def _start_errors(found: Row) -> str:
    return f"{found['median']:.2f} s, {found['p90']:.2f} s" if found["number"] else NOT_MEASURED


def _work(row: Row) -> Iterator[list[str]]:
    for group, one in row["work"].items():
        cells = [_cost(one[who]) if who in one else NOT_MEASURED for who in "abc"]
        ratio = f"{one['c']['cpu'] / one['a']['cpu']:.2f}×" if {"a", "c"} <= one.keys() else NOT_MEASURED
        yield [row["model"], f"{GROUPS[group]}: {one['clips']}, {one['seconds'] / 60:.0f} min", *cells, ratio]


def _cost(found: Row) -> str:
    return f"{found['cpu']:.0f} s, {found['windows']} windows"


def _windows(row: Row) -> str:
    found = row["windows"]
    return (
        f"{row['model']}: the guards objected to {found['clean_alarms']} of {found['clean']} windows of clean clips. "
        f"{found['losing']} windows lost four words in a row or more; {found['losing_silent']} said nothing of it."
    )
