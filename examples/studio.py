"""Draws the studio's bundled examples but the first, which is that of the README.

Run by `make examples`, after a change of the atelier, from seeds that training does not use.
"""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from style2color.data.atelier import draw

FOLDER = Path(__file__).parents[1] / "src/style2color/studio/examples"
SIZE, PEN = 768, 2
# id: name, (seed, shot) of the sketch, (seed, shot) of the reference.
EXAMPLES = {
    "horns": ("Ram horns", (9_300_006, 0), (9_300_006, 1)),
    "ears": ("Cat ears", (9_300_026, 1), (9_300_026, 0)),
    "tails": ("Two tails", (9_300_020, 1), (9_300_020, 0)),
    "bow": ("Another's colours", (9_300_100, 0), (9_300_110, 1)),
}


def main() -> None:
    names = {"coat": "Checked coat"}
    for id, (name, sketch, reference) in EXAMPLES.items():
        names[id] = name
        lines = draw(sketch[0], SIZE, shot=sketch[1], ink=PEN).line
        picture = draw(reference[0], SIZE, shot=reference[1], ink=PEN).composite
        Image.fromarray(lines).save(FOLDER / f"{id}-sketch.webp", quality=80, method=6)
        Image.fromarray(picture).save(FOLDER / f"{id}-reference.webp", quality=86, method=6)
    (FOLDER / "examples.json").write_text(json.dumps(names, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
