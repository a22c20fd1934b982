"""The tables of what everything costs in archives of several sizes, from what `scale.py` measured."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scale import judged
from scale_commands import EVERYTHING, Growth
from scale_meter import Cost

Sizes = Mapping[str, Mapping[str, Any]]
SECONDS_OF_A_CLIP = 90
"""Of the clips in the sizing table; those of the synthetic archive have as many sentences as one of 90 seconds."""
AUDIO_BYTES = 64_000 // 8
"""Bytes of audio in a second at 64 kbit/s."""
GPU_SPEED = 100
"""Hours that a GPU is assumed to transcribe in one. It is not measured here."""
SIZING = ((50_000, "a station's back-catalogue"), (400_000, "ten million sentences"), (4_000_000, "a network"))
"""Clips of the sizing table, and whose they may be."""
PARTS = 10
"""Rows of the table of what the bytes are."""


def tables(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return the tables of each machine: bytes, costs."""
    parts = []
    for document in documents:
        if found := document.get("scale"):
            machine = document["machine"]
            where = f"### {machine['processor']}, {machine['cores']} cores, SQLite {machine['versions']['SQLite']}"
            parts += [where, "", *_archives(found), "", *_bytes(found), "", *_costs(found), "", _grown(found), ""]
    return "\n".join(parts).rstrip() or "Not measured."


def sizing(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return the sizing table, by extrapolation of the largest archive that was measured."""
    measured = [document["scale"] for document in documents if document.get("scale")]
    if not measured:
        return "Not measured."
    found = max(measured, key=lambda sizes: max(map(int, sizes)))
    largest = found[max(found, key=int)]
    bytes_, sentences = bytes_of_a_clip(found), largest["segments"] / largest["clips"]
    lines = [
        f"Extrapolated from {largest['clips']:,} clips: {bytes_ / 1e3:.1f} kB in the database and {sentences:.0f} "
        f"sentences a clip. A GPU is assumed to transcribe {GPU_SPEED} hours in one.",
        "",
        "| clips of 90 s | whose | hours | sentences | archive.db | audio at 64 kbit/s | GPU hours |",
        "|---|---|---|---|---|---|---|",
    ]
    for clips, whose in SIZING:
        hours = clips * SECONDS_OF_A_CLIP / 3600
        audio = clips * SECONDS_OF_A_CLIP * AUDIO_BYTES
        cells = [f"{clips:,}", whose, f"{hours:,.0f}", f"{clips * sentences:,.0f}", _size(clips * bytes_), _size(audio)]
        lines.append(f"| {' | '.join([*cells, f'{hours / GPU_SPEED:,.0f}'])} |")
    return "\n".join(lines)


def bytes_of_a_clip(found: Sizes) -> float:
    """Return the bytes that a clip takes in the largest database that was measured."""
    largest = found[max(found, key=int)]
    return float(largest["bytes"]["database"] / largest["clips"])


def _archives(found: Sizes) -> Iterator[str]:
    yield "| sentences | clips | hours | archive.db | bytes a sentence |"
    yield "|---|---|---|---|---|"
    for one in found.values():
        whole = one["bytes"]["database"]
        cells = [f"{one['segments']:,}", f"{one['clips']:,}", f"{one['hours']:,.0f}", _size(whole)]
        yield f"| {' | '.join(cells)} | {whole / one['segments']:,.0f} |"


def _bytes(found: Sizes) -> Iterator[str]:
    largest = found[max(found, key=int)]
    names = [name for name in largest["bytes"] if name != "database"][:PARTS]
    yield f"| bytes a clip | {' | '.join(_sentences(found))} |"
    yield "|---" * (len(found) + 1) + "|"
    for name in names:
        cells = [f"{one['bytes'].get(name, 0) / one['clips']:,.0f}" for one in found.values()]
        yield f"| `{name}` | {' | '.join(cells)} |"


def _costs(found: Sizes) -> Iterator[str]:
    sizes = _sentences(found)
    yield f"| what | may grow | {' | '.join(f'CPU s, {size}' for size in sizes)} | MB | steps | pages |"
    yield "|---" * (len(sizes) + 5) + "|"
    for name in dict.fromkeys(name for one in found.values() for name in one["costs"]):
        rows = [one["costs"].get(name) for one in found.values()]
        known = [row for row in rows if row]
        seconds = [f"{row['cpu_seconds']:.2f}" if row else "" for row in rows]
        grown = [" → ".join(_short(row[measure]) for row in known) for measure in ("steps", "pages")]
        cells = [f"`{name}`".replace("|", "\\|"), known[0]["growth"], *seconds, f"{known[-1]['megabytes']:.0f}", *grown]
        yield f"| {' | '.join(cells)} |"


def grown(found: Sizes) -> list[str]:
    """Return what may not grow and does, with its costs in the smallest and the largest archive of those measured."""
    lines = {line.name: line for line in EVERYTHING if line.growth != Growth.ALL}
    names = sorted(found, key=int)
    first, last = found[names[0]]["costs"], found[names[-1]]["costs"]
    factor = int(names[-1]) / int(names[0])
    more = found[names[-1]]["names"] - found[names[0]]["names"]
    return [
        f"`{verdict.name}` ({_short(verdict.small)} → {_short(verdict.large)} {verdict.measure})"
        for name, line in lines.items()
        if name in first and name in last
        for verdict in judged(line, _cost(first[name]), _cost(last[name]), factor, more)
    ]


def _cost(row: Mapping[str, Any]) -> Cost:
    return Cost(row["steps"], row["pages"], row["cpu_seconds"], row["megabytes"])


def _grown(found: Sizes) -> str:
    said = ", ".join(grown(found))
    if not said:
        return "Nothing grows that may not grow, from the smallest archive to the largest."
    return f"From the smallest archive to the largest, these grow that may not grow: {said}."


def _sentences(found: Sizes) -> list[str]:
    return [f"{one['segments']:,}" for one in found.values()]


def _short(number: int) -> str:
    return f"{number / 1e6:.1f}M" if number >= 1e6 else f"{number / 1e3:.0f}k" if number >= 1e4 else f"{number:,}"


def _size(number: float) -> str:
    unit, digits = next(((u, d) for u, d in ((1e12, 1), (1e9, 1), (1e6, 0)) if number >= u), (1e6, 0))
    return f"{number / unit:,.{digits}f} {'TB' if unit == 1e12 else 'GB' if unit == 1e9 else 'MB'}"
