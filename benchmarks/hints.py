"""How much do colour hints mend, and are they obeyed?

    python benchmarks/hints.py [--store cache/held-288] [--pictures 12] [--seed 0]

Held-out pictures are painted from another drawing of their character, where there is one. Then
hints are placed where the painting is worst: in the region with the largest squared error, on the
point farthest from its border, in the true colour of the region. Told is PSNR after 0, 1, 2, 5, 10
and 20 of them, and the share of hints whose colour fills their region (within ΔE 3 on most of its
pixels).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import edt
import numpy as np
from numpy.typing import NDArray

from style2color import Colorizer
from style2color.color import rgb_to_lab
from style2color.colorizer import Painting
from style2color.data.store import Store
from style2color.hints import Hints, Point
from style2color.lines import binarize, extract

U8 = NDArray[np.uint8]
STEPS = (0, 1, 2, 5, 10, 20)


def psnr(first: U8, second: U8) -> float:
    error = ((first.astype(float) - second) ** 2).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def worst_spots(painting: Painting, target: U8, count: int, taken: set[tuple[int, int]]) -> Hints:
    """Hints in the regions that have the most error, the worst first."""
    regions = painting.regions
    assert regions is not None
    error = ((painting.rgb.astype(float) - target) ** 2).sum(-1)
    total = np.bincount(regions.labels.ravel(), error.ravel(), regions.count + 1)
    points: list[Point] = []
    for label in np.argsort(-total).tolist():
        if len(points) == count:
            break
        if label == 0:
            continue
        inside = (regions.labels == label) & regions.free
        if any(inside[y, x] for y, x in taken) or not inside.any():
            continue
        y, x = np.unravel_index(int(edt.edt(inside, black_border=True).argmax()), inside.shape)
        color = np.median(target[inside], axis=0).astype(int).tolist()
        points.append(Point(float(x), float(y), 2.0, (color[0], color[1], color[2])))
        taken.add((int(y), int(x)))
    return Hints(tuple(points))


def obeyed(painting: Painting, hints: Hints) -> list[bool]:
    regions = painting.regions
    assert regions is not None
    lab = rgb_to_lab(painting.flat)
    out = []
    for point in hints.points:
        inside = regions.labels == regions.labels[int(point.y), int(point.x)]
        wanted = rgb_to_lab(np.array(point.color, np.uint8))
        close = np.linalg.norm(lab[inside] - wanted, axis=1) <= 3
        out.append(bool(close.mean() > 0.5))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, default=Path("cache/held-288"))
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    store = Store.open(options.store)
    rng = np.random.default_rng(options.seed)
    drawn = ("chibi", "wesnoth_campaigns", "wesnoth", "duelyst", "ltcrpg", "snowy", "openclipart")
    rows = [n for n, row in enumerate(store.rows) if row.source in drawn]
    rows = rng.choice(rows, options.pictures, replace=False).tolist()
    painter = Colorizer(threads=1)
    print("| lines | " + " | ".join(map(str, STEPS)) + " | obeyed |")
    print("|---" * (len(STEPS) + 2) + "|")
    for kind in ("soft", "binarized"):
        table, kept = [], []
        for row in rows:
            target = np.array(store.picture(row))
            lines = extract(target, "dilate" if kind == "soft" else "xdog")
            lines = binarize(lines) if kind == "binarized" else lines
            others = [n for n in store.characters[store.rows[row].character] if n != row]
            painter.set_reference(np.array(store.picture(others[0] if others else row)))
            hints, taken, scores = Hints(), set[tuple[int, int]](), []
            painting = painter.colorize(lines)
            for step in STEPS:
                if missing := step - len(hints.points):
                    more = worst_spots(painting, target, missing, taken)
                    hints = Hints(hints.points + more.points)
                    painting = painter.colorize(lines, hints)
                scores.append(psnr(painting.rgb, target))
            kept += obeyed(painting, hints)
            table.append(scores)
        means = " | ".join(f"{value:.2f}" for value in np.mean(table, axis=0))
        print(f"| {kind} | {means} | {np.mean(kept):.1%} of {len(kept)} |", flush=True)


if __name__ == "__main__":
    main()
