"""Do the parts of one character keep their colours from page to page?

    python benchmarks/pages.py [--sequences 8] [--pages 5] [--size 288]

A sequence is one character of the atelier in other shots (pose, crop, expression), painted from
one more. Every named part (hair, skirt …) that two neighbouring pages both show is compared by its
mean flat colour, in CIELAB, weighted by the smaller of its areas: page by page against
--consistent. The mean distance to the colours the atelier gave the parts is told beside it: to
agree on a wrong colour would be no gain.
"""

from __future__ import annotations

import argparse
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from style2color import Colorizer
from style2color.color import rgb_to_lab
from style2color.colorizer import finish
from style2color.data.atelier import Picture, draw
from style2color.painting.consistency import agree

Parts = dict[str, tuple[int, NDArray[np.float64], NDArray[np.float64]]]
FIRST_SEED = 5_000_900


def parts(picture: Picture, flat: NDArray[np.uint8]) -> Parts:
    """By name: pixels off the ink, mean Lab painted, mean Lab the atelier gave."""
    lab, true = rgb_to_lab(flat).astype(float), rgb_to_lab(picture.flat).astype(float)
    free = picture.line > 200
    found: Parts = {}
    for name in set(picture.names.values()):
        ids = [number for number, named in picture.names.items() if named == name and number]
        mask = np.isin(picture.regions, ids) & free
        if (pixels := int(mask.sum())) >= 30:
            found[name] = pixels, lab[mask].mean(0), true[mask].mean(0)
    return found


def measure(pages: list[Parts]) -> tuple[float, float]:
    """ΔE between neighbours and to the truth, both weighted by area."""
    apart, weights, errors, areas = [], [], [], []
    for first, second in pairwise(pages):
        for name in first.keys() & second.keys():
            apart.append(np.linalg.norm(first[name][1] - second[name][1]))
            weights.append(min(first[name][0], second[name][0]))
    for page in pages:
        for pixels, painted, true in page.values():
            errors.append(np.linalg.norm(painted - true))
            areas.append(pixels)
    return float(np.average(apart, weights=weights)), float(np.average(errors, weights=areas))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=8)
    parser.add_argument("--pages", type=int, default=5)
    parser.add_argument("--size", type=int, default=288)
    options = parser.parse_args()
    painter = Colorizer(threads=1)
    rows = []
    seed = FIRST_SEED
    while len(rows) < options.sequences:
        shots = [draw(seed, options.size, shot=shot) for shot in range(options.pages + 1)]
        seed += 1
        if any(shot.attributes["figures"] != "1" for shot in shots):
            continue
        reference, *pages = shots
        painter.set_reference(reference.composite)
        sights = [painter.sight(page.line) for page in pages]
        by_page, together = [], []
        for page, agreed in zip(pages, agree(sights), strict=True):
            draft = painter.draft(page.line)
            by_page.append(parts(page, finish(draft).flat))
            both = painter.draft(page.line, agreed=agreed)
            together.append(parts(page, finish(both).flat))
        rows.append((*measure(by_page), *measure(together)))
        print(seed - 1, *(f"{value:.2f}" for value in rows[-1]), flush=True)
    alone, alone_error, agreed_apart, agreed_error = np.mean(rows, axis=0).tolist()
    better = sum(row[2] < row[0] for row in rows)
    print("| | ΔE between neighbours | ΔE to the truth |\n|---|---|---|")
    print(f"| page by page | {alone:.2f} | {alone_error:.2f} |")
    print(f"| --consistent | {agreed_apart:.2f} | {agreed_error:.2f} |")
    print(f"closer in {better} of {len(rows)} sequences of {options.pages} pages")


if __name__ == "__main__":
    main()
