"""What looking at figures one by one (--apart) gains on a page that holds two.

    python benchmarks/apart.py [--store cache/held-288] [--pages 12]

A page is two held-out drawings of one character of the chibi pack side by side, painted from the
second of them: PSNR of the whole page, looked at as one and figure by figure.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from references import beside
from style2color import Colorizer
from style2color.data.store import Store

U8 = NDArray[np.uint8]


def psnr(first: U8, second: U8) -> float:
    return float(10 * np.log10(255**2 / ((first.astype(float) - second) ** 2).mean()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, default=Path("cache/held-288"))
    parser.add_argument("--pages", type=int, default=12)
    options = parser.parse_args()
    store = Store.open(options.store)
    pairs = [
        rows[:2]
        for rows in store.characters.values()
        if len(rows) > 1 and store.rows[rows[0]].source == "chibi"
    ]
    painter = Colorizer(threads=1)
    scores = []
    for one, other in pairs[:: max(1, len(pairs) // options.pages)][: options.pages]:
        arts = [store.line_art(row) for row in (one, other)]
        if arts[0] is None or arts[1] is None:
            continue
        page = beside(np.array(arts[0]), np.array(arts[1]))
        pictures = [np.array(store.picture(row)) for row in (one, other)]
        channels = [np.ascontiguousarray(p[..., c]) for c in range(3) for p in pictures]
        target = np.dstack([beside(channels[2 * c], channels[2 * c + 1]) for c in range(3)])
        painter.set_reference(pictures[1])
        both = [painter.colorize(page, apart=apart).rgb for apart in (False, True)]
        scores.append([psnr(painted, target) for painted in both])
    whole, apart = np.mean(scores, axis=0).tolist()
    better = sum(b > a for a, b in scores)
    print(f"{len(scores)} pages: {whole:.2f} dB as one, {apart:.2f} dB apart, better in {better}")


if __name__ == "__main__":
    main()
