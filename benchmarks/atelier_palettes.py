"""Measures which colours stand together in the packs, for the atelier to dress its figures in.

python benchmarks/atelier_palettes.py --store cache/train-288 \
    --out src/style2color/data/atelier/measured.json

Only the training side of packs that may ship is looked at, and only numbers are kept: for each
character up to six colours of its largest picture, largest first, without paper, ink and skin.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from style2color.color import rgb_to_lab
from style2color.data.sources import PACKS
from style2color.data.store import Store
from style2color.errors import DataError
from style2color.palette import extract_palette

KEPT = {"duelyst": 40, "ltcrpg": 15, "fungus": 5, "chibi": 50, "openclipart": 40}
"""Most palettes of each pack."""
LARGEST = 6
LEAST_SHARE = 0.015


def measure(rgb: NDArray[np.uint8]) -> list[list[int]]:
    """The colours of what a figure wears, uint8 (H, W, 3) → rows of r, g, b, largest first."""
    palette = extract_palette(rgb)
    lab = rgb_to_lab(palette.colors)
    light, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    skin = (light > 45) & (hue > 30) & (hue < 75) & (chroma > 12) & (chroma < 42)
    plain = ((light > 90) & (chroma < 8)) | (light < 12)
    kept = ~skin & ~plain & (palette.moments[:, 0] >= LEAST_SHARE)
    return [[int(v) for v in color] for color in palette.colors[kept][:LARGEST]]


def main() -> None:
    """Writes the file: the packs with their licences, and their palettes."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--store", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    given = options.parse_args()
    store = Store.open(given.store)
    if store.split != "train":
        raise DataError(f"{given.store} is of the {store.split} side; measure the training side")
    found: dict[str, list[list[list[int]]]] = {name: [] for name in KEPT}
    members = sorted(store.characters.items())
    np.random.default_rng(0).shuffle(members)
    for _, rows in members:
        source = store.rows[rows[0]].source
        if source not in KEPT or len(found[source]) >= KEPT[source]:
            continue
        sizes = [np.prod(store.box[row][2:] - store.box[row][:2]) for row in rows]
        colors = measure(store.picture(rows[int(np.argmax(sizes))]))
        if len(colors) >= 3:
            found[source].append(colors)
    heads = {name: PACKS[name].licence for name in found}
    lines = [f'"{name}": {json.dumps(palettes)}' for name, palettes in found.items()]
    text = '{"licences": ' + json.dumps(heads) + ',\n"palettes": {\n' + ",\n".join(lines) + "}}\n"
    given.out.write_text(text, "utf-8")
    print({name: len(palettes) for name, palettes in found.items()}, given.out.stat().st_size)


if __name__ == "__main__":
    main()
