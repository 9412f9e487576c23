"""Which parts of figures get their colour? The table of docs/parts.md and of the training log.

    python benchmarks/parts.py [--model DIR ...] [--count 40] [--seed 9000100] [--size 768]
        [--figures N M]

Drawings of the atelier that nothing trains on, one figure each, painted in the colours of another
shot of the same character. A part is right where its median flat colour is within ΔE 15 of the
drawing's. Without --model, the embedded one. With --figures, sketches that show N figures and
references that show M, where the second one is the same in both.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from style2color.color import rgb_to_lab
from style2color.colorizer import Colorizer
from style2color.data.atelier import Picture, draw, figures_of
from style2color.data.classes import CLASSES, class_of

RIGHT = 15.0
"""ΔE up to which a colour is the right one."""
_LEAST = 24  # pixels of a part that count
PARTS = ("eye white", "iris", "hair", "neck", "face", "hand", "ear", "garment")


def part_of(name: str) -> str | None:
    """What the table calls a region of the atelier, or None."""
    if name in ("neck", "face", "hand", "ear"):
        return name
    kind = CLASSES[class_of(name)]
    if kind == "hair" and not name.startswith("hair"):
        return None  # brows and lashes
    if kind in ("collar", "trousers", "skirt"):
        return "garment"
    return kind if kind in PARTS and name not in ("teeth", "catchlight", "pupil") else None


def drawings(first: int, count: int, size: int) -> Iterator[tuple[Picture, NDArray[np.uint8]]]:
    """Drawings of one figure with their references."""
    for seed in range(first, first + count):
        if figures_of(seed) == 1:
            yield draw(seed, size), draw(seed, 384, shot=1).composite


def in_company(
    first: int, count: int, size: int, figures: tuple[int, int]
) -> Iterator[tuple[Picture, NDArray[np.uint8]]]:
    """Drawings of so many figures, and references of so many."""
    for seed in range(first, first + count):
        one = next(shot for shot in itertools.count() if figures_of(seed, shot) == figures[0])
        other = next(s for s in itertools.count(one + 1) if figures_of(seed, s) == figures[1])
        yield draw(seed, size, shot=one), draw(seed, 384, shot=other).composite


def right_parts(painter: Colorizer, picture: Picture) -> Iterator[tuple[str, bool]]:
    """Every part of a drawing, and whether its colour is right."""
    flat = painter.colorize(picture.line, light="none").flat
    for number, name in picture.names.items():
        part = part_of(name.removeprefix("2 "))
        inside = (picture.regions == number) & (picture.line > 128)
        if part is None or inside.sum() < _LEAST:
            continue
        found = np.median(flat[inside], axis=0)[None].astype(np.uint8)
        wanted = np.median(picture.flat[inside], axis=0)[None].astype(np.uint8)
        apart = np.linalg.norm(rgb_to_lab(found) - rgb_to_lab(wanted))
        yield part, bool(apart <= RIGHT)


def main() -> None:
    """Print a row per model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", help="a model folder; several")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=9_000_100)
    parser.add_argument("--size", type=int, default=768)
    parser.add_argument("--figures", type=int, nargs=2, metavar=("N", "M"), choices=(1, 2))
    given = parser.parse_args()
    some = given.seed, given.count, given.size
    pairs = in_company(*some, tuple(given.figures)) if given.figures else drawings(*some)
    painters = {name or "embedded": Colorizer(name) for name in given.model or [None]}
    right: dict[str, dict[str, list[bool]]] = {n: defaultdict(list) for n in painters}
    for picture, reference in pairs:
        for name, painter in painters.items():
            painter.set_reference(reference)
            for part, good in right_parts(painter, picture):
                right[name][part].append(good)
    counts = next(iter(right.values()))
    print("| | " + " | ".join(f"{part} ({len(counts[part])})" for part in PARTS) + " |")
    print("|---" * (len(PARTS) + 1) + "|")
    for name, found in right.items():
        print(f"| {name} | " + " | ".join(f"{np.mean(found[p]):.2f}" for p in PARTS) + " |")


if __name__ == "__main__":
    main()
