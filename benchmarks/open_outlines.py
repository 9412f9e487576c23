"""How much of a figure gets its colour where its outline is open? The table of docs/closing.md.

    python benchmarks/open_outlines.py [--gaps 0 3 6 12] [--radius 12] [--count 40] [--sheet FILE]

Drawings of the atelier that nothing trains on, painted in the colours of another shot of the same
character, with discs of ink taken out of the figure's outline at random places. A pixel is right
where its flat colour is within ΔE 15 of the drawing's. --sheet writes a picture of the first six:
lines, painting, original, those with most gaps.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from parts import RIGHT, drawings
from style2color.color import rgb_to_lab
from style2color.colorizer import Colorizer
from style2color.data.atelier import Picture
from style2color.data.classes import BACKGROUND, class_of

_INK = 128
_SHOWN = 6


def figure_of(picture: Picture) -> NDArray[np.bool_]:
    """Where the figure is, (S, S)."""
    own = [n for n, name in picture.names.items() if class_of(name) != BACKGROUND]
    return np.isin(picture.regions, own)


def opened(picture: Picture, gaps: int, radius: float) -> NDArray[np.uint8]:
    """Its lines with so many discs taken out of the figure's outline, uint8 (S, S)."""
    figure, lines = figure_of(picture), picture.line.copy()
    inside = np.pad(figure, 1)
    whole = inside[2:, 1:-1] & inside[:-2, 1:-1] & inside[1:-1, 2:] & inside[1:-1, :-2]
    edge = np.argwhere(figure & ~whole)
    rows, columns = np.ogrid[: lines.shape[0], : lines.shape[1]]
    for y, x in np.random.default_rng(len(edge)).permutation(edge)[:gaps]:
        lines[(rows - y) ** 2 + (columns - x) ** 2 <= radius**2] = 255
    return lines


def right_share(flat: NDArray[np.uint8], picture: Picture) -> float:
    """How much of the figure's paint has its colour, 0..1."""
    paint = figure_of(picture) & (picture.line > _INK)
    apart = np.linalg.norm(rgb_to_lab(flat[paint]) - rgb_to_lab(picture.flat[paint]), axis=1)
    return float((apart <= RIGHT).mean())


def main() -> None:
    """Print a row: a column for every number of gaps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gaps", type=int, nargs="+", default=[0, 3, 6, 12])
    parser.add_argument("--radius", type=float, default=12, help="of a gap, in pixels")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=9_000_200)
    parser.add_argument("--size", type=int, default=768)
    parser.add_argument("--sheet", type=Path)
    given = parser.parse_args()
    painter, shares, rows = Colorizer(), [], []
    for picture, reference in drawings(given.seed, given.count, given.size):
        painter.set_reference(reference)
        found = []
        for gaps in given.gaps:
            lines = opened(picture, gaps, given.radius)
            painting = painter.colorize(lines)
            found.append(right_share(painting.flat, picture))
        shares.append(found)
        if len(rows) < _SHOWN:
            sketch = np.stack([lines] * 3, axis=-1)
            rows.append(np.concatenate([sketch, painting.rgb, picture.composite], axis=1))
    print(f"| gaps, {len(shares)} drawings | " + " | ".join(map(str, given.gaps)) + " |")
    print("|---" * (len(given.gaps) + 1) + "|")
    print("| right | " + " | ".join(f"{share:.3f}" for share in np.mean(shares, axis=0)) + " |")
    if given.sheet:
        half = -(-len(rows) // 2)
        pages = [np.concatenate(rows[:half]), np.concatenate(rows[half:])]
        sheet = Image.fromarray(np.concatenate(pages, axis=1))
        sheet.resize((sheet.width // 3, sheet.height // 3)).save(given.sheet, quality=85)


if __name__ == "__main__":
    main()
