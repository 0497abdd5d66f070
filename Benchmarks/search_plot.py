#!/usr/bin/env python3
"""Draws the figures of search.py: the median of each search over the size of the store.

usage: Benchmarks/search_plot.py FIGURES.json PLOT.svg

Both axes are logarithmic. Standard library only.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 868, 440, 64, 20, 270, 44
COLOURS = ["#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#edc948", "#b07aa1", "#ff9da7", "#9c755f", "#79706e"]
DASHES = ["", "6 3"]


def plot(figures: dict[int, dict[str, tuple[float, float, float]]]) -> str:
    sizes = sorted(figures)
    names = list(figures[sizes[0]])
    medians = [figures[size][name][0] for size in sizes for name in figures[size]]
    low, high = math.floor(math.log10(min(medians))), math.ceil(math.log10(max(medians)))

    def across(size: float) -> float:
        span = max(math.log10(sizes[-1] / sizes[0]), 1)
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log10(size / sizes[0]) / span

    def down(milliseconds: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - math.log10(milliseconds)) / (high - low)

    lines = []
    for power in range(low, high + 1):
        y = down(10**power)
        lines.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>')
        lines.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10**power:g} ms</text>')
    for size in sizes:
        x = across(size)
        lines.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        lines.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{size:,} runs</text>')
    for place, name in enumerate(names):
        colour, dash = COLOURS[place % len(COLOURS)], DASHES[place // len(COLOURS) % len(DASHES)]
        points = [(across(size), down(figures[size][name][0])) for size in sizes if name in figures[size]]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        look = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        lines.append(f'<polyline points="{path}" {look}/>')
        y = TOP + 10 + place * 20
        lines.append(f'<polyline points="{WIDTH - RIGHT + 20},{y} {WIDTH - RIGHT + 48},{y}" {look}/>')
        lines.append(f'<text x="{WIDTH - RIGHT + 56}" y="{y + 4}">{escape(name)}</text>')
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="#333">\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    figures = json.loads(Path(sys.argv[1]).read_text())
    Path(sys.argv[2]).write_text(plot({int(size): searches for size, searches in figures.items()}))


if __name__ == "__main__":
    main()
