"""What shadows and highlights cost or bring on real drawings: the table of docs/shading.md.

    python benchmarks/shading.py --store cache/held-288 [--limit 100] [--model DIR]

Held-out cross-reference cases of `style2color evaluate` at 256 pixels, every one painted without
light, as by default, and from both sides in full.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from held import held_out
from style2color.colorizer import Colorizer, finish
from style2color.evaluate.metrics import colour, structure
from style2color.evaluate.metrics.palette import paper_mask
from style2color.evaluate.splits import Case, make_cases
from style2color.painting.shading import LIGHTS

_KINDS = ("soft", "binarized", "true")
_MEASURES = ("PSNR dB", "SSIM", "ΔE00 figure")


def scores(painter: Colorizer, case: Case) -> list[list[float]]:
    """The measures of one case, a row for each of `LIGHTS`."""
    assert case.reference is not None  # the split is cross
    draft = painter.set_reference(case.reference).draft(case.lines)
    inside = ~paper_mask(case.target)
    rows = []
    for light in LIGHTS:
        painted = finish(painter.lit(draft, light)).rgb
        rows.append(
            [
                float(structure.psnr(painted, case.target)[0]),
                float(structure.ssim(painted, case.target)[0]),
                float(colour.delta_e(painted, case.target, inside)[0]),
            ]
        )
    return rows


def interval(values: Sequence[float]) -> str:
    """A mean with its 95 % bootstrap interval."""
    draws = np.random.default_rng(0).integers(0, len(values), (2000, len(values)))
    low, high = np.percentile(np.asarray(values)[draws].mean(1), (2.5, 97.5))
    return f"{np.mean(values):+.2f} ({low:+.2f} to {high:+.2f})"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--model", help="a model folder; the embedded one by default")
    given = parser.parse_args()
    painter, found = Colorizer(given.model), held_out(given.store)
    print(f"| lines | light | {' | '.join(_MEASURES)} | PSNR − none |")
    print("|---|---" + "|---:" * (len(_MEASURES) + 1) + "|")
    for kind in _KINDS:
        cases = make_cases(found, "cross", kind, given.limit, 0)
        table = np.array([scores(painter, case) for case in cases])
        none = table[:, LIGHTS.index("none")]
        for number, light in enumerate(LIGHTS):
            psnr, ssim, away = table[:, number].mean(0)
            against = "" if light == "none" else interval(table[:, number, 0] - none[:, 0])
            print(f"| {kind} | {light} | {psnr:.2f} | {ssim:.3f} | {away:.2f} | {against} |")


if __name__ == "__main__":
    main()
