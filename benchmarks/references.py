"""Does every figure of a page take the right one of several references?

    python benchmarks/references.py [--store cache/held-288] [--pages 40] [--seed 0]

A page is two held-out drawings of different characters side by side; the references are another
drawing of each, in random order. Told is the share of the figures' area that is painted from the
right reference: by likeness, and by boxes that name the halves. Half is chance.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from style2color.boxes import Box
from style2color.data.store import Store
from style2color.lines import binarize, extract
from style2color.model import Model
from style2color.painting.casting import figures
from style2color.reading.figures import read_people
from style2color.reading.matching import Likeness, choose
from style2color.reading.regions import label_regions

U8 = NDArray[np.uint8]
FIRST_SEED = 5_000_700  # of the atelier: training draws none so high


def from_store(store: Store, source: str) -> list[tuple[U8, U8]]:
    """Line art of one drawing of every character, and another drawing of it in colour."""
    found = []
    for rows in store.characters.values():
        if len(rows) < 2 or store.rows[rows[0]].source != source:
            continue
        sketch = store.line_art(rows[0])
        if sketch is None:
            sketch = binarize(extract(np.ascontiguousarray(store.picture(rows[0])), "xdog"))
        found.append((np.array(sketch), np.array(store.picture(rows[1]))))
    return found


def from_atelier(count: int) -> list[tuple[U8, U8]]:
    from style2color.data.atelier import draw

    found: list[tuple[U8, U8]] = []
    seed = FIRST_SEED
    while len(found) < count:
        sketch, other = draw(seed, 288, shot=1), draw(seed, 288, shot=0)
        if sketch.attributes["figures"] == other.attributes["figures"] == "1":
            found.append((sketch.line, other.composite))
        seed += 1
    return found


def beside(left: U8, right: U8) -> U8:
    """Two sketches on one page with a gap between them."""
    height = max(len(left), len(right)) + 16
    page = np.full((height, left.shape[1] + right.shape[1] + 24), 255, np.uint8)
    page[8 : 8 + len(left), 8 : 8 + left.shape[1]] = left
    page[8 : 8 + len(right), -8 - right.shape[1] : -8] = right
    return page


def share(
    model: Model, pairs: list[tuple[U8, U8]], pages: int, seed: int
) -> tuple[float, float, int]:
    """Shares of area from the right reference by likeness and by boxes, and the pages."""
    rng = np.random.default_rng(seed)
    likenesses = [Likeness.of_picture(model, picture) for _, picture in pairs]
    shares = []
    for _ in range(pages):
        first, second = rng.choice(len(pairs), 2, replace=False).tolist()
        swap = bool(rng.integers(2))
        order = (second, first) if swap else (first, second)
        page = beside(pairs[first][0], pairs[second][0])
        middle = 16 + pairs[first][0].shape[1]
        regions, people = label_regions(page, gap=2), read_people(model, page)
        of_right = regions.centroid[:, 0] >= middle
        right_reference = np.where(of_right, int(not swap), int(swap))
        halves = [
            Box(1 + int(swap), 0, 0, middle, len(page)),
            Box(2 - int(swap), middle, 0, page.shape[1], len(page)),
        ]
        rates = []
        for boxes in ((), halves):
            cut = figures(page, regions, boxes, page.shape, people=people)
            drawn = [Likeness.of_lines(model, figure.lines) for figure in cut]
            table = [[one.unlike(likenesses[each]) for each in order] for one in drawn]
            chosen = choose(np.array(table, np.float32)) if cut else []
            right = total = 0
            for figure, number in zip(cut, chosen, strict=True):
                number = int(number) if figure.reference is None else figure.reference
                labels = figure.labels[figure.labels > 0] - 1
                area = regions.area[labels]
                total += int(area.sum())
                right += int(area[right_reference[labels] == number].sum())
            rates.append(right / max(1, total))
        shares.append(rates)
    by_likeness, by_boxes = np.mean(shares, axis=0).tolist()
    return by_likeness, by_boxes, pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, default=Path("cache/held-288"))
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--characters", type=int, default=24, help="of the atelier")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", help="a model folder; without it the embedded one")
    options = parser.parse_args()
    sources = {}
    if options.store.is_dir():
        store = Store.open(options.store)
        sources = {name: from_store(store, name) for name in ("chibi", "wesnoth_campaigns")}
    sources["atelier"] = from_atelier(options.characters)
    print("| source | characters | pages | by likeness | by boxes |\n|---|---|---|---|---|")
    model = Model.load(options.model)
    for name, pairs in sources.items():
        likeness, boxes, pages = share(model, pairs, options.pages, options.seed)
        print(f"| {name} | {len(pairs)} | {pages} | {likeness:.1%} | {boxes:.1%} |", flush=True)


if __name__ == "__main__":
    main()
