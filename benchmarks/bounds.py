"""The best PSNR and chroma that any painter could reach on the evaluation's sketches.

The lines lie on top of every painting, and lines extracted from a painted picture are darker than
what they cover, so even the target itself under its own lines does not reach infinity, nor all of
its chroma. Printed by kind of lines and source: the target under its lines; the best palette entry
of the reference in every region (what a painter of ours can reach without shade); both with
coloured lines; one mean colour in the figure, and white.

Run: python benchmarks/bounds.py --store cache/held-288 [--limit 50] [--lines binarized soft]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from style2color.data.store import Store
from style2color.evaluate.baselines import baseline
from style2color.evaluate.drawings import from_store
from style2color.evaluate.metrics.colour import chroma_ratio, paint_chroma, paint_chroma_ratio
from style2color.evaluate.metrics.palette import paper_mask
from style2color.evaluate.metrics.structure import psnr
from style2color.evaluate.scoring import MEASURES, ink_of
from style2color.evaluate.splits import Case, make_cases
from style2color.painting.compose import ink_over
from style2color.painting.tint import color_lines
from style2color.palette import extract_palette
from style2color.reading.regions import label_regions

SHOWN = ("psnr", "chroma_ratio", "chroma_reference")
Table = dict[str, dict[str, list[float]]]
"""Painter → source → values of the pictures."""


def colored(flat: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Flat colours under coloured lines, as `--colored-lines` lays them."""
    plain = np.ones((1, 1), np.float32)
    return color_lines(flat, flat, plain, 0 * plain, lines)[0]


def best_entries(case: Case) -> np.ndarray:
    """Every region in the reference's entry that is nearest to its mean target colour, flat."""
    assert case.reference is not None
    regions = label_regions(case.lines, gap=2)
    entries = np.vstack([extract_palette(case.reference).colors, [[255, 255, 255]]])
    entries = entries.astype(np.uint8)
    labels, free = regions.labels, regions.free
    pixels = np.maximum(np.bincount(labels[free], minlength=regions.count + 1), 1)
    sums = [np.bincount(labels[free], case.target[free][:, c], regions.count + 1) for c in range(3)]
    means = np.stack(sums, 1) / pixels[:, None]
    nearest = ((means[:, None] - entries[None]) ** 2).sum(-1).argmin(1)
    return entries[nearest][labels]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=50)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--lines", nargs="+", default=["binarized", "soft"])
    options = parser.parse_args()
    drawings = from_store(Store.open(options.store), options.size, None).found
    for kind in options.lines:
        tables: dict[str, Table] = {name: {} for name in SHOWN}
        for case in make_cases(drawings, "cross", kind, options.limit, 0):
            best = best_entries(case)
            pictures = {
                "target under its lines": ink_over(case.target.astype(np.float32), case.lines),
                "best entry per region": ink_over(best.astype(np.float32), case.lines),
                "target, coloured": colored(case.target, case.lines),
                "best entry, coloured": colored(best, case.lines),
                "mean colour": baseline("mean").paint(case.lines, case.reference),
                "white": baseline("white").paint(case.lines, case.reference),
            }
            figure = ~paper_mask(case.target)
            assert case.reference is not None
            wanted = paint_chroma(case.reference, ink_of(case.reference))
            for name, picture in pictures.items():
                pair = picture[None], case.target[None]
                values = (
                    float(psnr(*pair)[0]),
                    float(chroma_ratio(*pair, figure)[0]),
                    paint_chroma_ratio(picture, case.lines, wanted),
                )
                for table, value in zip(tables.values(), values, strict=True):
                    row = table.setdefault(name, {})
                    for source in (case.source, "all"):
                        row.setdefault(source, []).append(value)
        for measure, table in tables.items():
            sources = list(next(iter(table.values())))
            print(f"\ncross-reference {MEASURES[measure].title}, {kind} lines, {options.size}²")
            print(f"{'':24}" + "".join(f"{source:>18}" for source in sources))
            for name, found in table.items():
                print(f"{name:24}" + "".join(f"{np.nanmean(found[s]):18.2f}" for s in sources))


if __name__ == "__main__":
    main()
