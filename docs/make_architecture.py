"""Draws docs/pictures/architecture.svg from the package's imports; with --check, only says whether it is up to date.

The rooms stand in layers: each above all that it imports. Of the arrows, those are left out that only shorten a way
along others. The layout is that of K. Sugiyama, S. Tagawa, M. Toda, *Methods for Visual Understanding of Hierarchical
System Structures* (1981): long arrows get a place in each layer that they pass, and barycenters order the layers.
"""

import sys
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.imports import arrows_between_rooms  # noqa: E402 - it is not installed

PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"
WIDTH, MARGIN = 900, 20
BOX, HEIGHT, STEP = 112, 34, 84
"""A room's width and height, and the distance between two layers, in pixels."""
LANE = 36
"""The width that an arrow takes where it passes a layer."""
SWEEPS = 24

Arrows = Mapping[str, set[str]]
Place = str | tuple[str, str, int]
"""A room, or where the arrow between two rooms passes a layer."""

HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title">
<title id="title">The rooms of radio_archive: each stands above those that it imports</title>
<!-- Made by docs/make_architecture.py from the imports. Do not edit it: run `make docs`. -->
<defs>
<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0,0.5 L8,4 L0,7.5 z" fill="#7a8594"/>
</marker>
</defs>
<g fill="none" stroke="#7a8594" stroke-width="1.3">
"""
BETWEEN = """\
</g>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" text-anchor="middle">
"""
"""Arrows of a grey that shows on white and on black; boxes bring their own ground."""


def reduced(arrows: Arrows) -> dict[str, set[str]]:
    """Return the arrows without those that others lead around."""
    reached: dict[str, set[str]] = {}
    for name in TopologicalSorter(arrows).static_order():
        reached[name] = arrows[name].union(*(reached[target] for target in arrows[name]))
    return {name: targets - set().union(*(reached[other] for other in targets)) for name, targets in arrows.items()}


def layers_of(arrows: Arrows) -> dict[str, int]:
    """Return each room's layer, counted from below: one above the highest that it imports."""
    layers: dict[str, int] = {}
    for name in TopologicalSorter(arrows).static_order():
        layers[name] = max((layers[target] + 1 for target in arrows[name]), default=0)
    return layers


def lines_of(arrows: Arrows, layers: Mapping[str, int]) -> list[list[Place]]:
    """Return each arrow as the places that it goes through, from above to below."""
    return [
        [name, *((name, target, layer) for layer in range(layers[name] - 1, layers[target], -1)), target]
        for name in sorted(arrows)
        for target in sorted(arrows[name])
    ]


def ordered(lines: Sequence[Sequence[Place]], layers: Mapping[str, int]) -> list[list[Place]]:
    """Return the places of each layer from left to right, so that few lines cross."""
    rows: list[list[Place]] = [[] for _ in range(max(layers.values()) + 1)]
    for name in sorted(layers):
        rows[layers[name]].append(name)
    for line in lines:
        for place in line[1:-1]:
            rows[place[2] if isinstance(place, tuple) else layers[place]].append(place)
    pairs = [pair for line in lines for pair in pairwise(line)]
    above: dict[Place, list[Place]] = {place: [] for row in rows for place in row}
    below: dict[Place, list[Place]] = {place: [] for row in rows for place in row}
    for upper, lower in pairs:
        above[lower].append(upper)
        below[upper].append(lower)
    best, fewest = rows, crossings(rows, below)
    for sweep in range(SWEEPS):
        upwards = sweep % 2 == 0
        rows = [list(row) for row in rows]
        neighbours = below if upwards else above
        for row in rows if upwards else reversed(rows):
            middles = centres(rows)
            # One without neighbours on that side stays where it is; `sorted` keeps the order of equals.
            row.sort(key=lambda place: _mean([middles[other] for other in neighbours[place]] or [middles[place]]))
        if (found := crossings(rows, below)) < fewest:
            best, fewest = rows, found
    return best


def crossings(rows: Sequence[Sequence[Place]], below: Mapping[Place, Sequence[Place]]) -> int:
    """Count how often two lines between neighbouring layers cross."""
    at = {place: position for row in rows for position, place in enumerate(row)}
    count = 0
    for row in rows:
        ends = [(at[upper], at[lower]) for upper in row for lower in below[upper]]
        count += sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(ends) for c, d in ends[:i])
    return count


def centres(rows: Sequence[Sequence[Place]]) -> dict[Place, float]:
    """Return where the middle of each place is, from the left; each layer is spread over the whole width."""
    found: dict[Place, float] = {}
    for row in rows:
        widths = [BOX if isinstance(place, str) else LANE for place in row]
        gap = max(8.0, (WIDTH - 2 * MARGIN - sum(widths)) / (len(row) + 1))
        x = (WIDTH - sum(widths) - gap * (len(row) - 1)) / 2
        for place, width in zip(row, widths, strict=True):
            found[place] = x + width / 2
            x += width + gap
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def picture(arrows: Arrows) -> str:
    """Return the picture as SVG."""
    layers = layers_of(arrows)
    lines = lines_of(reduced(arrows), layers)
    rows = ordered(lines, layers)
    middles = centres(rows)
    top = len(rows) - 1
    height = 2 * MARGIN + top * STEP + HEIGHT
    parts = [HEAD.format(width=WIDTH, height=height)]

    def y(place: Place) -> float:
        return MARGIN + (top - (place[2] if isinstance(place, tuple) else layers[place])) * STEP

    for line in lines:
        upper, lower = str(line[0]), str(line[-1])
        points = [(middles[line[0]], y(upper) + HEIGHT)]
        for place in line[1:-1]:
            points += [(middles[place], y(place)), (middles[place], y(place) + HEIGHT)]
        points.append((middles[line[-1]], y(lower) - 1))
        parts.append(f'<path d="{_curve(points)}" marker-end="url(#tip)"><title>{upper} → {lower}</title></path>\n')
    parts.append(BETWEEN)
    for name in sorted(layers):
        x = middles[name]
        parts.append(
            f'<rect x="{x - BOX / 2:.1f}" y="{y(name):.1f}" width="{BOX}" height="{HEIGHT}" rx="6" '
            f'fill="#e6effa" stroke="#44658c"/>\n'
            f'<text x="{x:.1f}" y="{y(name) + 22:.1f}" fill="#14263d">{name}</text>\n'
        )
    return "".join([*parts, "</g>\n</svg>\n"])


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Return a path: bent from layer to layer, straight where it passes one."""
    x, y = points[0]
    parts = [f"M{x:.1f},{y:.1f}"]
    for x2, y2 in points[1:]:
        half = (y + y2) / 2
        parts.append(f"V{y2:.1f}" if x2 == x else f"C{x:.1f},{half:.1f} {x2:.1f},{half:.1f} {x2:.1f},{y2:.1f}")
        x, y = x2, y2
    return " ".join(parts)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(f"usage: python {Path(__file__).name} [--check]", file=sys.stderr)
        return 2
    wanted = picture(arrows_between_rooms())
    if not arguments:
        PICTURE.write_text(wanted, encoding="utf-8")
        return 0
    if PICTURE.exists() and PICTURE.read_text(encoding="utf-8") == wanted:
        return 0
    print(f"{PICTURE} is not what the imports say: run `make docs`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
